"""What the harness costs."""
