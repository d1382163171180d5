"""Lines cut into the groups of a pattern, whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from owlake.lake.formats.text.line_plan import (
    MOST_STOPS,
    AtEnd,
    Choice,
    Greedy,
    Items,
    Lazy,
    LinePlan,
    Literal,
    Rest,
    Step,
    Until,
    captured,
    repeated,
)
from owlake.lake.formats.text.line_syntax import ALL, NO_LIMIT, Group, Run, can_be_absent, groups_in, written
from owlake.lake.formats.text.values import bytes_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]
    Marks = npt.NDArray[np.bool_]

MatchLine = Callable[[str], Sequence[str | None] | None]
"""The groups of one line, None for one that does not match: what decides where the steps do not."""
_LINE_FEED = 0x0A
_BLANK = 0x20
_NAME = "g"


@dataclass(slots=True)
class _State:
    """Where each line is read, whether it can still match, whether it must be decided otherwise.

    ``stop`` is known to stand at the cursor of those that can. A group is known by where it stands, and perhaps what
    stands there, or, inside of others, by its values alone.
    """

    cursor: Positions
    matches: Marks
    odd: Marks
    unsure: Marks
    stop: bytes = b""
    spans: dict[int, tuple[Positions, Positions, Marks]] = field(default_factory=dict)
    arrays: dict[int, pa.Array] = field(default_factory=dict)
    contents: dict[int, pa.Array] = field(default_factory=dict)


class PatternSplitter:
    """Cuts lines into the groups of a pattern; lines that do not match have none. See ``fields.Splitter``.

    ``match_line`` reads one line as the pattern means it; without a plan it reads them all. ``is_searched``: the
    pattern may match anywhere in a line, and the plan tells only of those where it does at the beginning.
    """

    def __init__(self, plan: LinePlan | None, match_line: MatchLine, *, is_searched: bool = False) -> None:
        self._plan = plan
        self._match_line = match_line
        self._is_searched = is_searched

    def split(self, data: bytes, ordinals: Sequence[int]) -> list[pa.Array]:
        """The groups of these ordinals, counted from 0."""
        lines = _Lines(data)
        if self._plan is None:
            rows = [self._groups(line, ordinals) for line in data[:-1].split(b"\n")]
            return [pa.array([row[number] for row in rows], pa.binary()) for number in range(len(ordinals))]
        wanted = {ordinal + 1 for ordinal in ordinals}
        state = lines.begin()
        for step in self._plan.steps:
            lines.take(step, state, wanted)
        # Where a lazy field might have to reach farther for the rest to match, that was not tried.
        state.odd |= state.unsure & ~state.matches
        if self._is_searched:
            state.odd |= ~state.matches | lines.begins_blank
        columns = [self._column(lines, state, ordinal + 1) for ordinal in ordinals]
        return self._with_odd(lines, state, columns, ordinals)

    def _column(self, lines: _Lines, state: _State, group: int) -> pa.Array:
        if group in state.arrays:
            found = state.arrays[group]
            is_sure = state.matches.all()
            return found if is_sure else pc.if_else(pa.array(state.matches), found, pa.scalar(None, pa.binary()))
        if group in state.contents and state.matches.all():
            return state.contents[group]
        if group not in state.spans:
            return pa.nulls(lines.count, pa.binary())
        starts, ends, is_present = state.spans[group]
        return lines.slices(starts, ends, is_present & state.matches)

    def _with_odd(
        self, lines: _Lines, state: _State, columns: list[pa.Array], ordinals: Sequence[int]
    ) -> list[pa.Array]:
        """The columns with the lines that only the pattern itself can decide."""
        odd = np.flatnonzero(state.odd)
        if not len(odd):
            return columns
        rows = [self._groups(lines.line(int(index)), ordinals) for index in odd]
        mask = pa.array(state.odd)
        return [
            pc.replace_with_mask(column, mask, pa.array([row[number] for row in rows], pa.binary()))
            for number, column in enumerate(columns)
        ]

    def _groups(self, line: bytes, ordinals: Sequence[int]) -> list[bytes | None]:
        found = self._match_line(line.decode(errors="replace"))
        if found is None:
            return [None] * len(ordinals)
        values = (found[ordinal] if ordinal < len(found) else None for ordinal in ordinals)
        return [None if value is None else value.encode() for value in values]


class _Lines:
    """The lines of a block. Positions are byte offsets."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._bytes = np.frombuffer(data, np.uint8)
        self._ends = np.flatnonzero(self._bytes == _LINE_FEED)
        self._starts = np.concatenate(([0], self._ends[:-1] + 1))
        self._places: dict[bytes, Positions] = {}
        self._found: dict[bytes, Positions] = {}
        self._all = np.ones(len(self._ends), bool)
        self._even = pa.array(np.arange(0, 2 * len(self._ends), 2))

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._ends)

    @property
    def begins_blank(self) -> Marks:
        """Which lines are empty or begin with a blank."""
        found: Marks = self._bytes[self._starts] <= _BLANK
        return found

    def begin(self) -> _State:
        """Before the first step."""
        none = np.zeros(self.count, bool)
        return _State(self._starts, self._all.copy(), none, none.copy())

    def line(self, index: int) -> bytes:
        """One of them."""
        return self._data[self._starts[index] : self._ends[index]]

    # Steps ------------------------------------------------------------------------------------------

    def take(self, step: Step, state: _State, wanted: set[int]) -> None:
        """Go on behind what the step matches."""
        known, state.stop = state.stop, b""
        match step:
            case Literal():
                if step.text != known:
                    state.matches &= self._stands(step.text, state.cursor)
                state.cursor = self._inside(state.cursor + len(step.text))
            case AtEnd():
                state.matches &= state.cursor == self._ends
            case Until():
                end = self._next(bytes([step.stop]), state.cursor) - step.before
                state.matches &= (end >= state.cursor) & (end + step.before < self._ends)
                self._field(step.items, np.maximum(self._inside(end), state.cursor), state, wanted, {step.stop})
                state.stop = b"" if step.before else bytes([step.stop])
            case Lazy():
                end = self._next(step.text, state.cursor)
                state.unsure |= state.matches
                state.matches &= end < self._ends
                self._field(step.items, self._inside(end), state, wanted, set())
            case Greedy():
                ends = [self._next(bytes([stop]), state.cursor) for stop in step.stops]
                end = np.minimum.reduce([self._ends, *ends])
                self._field(step.items, end, state, wanted, set(step.stops))
            case Rest():
                self._field(step.items, self._ends, state, wanted, set())
            case Choice():
                self._choose(step, state, wanted)

    def _choose(self, step: Choice, state: _State, wanted: set[int]) -> None:
        begin = state.cursor
        chosen = np.zeros(self.count, bool)
        cursor = begin.copy()
        numbers = set(captured(step)) & wanted
        absent = (begin, begin, np.zeros(self.count, bool))
        spans = dict.fromkeys(numbers, absent)
        for alternative in step.alternatives:
            one = _State(begin, state.matches.copy(), state.odd.copy(), np.zeros(self.count, bool))
            for part in alternative:
                self.take(part, one, wanted)
            if step.follow.text:
                one.matches &= self._stands(step.follow.text, one.cursor)
            if one.arrays:
                state.odd |= one.matches
            is_ambiguous = np.full(self.count, step.is_exclusive) | (one.cursor != cursor)
            if not step.follow.is_anything or step.is_exclusive:
                state.odd |= chosen & one.matches & is_ambiguous
            state.odd |= (one.odd | (one.unsure & ~one.matches)) & state.matches
            state.unsure |= one.unsure
            fresh = one.matches & ~chosen
            cursor = np.where(fresh, one.cursor, cursor)
            for number, (starts, ends, is_present) in one.spans.items():
                old = spans[number]
                spans[number] = (
                    np.where(fresh, starts, old[0]), np.where(fresh, ends, old[1]), np.where(fresh, is_present, old[2]),
                )  # fmt: skip
            chosen |= fresh
        if step.number in wanted and step.number is not None:
            spans[step.number] = (begin, cursor, chosen)
        state.spans |= spans
        state.matches &= chosen
        state.cursor = cursor

    def _field(self, items: Items, end: Positions, state: _State, wanted: set[int], absent: set[int]) -> None:
        """Items that match what lies between the cursor and ``end``, if it does; ``absent`` bytes are not in it."""
        start = state.cursor
        numbers = list(groups_in(items))
        asked = [number for number in numbers if number in wanted]
        first = items[0]
        is_whole = len(items) == 1 and isinstance(first, Group) and not first.is_optional and numbers == [first.number]
        if asked and not is_whole:
            if not self._part(items, end, state):
                self._extract(items, end, state, asked)
        else:
            content = None
            if not self._holds_alone(items, end, state, absent):
                content = self.slices(start, end, state.matches)
                if not _surely_match(items, content):
                    matches = pc.match_substring_regex(content, rf"\A(?:{written(items)})\z")
                    state.matches &= np.asarray(pc.fill_null(matches, fill_value=False))
            if asked:
                state.spans[asked[0]] = (start, end, self._all)
                if content is not None:
                    state.contents[asked[0]] = content
        state.cursor = end

    def _holds_alone(self, items: Items, end: Positions, state: _State, absent: set[int]) -> bool:
        """Whether the items are a repeated set, and the bytes that are not in it are looked for instead."""
        match items:
            case [Run() as run] | [Group(alternatives=[[Run() as run]])] if run.most == NO_LIMIT and run.least <= 1:
                others = ALL - run.bytes - absent - {_LINE_FEED}
            case _:
                return False
        if len(others) > MOST_STOPS:
            return False
        for byte in others:
            state.matches &= self._next(bytes([byte]), state.cursor) >= end
        if run.least:
            state.matches &= end > state.cursor
        return True

    def _part(self, items: Items, end: Positions, state: _State) -> bool:
        """The two fields around the last of some bytes, which the second cannot hold; whether the items are such."""
        match items:
            case [first, Run(bytes=stops, least=1, most=1), last] if len(stops) <= MOST_STOPS:
                second = repeated(last)
            case _:
                return False
        if repeated(first) is None or second is None or stops & second.bytes:
            return False
        start = state.cursor
        stop = np.maximum.reduce([self._before(bytes([byte]), end) for byte in stops])
        is_there = state.matches & (stop >= start)
        sides = ((first, start, stop), (last, stop + 1, end))
        contents = [self.slices(begin, behind, is_there) for _, begin, behind in sides]
        if not all(_surely_match((item,), content) for (item, _, _), content in zip(sides, contents, strict=True)):
            return False
        state.matches &= is_there
        for (item, begin, behind), content in zip(sides, contents, strict=True):
            for number in groups_in((item,)):
                state.spans[number] = (begin, behind, self._all)
                state.contents[number] = content
        return True

    def _extract(self, items: Items, end: Positions, state: _State, asked: Sequence[int]) -> None:
        """The groups inside of the items, by RE2."""
        content = self.slices(state.cursor, end, state.matches)
        found = pc.extract_regex(content, rf"\A(?:{written(items, _NAME)})\z")
        state.matches &= ~np.asarray(pc.is_null(found))
        optional = can_be_absent(items)
        for number in asked:
            values = pc.struct_field(found, f"{_NAME}{number}")
            if number in optional:
                # A group that is not in the match looks like one that matched nothing.
                empty = pc.fill_null(pc.equal(values, pa.scalar(b"", values.type)), fill_value=False)
                state.odd |= np.asarray(empty) & state.matches
            state.arrays[number] = values

    # Bytes ------------------------------------------------------------------------------------------

    def _inside(self, positions: Positions) -> Positions:
        return np.minimum(positions, self._ends)

    def _stands(self, text: bytes, at: Positions) -> Marks:
        """Whether the text stands there."""
        found: Marks = self._bytes[at] == text[0]
        for number, byte in enumerate(text[1:], 1):
            found &= self._bytes[np.minimum(at + number, len(self._bytes) - 1)] == byte
        return found

    def _next(self, text: bytes, at: Positions) -> Positions:
        """Where the text stands next, in this line or behind it."""
        places = self._places.get(text)
        if places is None:
            places = np.flatnonzero(self._bytes == text[0])
            if len(text) > 1:
                places = places[self._stands(text, places)]
            places = np.concatenate(([-1], places, [len(self._bytes)]))
            self._places[text] = places
        index = self._near(places, self._found.get(text), at)
        self._found[text] = index
        found: Positions = places[index]
        return found

    def _before(self, text: bytes, at: Positions) -> Positions:
        """Where the text stands last before each position, in this line or another; -1 where nowhere."""
        self._next(text, at)
        found: Positions = self._places[text][self._found[text] - 1]
        return found

    def _near(self, places: Positions, last: Positions | None, at: Positions) -> Positions:
        """The index of the first place at or behind each position: mostly one or two behind that found last."""
        if last is not None:
            index = last + (places[last] < at)
            index += places[index] < at
            if ((places[index - 1] < at) & (places[index] >= at)).all():
                return index
        return np.searchsorted(places, at)

    def slices(self, starts: Positions, ends: Positions, is_present: Marks) -> pa.Array:
        """The bytes between starts and ends; NULL where they are not present."""
        indexes = self._even
        if not is_present.all():
            starts, ends = (np.where(is_present, places, self._starts) for places in (starts, ends))
            indexes = pc.if_else(pa.array(is_present), indexes, pa.scalar(None, indexes.type))
        offsets = np.empty(2 * self.count, np.int32)
        offsets[0::2], offsets[1::2] = starts, ends
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self._data)]
        return pa.Array.from_buffers(pa.binary(), 2 * self.count - 1, buffers).take(indexes)


def _surely_match(items: Items, content: pa.Array) -> bool:
    """Whether all that is there consists of bytes of one set, which the items, or an alternative, repeat at will."""
    (item, *more) = items
    alternatives = item.alternatives if isinstance(item, Group) else ((item,),)
    if more:
        return False
    runs = [one[0] for one in alternatives if len(one) == 1 and isinstance(one[0], Run) and one[0].most == NO_LIMIT]
    run = next((run for run in runs if run.least == 0), None)
    return run is not None and not bytes_of(content).tobytes().translate(None, bytes(run.bytes))
