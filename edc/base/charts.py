"""Geometry of the small charts that pages draw as SVG: across in per cent of the width, down in pixels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil, floor, log10

Number = int | float | Decimal
HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 220, 10, 26, 7.0, 1.5
LABELS = 10


@dataclass(frozen=True)
class Point:
    """A value at its place."""

    label: str
    value: Number
    x: str
    y: str
    height: str = "0"


@dataclass(frozen=True)
class Segment:
    """A stroke between two neighbouring values."""

    x1: str
    y1: str
    x2: str
    y2: str


@dataclass
class Series:
    """One line, or one colour of bars; `None` leaves a gap."""

    name: str
    number: int
    values: Sequence[Number | None]
    points: list[Point] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)


@dataclass(frozen=True)
class Tick:
    """A mark on an axis; a minor one is left out where there is little room."""

    text: str
    at: str
    minor: bool = False


@dataclass(frozen=True)
class Chart:
    """All that the template draws, and the rows of the table that says the same."""

    series: list[Series]
    across: list[Tick]
    down: list[Tick]
    rows: list[tuple[str, list[Number | None]]]
    left: str = f"{LEFT}%"
    right: str = f"{100 - RIGHT}%"
    height: int = HEIGHT
    base: int = HEIGHT - BOTTOM
    foot: int = HEIGHT - 6
    bar_width: str = "0"


def steps(low: float, high: float) -> list[float]:
    """Return four to seven round numbers from at most `low` to at least `high`."""
    spread = (high - low) or abs(high) or 1
    size = 10 ** floor(log10(spread / 4))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if spread / (size * factor) <= 5)
    if float(low).is_integer() and float(high).is_integer():
        step = max(1, ceil(step))
    first, last = floor(low / step), ceil(high / step)
    return [round(step * index, 10) for index in range(first, max(last, first + 1) + 1)]


def percent(share: float) -> str:
    """Return a place across the drawing, 0 at the left axis and 1 at the right edge."""
    return f"{LEFT + share * (100 - LEFT - RIGHT):.2f}%"


class Scale:
    """Places values from the lowest step at the bottom to the highest at the top."""

    def __init__(self, marks: Sequence[float]) -> None:
        self.low, self.high = marks[0], marks[-1]

    def down(self, value: Number) -> float:
        """Return the pixels from the top."""
        share = (float(value) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def build(labels: Sequence[str], series: Mapping[str, Sequence[Number | None]], *, bars: bool = False) -> Chart | None:
    """Return the drawing of named series over common labels; nothing where there is no value at all."""
    known = [float(value) for values in series.values() for value in values if value is not None]
    if not known:
        return None
    marks = steps(min(0.0, *known) if bars or min(known) < max(known) / 2 else min(known), max(known))
    scale = Scale(marks)
    lines = [Series(name, number, values) for number, (name, values) in enumerate(series.items(), start=1)]
    slot = 1 / len(labels)
    width = slot * 0.7 / len(lines)
    for line in lines:
        place(line, labels, scale, slot=slot, shift=width * (line.number - 1) - slot * 0.35 if bars else None)
    every = ceil(len(labels) / LABELS)
    return Chart(
        series=lines,
        across=[
            Tick(label, percent((index + 0.5) * slot), minor=bool(index // every % 2))
            for index, label in enumerate(labels)
            if index % every == 0
        ],
        down=[Tick(f"{mark:g}", f"{scale.down(mark):.1f}") for mark in marks],
        rows=[
            (label, [values[index] if index < len(values) else None for values in series.values()])
            for index, label in enumerate(labels)
        ],
        bar_width=f"{width * (100 - LEFT - RIGHT):.2f}%",
    )


def place(line: Series, labels: Sequence[str], scale: Scale, *, slot: float, shift: float | None) -> None:
    """Work out the points of one series, and the strokes between neighbours; bars are shifted beside each other."""
    foot = scale.down(max(0.0, scale.low))
    before: Point | None = None
    for index, (label, value) in enumerate(zip(labels, line.values, strict=False)):
        if value is None:
            before = None
            continue
        down = scale.down(value)
        point = Point(
            label=label,
            value=value,
            x=percent((index + 0.5) * slot + (shift or 0.0)),
            y=f"{min(down, foot) if shift is not None else down:.1f}",
            height=f"{abs(foot - down):.1f}",
        )
        if before:
            line.segments.append(Segment(before.x, before.y, point.x, point.y))
        line.points.append(point)
        before = point
