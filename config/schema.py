"""OpenAPI and its page, both without log-in and without the internet."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularSwaggerView
from rest_framework.permissions import AllowAny


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3 as JSON (which is YAML, too); the same for everybody."""
    return HttpResponse(document(), OpenApiJsonRenderer.media_type, headers={"Cache-Control": "public, max-age=300"})


@cache
def document() -> bytes:
    """Made once: it takes a good part of a second."""
    return OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True))


class BearerScheme(SimpleJWTScheme):
    """Says in the document that access tokens are sent as Bearer."""

    target_class = "accounts.authentication.Bearer"
    name = "bearer"


class Docs(SpectacularSwaggerView):
    """The page to read and try the API."""

    authentication_classes = []
    permission_classes = [AllowAny]
