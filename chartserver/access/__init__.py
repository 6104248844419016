"""Who may do what, and how they show it."""
