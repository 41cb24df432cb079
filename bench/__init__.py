"""The figures that the platform promises, each measured beside what it is compared to: `python -m bench`.

Every figure is one file in bench/figures, which drives the product's own processes on a MariaDB and a Redis of its own.
docs/benchmarks.md tells how each is measured.
"""
