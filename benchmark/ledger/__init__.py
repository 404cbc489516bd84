"""The ledger: which numbers are published, how each is made again, and what papers report beside it."""
