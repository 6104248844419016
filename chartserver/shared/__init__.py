"""What several processes have together, in Redis: one log for each chart, and who feeds it."""
