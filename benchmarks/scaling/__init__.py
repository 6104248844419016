"""What many more viewers take than one machine can serve: computed and simulated from figures."""
