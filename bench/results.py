"""What was measured, beside what it is compared to."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Self


@dataclass(frozen=True)
class Spread:
    """Measurements of one thing: the middle one counts, the others tell how far to trust it."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """At least one measurement."""
        return cls(tuple(sorted(values)))

    @property
    def middle(self) -> float:
        """The median."""
        return median(self.values)

    @property
    def least(self) -> float:
        """The smallest."""
        return self.values[0]

    @property
    def most(self) -> float:
        """The largest: the worst, where less is better."""
        return self.values[-1]

    def __truediv__(self, by: float) -> "Spread":
        return Spread.of(value / by for value in self.values)


def once(value: float) -> Spread:
    """A thing that was measured, or counted, once."""
    return Spread((value,))


@dataclass(frozen=True)
class Row:
    """One figure: the median of `got`, in `unit`; its aim, if it has one; and the same thing done otherwise."""

    what: str
    unit: str
    got: Spread
    aim: float | None = None
    at_least: bool = False
    beside: tuple[tuple[str, Spread], ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the median reaches the aim; None without one. It decides nothing: machines differ."""
        if self.aim is None:
            return None
        return self.got.middle >= self.aim if self.at_least else self.got.middle <= self.aim
