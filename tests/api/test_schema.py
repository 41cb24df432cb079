"""OpenAPI: valid, complete, offline, and true."""

from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator

from tests.api.routes import ALL
from tests.api.world import World

HIDDEN = {"POST Login"}  # the other spelling of login


@pytest.fixture
def schema(world: World) -> dict[str, Any]:
    answer = world.nobody.get("/api/schema")
    assert answer.status_code == 200
    assert "json" in answer["Content-Type"]
    return dict(answer.json())


def test_it_is_made_without_a_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_it_is_valid_and_names_every_route(schema: dict[str, Any]) -> None:
    validate_schema(schema)
    named = {
        f"{method.upper()} {path.removeprefix('/api/v1/')}"
        for path, methods in schema["paths"].items()
        for method in methods
    }
    assert named == {str(route) for route in ALL} - HIDDEN


def test_every_error_has_the_one_shape(schema: dict[str, Any]) -> None:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    shape = answer["content"]["application/json"]["schema"]
                    assert shape == {"$ref": "#/components/schemas/Problem"}, f"{method} {path} {status}"


def test_the_answers_are_as_it_says(schema: dict[str, Any], world: World) -> None:
    world.settle("failed")
    paths = {
        "teams": "teams",
        "teams/{team_id}": f"teams/{world.dev.pk}",
        "me": "me",
        "projects": "projects",
        "projects/{project_id}": f"projects/{world.project.pk}",
        "project/{team_id}": f"project/{world.dev.pk}",
        "app-types": "app-types",
        "apps/{project_id}": f"apps/{world.project.pk}",
        "applications": "applications",
        "applications/{app_id}": f"applications/{world.app.pk}",
        "runs": "runs",
        "runs/{run_id}": f"runs/{world.run.pk}",
        "runs/{run_id}/events": f"runs/{world.run.pk}/events",
    }
    for path, address in paths.items():
        shape = schema["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        checker = Draft202012Validator(in_json_schema({**shape, "components": schema["components"]}))
        errors = [error.message for error in checker.iter_errors(world.author.get(address).json())]
        assert errors == [], path


def in_json_schema(value: Any) -> Any:
    """OpenAPI 3.0's `nullable` in the words of JSON schema."""
    if isinstance(value, list):
        return [in_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    inner = {key: in_json_schema(each) for key, each in value.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if value.get("nullable") is True else inner


def test_the_page_needs_nothing_from_elsewhere(world: World) -> None:
    page = world.nobody.get("/api/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in text
    assert "https://" not in text.replace("https://www.w3.org", "")
    script = world.nobody.client.get("/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js")
    assert script.status_code == 200
    assert b"SwaggerUIBundle" in b"".join(script)
    script.close()
