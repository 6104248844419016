"""What is pushed from outside: bodies of requests read as runs of ticks. Knows no web framework."""
