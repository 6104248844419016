"""What requests are answered with: pages, the HTTP interface, probes."""
