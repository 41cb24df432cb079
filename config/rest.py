"""The manners of every route of the API: JSON in and out, lists by cursor, ids that are numbers."""

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls.converters import IntConverter
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.errors import problem

MOST = 200


class AlwaysJson(BaseContentNegotiation):
    """Answers JSON whatever the caller accepts: curl, browsers and proxies send all sorts of Accept."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """The JSON parser for JSON; 415 for anything else."""
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next(iter(parsers)) if media_type == "application/json" else None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The only one."""
        only = next(iter(renderers))
        return only, only.media_type or ""


class StrictJson(JSONParser):
    """JSON, and nothing that would break whoever reads it."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The value; ParseError for what is no JSON, or nested so deep that Python gives up."""
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deep.")


class Described(AutoSchema):
    """Names each operation after its view, which is unique, and groups them by the package."""

    def get_operation_id(self) -> str:
        """As `get_one_run`."""
        return f"{self.method.lower()}{re.sub('(?=[A-Z])', '_', type(self.view).__name__).lower()}"

    def get_tags(self) -> list[str]:
        """As `provisioning`."""
        return [type(self.view).__module__.partition(".")[0]]


class ApiView(APIView):
    """A resource of the API."""

    schema = Described()
    content_negotiation_class = AlwaysJson
    parser_classes = [StrictJson]
    metadata_class = None


class Id(IntConverter):
    """An id in an address. A number that no column holds is no address, rather than an error."""

    regex = "[0-9]{1,18}"


def nothing(request: HttpRequest, anything: str) -> JsonResponse:
    """Every other address below /api."""
    return JsonResponse(problem(404), status=404)


def sent(request: Request, shape: type[serializers.BaseSerializer[Any]], **options: Any) -> dict[str, Any]:
    """What the caller sent, when it has the shape; else 400."""
    given = shape(data=request.data, **options)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def asked(request: Request, shape: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
    """What the caller asks for in the address, when it has the shape; else 400."""
    given = shape(data=request.query_params)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class Limit(serializers.Serializer[dict[str, int]]):
    """`?limit=`: how many at most, to 200."""

    limit = serializers.IntegerField(min_value=1, default=50)


def limit_of(request: Request) -> int:
    """How many items the caller wants; what is over the most is cut, what is no number is 400."""
    return min(MOST, int(asked(request, Limit)["limit"]))


class ByCursor(CursorPagination):
    """`{next, previous, results}`; `next` and `previous` are addresses."""

    page_size = 50
    invalid_cursor_message = "The cursor is not valid. Take it from next or previous of an answer."

    def __init__(self, *ordering: str) -> None:
        self.ordering = ordering

    def get_page_size(self, request: Request) -> int:
        """`?limit=`."""
        return limit_of(request)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """The one that the view wants; callers cannot change it."""
        return tuple(self.ordering)

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        """The page. A cursor that was made up is the caller's mistake, also when it only breaks the query: 400."""
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, DjangoValidationError, ValueError, OverflowError) as error:
            if self.cursor_query_param not in request.query_params:
                raise
            raise ValidationError({"cursor": [self.invalid_cursor_message]}) from error


def page_of(request: Request, rows: QuerySet[Any, Any], *ordering: str) -> tuple[ByCursor, list[Any]]:
    """The page of `rows` that the caller asked for, and the paginator that answers it."""
    paginator = ByCursor(*ordering)
    page = paginator.paginate_queryset(rows, request)
    return paginator, list(page or ())


LIST_PARAMETERS = [
    OpenApiParameter("cursor", str, description="Where to go on: take it from `next` or `previous`."),
    OpenApiParameter("limit", int, description=f"How many at most, to {MOST}."),
]


def page_shape(shape: type[serializers.BaseSerializer[Any]]) -> serializers.Serializer[Any]:
    """The page of a list, for its documentation."""
    fields = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": shape(many=True),
    }
    return inline_serializer(f"{shape.__name__}Page", fields)


def listed(
    request: Request, rows: QuerySet[Any, Any], shape: type[serializers.BaseSerializer[Any]], *ordering: str
) -> Response:
    """A page of `rows`, each in its shape."""
    paginator, page = page_of(request, rows, *ordering)
    return paginator.get_paginated_response(shape(page, many=True).data)


class Text(serializers.CharField):
    """Text that was sent as text: a number in its place is a mistake of the caller's program."""

    def to_internal_value(self, data: Any) -> str:
        """As CharField, without making text of numbers."""
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string"}]})
class Reference(serializers.Field[Any, Any, Any, Any]):
    """Something that exists already: by its id (a number) or by its name."""

    def to_internal_value(self, data: Any) -> int | str:
        """The id as a number, or the name."""
        if isinstance(data, str) and 0 < len(data) <= 100 and data.isprintable():
            return int(data) if data.isascii() and data.isdigit() and len(data) < 19 else data
        if isinstance(data, int) and not isinstance(data, bool) and 0 <= data < 2**63:
            return data
        raise ValidationError("Give an id or a name.")

    def to_representation(self, value: Any) -> Any:
        """As it came."""
        return value


class Problem(serializers.Serializer[dict[str, Any]]):
    """Every error: `code` is for programs, `detail` for people, `fields` comes with 400, `run` is one in the way."""

    code = serializers.CharField()
    detail = serializers.CharField()
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), allow_null=True
    )
    run = serializers.UUIDField(allow_null=True)


def problems(*statuses: int) -> dict[int, type[Problem]]:
    """The errors of a route, for its documentation; 401 and 503 are everywhere."""
    return dict.fromkeys((401, *statuses, 503), Problem)
