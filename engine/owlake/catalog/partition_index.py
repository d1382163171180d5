"""From a constraint on partition keys to SQL over the catalog's index of partition values.

The key that leaves the fewest partitions leads: its entries of the index are looked up one by one. Others are sets of
the same index where they are small beside it, and are else tested against the values of what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from owlake.catalog.model import Column
from owlake.catalog.partition_names import DEFAULT_PARTITION
from owlake.catalog.partition_values import (
    as_indexed,
    indexed_value,
    is_constant_of,
    is_indexed,
    is_indexed_as_integer,
    matcher,
)
from owlake.errors import OwlakeError
from owlake.lake.model import Constraint, Domain, Range
from owlake.types.hive import parse_hive_type
from owlake.types.model import VARCHAR, Type

_MAX_VALUES = 5_000
"""SQLite binds 32,766 parameters at most in one statement; longer lists are tested in Python."""
_MAX_RANGES = 100
"""SQLite puts together 500 queries at most; more ranges are tested in Python."""
_MANY = 100_000
"""Entries of the index are counted so far; a key that leaves more does not lead."""
_SET_IN_TESTS = 4
"""An entry put into a set costs a quarter of a test of a partition's value."""

Values = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """A query for the entries of the index that one key leaves: their ``partition_id``."""

    query: str
    parameters: Values
    position: int
    test: Callable[[str], bool]

    @property
    def counting(self) -> str:
        """The query for how many there are, if they are not many."""
        return f"SELECT count(*) FROM (SELECT 1 FROM ({self.query}) LIMIT {_MANY})"


@dataclass(slots=True)
class Selection:
    """Which partitions of a table: what to read from, conditions on ``partitions p``, and tests left over."""

    source: str
    conditions: list[str]
    parameters: list[int | str]
    tests: list[tuple[int, Callable[[str], bool]]] = field(default_factory=list)

    def accepts(self, values: tuple[str, ...]) -> bool:
        """Whether the partition passes the tests that SQL could not make."""
        return not self.tests or all(test(values[position]) for position, test in self.tests)

    def where(self, condition: str, *parameters: int | str) -> None:
        """One more condition."""
        self.conditions.append(condition)
        self.parameters += parameters


def key_type(column: Column) -> Type:
    """The key's type; a type string that does not parse makes it text, so that its table can still be mended."""
    try:
        return parse_hive_type(column.type)
    except OwlakeError:
        return VARCHAR


def index_rows(
    table_id: int, keys: Sequence[Column], partitions: Sequence[tuple[int, tuple[str, ...]]]
) -> list[tuple[int, int, int | str, int]]:
    """The index's rows of partitions given as (id, values)."""
    return [
        (table_id, position, indexed_value(values[position], type_), partition_id)
        for position, type_ in enumerate(key_type(column) for column in keys)
        for partition_id, values in partitions
    ]


def select(
    table_id: int,
    keys: Sequence[Column],
    constraint: Constraint | None,
    count: Callable[[Entries], int],
    *,
    few: bool = False,
) -> Selection:
    """The partitions that can satisfy the constraint. Columns that are not keys are not its business.

    ``count`` gives how many entries there are, up to many. ``few`` says that reading ends after some partitions.
    """
    found: list[tuple[int, Entries]] = []
    tests: list[tuple[int, Callable[[str], bool]]] = []
    for position, column in enumerate(keys):
        domain = (constraint or {}).get(column.name)
        if domain is None:
            continue
        type_ = key_type(column)
        test = matcher(domain, type_)
        alternatives = _alternatives(domain, type_)
        if alternatives is None:
            tests.append((position, test))
        else:
            query, parameters = _query(table_id, position, alternatives, overlap=len(domain.ranges or ()) > 1)
            entries = Entries(query, parameters, position, test)
            found.append((count(entries), entries))
    found.sort(key=lambda one: one[0])
    selection, others, least = _led(table_id, found)
    for number, one in others:
        # Without a leader reading goes by order: where it ends soon, a test takes less than to look all entries up.
        costly = few and len(others) == 1 if least is None else number >= _MANY or number > _SET_IN_TESTS * least
        if costly:
            tests.append((one.position, one.test))
        else:
            selection.where(f"p.id IN ({one.query})", *one.parameters)
    selection.tests = tests
    return selection


def _led(table_id: int, found: list[tuple[int, Entries]]) -> tuple[Selection, list[tuple[int, Entries]], int | None]:
    """What is read one by one, what remains to be asked of it, and how many there are of it, where that is known."""
    if not found or found[0][0] >= _MANY:
        return Selection("partitions p", ["p.table_id = ?"], [table_id]), found, None
    (least, leader), *others = found
    # A CROSS JOIN keeps SQLite from turning the two round.
    source = f"({leader.query}) led CROSS JOIN partitions p ON p.id = led.partition_id"
    return Selection(source, ["true"], list(leader.parameters)), others, least


def _query(
    table_id: int, position: int, alternatives: Sequence[tuple[str, Values]], *, overlap: bool
) -> tuple[str, Values]:
    """A query a part: SQLite would go through all of a key's entries for an OR."""
    part = "SELECT partition_id FROM partition_values WHERE table_id = ? AND position = ? AND "
    parameters = [one for _, values in alternatives for one in (table_id, position, *values)]
    union = " UNION " if overlap else " UNION ALL "
    return union.join(part + condition for condition, _ in alternatives), tuple(parameters)


def _alternatives(domain: Domain, type_: Type) -> list[tuple[str, Values]] | None:
    """Conditions over ``value``, one of which holds; None where the index does not order values as the type does.

    No two of them hold for one value, but for ranges that overlap.
    """
    if not is_indexed(type_) or not _is_of_type(domain, type_):
        return None
    if len(domain.values or ()) > _MAX_VALUES or len(domain.ranges or ()) > _MAX_RANGES:
        return None
    return list(_parts(domain, of_integers=is_indexed_as_integer(type_)))


def _parts(domain: Domain, *, of_integers: bool) -> Iterator[tuple[str, Values]]:
    # Hive's default partition is text; so is what does not convert, which must be seen, so that reading it can fail.
    not_null = "" if of_integers else " AND value <> ?"
    null: Values = () if of_integers else (DEFAULT_PARTITION,)
    if domain.values:
        constants = tuple(as_indexed(value) for value in domain.values)
        yield f"value IN ({', '.join('?' * len(constants))}){not_null}", (*constants, *null)
    for range_ in domain.ranges or ():
        condition, bounds = _range(range_, of_integers=of_integers)
        yield condition + not_null, (*bounds, *null)
    if of_integers:
        yield ("value >= ''", ()) if domain.null_allowed else ("value >= '' AND value <> ?", (DEFAULT_PARTITION,))
    elif domain.null_allowed:
        yield "value = ?", (DEFAULT_PARTITION,)
    elif not domain.values and not domain.ranges:
        yield "false", ()


def _is_of_type(domain: Domain, type_: Type) -> bool:
    constants = [*(domain.values or ())]
    for range_ in domain.ranges or ():
        constants += [bound for bound in (range_.low, range_.high) if bound is not None]
    return all(is_constant_of(constant, type_) for constant in constants)


def _range(range_: Range, *, of_integers: bool) -> tuple[str, Values]:
    conditions: list[str] = []
    parameters: list[int | str] = []
    if range_.low is not None:
        conditions.append(f"value >{'=' if range_.low_inclusive else ''} ?")
        parameters.append(as_indexed(range_.low))
    if range_.high is not None:
        conditions.append(f"value <{'=' if range_.high_inclusive else ''} ?")
        parameters.append(as_indexed(range_.high))
    elif of_integers:
        # SQLite has whole numbers before text.
        conditions.append("value < ''")
    return " AND ".join(conditions) or "true", tuple(parameters)
