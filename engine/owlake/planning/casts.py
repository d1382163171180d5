"""CAST between types, in DataFusion SQL with Trino's results.

``RULES`` holds, by base names of source and target, how a value's SQL is converted; nested types convert their
parts. A rule gets the SQL of the value and gives the SQL of the converted one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.errors import error
from owlake.functions.signature import inner_types
from owlake.planning import geospatial_casts, number_casts, sketch_casts, temporal_casts
from owlake.planning.cast_rules import Rule, arrow_cast, bounded, kernel_rule, truncated, unchanged
from owlake.planning.json_casts import json_cast
from owlake.planning.text import cast_text, string
from owlake.types.arrow import arrow_type, field_names, key_type
from owlake.types.coercion import can_coerce
from owlake.types.model import (
    JSON,
    UNKNOWN,
    VARCHAR,
    Array,
    Char,
    Map,
    Row,
    Type,
    Varchar,
)

if TYPE_CHECKING:
    from owlake.functions.registry import CallSite


def cast_sql(site: CallSite, sql: str, source: Type, target: Type, *, safe: bool) -> str:
    """The SQL of ``CAST(sql AS target)``; NULL where that fails if ``safe``."""
    converted = _converted(site, sql, source, target, safe=safe)
    if not safe or converted == sql or not isinstance(source, Array | Map | Row):
        return converted
    from owlake.functions.comparison import whole_or_null  # noqa: PLC0415  (numpy, on use)

    # Where a part fails, all of the value does.
    return site.kernel(whole_or_null, [(sql, source), (converted, target)], target)


def _converted(site: CallSite, sql: str, source: Type, target: Type, *, safe: bool) -> str:
    if source == target:
        return sql
    if source == UNKNOWN:
        return cast_text("NULL", target)
    if JSON in (source, target):
        return json_cast(site, sql, source, target, safe=safe)
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
            return _map(site, sql, source, target, safe=safe)
        case Row(), Row():
            return _row(site, sql, source, target, safe=safe)
        case _:
            return None


def _array(site: CallSite, sql: str, source: Array, target: Array, *, safe: bool) -> str:
    if _holds_the_same(source, target):
        return arrow_cast(sql, target)
    name = f"e{_depth(target)}"
    element = _converted(site, name, source.element, target.element, safe=safe)
    return f"array_transform({sql}, {name} -> {element})"


def _holds_the_same(source: Type, target: Type) -> bool:
    """Whether Arrow holds every value of ``source`` as it holds the same one of ``target``."""
    match source, target:
        case Array(), Array():
            return _holds_the_same(source.element, target.element)
        case Map(), Map():
            return _holds_the_same(source.key, target.key) and _holds_the_same(source.value, target.value)
        case Row(), Row():
            return field_names(source) == field_names(target) and all(
                _holds_the_same(one.type, other.type) for one, other in zip(source.fields, target.fields, strict=True)
            )
        case _:
            same = source.base == target.base and arrow_type(source) == arrow_type(target)
            return source == UNKNOWN or (same and can_coerce(source, target))


def _depth(type_: Type) -> int:
    """How deep arrays lie inside each other: lambda parameters must not share a name."""
    return isinstance(type_, Array) + max((_depth(inner) for inner in inner_types(type_)), default=0)


def _map(site: CallSite, sql: str, source: Map, target: Map, *, safe: bool) -> str:
    if _holds_the_same(source, target) and source.key != UNKNOWN:
        return arrow_cast(sql, target)
    from owlake.functions.map.casting import cast_entries, cast_or_null  # noqa: PLC0415  (numpy, on use)

    keys, values = Array(target.key), Array(target.value)
    parts = [
        (_array(site, f"map_keys({sql})", Array(key_type(source)), keys, safe=safe), keys),
        (_array(site, f"map_values({sql})", Array(source.value), values, safe=safe), values),
    ]
    return site.kernel(cast_or_null if safe else cast_entries, parts, target)


def _row(site: CallSite, sql: str, source: Row, target: Row, *, safe: bool) -> str:
    parts = []
    names = zip(field_names(source), field_names(target), strict=True)
    for (held, name), one, other in zip(names, source.fields, target.fields, strict=True):
        value = _converted(site, f"get_field({sql}, {string(held)})", one.type, other.type, safe=safe)
        parts.append(f"{string(name)}, {value}")
    return f"CASE WHEN {sql} IS NOT NULL THEN named_struct({', '.join(parts)}) END"


def _text_to_text(_: CallSite, sql: str, source: Type, target: Type, ___: bool) -> str:
    assert isinstance(source, Varchar | Char)
    target = target if isinstance(target, Varchar | Char) else VARCHAR
    fits = target.length is None or (source.length is not None and source.length <= target.length)
    if isinstance(source, Char) and isinstance(target, Varchar):
        return truncated(f"rpad({sql}, {source.length})", target)
    cut = sql if fits else f"left({sql}, {target.length})"
    return f"rtrim({cut})" if isinstance(target, Char) else cut


def _text_to_binary(_: CallSite, sql: str, source: Type, __: Type, ___: bool) -> str:
    """The text's UTF-8."""
    padded = f"rpad({sql}, {source.length})" if isinstance(source, Char) else sql
    return f"arrow_cast({padded}, 'Binary')"


def _uuid_to_text(site: CallSite, sql: str, _: Type, target: Type, safe: bool) -> str:
    return bounded(site, sql, _UUID_LENGTH, target, safe=safe)


def _address_to_text(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    text = kernel_rule("addresses", "address_to_text", fails=False)(site, sql, source, VARCHAR, safe)
    return bounded(site, text, _LONGEST_ADDRESS, target, safe=safe)


def _text_to_color(site: CallSite, sql: str, source: Type, target: Type, _: bool) -> str:
    from owlake.functions.color import color_of_text  # noqa: PLC0415  (rare)
    from owlake.functions.kernels import per_value  # noqa: PLC0415

    return site.kernel(per_value(color_of_text), [(sql, source)], target)


_UUID_LENGTH = 36
_LONGEST_ADDRESS = 39
_TEXT = ("varchar", "char")

RULES: dict[tuple[str, str], Rule] = {
    **number_casts.RULES,
    **temporal_casts.RULES,
    **sketch_casts.RULES,
    **geospatial_casts.RULES,
    **{(one, other): _text_to_text for one in _TEXT for other in _TEXT},
    **{(one, "varbinary"): _text_to_binary for one in _TEXT},
    **{(one, "uuid"): kernel_rule("uuids", "text_to_uuid") for one in _TEXT},
    ("varbinary", "uuid"): kernel_rule("uuids", "binary_to_uuid"),
    **{(one, "color"): _text_to_color for one in _TEXT},
    **{("uuid", one): _uuid_to_text for one in _TEXT},
    ("uuid", "varbinary"): kernel_rule("uuids", "uuid_to_binary", fails=False),
    **{(one, "ipaddress"): kernel_rule("addresses", "text_to_address") for one in _TEXT},
    ("varbinary", "ipaddress"): kernel_rule("addresses", "binary_to_address"),
    **{("ipaddress", one): _address_to_text for one in _TEXT},
    ("ipaddress", "varbinary"): unchanged,
    **{(one, "JsonPath"): _text_to_text for one in _TEXT},
}
