"""The pages for people name what is there."""

import re
from pathlib import Path

import pytest

from demo.plan import FOREIGN, ROOT
from provisioning.workflows import WORKFLOWS

README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def variables() -> set[str]:
    """Every variable that the settings read."""
    text = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", text))


def test_the_readme_has_every_variable_of_the_settings_and_no_other() -> None:
    table = README[README.index("| variable | meaning (default) |") : README.index("## When something fails")]
    first_column = [row.split("|")[1] for row in table.splitlines() if row.startswith("|")]

    assert {name for cell in first_column for name in re.findall(r"`([A-Z_]+)`", cell)} == variables()


def test_nothing_that_the_settings_read_reaches_the_demo_from_the_shell() -> None:
    assert [name for name in sorted(variables()) if not name.startswith(tuple(FOREIGN))] == []


def test_the_architecture_has_every_step_of_create_app() -> None:
    assert [name for name in WORKFLOWS["create_app"].steps if name not in ARCHITECTURE] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []
