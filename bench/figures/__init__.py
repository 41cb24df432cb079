"""The figures, one file each: `measure(ground)` yields its rows as they come in."""
