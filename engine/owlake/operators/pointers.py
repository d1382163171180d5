"""Looking up what pointers point to, for all rows of all matches at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from owlake.functions.segments import Flags, Integers, offsets_from
from owlake.ir.patterns import Place
from owlake.operators.rows import looked_up


@dataclass(frozen=True)
class Matches:
    """Matches in the rows of partitions.

    Attributes:
        starts: Each match's first row.
        offsets: Where each match's labels begin in ``labels``, and behind the last their end.
        labels: The labels of all matches' rows.
        numbers: Each match's number in its partition.
        begins: The first row that the match may look at.
        ends: The row behind the last that it may look at.
    """

    starts: Integers
    offsets: Integers
    labels: Integers
    numbers: Integers
    begins: Integers
    ends: Integers

    @property
    def lengths(self) -> Integers:
        """How many rows each match has."""
        return np.diff(self.offsets)


@dataclass(frozen=True)
class Views:
    """From where matches are seen: a match (-1 for none) and how many of its rows are seen, a view each."""

    matches: Matches
    match: Integers
    extents: Integers

    def rows(self, place: Place, labels: dict[str, int]) -> Integers:
        """The row of the input that each view finds at the place; -1 where there is none."""
        inside, there = self._inside(place, labels)
        match = np.maximum(self.match, 0)
        rows = self._at(self.matches.starts, match) + inside + place.shift
        there &= (rows >= self._at(self.matches.begins, match)) & (rows < self._at(self.matches.ends, match))
        return np.where(there, rows, -1)

    def labels_at(self, place: Place, labels: dict[str, int], names: pa.Array) -> pa.Array:
        """The label of the row that each view finds at the place; NULL for a row outside of the match."""
        inside, there = self._inside(place, labels)
        inside = inside + place.shift
        match = np.maximum(self.match, 0)
        there &= (inside >= 0) & (inside < self._at(self.matches.lengths, match))
        places = np.where(there, self._at(self.matches.offsets[:-1], match) + inside, -1)
        codes = pa.array(self.matches.labels)
        return looked_up(names, _or_minus_one(looked_up(codes, places)))

    def numbers(self) -> pa.Array:
        """The number of each view's match; NULL for none."""
        return looked_up(pa.array(self.matches.numbers), self.match)

    def _inside(self, place: Place, labels: dict[str, int]) -> tuple[Integers, Flags]:
        """The place's row counted from the match's first, and whether it is there; shifts aside."""
        match = np.maximum(self.match, 0)
        extents = self.extents if place.running else self._at(self.matches.lengths, match)
        extents = np.where(self.match >= 0, extents, 0)
        if place.labels is None:
            inside = extents - 1 - place.offset if place.from_last else np.full(len(extents), place.offset)
            return inside, (inside >= 0) & (inside < extents)
        wanted = np.isin(self.matches.labels, [labels[name] for name in place.labels if name in labels])
        counts = offsets_from(wanted)
        firsts = self._at(self.matches.offsets[:-1], match)
        before, until = counts[firsts], counts[firsts + extents]
        index = until - 1 - place.offset if place.from_last else before + place.offset
        there = (index >= before) & (index < until)
        places = np.flatnonzero(wanted)
        found = places[np.where(there, index, 0)] if len(places) else np.zeros(len(index), np.int64)
        return found - firsts, there

    @staticmethod
    def _at(values: Integers, match: Integers) -> Integers:
        return values[match] if len(values) else np.zeros(len(match), np.int64)


def _or_minus_one(codes: pa.Array) -> Integers:
    found: Integers = np.asarray(codes.fill_null(-1)).astype(np.int64)
    return found


def rows_with(matches: Matches, views: Views, labels: Sequence[int] | None) -> tuple[Integers, Integers, Integers]:
    """The rows of each view's match with one of the labels: offsets a view, rows, and their places in the match."""
    match = np.maximum(views.match, 0)
    lengths = np.where(views.match >= 0, views.extents, 0)
    offsets = offsets_from(lengths)
    inside = np.arange(int(offsets[-1]), dtype=np.int64) - np.repeat(offsets[:-1], lengths)
    owners = np.repeat(match, lengths)
    rows = matches.starts[owners] + inside if len(owners) else inside
    if labels is None:
        return offsets, rows, inside
    kept = np.isin(matches.labels[matches.offsets[owners] + inside], labels) if len(owners) else np.zeros(0, bool)
    counts = np.bincount(np.repeat(np.arange(len(match)), lengths)[kept], minlength=len(match))
    return offsets_from(counts), rows[kept], inside[kept]
