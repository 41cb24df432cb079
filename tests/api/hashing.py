"""Argon2 as the platform uses it, with little memory: most tests do not care how long a password takes."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Light(Argon2PasswordHasher):
    """The same algorithm."""

    time_cost = 1
    memory_cost = 64
    parallelism = 1
