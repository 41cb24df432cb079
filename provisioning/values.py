"""The chart's values.yaml: what the platform writes into it, keeping everything else, comments included."""

from io import StringIO

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from provisioning.systems.errors import Invalid


class ValuesBroken(Invalid):
    """The values file cannot be read as YAML."""

    code, whose = "values_broken", "operator"


def parser() -> YAML:
    """A parser that keeps comments, quotes and order."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def with_application(text: str, *, name: str, image: str, host: str) -> str:
    """`text` with the application's name, image repository and host; the same text when it says so already."""
    values = parsed(text)
    wanted = {("application", "name"): name, ("image", "repository"): image, ("ingress", "host"): host}
    if all(section(values, top).get(key) == value for (top, key), value in wanted.items()):
        return text
    for (top, key), value in wanted.items():
        section(values, top)[key] = value
    out = StringIO()
    parser().dump(values, out)
    return out.getvalue()


def parsed(text: str) -> CommentedMap:
    """The values as a mapping."""
    try:
        values = parser().load(text) or CommentedMap()
    except YAMLError:
        values = None
    if not isinstance(values, CommentedMap):
        raise ValuesBroken(
            "gitlab",
            "values.yaml in the Helm repository cannot be read as YAML.",
            hint="Correct the file in the repository (and in the template, if it came from there), then retry.",
        )
    return values


def section(values: CommentedMap, name: str) -> CommentedMap:
    """The mapping called `name`, made if it is missing."""
    if not isinstance(values.get(name), CommentedMap):
        values[name] = CommentedMap()
    found: CommentedMap = values[name]
    return found
