"""What is lost from train to test, and from test to each shift."""
