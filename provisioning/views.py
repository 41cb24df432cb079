"""Runs: what the platform does for somebody, step by step."""

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from accounts.permissions import caller
from config.errors import Invalid
from config.rest import LIST_PARAMETERS, ApiView, asked, limit_of, page_of, page_shape, problems, sent
from provisioning import operations, queries
from provisioning.serializers import CancelShape, EventsAfter, EventShape, RunFilter, RunShape, RunSummaryShape
from provisioning.unchanged import knows, unchanged, validators

IF_NONE_MATCH = OpenApiParameter("If-None-Match", str, "header", description="The ETag of the last answer.")


class Runs(ApiView):
    """Runs."""

    @extend_schema(
        parameters=[RunFilter, *LIST_PARAMETERS], responses={200: page_shape(RunSummaryShape), **problems(400)}
    )
    def get(self, request: Request) -> Response:
        """The runs that the caller may see, newest first, without their steps."""
        rows = queries.runs(caller(request), asked(request, RunFilter))
        paginator, page = page_of(request, rows, "-id")
        return paginator.get_paginated_response(queries.summaries(page))


class OneRun(ApiView):
    """A run."""

    @extend_schema(parameters=[IF_NONE_MATCH], responses={200: RunShape, 304: None, **problems(404)})
    def get(self, request: Request, run_id: UUID) -> HttpResponseBase:
        """The run with its steps; 304 while its version is the one that the caller knows."""
        shown = queries.run(caller(request), run_id)
        if knows(request.META.get("HTTP_IF_NONE_MATCH", ""), shown["version"]):
            return unchanged(shown["version"])
        return Response(shown, headers=validators(shown["version"]))


class RunEvents(ApiView):
    """What happened in a run."""

    @extend_schema(
        parameters=[EventsAfter, LIST_PARAMETERS[1]], responses={200: page_shape(EventShape), **problems(400, 404)}
    )
    def get(self, request: Request, run_id: UUID) -> Response:
        """Events after the one with the id `after`, in order; `next` is null when these are all so far."""
        after, limit = asked(request, EventsAfter)["after"], limit_of(request)
        found = list(queries.events(caller(request), run_id, after)[: limit + 1])
        following = None
        if len(found) > limit:
            following = replace_query_param(request.build_absolute_uri(), "after", found[limit - 1].pk)
        shown = EventShape(found[:limit], many=True).data
        return Response({"next": following, "previous": None, "results": shown})


class RetryRun(ApiView):
    """Go on with a run."""

    @extend_schema(request=None, responses={202: RunShape, **problems(403, 404, 409)})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Go on from what failed: the author's team and staff. 409 `not_failed` when nothing failed."""
        user = caller(request)
        queries.require_run(user, run_id)
        operations.retry_run(run_id=run_id, actor=user)
        return Response(queries.run(user, run_id), 202)


class CancelRun(ApiView):
    """Stop a run."""

    @extend_schema(request=CancelShape, responses={202: RunShape, **problems(400, 403, 404, 409)})
    def post(self, request: Request, run_id: UUID) -> Response:
        """Stop: the author's team and staff. What the run made stays. 409 `already_final` when it is over."""
        user = caller(request)
        queries.require_run(user, run_id)
        if sent(request, CancelShape)["undo"]:
            raise Invalid("undo", "Taking down what a run made is not possible yet. Cancel without undo: it all stays.")
        operations.cancel_run(run_id=run_id, actor=user)
        return Response(queries.run(user, run_id), 202)
