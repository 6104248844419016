"""A long run: viewers come, go, stall and misbehave, and the server must end as it began."""
