"""PostgreSQL's types as Trino's: how a column is read, and which of its comparisons mean the same in both.

https://trino.io/docs/current/connector/postgresql.html#postgresql-type-mapping
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from owlake.spi import Column, Type, types

_MOST_DIGITS = 38
_MOST_LETTERS = 65_536
_TYPMOD_HEADER = 4


class Comparison(Enum):
    """How a column's values compare there and here."""

    SAME = "same"
    TEXT = "text"
    """Equality is the same, order is with the collation ``C``."""
    LOOSE_TEXT = "loose text"
    """Its collation takes different texts for equal."""
    FLOAT = "float"
    """NaN is greater than everything there, and not comparable here."""
    OTHER = "other"
    """Not known to be the same."""


@dataclass(frozen=True, slots=True)
class RemoteColumn:
    """A column there: its own name, how it is read, its type here.

    ``declared`` is its type there; ``cast`` is what the server turns its values into before it sends them, empty for
    nothing.
    """

    remote: str
    name: str
    declared: str
    type: Type
    comparison: Comparison
    cast: str = ""
    comment: str | None = None

    @property
    def column(self) -> Column:
        """The column here."""
        return Column(self.name, self.type, comment=self.comment)


COLUMNS = """
SELECT a.attname, coalesce(b.typname, t.typname), CASE WHEN b.oid IS NULL THEN a.atttypmod ELSE t.typtypmod END,
       e.typname, c.collisdeterministic, col_description(a.attrelid, a.attnum), format_type(a.atttypid, a.atttypmod)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype AND t.typtype = 'd'
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_catalog.pg_collation c ON c.oid = a.attcollation
WHERE a.attrelid = {relation} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
"""The columns of a relation, domains as what they are over."""

_PLAIN: dict[str, tuple[Type, Comparison]] = {
    "bool": (types.BOOLEAN, Comparison.SAME),
    "int2": (types.SMALLINT, Comparison.SAME),
    "int4": (types.INTEGER, Comparison.SAME),
    "int8": (types.BIGINT, Comparison.SAME),
    "float4": (types.REAL, Comparison.FLOAT),
    "float8": (types.DOUBLE, Comparison.FLOAT),
    "bytea": (types.VARBINARY, Comparison.SAME),
    "date": (types.DATE, Comparison.SAME),
}


def remote_columns(rows: Sequence[tuple[Any, ...]]) -> tuple[RemoteColumn, ...]:
    """The columns of a relation from the rows of ``COLUMNS``; of two names that differ by case alone the first."""
    found: dict[str, RemoteColumn] = {}
    for name, kind, modifier, element, deterministic, comment, declared in rows:
        type_, comparison, cast = _mapped(kind, modifier, element, deterministic is not False)
        found.setdefault(name.lower(), RemoteColumn(name, name.lower(), declared, type_, comparison, cast, comment))
    return tuple(found.values())


def _mapped(kind: str, modifier: int, element: str | None, deterministic: bool) -> tuple[Type, Comparison, str]:
    text = Comparison.TEXT if deterministic else Comparison.LOOSE_TEXT
    if kind in _PLAIN:
        return *_PLAIN[kind], ""
    if kind in ("text", "varchar"):
        length = modifier - _TYPMOD_HEADER
        return types.Varchar(length if kind == "varchar" and length > 0 else None), text, ""
    if kind == "bpchar" and 0 < modifier - _TYPMOD_HEADER <= _MOST_LETTERS:
        # The cast takes the padding off.
        return types.Char(modifier - _TYPMOD_HEADER), Comparison.OTHER, "text"
    if kind == "numeric" and modifier >= _TYPMOD_HEADER:
        precision, scale = _digits(modifier)
        if precision <= _MOST_DIGITS and 0 <= scale <= precision:
            return types.Decimal(precision, scale), Comparison.SAME, ""
    if kind == "timestamp":
        return types.Timestamp(_precision(modifier)), Comparison.SAME, ""
    if kind == "timestamptz":
        return types.TimestampWithTimeZone(_precision(modifier), "UTC"), Comparison.SAME, ""
    if kind == "time":
        return types.Time(_precision(modifier)), Comparison.OTHER, ""
    if kind in ("json", "jsonb"):
        return types.JSON, Comparison.OTHER, "text"
    if kind == "uuid":
        return types.UUID, Comparison.OTHER, "text"
    if element in _PLAIN or element in ("text", "varchar"):
        inner = _PLAIN[element][0] if element in _PLAIN else types.VARCHAR
        return types.Array(inner), Comparison.OTHER, ""
    # Everything else, numbers without a bound among it, is read as the text that PostgreSQL has for it.
    return types.VARCHAR, Comparison.OTHER, "text"


def _digits(modifier: int) -> tuple[int, int]:
    """Precision and scale of a numeric; the scale may be negative."""
    packed = modifier - _TYPMOD_HEADER
    scale = packed & 0x7FF
    return packed >> 16, scale - 0x800 if scale & 0x400 else scale


def _precision(modifier: int) -> int:
    return modifier if 0 <= modifier <= 6 else 6
