"""The simulated systems, tested from outside over HTTP."""
