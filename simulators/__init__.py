"""Stand-ins for the systems that the platform drives: over HTTP, with state, real git and faults on demand.

Knows nothing of the product, and the product knows nothing of this package.
"""
