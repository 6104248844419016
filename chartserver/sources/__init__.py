"""Where ticks come from: one module for each kind of source, found by `registry`."""
