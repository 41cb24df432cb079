"""Filters of the admin's lists that Django does not have."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from provisioning.glance import stuck
from provisioning.models import Run

WEEK = timedelta(days=7)
WITHIN = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": WEEK}


class AgeFilter(SimpleListFilter):
    """How old a run is, by the database's clock, and whether it is stuck."""

    title = "age"
    parameter_name = "age"
    choices_offered: ClassVar = [
        ("hour", "Last hour"),
        ("day", "Last day"),
        ("week", "Last week"),
        ("older", "Older than a week"),
        ("stuck", "Stuck: running for more than an hour"),
    ]

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Run]") -> list[tuple[str, str]]:
        return self.choices_offered

    def queryset(self, request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        chosen = self.value()
        if chosen == "stuck":
            return stuck(queryset)
        if chosen == "older":
            return queryset.filter(created_at__lt=Now() - WEEK)
        return queryset.filter(created_at__gte=Now() - WITHIN[chosen]) if chosen in WITHIN else queryset
