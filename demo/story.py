"""What the demo does once everything runs: log in, create an application of each type, watch them come into being."""

import time
from collections.abc import Callable
from typing import Any

from demo.rest import Platform
from demo.trouble import Trouble

LOOK_SECONDS = 0.2

Runs = dict[str, dict[str, Any]]


def create_applications(platform: Platform) -> dict[str, str]:
    """Ask for a project and an application of each type; answers the run of each, by the application's name."""
    project = platform.post("project", name="demo", description="Made by make demo")
    types = platform.get("app-types")
    names = [kind["name"] for kind in (types["results"] if isinstance(types, dict) else types)]
    asked = {}
    for kind in names:
        name = f"hello-{kind}"
        answer = platform.post("app", project=project["id"], name=name, type=kind)
        asked[name] = answer["run"]["id"] if isinstance(answer["run"], dict) else answer["run"]
    return asked


def follow(platform: Platform, asked: dict[str, str], show: Callable[[Runs], None], patience: float) -> Runs:
    """Show the runs until all are final. Trouble when that takes too long, with what each still waits for."""
    until = time.monotonic() + patience
    while True:
        runs = {name: platform.get(f"runs/{run_id}") for name, run_id in asked.items()}
        show(runs)
        if all(run["final"] for run in runs.values()):
            return runs
        if time.monotonic() > until:
            raise Trouble(f"After {patience:.0f} seconds this is not finished:\n{unfinished(runs)}")
        time.sleep(LOOK_SECONDS)


def unfinished(runs: Runs) -> str:
    """The steps that keep the runs from their end."""
    return "\n".join(
        f"- {name}, {step['title']}: {step['status']}. {step['waiting_for'] or ''}".rstrip()
        for name, run in runs.items()
        for step in run["steps"]
        if not run["final"] and step["status"] in ("queued", "running", "waiting")
    )


def failures(runs: Runs) -> list[str]:
    """What went wrong, a sentence each: which application, which step, why, what to do."""
    found = []
    for name, run in runs.items():
        errors = [(step["title"], step["error"]) for step in run["steps"] if step["status"] == "failed"]
        found += [f"{name}, {title}: {error['message']} {error['hint']} ({error['code']})" for title, error in errors]
        if not errors and run["status"] != "succeeded":
            found.append(f"{name}: the run is {run['status']}.")
    return found
