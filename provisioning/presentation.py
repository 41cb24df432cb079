"""How runs, steps and times are said to people: badges, words, links that are safe to press.

Everything shown may come from outside (titles, errors, links), so HTML is made by `format_html` alone. `now` is the
database's, since the rows' times are.
"""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from provisioning.models import Event, Run, Step
from provisioning.statuses import COLOURS, STEP_ACTIVE, STEP_MET

NOTHING = "–"
PLATFORM = "the platform"
# What people want to read first, when several steps of a run are at it.
FOREMOST = ("failed", "waiting", "running", "queued")
ID_START = re.compile(r"[0-9a-f]{6,32}")
WHOSE = {
    "remote": "the other system's: look there, or wait",
    "operator": "yours, as operator",
    "requester": "the requester's: something that was asked for cannot be",
    "platform": "the platform's developers': it is a mistake of ours",
}


def badge(word: str, colour: str = "") -> SafeString:
    """A status in its colour, which is dark enough for white letters (contrast AA)."""
    return format_html('<span class="badge" style="background:{}">{}</span>', colour or COLOURS[word], word)


def in_words(seconds: float, units: int = 2) -> str:
    """A duration in its largest unit and the next: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min, 3 d 4 h."""
    if seconds < 10:
        return f"{max(seconds, 0):.1f} s"
    rest = round(seconds)
    told: list[tuple[int, str]] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, size)
        if number or told:
            told.append((number, unit))
    return " ".join(f"{number} {unit}" for number, unit in told[:units] if number)


def between(start: datetime | None, end: datetime | None) -> str:
    """How long it took, or has taken so far."""
    return in_words((end - start).total_seconds()) if start and end else NOTHING


def stamp(at: datetime | None) -> str:
    """A time to compare with logs."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else NOTHING


def ago(at: datetime | None, now: datetime) -> SafeString | str:
    """An age in words; the exact time shows when one points at it."""
    if at is None:
        return NOTHING
    words = f"{in_words((now - at).total_seconds(), units=1)} ago"
    return format_html('<time datetime="{}" title="{}">{}</time>', at.isoformat(), stamp(at), words)


def moment(at: datetime | None, now: datetime) -> SafeString | str:
    """A time to compare with logs, and its age."""
    return format_html("{} ({} ago)", stamp(at), between(at, now)) if at else NOTHING


def page_of(run: Run) -> str:
    """The address of the run's page in the admin."""
    return reverse("admin:provisioning_run_change", args=[run.pk])


def run_link(run: Run) -> SafeString:
    """A link to the run's page."""
    return format_html('<a href="{}">{}</a>', page_of(run), one_line(run.title))


def away(url: object, title: object = "") -> SafeString:
    """A link to another system. Only to the web: what else calls itself a link (javascript:) stays text."""
    text = title or url
    if not is_web(url):
        return format_html("{}", text)
    return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', url, text)


def is_web(url: object) -> bool:
    """Whether it is an absolute address of the web."""
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def aways(links: object) -> SafeString:
    """Links that a step left, one below the other. They are JSON: nothing about their shape is taken for granted."""
    found = [link for link in links if isinstance(link, dict)] if isinstance(links, list) else []
    return format_html_join("", "<div>{}</div>", ((away(link.get("url", ""), link.get("title")),) for link in found))


def pretty(value: object) -> SafeString | str:
    """JSON to read."""
    if not value:
        return NOTHING
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


def lines(*parts: tuple[str, object]) -> SafeString:
    """Paragraphs, each of a class and a content; those without content are left out."""
    return format_html_join("", '<div class="{}">{}</div>', ((kind, part) for kind, part in parts if part))


# --- Steps -------------------------------------------------------------------------------------------------------


def step_says(step: Step, now: datetime) -> str:
    """What the step is at, waits for, or died of: one line."""
    match step.status:
        case "failed":
            return step.error_message
        case "waiting":
            return f"{step.waiting_for} {next_look(step, now)}".strip()
        case "running":
            return running_says(step, now)
        case "queued":
            return queued_says(step, now)
        case "pending" if step.needs:
            return f"comes after {', '.join(step.needs.split())}"
    return ""


def next_look(step: Step, now: datetime) -> str:
    """When a waiting step looks again; late is late, and says so."""
    if step.due_at is None:
        return ""
    if step.due_at >= now:
        return f"(looks again in {between(now, step.due_at)})"
    return f"(its next look is {between(step.due_at, now)} late)"


def running_says(step: Step, now: datetime) -> str:
    """Whether a worker is really at it."""
    if step.lease_until and step.lease_until < now:
        return f"its worker has been silent for {between(step.lease_until, now)}; another one takes over"
    return "ends, then the run stops" if step.stopping else "a worker is at it"


def queued_says(step: Step, now: datetime) -> str:
    """How long a due step has been waiting for a worker; too long, and somebody should look at the workers."""
    waited = between(step.due_at, now)
    if step.due_at and (now - step.due_at).total_seconds() > 2 * settings.RESEND_SECONDS:
        return f"no worker took it for {waited}: look whether workers are alive"
    return f"has waited {waited} for a worker"


def tries(step: Step) -> str:
    """How often it was tried, looked and retried, without what is nothing."""
    counts = (("attempt", step.attempts), ("look", step.looks), ("retry", step.retries), ("crash", step.crashes))
    return ", ".join(counted(number, word) for word, number in counts if number) or NOTHING


def counted(number: int, word: str) -> str:
    """1 look, 3 looks, 2 retries, 2 crashes."""
    plural = {"retry": "retries", "crash": "crashes"}.get(word, f"{word}s")
    return f"{number} {word if number == 1 else plural}"


def trouble(step: Step) -> SafeString | str:
    """The error, or that of an earlier try: what happened, what to do, whose move it is."""
    if not step.error_code:
        return ""
    said = step.status == "waiting" and step.waiting_for == step.error_message
    return lines(
        ("error" if step.status == "failed" else "past-error", "" if said else step.error_message),
        ("hint", step.error_hint and f"What to do: {step.error_hint}"),
        ("whose", step.error_whose and f"Whose move: {WHOSE.get(step.error_whose, step.error_whose)}"),
        ("name", f"Code: {step.error_code}"),
    )


def step_in_full(step: Step, now: datetime) -> SafeString:
    """What it is at, its error, and what of the error only staff see, folded away."""
    said = "" if step.status == "failed" else step_says(step, now)
    detail = format_html("<details><summary>Detail for staff</summary><pre>{}</pre></details>", step.error_detail)
    return lines(("says", said), ("trouble", trouble(step)), ("detail", step.error_detail and detail))


def step_badges(step: Step) -> SafeString:
    """Status, and a mark when it is slow."""
    slow = badge("slow", COLOURS["waiting"]) if step.slow and step.status in STEP_ACTIVE else ""
    return lines(("", badge(step.status)), ("", slow))


def step_took(step: Step, now: datetime) -> SafeString:
    """How long since it first began, and when that was."""
    took = between(step.started_at, step.finished_at or now)
    return lines(("", took), ("name", step.started_at and f"from {stamp(step.started_at)}"))


# --- Runs --------------------------------------------------------------------------------------------------------


def progress(steps: Iterable[Step]) -> str:
    """How many steps are done, of how many."""
    met = [step.status in STEP_MET for step in steps]
    return f"{sum(met)}/{len(met)}"


def current(run: Run, steps: Iterable[Step]) -> list[Step]:
    """The steps to look at, the foremost first; none when the run is over and well."""
    wanted = ("running",) if run.status == "cancelled" else FOREMOST
    at_it = [step for step in steps if step.status in wanted]
    return sorted(at_it, key=lambda step: (wanted.index(step.status), step.position))


def run_says(run: Run, steps: Iterable[Step], now: datetime) -> SafeString | str:
    """Where a run is, in short lines: the foremost step, what it waits for or its error, and the others."""
    at_it = current(run, steps)
    if not at_it:
        return NOTHING
    first, others = at_it[0], len(at_it) - 1
    return lines(
        ("title", first.title),
        ("error" if first.status == "failed" else "says", one_line(step_says(first, now), 160)),
        ("name", "slower than usual" if first.slow and first.status == "waiting" else ""),
        ("name", others and f"and {counted(others, 'step')} beside it"),
    )


def run_trouble(run: Run, steps: Iterable[Step], now: datetime) -> SafeString | str:
    """Every step that is at it or failed, each with what to do."""
    told = [
        lines(
            ("title", format_html("{} {}", badge(step.status), step.title)),
            ("says", step_says(step, now) if step.status != "failed" else ""),
            ("trouble", trouble(step)),
        )
        for step in current(run, steps)
    ]
    return lines(*(("at-it", step) for step in told)) or NOTHING


def run_badges(run: Run) -> SafeString:
    """Status; a cancelled run may still have a step that ends."""
    stopping = run.status == "cancelled" and run.finished_at is None
    return lines(("", badge(run.status)), ("name", "still stopping" if stopping else ""))


def run_time(run: Run, now: datetime) -> str:
    """How long the run took, or has taken so far."""
    return between(run.started_at, run.finished_at or now)


def event_says(event: Event) -> SafeString:
    """What happened, in words; its kind and step are for programs."""
    return lines(("says", event.text), ("name", f"{event.kind} {event.step}"))


def one_line(value: Any, longest: int = 80) -> str:
    """A title as it fits into a message."""
    return Truncator(str(value)).chars(longest)


def id_prefix(term: str) -> str:
    """The beginning of a run's id as databases spell it; empty when `term` is none. With or without its hyphens."""
    digits = term.strip().replace("-", "").lower()
    if not ID_START.fullmatch(digits):
        return ""
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(part for part in parts if part)
