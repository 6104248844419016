"""What an operator sees, and how the process begins and ends."""
