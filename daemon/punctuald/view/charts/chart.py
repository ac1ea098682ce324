"""The description of a chart: values, and what they mean. No colours, no pixels: see `view.charts.svg`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How the values of a chart are laid out."""

    LINES = "lines"
    """Each series is a curve over the x axis."""
    STACKED = "stacked"
    """Areas on top of one another: series 0 is the lowest. Their values are parts of one whole."""
    BARS = "bars"
    """Horizontal bars, a row for each category of the x axis; several series are stacked in a row."""
    HEAT = "heat"
    """Each series is a row of cells, the first the lowest; its values say how strong in colour they are."""


class Unit(StrEnum):
    """What a number on an axis is."""

    TIME = "time"
    """Seconds since the epoch, UTC; shown by the clock of the axis' ``zone``."""
    DAY = "day"
    """The same, where each value stands for the day that begins then: shown as its date."""
    SECONDS = "seconds"
    COUNT = "count"
    SHARE = "share"
    """0 to 1, shown in per cent."""
    PER_SECOND = "per_second"


class Shape(StrEnum):
    """How the points of a line are joined."""

    LINE = "line"
    STEP = "step"
    """Each value holds until the next one."""


class MarkKind(StrEnum):
    """What happened at a moment; each has a colour of its own."""

    DECISION = "decision"
    DEATH = "death"
    RELOAD = "reload"


@dataclass(frozen=True, slots=True)
class Axis:
    """``is_log``: logarithmic; values that are not above 0 are then drawn at its lower end. ``categories`` name the
    places 0, 1, … of a bar chart. ``zone``: of an axis of times, the IANA name of the clock that it shows."""

    title: str
    unit: Unit
    is_log: bool = False
    categories: tuple[str, ...] = ()
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Series:
    """One curve, layer, bar or row. ``y`` None is not known: a gap, and never zero."""

    name: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    shape: Shape = Shape.LINE

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"{self.name}: {len(self.x)} places and {len(self.y)} values")


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value of the y axis that is a limit: a tier's threshold, an objective."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at ``x``; ``text`` is shown when somebody points at it."""

    x: float
    text: str
    kind: MarkKind = MarkKind.DECISION


@dataclass(frozen=True, slots=True)
class Band:
    """A span of the x axis that is shaded: a violation, an outage."""

    begin: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart. ``summary`` is a sentence for who can't see it.

    In a chart of kind HEAT the y axis is that of the rows' names, and its unit is that of the cells' values.
    """

    title: str
    kind: Kind
    x_axis: Axis
    y_axis: Axis
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    bands: tuple[Band, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    summary: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether no value is known."""
        return not any(value is not None for series in self.series for value in series.y)
