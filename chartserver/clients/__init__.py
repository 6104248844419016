"""Viewers in Python."""
