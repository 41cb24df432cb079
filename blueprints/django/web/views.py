"""A greeting, and an answer for the cluster's probes."""

from django.http import HttpRequest, JsonResponse


def greet(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"message": "Hello from Django"})


def health(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})
