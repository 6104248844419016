"""What viewers send, and how much of it is taken."""
