"""Reads the code without importing it: modules, their imports, classes and functions."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

PRODUCT = ("accounts", "projects", "apps", "provisioning", "monitoring", "console", "config")
AROUND = ("simulators", "bench", "demo", "tests")
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True)
class Module:
    """One Python file: `name` is what one imports, `place` where it lies below the root."""

    root: Path
    path: Path

    @property
    def place(self) -> str:
        """Its path below the root, for messages."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def name(self) -> str:
        """a.b for a/b.py and for a/b/__init__.py."""
        return ".".join(self.path.relative_to(self.root).with_suffix("").parts).removesuffix(".__init__")

    @property
    def stem(self) -> str:
        """The last part of the file's name."""
        return self.path.stem

    @property
    def is_migration(self) -> bool:
        """Whether Django wrote it."""
        return "migrations" in self.path.parts

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed source."""
        return ast.parse(self.text, self.place)

    @cached_property
    def imports(self) -> set[str]:
        """Every name that it imports, absolute: `from a import b` is a.b."""
        return {name for node in ast.walk(self.tree) for name in imported(node)}

    def hidden_imports(self) -> Iterator[int]:
        """The lines of imports inside functions."""
        for function in ast.walk(self.tree):
            if isinstance(function, FUNCTIONS):
                yield from (node.lineno for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))

    def definitions(self) -> Iterator[Definition]:
        """The classes and functions at its top level."""
        yield from (node for node in self.tree.body if isinstance(node, Definition))

    def classes(self) -> Iterator[ast.ClassDef]:
        """The classes at its top level."""
        yield from (node for node in self.definitions() if isinstance(node, ast.ClassDef))


def imported(node: ast.AST) -> list[str]:
    """The names that an import statement imports; none for other nodes."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def matches(name: str, pattern: str) -> bool:
    """Whether the dotted name is what the pattern says (`*` for any part of it) or lies below that."""
    return fnmatchcase(name, pattern) or fnmatchcase(name, f"{pattern}.*")


def modules(root: Path, *packages: str) -> list[Module]:
    """Every Python file of the packages that exist."""
    found = [path for package in packages for path in sorted((root / package).rglob("*.py"))]
    return [Module(root, path) for path in found]


def public(definition: Definition) -> bool:
    """Whether its name does not begin with an underscore."""
    return not definition.name.startswith("_")


def base_names(node: ast.ClassDef) -> set[str]:
    """The last part of each base's name."""
    return {base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in node.bases}


def lengths(found: list[Module]) -> list[int]:
    """The number of lines of every function and method, sorted."""
    functions = (node for module in found for node in ast.walk(module.tree))
    return sorted(
        node.end_lineno - node.lineno + 1
        for node in functions
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    )
