"""The HTTP contract, against a real database."""
