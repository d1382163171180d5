"""MATCH_RECOGNIZE, and row patterns in windows: the matches of a pattern in every partition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from owlake.errors import error
from owlake.functions.segments import Integers, Segments, list_array, offsets_from
from owlake.ir.patterns import MatchNumberPointer, Pointer, PositionPointer
from owlake.operators.aggregates import Aggregate, RowsOfMatches, aggregated
from owlake.operators.conditions import AnyParameter, LabelDefinition, LookingBack, Search, is_here, known_ahead
from owlake.operators.matcher import Label, Matcher, Path
from owlake.operators.pointers import Matches, Views, rows_with
from owlake.operators.program import Instruction, first_labels
from owlake.operators.quick import Quick
from owlake.operators.rows import Order, looked_up, ordered, structs

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction


@dataclass(frozen=True, slots=True)
class Recognition:
    """What to look for and what to give; see ``owlake.ir.patterns.PatternRecognition``.

    Lambdas stand in definitions and aggregates by their places among those that the kernel gets.
    """

    order: Order
    program: tuple[Instruction, ...]
    labels: tuple[str, ...]
    definitions: tuple[tuple[int, int, tuple[AnyParameter, ...], Quick | None], ...]
    """Label, lambda, parameters, and the condition as a Python function if it is one."""
    rows: str
    skip: str
    skip_labels: frozenset[int]
    passed: tuple[int, ...]
    measures: tuple[AnyParameter, ...]
    shows_excluded: bool
    frame: int | None
    seek: bool


def recognizer(recognition: Recognition) -> Callable[..., pa.Array]:
    """The kernel: from lists of collected rows to lists of output rows, a partition each."""

    def recognize(lists: pa.Array, *lambdas: LambdaFunction) -> pa.Array:
        rows = ordered(lists, recognition.order)
        definitions = tuple(
            LabelDefinition(label, recognition.labels[label], lambdas[body], parameters, quick)
            for label, body, parameters, quick in recognition.definitions
        )
        found = _Searching(recognition, rows, definitions, lambdas).found()
        return _output(recognition, rows, found, lambdas)

    return recognize


# Searching ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Found:
    """Matches, and the rows of the output, in lists that grow: each output row a row of the input (-1 for none).

    ``match`` is -1 for a row without match, ``inside`` the row's place in it.
    """

    starts: list[int]
    labels: list[int]
    lengths: list[int]
    numbers: list[int]
    begins: list[int]
    ends: list[int]
    row: list[int]
    match: list[int]
    inside: list[int]
    excluded: list[bool]
    counts: list[int]
    """Output rows of each partition."""


class _Searching:
    """One call's search, partition by partition."""

    def __init__(
        self,
        recognition: Recognition,
        rows: Segments,
        definitions: tuple[LabelDefinition, ...],
        lambdas: Sequence[LambdaFunction],
    ) -> None:
        self._recognition = recognition
        self._rows = rows
        self._search = Search()
        sets = _sets(definitions, recognition.labels)
        numbers = {name: index for index, name in enumerate(recognition.labels)}
        self._path = Path([frozenset(numbers[name] for name in names if name in numbers) for names in sets])
        places = {names: index for index, names in enumerate(sets)}
        known: dict[int, Label] = {}
        self._looks_back = False
        lists: dict[int, list[object]] = {}
        for one in definitions:
            ahead = None if _sees_bounds(one, recognition) else known_ahead(one, rows.columns, rows.offsets)
            self._looks_back = self._looks_back or not all(is_here(each, one.name) for each in one.parameters)
            back = LookingBack(one, rows.columns, recognition.labels, self._path, self._search, lambdas, places, lists)
            known[one.label] = Label(ahead) if ahead is not None else Label(None, back)
        labels = [known.get(index, Label()) for index in range(len(recognition.labels))]
        signature = _signature(definitions, places, self._path) if self._looks_back else None
        self._matcher = Matcher(list(recognition.program), labels, self._path, signature)
        self._candidates = self._possible_starts(labels)
        self.output = Found([], [], [], [], [], [], [], [], [], [], [])

    def found(self) -> Found:
        """Everything that is found."""
        offsets = self._rows.offsets.tolist()
        look = self._window if self._recognition.rows == "WINDOW" else self._partition
        for begin, end in pairwise(offsets):
            before = len(self.output.row)
            look(begin, end)
            self.output.counts.append(len(self.output.row) - before)
        return self.output

    def _possible_starts(self, labels: Sequence[Label]) -> Integers | None:
        """The rows that a match can begin at, where that is known ahead."""
        first = first_labels(list(self._recognition.program))
        if not first or any(labels[one].known is None for one in first):
            return None
        flags = np.zeros(self._rows.rows, np.uint8)
        for one in first:
            known = labels[one].known
            assert known is not None
            flags |= np.frombuffer(known, np.uint8)
        return np.flatnonzero(flags)

    def _starts(self, end: int) -> Callable[[int], int]:
        """From a row, the next that a match can begin at."""
        if self._candidates is None:
            return lambda row: row
        candidates = self._candidates

        def following(row: int) -> int:
            place = int(np.searchsorted(candidates, row))
            return min(int(candidates[place]), end) if place < len(candidates) else end

        return following

    # Matches one after the other ------------------------------------------------------------------------

    def _partition(self, begin: int, end: int) -> None:
        unmatched = self._recognition.rows == "ALL WITH UNMATCHED"
        search, starts = self._search, self._starts(end)
        search.begin, search.end, search.partition, search.number = begin, end, (begin, end), 1
        row, covered = begin, begin
        while row < end:
            start = starts(row)
            found = start < end and self._matcher.match(start, begin, end)
            if unmatched:
                self._without_match(range(max(row, covered), start if found else min(start + 1, end)))
            if not found:
                row = start + 1
                continue
            self._matched(start, begin, end)
            length = len(self._path.labels)
            covered = max(covered, start + max(length, 1))
            row = self._next(start)
            search.number += 1

    def _without_match(self, rows: range) -> None:
        output = self.output
        for row in rows:
            output.row.append(row)
            output.match.append(-1)
            output.inside.append(0)
            output.excluded.append(False)

    def _matched(self, start: int, begin: int, end: int) -> None:
        """The match that the path holds, and its output rows."""
        number = self._remember(start, begin, end)
        rows, length = self._recognition.rows, len(self._path.labels)
        excluded = self._matcher.excluded
        if rows == "ONE":
            # Columns of the partition are the same in all of its rows.
            self._give(start + max(length - 1, 0), number, max(length - 1, 0), excluded=False)
        elif length == 0:
            if rows != "ALL OMIT EMPTY":
                self._give(start, number, 0, excluded=False)
        else:
            for inside in range(length):
                if self._recognition.shows_excluded or not excluded[inside]:
                    self._give(start + inside, number, inside, excluded=excluded[inside])

    def _remember(self, start: int, begin: int, end: int) -> int:
        output = self.output
        output.starts.append(start)
        output.labels.extend(self._path.labels)
        output.lengths.append(len(self._path.labels))
        output.numbers.append(self._search.number)
        output.begins.append(begin)
        output.ends.append(end)
        return len(output.starts) - 1

    def _give(self, row: int, match: int, inside: int, *, excluded: bool) -> None:
        output = self.output
        output.row.append(row)
        output.match.append(match)
        output.inside.append(inside)
        output.excluded.append(excluded)

    def _next(self, start: int) -> int:
        """Where the search goes on after the match that the path holds."""
        labels = self._path.labels
        if not labels or self._recognition.skip == "NEXT ROW":
            return start + 1
        if self._recognition.skip == "PAST LAST":
            return start + len(labels)
        places = [inside for inside, label in enumerate(labels) if label in self._recognition.skip_labels]
        if not places:
            raise error("GENERIC_USER_ERROR", "AFTER MATCH SKIP failed: pattern variable is not present in match")
        inside = places[0] if self._recognition.skip == "FIRST" else places[-1]
        if inside == 0:
            raise error("GENERIC_USER_ERROR", "AFTER MATCH SKIP failed: cannot skip to first row of match")
        return start + inside

    # Windows --------------------------------------------------------------------------------------------

    def _window(self, begin: int, end: int) -> None:
        search, output = self._search, self.output
        search.partition, search.number = (begin, end), 1
        frame, resume = self._recognition.frame, begin
        starts = self._starts(end)
        for row in range(begin, end):
            last = end if frame is None else min(row + frame + 1, end)
            search.begin, search.end = row, last
            if row < resume or not self._found_from(row, last, starts):
                self._without_match(range(row, row + 1))
                continue
            start = self._path.start
            number = self._remember(start, row, last)
            output.row.append(row)
            output.match.append(number)
            output.inside.append(max(len(self._path.labels) - 1, 0))
            output.excluded.append(False)
            resume = row + 1
            if self._path.labels and self._recognition.skip != "NEXT ROW":
                resume = max(resume, self._next(start))
            search.number += 1

    def _found_from(self, row: int, last: int, starts: Callable[[int], int]) -> bool:
        start = starts(row)
        if not self._recognition.seek:
            return start == row and self._matcher.match(row, row, last)
        while start < last:
            if self._matcher.match(start, row, last):
                return True
            start = starts(start + 1)
        return False


def _sees_bounds(definition: LabelDefinition, recognition: Recognition) -> bool:
    """Whether the condition of a row may change with where the search began: it looks at rows near by in a window."""
    if recognition.rows != "WINDOW":
        return False
    return any(isinstance(one, Pointer) and one.place.shift != 0 for one in definition.parameters)


def _sets(definitions: Sequence[LabelDefinition], labels: tuple[str, ...]) -> list[frozenset[str]]:
    """The sets of labels whose rows conditions look back to."""
    found: dict[frozenset[str], None] = {}
    for one in definitions:
        for parameter in one.parameters:
            if isinstance(parameter, Pointer) and parameter.place.labels is not None:
                found[parameter.place.labels] = None
            if isinstance(parameter, Aggregate) and parameter.labels is not None:
                found[frozenset(labels[label] for label in parameter.labels)] = None
    return list(found)


def _signature(
    definitions: Sequence[LabelDefinition], places: dict[frozenset[str], int], path: Path
) -> Callable[[], object]:
    """What conditions may still ask of a path: the ends of the sets that they look back to, or all of it."""
    ends: dict[int, tuple[int, int]] = {}
    for one in definitions:
        for parameter in one.parameters:
            if is_here(parameter, one.name) or isinstance(parameter, MatchNumberPointer):
                continue
            if not isinstance(parameter, Pointer) or parameter.column is None:
                path.remembers = True
                return lambda: path.history[-1] if path.history else 0
            if parameter.place.labels is not None:
                place, count = places[parameter.place.labels], parameter.place.offset + 1
                first, last = ends.get(place, (0, 0))
                ends[place] = (first, max(last, count)) if parameter.place.from_last else (max(first, count), last)

    def signature() -> object:
        occurrences = path.occurrences
        return tuple(
            (tuple(occurrences[place][:first]), tuple(occurrences[place][-last:] if last else ()))
            for place, (first, last) in ends.items()
        )

    return signature


# Output -------------------------------------------------------------------------------------------------


def _output(recognition: Recognition, rows: Segments, found: Found, lambdas: Sequence[LambdaFunction]) -> pa.Array:
    names = pa.array(recognition.labels, pa.string())
    numbers = {name: index for index, name in enumerate(recognition.labels)}
    matches = Matches(
        _integers(found.starts),
        offsets_from(_integers(found.lengths)),
        _integers(found.labels),
        _integers(found.numbers),
        _integers(found.begins),
        _integers(found.ends),
    )
    match = _integers(found.match)
    lengths = matches.lengths[np.maximum(match, 0)] if len(matches.starts) else np.zeros(len(match), np.int64)
    views = Views(matches, match, np.minimum(_integers(found.inside) + 1, lengths))
    columns = [looked_up(rows.columns[index], _integers(found.row)) for index in recognition.passed]
    columns.extend(_measure(measure, rows, views, numbers, names, lambdas) for measure in recognition.measures)
    if recognition.shows_excluded:
        columns.append(pa.array(found.excluded, pa.bool_()))
    return list_array(offsets_from(_integers(found.counts)), structs(columns, len(match)))


def _measure(
    measure: AnyParameter,
    rows: Segments,
    views: Views,
    numbers: dict[str, int],
    names: pa.Array,
    lambdas: Sequence[LambdaFunction],
) -> pa.Array:
    match measure:
        case MatchNumberPointer():
            return views.numbers()
        case PositionPointer():
            return pa.array(np.maximum(views.extents - 1, 0))
        case Pointer(column=None):
            return views.labels_at(measure.place, numbers, names)
        case Pointer(column=column):
            assert column is not None
            return looked_up(rows.columns[column], views.rows(measure.place, numbers))
        case Aggregate():
            return _aggregate(measure, rows, views, names, lambdas)


def _aggregate(
    aggregate: Aggregate, rows: Segments, views: Views, names: pa.Array, lambdas: Sequence[LambdaFunction]
) -> pa.Array:
    """The aggregate over the match of each view; NULL for views without match."""
    labels = None if aggregate.labels is None else sorted(aggregate.labels)
    seen = np.cumsum(np.where(views.match >= 0, views.extents, 0))
    if len(seen) > 1 and seen[-1] > _ROWS_AT_ONCE:
        cuts = np.unique(np.searchsorted(seen, np.arange(0, int(seen[-1]), _ROWS_AT_ONCE)))
        edges = [*cuts.tolist(), len(seen)]
        parts = (Views(views.matches, views.match[a:b], views.extents[a:b]) for a, b in pairwise(edges))
        values = pa.concat_arrays([_laid_out(aggregate, rows, part, labels, names, lambdas) for part in parts])
    else:
        values = _laid_out(aggregate, rows, views, labels, names, lambdas)
    return values if aggregate.framed else looked_up(values, np.where(views.match >= 0, np.arange(len(values)), -1))


_ROWS_AT_ONCE = 1_000_000
"""How many rows of matches are laid out at a time."""


def _laid_out(
    aggregate: Aggregate,
    rows: Segments,
    views: Views,
    labels: Sequence[int] | None,
    names: pa.Array,
    lambdas: Sequence[LambdaFunction],
) -> pa.Array:
    offsets, places, inside = rows_with(views.matches, views, labels)
    owners = np.repeat(views.match, np.diff(offsets))
    codes = views.matches.labels[views.matches.offsets[owners] + inside] if len(owners) else inside
    of = RowsOfMatches(offsets, places, names.take(pa.array(codes)), views.matches.numbers[owners])
    return aggregated(aggregate, rows.columns, of, lambdas)


def _integers(values: list[int]) -> Integers:
    return np.array(values, np.int64)
