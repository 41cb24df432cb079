"""The code keeps the rules of the house, and each rule notices when it is broken."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import rules

ROOT = Path(__file__).resolve().parent.parent
Rule = Callable[[Path], Iterator[str]]


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_house_stands(rule: Rule) -> None:
    if complaints := list(rule(ROOT)):
        pytest.fail("\n".join([rule.__doc__ or rule.__name__, *complaints]), pytrace=False)


# (the rule, a house that breaks it as {file: text}, a part of the complaint)
BROKEN: list[tuple[Rule, dict[str, str], str]] = [
    (rules.arrows, {"provisioning/systems/harbor.py": "from django.conf import settings"}, "knows neither Django"),
    (rules.arrows, {"provisioning/systems/harbor.py": "import provisioning.models"}, "nor the product"),
    (rules.arrows, {"simulators/gitlab/models.py": "from provisioning.systems import gitlab"}, "a simulator knows"),
    (rules.arrows, {"apps/operations.py": "from simulators import server"}, "the product does not know"),
    (rules.arrows, {"provisioning/steps/gitlab.py": "from provisioning import engine"}, "steps call systems"),
    (
        rules.arrows,
        {"provisioning/steps/gitlab.py": "from provisioning.workflows import WORKFLOWS"},
        "steps call systems",
    ),
    (rules.arrows, {"provisioning/workflows/a.py": "from provisioning.systems.gitlab import GitLab"}, "names steps"),
    (rules.arrows, {"provisioning/engine.py": "from provisioning.systems import gitlab"}, "knows no system"),
    (rules.arrows, {"provisioning/engine.py": "import requests"}, "no HTTP"),
    (rules.arrows, {"provisioning/engine.py": "from provisioning.steps.gitlab import ForkSource"}, "knows no system"),
    (rules.arrows, {"provisioning/operations.py": "from apps.views import create"}, "operations call the engine"),
    (rules.arrows, {"apps/views.py": "from provisioning import engine"}, "call operations and queries"),
    (rules.arrows, {"apps/admin.py": "from provisioning.systems.gitlab import GitLab"}, "call operations and queries"),
    (rules.arrows, {"console/pages.py": "from provisioning.steps import gitlab"}, "call operations and queries"),
    (rules.arrows, {"apps/models.py": "from apps.operations import create_app"}, "models are below"),
    (rules.order_of_models, {"accounts/models.py": "from apps.models import App"}, "models know only"),
    (rules.order_of_models, {"apps/models/app.py": "import provisioning.statuses"}, "models know only"),
    (rules.no_hidden_imports, {"apps/a.py": "def f():\n    if 1:\n        import json"}, "apps/a.py:3 imports inside"),
    (rules.no_hidden_imports, {"tests/a.py": "class A:\n    async def f(self):\n        from a import b"}, "a.py:3"),
    (rules.sizes, {"apps/views.py": "a = 1\n" * 401}, "401 lines"),
    (rules.sizes, {"provisioning/engine.py": "a = 1\n" * 301}, "at most 300"),
    (rules.sizes, {"apps/utils.py": ""}, "name the subject"),
    (rules.short_functions, {"apps/a.py": ("def f():\n" + "    a = 1\n" * 9) * 3}, "the median has 10 lines"),
    (rules.docstrings, {"apps/a.py": "def create():\n    return 1"}, "create has no docstring"),
    (rules.docstrings, {"apps/a.py": "class App:\n    pass"}, "App has no docstring"),
    (
        rules.docstrings,
        {"provisioning/systems/a.py": "class A:\n    '''A.'''\n    def fork(self):\n        pass"},
        "fork has no",
    ),
    (
        rules.steps_in_workflows,
        {"provisioning/steps/a.py": "class Push(Step):\n    pass"},
        "step Push is in no workflow",
    ),
    (
        rules.steps_in_workflows,
        {
            "provisioning/steps/a.py": "class Base(Step): pass\nclass Push(Base): pass",
            "provisioning/workflows/b.py": "from provisioning.steps.a import Base",
        },
        "step Push is in no workflow",
    ),
    (
        rules.registered_workflows,
        {"provisioning/workflows/__init__.py": "", "provisioning/workflows/delete_app.py": ""},
        "delete_app.py is not in the registry",
    ),
    (rules.complete_systems, {"provisioning/systems/harbor.py": ""}, "no HARBOR_URL"),
    (rules.complete_systems, {"provisioning/systems/harbor.py": ""}, "no simulators/harbor"),
    (rules.complete_systems, {"provisioning/systems/harbor/client.py": ""}, "no step uses it"),
    (rules.explained_dependencies, {"requirements/base.txt": "left-pad[x]==1.0"}, "left-pad has no line"),
    (rules.explained_dependencies, {"docs/dependencies.md": "| left-pad | pads |"}, "left-pad is not pinned"),
    (rules.explained_dependencies, {"requirements.txt": "left-pad>=1.0"}, "not pinned to one version"),
    (rules.no_private_paths, {"README.md": "cd /home/" + "hana/slipway"}, "README.md:1 names a path"),
    (rules.no_private_paths, {"docs/how/to.md": "\nls /Users/" + "hana"}, "docs/how/to.md:2 names a path"),
]


@pytest.mark.parametrize(("rule", "house", "complaint"), BROKEN)
def test_a_broken_rule_is_noticed(tmp_path: Path, rule: Rule, house: dict[str, str], complaint: str) -> None:
    build(tmp_path, house)
    assert any(complaint in said for said in rule(tmp_path)), list(rule(tmp_path))


def test_a_new_system_that_forgot_nothing_is_welcome(tmp_path: Path) -> None:
    house = {
        "config/settings.py": 'HARBOR_URL = "http://localhost"',
        "simulators/harbor/models.py": "",
        "provisioning/systems/errors.py": "",
        "provisioning/systems/harbor.py": "from provisioning.systems.errors import SystemFault",
        "provisioning/steps/base.py": "class Step:\n    '''A step.'''",
        "provisioning/steps/harbor.py": "import provisioning.systems.harbor\nclass Push(Step):\n    '''Push.'''",
        "provisioning/workflows/__init__.py": "from provisioning.workflows.push import push",
        "provisioning/workflows/push.py": "from provisioning.steps.harbor import Push",
    }
    build(tmp_path, house)
    assert not [said for rule in rules.RULES for said in rule(tmp_path)]


def build(root: Path, house: dict[str, str]) -> None:
    for place, text in house.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text)
