"""How the figures are shown: a line as each comes in, a table at the end."""

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.results import Row, Spread

VERDICTS = {True: ("met", "green"), False: ("missed", "red"), None: ("", "")}


def tell(console: Console, row: Row) -> None:
    """One figure, now."""
    verdict, style = VERDICTS[row.met]
    besides = "".join(f"; {name}: {number(other.middle)} (ratio {ratio(row, other)})" for name, other in row.beside)
    line = f"  {row.what}: {number(row.got.middle)} {row.unit} [{spread(row.got)}]{aim(row)}{besides}"
    console.print(Text(line), Text(verdict, style), soft_wrap=True)


def table(title: str, rows: Iterable[tuple[str, Row]]) -> Table:
    """All figures, grouped by the name that each comes with."""
    drawn = Table(title=title, title_justify="left")
    drawn.add_column("figure", overflow="fold")
    for column in ("median", "spread", "aim"):
        drawn.add_column(column, justify="right", no_wrap=True)
    drawn.add_column("", no_wrap=True)
    drawn.add_column("compared to", overflow="fold")
    drawn.add_column("ratio", justify="right", no_wrap=True)
    before = ""
    for name, row in rows:
        if name != before:
            drawn.add_section()
        before = name
        verdict, style = VERDICTS[row.met]
        cells = (f"{number(row.got.middle)} {row.unit}", spread(row.got), aim(row).removeprefix(", aim "))
        besides = "\n".join(f"{other}: {number(value.middle)}" for other, value in row.beside)
        ratios = "\n".join(ratio(row, value) for _, value in row.beside)
        drawn.add_row(row.what, *cells, Text(verdict, style), besides, ratios)
    return drawn


def plain(rows: Iterable[tuple[str, Row]]) -> Iterator[str]:
    """The same as a table for docs/benchmarks.md, a line each."""
    yield "| figure | median | spread | aim | | compared to | ratio |"
    yield "| --- | ---: | ---: | ---: | --- | --- | ---: |"
    for _, row in rows:
        verdict, _ = VERDICTS[row.met]
        cells = (f"{number(row.got.middle)} {row.unit}", spread(row.got), aim(row).removeprefix(", aim "), verdict)
        besides = "<br>".join(f"{other}: {number(value.middle)}" for other, value in row.beside)
        ratios = "<br>".join(ratio(row, value) for _, value in row.beside)
        yield f"| {row.what} | {' | '.join(cells)} | {besides} | {ratios} |"


def number(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def spread(got: Spread) -> str:
    """From where to where, of how many."""
    count = len(got.values)
    return f"{number(got.least)} to {number(got.most)}, n={count}" if count > 1 else "once"


def aim(row: Row) -> str:
    """What was promised."""
    if row.aim is None:
        return ""
    return f", aim {'≥' if row.at_least else '≤'} {row.aim:g}"


def ratio(row: Row, other: Spread) -> str:
    """How ours compares."""
    return f"{row.got.middle / other.middle:.2f}" if other.middle else "-"
