"""The real series that the package carries."""
