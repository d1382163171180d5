"""CAST between types, in DataFusion SQL with Trino's results.

``RULES`` holds, by base names of source and target, how a value's SQL is converted; nested types convert their
parts. A rule gets the SQL of the value and gives the SQL of the converted one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from owlake.errors import error
from owlake.planning.text import arrow_name, cast_text, string
from owlake.types.arrow import arrow_type, field_names
from owlake.types.model import (
    UNKNOWN,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    TimestampWithTimeZone,
    Type,
    Varchar,
)

if TYPE_CHECKING:
    from owlake.functions.registry import CallSite

Rule = Callable[["CallSite", str, Type, Type, bool], str]


def cast_sql(site: CallSite, sql: str, source: Type, target: Type, *, safe: bool) -> str:
    """The SQL of ``CAST(sql AS target)``; NULL where that fails if ``safe``."""
    if source == target:
        return sql
    if source == UNKNOWN:
        return cast_text("NULL", target)
    nested = _nested(site, sql, source, target, safe=safe)
    if nested is not None:
        return nested
    rule = RULES.get((source.base, target.base))
    if rule is None:
        raise error("NOT_SUPPORTED", f"Casting {source} to {target} is not supported yet")
    return rule(site, sql, source, target, safe)


def _nested(site: CallSite, sql: str, source: Type, target: Type, *, safe: bool) -> str | None:
    """Arrays, maps and rows: their parts converted; None for other types."""
    match source, target:
        case Array(), Array():
            return _array(site, sql, source, target, safe=safe)
        case Map(), Map():
            keys = _array(site, f"map_keys({sql})", Array(source.key), Array(target.key), safe=safe)
            values = _array(site, f"map_values({sql})", Array(source.value), Array(target.value), safe=safe)
            return f"CASE WHEN {sql} IS NOT NULL THEN {arrow_cast(f'map({keys}, {values})', target)} END"
        case Row(), Row():
            return _row(site, sql, source, target, safe=safe)
        case _:
            return None


def _array(site: CallSite, sql: str, source: Array, target: Array, *, safe: bool) -> str:
    if UNKNOWN in (source.element, target.element) or arrow_type(source) == arrow_type(target):
        return arrow_cast(sql, target)
    name = f"e{_depth(target)}"
    element = cast_sql(site, name, source.element, target.element, safe=safe)
    return f"array_transform({sql}, {name} -> {element})"


def _depth(type_: Type) -> int:
    """How deep arrays lie inside each other: lambda parameters must not share a name."""
    return 1 + _depth(type_.element) if isinstance(type_, Array) else 0


def _row(site: CallSite, sql: str, source: Row, target: Row, *, safe: bool) -> str:
    parts = []
    names = zip(field_names(source), field_names(target), strict=True)
    for (held, name), one, other in zip(names, source.fields, target.fields, strict=True):
        value = cast_sql(site, f"get_field({sql}, {string(held)})", one.type, other.type, safe=safe)
        parts.append(f"{string(name)}, {value}")
    return f"CASE WHEN {sql} IS NOT NULL THEN named_struct({', '.join(parts)}) END"


def native(sql: str, target: Type, *, safe: bool) -> str:
    """DataFusion's own cast, where it does what Trino's does."""
    text = cast_text(sql, target)
    if not safe:
        return text
    if text.startswith("CAST("):
        return f"TRY_{text}"
    return f"arrow_try_cast({sql}, {string(arrow_name(target))})"


def _native(_: CallSite, sql: str, __: Type, target: Type, safe: bool) -> str:
    return native(sql, target, safe=safe)


def _same(_: CallSite, sql: str, __: Type, ___: Type, ____: bool) -> str:
    return sql


def _rounded(_: CallSite, sql: str, __: Type, target: Type, safe: bool) -> str:
    """A fraction to a whole number: half away from zero, where DataFusion cuts it off."""
    return native(f"round({sql})", target, safe=safe)


def _decimal_to_integer(_: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    assert isinstance(source, Decimal)
    if source.scale:
        sql = f"CAST({sql} AS DECIMAL({min(38, source.precision - source.scale + 1)},0))"
    return native(sql, target, safe=safe)


def _to_varchar(_: CallSite, sql: str, __: Type, target: Type, ___: bool) -> str:
    return truncated(f"arrow_cast({sql}, 'Utf8')", target)


def truncated(sql: str, target: Type) -> str:
    """Text cut to the length of its type."""
    length = target.length if isinstance(target, Varchar | Char) else None
    return sql if length is None else f"left({sql}, {length})"


def _text_to_text(_: CallSite, sql: str, source: Type, target: Type, ___: bool) -> str:
    assert isinstance(source, Varchar | Char)
    assert isinstance(target, Varchar | Char)
    fits = target.length is None or (source.length is not None and source.length <= target.length)
    if isinstance(source, Char) and isinstance(target, Varchar):
        return truncated(f"rpad({sql}, {source.length})", target)
    cut = sql if fits else f"left({sql}, {target.length})"
    return f"rtrim({cut})" if isinstance(target, Char) else cut


def _temporal_to_zoned(_: CallSite, sql: str, __: Type, target: Type, ___: bool) -> str:
    assert isinstance(target, TimestampWithTimeZone)
    instant = f"arrow_cast(arrow_cast({sql}, 'Timestamp(µs)'), 'Timestamp(µs, \"UTC\")')"
    if target.zone is None:
        return f"named_struct('instant', {instant}, 'zone', 'UTC')"
    return instant


def _zoned_to_zoned(_: CallSite, sql: str, source: Type, target: Type, ___: bool) -> str:
    assert isinstance(source, TimestampWithTimeZone)
    assert isinstance(target, TimestampWithTimeZone)
    if source.zone == target.zone:
        return sql
    if target.zone is None:
        return (
            f"named_struct('instant', arrow_cast({sql}, 'Timestamp(µs, \"UTC\")'), 'zone', {string(source.zone or '')})"
        )
    return arrow_cast(f"get_field({sql}, 'instant')", target) if source.zone is None else arrow_cast(sql, target)


def arrow_cast(sql: str, target: Type) -> str:
    """DataFusion's cast to the Arrow type of a type."""
    return f"arrow_cast({sql}, {string(arrow_name(target))})"


_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "real", "double", "decimal")
_INTEGERS = _NUMBERS[:4]
_FLOATS = ("real", "double")

RULES: dict[tuple[str, str], Rule] = {
    **{(one, other): _native for one in (*_NUMBERS, "boolean") for other in (*_NUMBERS, "boolean")},
    **{(one, other): _rounded for one in _FLOATS for other in _INTEGERS},
    **{("decimal", other): _decimal_to_integer for other in _INTEGERS},
    **{(one, "varchar"): _to_varchar for one in (*_INTEGERS, "decimal", "boolean", "date")},
    **{("varchar", other): _native for other in (*_NUMBERS, "boolean", "date")},
    **{(one, other): _text_to_text for one in ("varchar", "char") for other in ("varchar", "char")},
    ("date", "timestamp"): _native,
    ("timestamp", "date"): _native,
    ("timestamp", "timestamp"): _same,
    ("date", "timestamp with time zone"): _temporal_to_zoned,
    ("timestamp", "timestamp with time zone"): _temporal_to_zoned,
    ("timestamp with time zone", "timestamp with time zone"): _zoned_to_zoned,
}
