"""Requests as they come in: read, named, held to limits, let through."""
