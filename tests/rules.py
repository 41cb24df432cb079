"""The rules of the house: the arrows of docs/architecture.md, and the lines that are easily forgotten.

Each rule is a function of the project's root that answers with complaints, a sentence each that names what to do.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from tests.architecture import AROUND, PRODUCT, Module, base_names, lengths, matches, modules, public

MODELS = ("accounts", "projects", "apps", "provisioning")  # each may know those before it
DJANGO = ("django", "rest_framework", "celery", "kombu", "environ")
HTTP = ("requests", "httpx", "urllib3", "gitlab", "jenkins", "elasticsearch", "django.http", "rest_framework")

# Who is who, by name. A module that stands in none of these may be used by all.
VIEWS = ("*.views", "*.admin", "*.urls", "*.serializers", "console")
DOORS = (*VIEWS, "*.management.commands", "*.tasks")
OPERATIONS = ("*.operations", "*.queries")
CORE = ("engine", "claims", "dispatcher", "messages", "pulse", "sql", "owner")
ENGINE = tuple(f"provisioning.{name}" for name in CORE)
STEPS, SYSTEMS, WORKFLOWS = ("provisioning.steps",), ("provisioning.systems",), ("provisioning.workflows",)
ERRORS = ("provisioning.systems.errors", "provisioning.systems.redaction")
# What the engine may know of them: the shape of a step, of a workflow and of an error.
SHAPES = ("provisioning.steps.base", "provisioning.workflows.base", *ERRORS)
# What lies in that folder without being a workflow.
NO_WORKFLOW = {"__init__", "base"}

Names = tuple[str, ...]

# Who, what they must not import, what of that they may all the same, and why.
ARROWS: list[tuple[Names, Names, Names, str]] = [
    (SYSTEMS, (*DJANGO, *PRODUCT), SYSTEMS, "a client knows neither Django nor the product"),
    (("simulators",), (*DJANGO, *PRODUCT), (), "a simulator knows neither Django nor the product"),
    (PRODUCT, AROUND, (), "the product does not know what is built around it"),
    (STEPS, (*DOORS, *OPERATIONS, *ENGINE, *WORKFLOWS), (), "steps call systems, not who calls them"),
    (WORKFLOWS, (*DOORS, *OPERATIONS, *ENGINE, *SYSTEMS), (), "a workflow names steps, no more"),
    (ENGINE, (*DOORS, *OPERATIONS, *STEPS, *SYSTEMS, *WORKFLOWS, *HTTP), SHAPES, "the engine knows no system, no HTTP"),
    (OPERATIONS, (*DOORS, *SYSTEMS), ERRORS, "operations call the engine, and are called by doors"),
    (VIEWS, (*ENGINE, *STEPS, *SYSTEMS, *WORKFLOWS), ERRORS, "views, admin and console call operations and queries"),
    (("*.models",), (*DOORS, *OPERATIONS, *ENGINE, *STEPS, *SYSTEMS, *WORKFLOWS), (), "models are below all that acts"),
]


def arrows(root: Path) -> Iterator[str]:
    """Imports go along the arrows."""
    for module in modules(root, *PRODUCT, "simulators"):
        for who, banned, allowed, because in ARROWS:
            if is_one_of(module.name, who):
                found = {name for name in module.imports if is_one_of(name, banned) and not is_one_of(name, allowed)}
                yield from (f"{module.place} imports {name}: {because}" for name in sorted(found))


def is_one_of(name: str, patterns: Names) -> bool:
    """Whether the dotted name is one of those, or below."""
    return any(matches(name, pattern) for pattern in patterns)


def order_of_models(root: Path) -> Iterator[str]:
    """accounts <- projects <- apps <- provisioning."""
    for place, package in enumerate(MODELS):
        above = MODELS[place + 1 :]
        for module in modules(root, package):
            if matches(module.name, f"{package}.models"):
                found = sorted(name for name in module.imports if is_one_of(name, above))
                yield from (f"{module.place} imports {name}: models know only those before them" for name in found)


def no_hidden_imports(root: Path) -> Iterator[str]:
    """No import inside a function: a cycle is to be mended, not hidden."""
    for module in modules(root, *PRODUCT, *AROUND):
        yield from (f"{module.place}:{line} imports inside a function" for line in module.hidden_imports())


def sizes(root: Path) -> Iterator[str]:
    """One noun, one file, named after it."""
    for module in modules(root, *PRODUCT, *AROUND):
        limit = 300 if module.name == "provisioning.engine" else 400
        count = len(module.text.splitlines())
        if count > limit and not module.is_migration:
            yield f"{module.place} has {count} lines: split it by noun (at most {limit})"
        if module.stem in ("utils", "helpers", "common", "misc"):
            yield f"{module.place}: name the subject"


def short_functions(root: Path) -> Iterator[str]:
    """The median function has 8 lines at most, nine in ten have fewer than 30."""
    found = lengths(modules(root, *PRODUCT, "simulators"))
    if len(found) < 2:
        return
    middle, ninth = median(found), quantiles(found, n=10)[-1]
    if middle > 8 or ninth >= 30:
        yield f"functions grow: the median has {middle:g} lines, nine in ten have at most {ninth:g}"


def docstrings(root: Path) -> Iterator[str]:
    """What others may use says what it is for, and so does each verb of a client."""
    for module in modules(root, *PRODUCT):
        if module.is_migration:
            continue
        named = list(module.definitions())
        if is_one_of(module.name, SYSTEMS):
            named += [node for kind in module.classes() if public(kind) for node in functions_of(kind)]
        silent = (node for node in named if public(node) and ast.get_docstring(node) is None)
        yield from (f"{module.place}:{node.lineno} {node.name} has no docstring" for node in silent)


def functions_of(kind: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The methods that a class defines itself."""
    return [node for node in kind.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def steps_in_workflows(root: Path) -> Iterator[str]:
    """Every step belongs to a workflow."""
    used = {name for module in modules(root, *folders(WORKFLOWS)) for name in module.imports}
    found = modules(root, *folders(STEPS))
    for module, kind in step_classes(found):
        if f"{module.name}.{kind.name}" not in used:
            yield f"{module.place}: step {kind.name} is in no workflow; add it to one in provisioning/workflows/"


def step_classes(found: list[Module]) -> Iterator[tuple[Module, ast.ClassDef]]:
    """The public classes that descend from Step and from which no other does."""
    classes = [(module, kind) for module in found for kind in module.classes()]
    steps, parents = {"Step"}, {name for _, kind in classes for name in base_names(kind)}
    for _ in classes:  # as often as the longest line of descent could need
        steps |= {kind.name for _, kind in classes if base_names(kind) & steps}
    wanted = steps - parents
    yield from ((module, kind) for module, kind in classes if kind.name in wanted and public(kind))


def registered_workflows(root: Path) -> Iterator[str]:
    """Every file of a workflow is named in the registry."""
    found = modules(root, *folders(WORKFLOWS))
    registry = {name for module in found if module.stem == "__init__" for name in module.imports}
    for module in found:
        if module.stem not in NO_WORKFLOW and not any(matches(name, module.name) for name in registry):
            yield f"{module.place} is not in the registry: add its line to provisioning/workflows/__init__.py"


def complete_systems(root: Path) -> Iterator[str]:
    """Every system has its settings, a simulator and steps."""
    settings = "".join(module.text for module in modules(root, "config") if module.stem == "settings")
    used = {name for module in modules(root, *folders(STEPS)) for name in module.imports}
    for name, place in systems(root):
        if not re.search(rf"^{name.upper()}_\w*URL\b", settings, re.MULTILINE):
            yield f"{place}: config/settings.py has no {name.upper()}_URL"
        if not any((root / "simulators" / place).exists() for place in (name, f"{name}.py")):
            yield f"{place}: there is no simulators/{name}"
        if not any(matches(use, f"provisioning.systems.{name}") for use in used):
            yield f"{place}: no step uses it; is its file in provisioning/steps/ missing?"


def systems(root: Path) -> Iterator[tuple[str, str]]:
    """Name and place of each system: a file, or a folder, that no other in provisioning/systems imports.

    What others import there is a part of them: the errors, the transport, the shapes of a large client.
    """
    found: dict[str, set[str]] = {}
    for module in modules(root, *folders(SYSTEMS)):
        name = module.path.relative_to(root / "provisioning/systems").parts[0].removesuffix(".py")
        found.setdefault(name, set()).update(module.imports)
    for name in sorted(found.keys() - {"__init__"}):
        others = {use for other, uses in found.items() if other != name for use in uses}
        if not any(matches(use, f"provisioning.systems.{name}") for use in others):
            yield name, f"provisioning/systems/{name}"


def folders(packages: Names) -> list[str]:
    """The folders of dotted names."""
    return [package.replace(".", "/") for package in packages]


def no_private_paths(root: Path) -> Iterator[str]:
    """Pages for people name no path of the machine on which they were written."""
    home = re.compile(rf"/home/\w|/Users/\w|/root\b|{re.escape(str(root))}\b")
    pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md"), *root.glob("*/README.md")]
    for page in sorted(set(pages)):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            if found := home.search(line):
                yield f"{page.relative_to(root)}:{number} names a path of one machine: {found.group()}"


def explained_dependencies(root: Path) -> Iterator[str]:
    """Every pinned library has its line in docs/dependencies.md, and no line is left of one that is gone."""
    page = root / "docs/dependencies.md"
    files = [*root.glob("requirements.txt"), *root.glob("requirements/*.txt")]
    pinned = {name for file in files for name in re.findall(r"^([\w.-]+)(?:\[.*\])?==", file.read_text(), re.MULTILINE)}
    named = set(re.findall(r"^\| ([\w.-]+) \|", page.read_text(), re.MULTILINE)) if page.exists() else set()
    yield from (f"docs/dependencies.md: {name} has no line" for name in sorted(pinned - named))
    yield from (f"docs/dependencies.md: {name} is not pinned" for name in sorted(named - pinned - {"library", "---"}))
    loose = [
        (file, line)
        for file in files
        for line in file.read_text().splitlines()
        if re.match(r"[\w.-]+\s*($|[<>~])", line)
    ]
    yield from (f"{file.relative_to(root)}: {line} is not pinned to one version" for file, line in loose)


RULES = (
    arrows,
    order_of_models,
    no_hidden_imports,
    sizes,
    short_functions,
    docstrings,
    steps_in_workflows,
    registered_workflows,
    complete_systems,
    no_private_paths,
    explained_dependencies,
)
