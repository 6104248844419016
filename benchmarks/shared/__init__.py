"""What several processes with one Redis cost, and what they bring."""
