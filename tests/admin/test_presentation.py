"""Words and colours."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.safestring import SafeString

from provisioning import presentation
from provisioning.models import Step
from provisioning.statuses import COLOURS, ResourceState, RunStatus, StepStatus


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance of #rrggbb."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("status", sorted({*StepStatus.values, *RunStatus.values, *ResourceState.values}))
def test_white_letters_are_readable_on_every_badge(status: str) -> None:
    assert 1.05 / (luminance(COLOURS[status]) + 0.05) >= 4.5


def test_a_badge_has_label_and_colour_and_is_escaped() -> None:
    assert presentation.badge("failed") == '<span class="badge" style="background:#b91c1c">failed</span>'
    assert "<b>" not in presentation.badge("<b>", "red")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0.0 s"), (0, "0.0 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (12.2, "12 s"), (59.4, "59 s"), (59.6, "1 min"),
        (60, "1 min"), (200, "3 min 20 s"), (3599.6, "1 h"), (3600, "1 h"), (7500, "2 h 5 min"), (7205, "2 h"),
        (86400, "1 d"), (273600, "3 d 4 h"), (86400 * 400, "400 d"),
    ],
)  # fmt: skip
def test_durations_in_words(seconds: float, words: str) -> None:
    assert presentation.in_words(seconds) == words


def test_an_age_is_short_and_keeps_the_exact_time() -> None:
    now = datetime(2026, 11, 21, 3, 12, 45, tzinfo=UTC)
    said = presentation.ago(now - timedelta(minutes=3, seconds=20), now)
    assert isinstance(said, SafeString)
    assert said == ('<time datetime="2026-11-21T03:09:25+00:00" title="2026-11-21 03:09:25 UTC">3 min ago</time>')
    assert presentation.ago(None, now) == presentation.between(now, None) == presentation.moment(None, now) == "–"


@pytest.mark.parametrize(
    ("term", "start"),
    [
        ("0197ab", "0197ab"),
        ("0197AB12-34", "0197ab12-34"),
        ("0197ab1234567890abcdef0123456789", "0197ab12-3456-7890-abcd-ef0123456789"),
        (" 0197ab12-3456-7890-abcd-ef0123456789 ", "0197ab12-3456-7890-abcd-ef0123456789"),
        ("0197a", ""),
        ("shop", ""),
        ("0197ab1234567890abcdef01234567890", ""),
        ("", ""),
    ],
)
def test_the_beginning_of_an_id(term: str, start: str) -> None:
    assert presentation.id_prefix(term) == start


def test_what_a_step_says() -> None:
    now = datetime(2026, 11, 21, 3, 12, 45, tzinfo=UTC)

    def says(**values: object) -> str:
        return presentation.step_says(Step(**values), now)

    assert says(status="pending", needs="a b") == "comes after a, b"
    assert says(status="pending") == says(status="succeeded") == says(status="skipped") == ""
    assert says(status="waiting", waiting_for="Not yet.") == "Not yet."
    assert says(status="running") == "a worker is at it"
    assert says(status="running", stopping=True) == "ends, then the run stops"
    assert says(status="queued") == "has waited – for a worker"
    assert says(status="failed", error_message="No.") == "No."
