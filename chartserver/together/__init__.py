"""What viewers have together beside ticks: notes, and who shows whom what."""
