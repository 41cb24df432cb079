"""What the tests' steps did, one row a call."""

from django.db import models


class Call(models.Model):
    """A step was executed."""

    run = models.CharField(max_length=36)
    step = models.CharField(max_length=64)
    pid = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
