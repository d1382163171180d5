"""Which part of a stream's log a query wants: conditions on time, shard and sequence number as spans of the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from owlake.spi import Constraint, Domain, LogSpan, Range, to_microseconds
from owlake_connectors.kinesis.model import Shard, Stream
from owlake_connectors.kinesis.operations.base import shard_number
from owlake_connectors.kinesis.sequence_numbers import DIGITS, STEP, compose

SHARD, NUMBER, ARRIVAL = "$shard_id", "$sequence_number", "$approximate_arrival_timestamp"

Limits = tuple[int, int | None]
"""The first ordinal, and the one that is too much."""


def exact_columns(constraint: Constraint) -> frozenset[str]:
    """The columns whose conditions ``spans_of`` applies fully."""
    found = {SHARD} if SHARD in constraint and constraint[SHARD].values is not None else set()
    if ARRIVAL in constraint and len(_ranges(constraint[ARRIVAL])) <= 1:
        found.add(ARRIVAL)
    return frozenset(found)


def spans_of(stream: Stream, constraint: Constraint, horizon: int, end: int) -> list[LogSpan]:
    """Where the wanted records are, of those that arrived since the horizon and are before the end."""
    since, until = _times(constraint.get(ARRIVAL), horizon)
    if until is not None and until <= since:
        return []
    shards = _shards(stream, constraint.get(SHARD))
    if shards is None and NUMBER not in constraint:
        return [LogSpan(None, 0, end, since, until)]
    by_limits: dict[Limits, list[int]] = {}
    for shard in stream.shards if shards is None else shards:
        first, before = _ordinals(shard, constraint.get(NUMBER))
        before = end if before is None else min(before, end)
        if first < before:
            by_limits.setdefault((first, before), []).append(shard.number)
    return [LogSpan(tuple(numbers), first, before, since, until) for (first, before), numbers in by_limits.items()]


def _shards(stream: Stream, domain: Domain | None) -> Sequence[Shard] | None:
    """The shards that a condition names; None: it does not tell."""
    if domain is None or domain.values is None:
        return None
    numbers = {shard_number(str(text)) for text in domain.values}
    return [one for one in stream.shards if one.number in numbers and one.id in domain.values]


def _times(domain: Domain | None, horizon: int) -> tuple[int, int | None]:
    """From when to before when, in microseconds: the times are whole milliseconds, so this is exact."""
    if domain is None:
        return horizon, None
    ranges = _ranges(domain)
    lows = [None if one.low is None else _moment(one.low) + (not one.low_inclusive) for one in ranges]
    highs = [None if one.high is None else _moment(one.high) + one.high_inclusive for one in ranges]
    if not ranges:
        return 0, 0
    since = horizon if None in lows else max(horizon, min(low for low in lows if low is not None))
    return since, None if None in highs else max(high for high in highs if high is not None)


def _ranges(domain: Domain) -> list[Range]:
    """The domain as ranges; values are each one of their own."""
    if domain.values is not None:
        return [Range(value, value) for value in domain.values]
    return list(domain.ranges or ())


def _moment(value: Any) -> int:
    assert isinstance(value, datetime)
    return to_microseconds(value)


def _ordinals(shard: Shard, domain: Domain | None) -> Limits:
    """From which ordinal to before which one of a shard; wider than the condition where that is not plain numbers."""
    if domain is None:
        return 0, None
    ranges = _ranges(domain)
    if not ranges:
        return 0, 0
    lows = [_ordinal(shard, one.low, 0) for one in ranges]
    highs = [_ordinal(shard, one.high, None) for one in ranges]
    first = min(low or 0 for low in lows)
    return first, None if None in highs else max(high for high in highs if high is not None) + 1


def _ordinal(shard: Shard, bound: object, otherwise: int | None) -> int | None:
    """The ordinal at which the shard's numbers pass a bound. Texts of one length are ordered as numbers are."""
    text = str(bound)
    if bound is None or len(text) != DIGITS or not (text.isascii() and text.isdecimal()):
        return otherwise
    least = compose(shard.epoch, shard.number, 0, 0)
    # Below the index stand the second and the shard: less than a step.
    return max(int(text) - least, 0) // STEP
