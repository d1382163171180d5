"""Windows of the Trino side: ``OVER``, specifications, frames, and the sort items that they share with queries."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Expression, Identifier
from owlake.dialect.nodes.expressions import WindowSpecification
from owlake.dialect.nodes.relations import FrameBound, SortItem, WindowFrame
from owlake.dialect.trino import expressions, patterns
from owlake.dialect.trino.names import identifier

_UNITS = ("RANGE", "ROWS", "GROUPS")
_CLAUSES = frozenset({"PARTITION", "MEASURES", *_UNITS})


def order_by(cursor: Cursor) -> tuple[SortItem, ...]:
    """``ORDER BY a, b DESC``, or nothing."""
    if not cursor.accept("ORDER"):
        return ()
    cursor.expect("BY")
    return sort_items(cursor)


def sort_items(cursor: Cursor) -> tuple[SortItem, ...]:
    """``a, b DESC NULLS FIRST``."""
    items = [sort_item(cursor)]
    while cursor.accept(","):
        items.append(sort_item(cursor))
    return tuple(items)


def sort_item(cursor: Cursor) -> SortItem:
    """``a [ASC | DESC] [NULLS FIRST | LAST]``."""
    position = cursor.position
    key = expressions.expression(cursor)
    ascending = True
    if cursor.accept("DESC"):
        ascending = False
    else:
        cursor.accept("ASC")
    nulls_written = cursor.accept("NULLS")
    nulls_first = nulls_written and cursor.expect_one_of("FIRST", "LAST") == "FIRST"
    return SortItem(position, key, ascending, nulls_first, nulls_written)


def begins_window(cursor: Cursor, index: int) -> bool:
    """Whether the word OVER at ``index`` begins a window, and is no alias."""
    following = cursor.kinds[index + 1]
    return following == "(" or following in NAMES


def over(cursor: Cursor) -> WindowSpecification | Identifier:
    """``OVER w`` or ``OVER (...)``."""
    cursor.expect("OVER")
    if cursor.kind != "(":
        return identifier(cursor)
    return parenthesized_specification(cursor)


def parenthesized_specification(cursor: Cursor) -> WindowSpecification:
    """``(w PARTITION BY ... ORDER BY ... ROWS ...)``."""
    cursor.expect("(")
    position = cursor.position
    existing = identifier(cursor) if _is_window_name(cursor) else None
    if existing is None:
        cursor.note("<identifier>")
    partition_by: tuple[Expression, ...] = ()
    if cursor.accept("PARTITION"):
        cursor.expect("BY")
        partition_by = expressions.expressions(cursor)
    specification = WindowSpecification(position, existing, partition_by, order_by(cursor), _frame(cursor))
    cursor.expect(")")
    return specification


def _is_window_name(cursor: Cursor) -> bool:
    """Whether the name of another window comes first: any name, even one that could begin a clause."""
    if cursor.kind not in _CLAUSES:
        return cursor.kind in NAMES
    following = cursor.peek()
    return following in (")", "ORDER", *_UNITS) or (following == "PARTITION" and cursor.peek(2) == "BY")


def _frame(cursor: Cursor) -> WindowFrame | None:
    position = cursor.position
    measures = patterns.measures(cursor)
    if cursor.kind not in _UNITS:
        cursor.note(*_UNITS)
        if measures:
            cursor.fail()
        return None
    unit = cursor.kind
    cursor.advance()
    cursor.undecided += 1
    end = None
    if cursor.accept("BETWEEN"):
        start = _bound(cursor)
        cursor.expect("AND")
        end = _bound(cursor)
    else:
        _note_window_name(cursor)
        start = _bound(cursor)
    cursor.undecided -= 1
    skip_to = patterns.skip_to(cursor)
    search = patterns.search(cursor)
    return WindowFrame(
        position,
        unit,
        start,
        end,
        measures=measures,
        skip_to=skip_to,
        search=search,
        pattern=patterns.pattern(cursor),
        subsets=patterns.subsets(cursor),
        definitions=patterns.definitions(cursor),
    )


def _note_window_name(cursor: Cursor) -> None:
    """Right behind ``(ROWS``, the word may still turn out to be a window's name."""
    if cursor.kinds[cursor.index - 2] == "(":
        cursor.note(")", "GROUPS", "MEASURES", "ORDER", "PARTITION", "RANGE", "ROWS")


def _bound(cursor: Cursor) -> FrameBound:
    position = cursor.position
    cursor.note("CURRENT", "UNBOUNDED")
    kind, following = cursor.kind, cursor.peek()
    if kind == "UNBOUNDED" and following in ("PRECEDING", "FOLLOWING"):
        cursor.advance()
        cursor.advance()
        return FrameBound(position, f"UNBOUNDED {following}")
    if kind == "CURRENT" and following == "ROW":
        cursor.expect("CURRENT", "ROW")
        return FrameBound(position, "CURRENT ROW")
    value = expressions.expression(cursor)
    return FrameBound(position, cursor.expect_one_of("PRECEDING", "FOLLOWING"), value)
