"""`make demo`: the whole platform on one machine, with simulated systems, before your eyes.

It drives the product as anybody would, by its processes and over HTTP, and imports nothing of it; only `demo.single`,
the mode in which everything lives in one process, does.
"""
