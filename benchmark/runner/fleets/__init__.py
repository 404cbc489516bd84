"""Where workers live: on this machine, or wherever another executor puts them."""
