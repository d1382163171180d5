"""Results drawn as bars, lines or a histogram, in the characters of a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from owlake.errors import error
from owlake.planning.plan import ResultColumn
from owlake.types.model import DATE, Timestamp, is_numeric
from owlake.types.text_columns import text_column
from owlake_shell.render.cells import visible, width_of
from owlake_shell.render.rows import Rows

KINDS = ("bar", "line", "histogram")
BARS = 40
"""More bars than that are no picture."""
_LINES = 4
_HEIGHT = 16
_BINS = 20
_LABEL_CELLS = 24
_AXIS = 3
"""Lines of a chart that are no bars: the frame and the numbers below it."""


@dataclass(frozen=True, slots=True)
class _Data:
    """The rows to draw, a whole column at a time."""

    columns: tuple[ResultColumn, ...]
    arrays: list[pa.Array]

    def index_of(self, name: str) -> int:
        names = [column.name for column in self.columns]
        if name not in names:
            raise error("INVALID_ARGUMENTS", f"The last result has no column {name}", hint=_there_are(names), bare=True)
        return names.index(name)

    def is_number(self, index: int) -> bool:
        return is_numeric(self.columns[index].type)

    def is_ordered(self, index: int) -> bool:
        type_ = self.columns[index].type
        return is_numeric(type_) or type_ == DATE or isinstance(type_, Timestamp)

    def numbers(self, index: int) -> list[float]:
        """The values as floats, NaN for NULL; moments as what has passed since 1970."""
        if not self.is_ordered(index):
            raise error("INVALID_ARGUMENTS", f"The column {self.columns[index].name} is no numbers", bare=True)
        array = self.arrays[index]
        if not self.is_number(index):
            array = array.cast(pa.int32() if pa.types.is_date32(array.type) else pa.int64())
        return [math.nan if value is None else value for value in pc.cast(array, pa.float64(), safe=False).to_pylist()]

    def texts(self, index: int) -> list[str]:
        texts = text_column(self.arrays[index], self.columns[index].type).to_pylist()
        return [_short("NULL" if text is None else visible(text).replace("\n", " ")) for text in texts]


def chart_text(rows: Rows, kind: str | None, names: Sequence[str], width: int) -> str:
    """The rows as a chart of so many cells.

    ``kind`` is one of ``KINDS``, ``names`` the columns: what is counted along first (labels, or the line's x), then
    the values. Both are chosen by the columns' types where they are not given.

    Errors: INVALID_ARGUMENTS, for columns that are not there or are no numbers, and where there is nothing to draw.
    """
    data = _Data(rows.columns, _whole_columns(rows))
    chosen = [data.index_of(name) for name in names]
    if not data.arrays or not len(data.arrays[0]):
        raise error("INVALID_ARGUMENTS", "The last result has no rows to draw", bare=True)
    along, values = _chosen(data, kind, chosen)
    if not values:
        raise error("INVALID_ARGUMENTS", "The last result has no numbers to draw", bare=True)
    kind = kind or _fitting(data, along)
    match kind:
        case "histogram":
            return _histogram(data, values[0], width)
        case "line":
            return _line(data, along, values[:_LINES], width)
        case _:
            return _bars(data, along, values[0], width)


def _whole_columns(rows: Rows) -> list[pa.Array]:
    batches = list(rows)
    if not batches:
        return []
    return [pa.concat_arrays([batch.column(index) for batch in batches]) for index in range(len(rows.columns))]


def _chosen(data: _Data, kind: str | None, chosen: list[int]) -> tuple[int | None, list[int]]:
    """What is counted along, and the columns of the values."""
    if chosen:
        return (None, chosen) if len(chosen) == 1 or kind == "histogram" else (chosen[0], chosen[1:])
    numbers = [index for index in range(len(data.columns)) if data.is_number(index)]
    if kind == "histogram":
        return None, numbers
    others = [index for index in range(len(data.columns)) if index not in numbers]
    if others:
        return others[0], numbers
    return (numbers[0], numbers[1:]) if len(numbers) > 1 else (None, numbers)


def _fitting(data: _Data, along: int | None) -> str:
    if along is None:
        return "histogram"
    return "line" if data.is_ordered(along) else "bar"


def _bars(data: _Data, along: int | None, values: int, width: int) -> str:
    heights = data.numbers(values)
    shown = data.texts(values)
    labels = data.texts(along) if along is not None else [str(number) for number in range(1, len(heights) + 1)]
    rows = [one for one in zip(labels, heights, shown, strict=True) if math.isfinite(one[1])]
    drawn = rows[:BARS]
    if not drawn:
        raise error("INVALID_ARGUMENTS", "The last result has no numbers to draw", bare=True)
    figure = _figure(width, len(drawn) + _AXIS)
    places = list(range(len(drawn), 0, -1))
    lengths = [height for _, height, _ in drawn]
    figure.draw(figure.bar(places, lengths, orientation="horizontal", width=0.1))
    figure.ruler(axis=0).lim(min(0.0, *lengths), max(0.0, *lengths) or 1.0)
    figure.ruler(axis=1).ticks(places, [f"{label} {text}" for label, _, text in drawn])
    note = f"The first {BARS} of {len(rows):,} rows.\n" if len(rows) > BARS else ""
    return f"{_text(figure)}{data.columns[values].name}\n{note}"


def _line(data: _Data, along: int | None, values: Sequence[int], width: int) -> str:
    count = len(data.arrays[0])
    places = data.numbers(along) if along is not None else [float(number) for number in range(1, count + 1)]
    figure = _figure(width, _HEIGHT)
    drawn: list[float] = []
    for index in values:
        points = sorted(
            (x, y) for x, y in zip(places, data.numbers(index), strict=True) if math.isfinite(x) and math.isfinite(y)
        )
        if points:
            signal = figure.signal([x for x, _ in points], [y for _, y in points])
            signal.lines()
            signal.label(data.columns[index].name)
            figure.draw(signal)
            drawn += [x for x, _ in points]
    if not drawn:
        raise error("INVALID_ARGUMENTS", "The last result has no numbers to draw", bare=True)
    if along is not None and not data.is_number(along):
        texts = dict(zip(places, data.texts(along), strict=True))
        ends = sorted({min(drawn), max(drawn)})
        figure.ruler(axis=0).ticks(ends, [texts[end] for end in ends])
    return _text(figure)


def _histogram(data: _Data, values: int, width: int) -> str:
    numbers = [value for value in data.numbers(values) if math.isfinite(value)]
    if not numbers:
        raise error("INVALID_ARGUMENTS", "The last result has no numbers to draw", bare=True)
    figure = _figure(width, _HEIGHT)
    figure.draw(figure.hist(numbers, bins=_BINS))
    return f"{_text(figure)}{data.columns[values].name}\n"


def _figure(width: int, height: int) -> Any:
    import plotext  # noqa: PLC0415  (only charts need it)

    # By itself it draws no more than the terminal has lines for, and leaves bars out.
    plotext.terminal.limit(width=False, height=False)
    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, height)
    return figure


def _text(figure: Any) -> str:
    """Without colors: shapes tell everything."""
    import plotext  # noqa: PLC0415

    text: str = plotext.uncolorize(str(figure.build()))
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip("\n").split("\n"))


def _short(label: str) -> str:
    while width_of(label) > _LABEL_CELLS:
        label = f"{label[:-2]}…" if not label.endswith("…") else f"{label[:-3]}…"
    return label


def _there_are(names: Sequence[str]) -> str:
    return f"There are {', '.join(names)}."
