"""The check of a bundle: every problem of it in one go, and nothing of the submission executed."""
