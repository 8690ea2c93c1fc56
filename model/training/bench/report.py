"""The table of all figures, as text that is Markdown too, and as JSON."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should reach: at least this, or at most."""

    bound: float
    at_most: bool = False

    def shortfall(self, value: float) -> float:
        """Give by which part of the bound a value misses it; 0 where it is met."""
        if not math.isfinite(value):
            return math.inf
        missing = value - self.bound if self.at_most else self.bound - value
        return max(0.0, missing / self.bound)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row: what was measured on which network, once in each round.

    Attributes
    ----------
    values : (n_rounds,) what each round gave
    form : a format of one value with its unit
    pooled : the figure of all rounds together, where that is not the median of theirs
    """

    what: str
    network: str
    values: Sequence[float]
    form: str
    goal: Goal | None = None
    pooled: float | None = None

    @property
    def value(self) -> float:
        """What counts, and is held against the goal."""
        return self.pooled if self.pooled is not None else statistics.median(self.values)

    def row(self) -> tuple[str, ...]:
        """Give the cells of its row."""
        show = self.form.format
        return (
            self.what,
            self.network,
            show(self.value),
            f"{show(min(self.values))} … {show(max(self.values))}",
            f"{'≤' if self.goal.at_most else '≥'} {show(self.goal.bound)}" if self.goal else "",
            self.verdict(),
        )

    def verdict(self) -> str:
        """Say "met", or by which part it falls short."""
        if self.goal is None:
            return ""
        shortfall = self.goal.shortfall(self.value)
        return f"short by {shortfall:.1%}" if shortfall else "met"

    def to_json(self) -> dict[str, Any]:
        """Give all there is to know as JSON has it."""
        return {
            "what": self.what,
            "network": self.network,
            "value": self.value,
            "min": min(self.values),
            "median": statistics.median(self.values),
            "max": max(self.values),
            "values": list(self.values),
            "form": self.form,
            "goal": asdict(self.goal) if self.goal else None,
            "short_by": self.goal.shortfall(self.value) if self.goal else None,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        goal = Goal(**row["goal"]) if row["goal"] else None
        return cls(row["what"], row["network"], row["values"], row["form"], goal, row["value"])


@dataclass(frozen=True, slots=True)
class Report:
    """What one run of the bench gave.

    Attributes
    ----------
    machine : names and versions, as `machine.describe` gives them
    skipped : what could not be measured, and why
    seconds : how long the run took
    """

    machine: Mapping[str, str]
    figures: Sequence[Figure]
    skipped: Sequence[str]
    seconds: float

    def table(self) -> str:
        """Give the table, then what was skipped, then the machine; Markdown that reads as text."""
        header = ("figure", "network", "value", "min … max", "goal", "reached")
        rows = [header, *(figure.row() for figure in self.figures)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
                 for row in rows]  # fmt: skip
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        lines += ["", *(f"- not measured: {each}" for each in self.skipped)]
        lines += [f"- {name}: {value}" for name, value in self.machine.items()]
        lines.append(f"- the whole run took {self.seconds:.0f} s")
        return "\n".join(lines) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Give all there is to know as JSON has it."""
        return {
            "machine": dict(self.machine),
            "figures": [figure.to_json() for figure in self.figures],
            "skipped": list(self.skipped),
            "seconds": self.seconds,
        }

    @classmethod
    def from_json(cls, report: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave."""
        figures = [Figure.from_json(row) for row in report["figures"]]
        return cls(report["machine"], figures, report["skipped"], report["seconds"])
