"""A live chart that many people watch together."""
