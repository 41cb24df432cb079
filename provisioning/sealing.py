"""Secrets that are made for one application and kept nowhere: derived from the sealing key when they are needed.

So a step that runs twice hands out the same secret twice, and nothing has to be stored. After a rotation of the key
`key_id` tells that what was handed out is not today's.
"""

import hashlib
import hmac

from django.conf import settings

from provisioning.systems import redaction


def key() -> bytes:
    """The newest sealing key; in DEBUG without one, the secret key."""
    return str(settings.SEALING_KEYS[0] if settings.SEALING_KEYS else settings.SECRET_KEY).encode()


def key_id() -> str:
    """A short name of the key, which tells nothing about it."""
    return hmac.new(key(), b"id", hashlib.sha256).hexdigest()[:8]


def hook_secret(mark: str) -> str:
    """The secret that GitLab shows to Jenkins with each push; `mark` is that of the pipeline."""
    secret = hmac.new(key(), f"hook:{mark}".encode(), hashlib.sha256).hexdigest()[:40]
    redaction.register(secret)
    return secret
