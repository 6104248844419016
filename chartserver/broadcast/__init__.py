"""From a frame to the sockets of all who watch."""
