"""What a store costs: a month of ticks read as pictures, and ticks appended."""
