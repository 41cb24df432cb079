"""How figures are shown, and what decides the exit status."""

import io

import pytest
from rich.console import Console

from bench import __main__ as bench
from bench import table
from bench.results import Row, Spread, once

ROW = Row("time per step", "ms", Spread.of([6, 4, 5]), aim=4.5, beside=(("a chain", once(2.5)),))


def test_a_figure_is_its_median_with_its_spread_aim_and_ratio() -> None:
    *_, line = table.plain([("engine", ROW)])
    assert line == "| time per step | 5.00 ms | 4.00 to 6.00, n=3 | ≤ 4.5 | missed | a chain: 2.50 | 2.00 |"


@pytest.mark.parametrize(("value", "at_least", "met"), [(4, False, True), (4, True, False), (5, True, True)])
def test_an_aim_is_a_most_or_a_least(value: float, at_least: bool, met: bool) -> None:
    assert Row("rate", "/s", once(value), aim=4.5, at_least=at_least).met is met


def test_without_an_aim_there_is_no_verdict() -> None:
    assert Row("messages", "", once(1)).met is None


def test_a_figure_that_breaks_is_shown_and_counts_as_failed() -> None:
    screen, rows = io.StringIO(), []  # type: ignore[var-annotated]
    assert not bench.measured("no_such_figure", None, Console(file=screen), rows)  # type: ignore[arg-type]
    assert "ModuleNotFoundError" in screen.getvalue()
    assert rows == []
