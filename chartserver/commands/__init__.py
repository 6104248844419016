"""The commands beside `serve`, and what they share."""
