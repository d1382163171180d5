"""The SQL that PostgreSQL is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from owlake.spi import Constraint, Domain, Measure, Range, Scan, types
from owlake_connectors.postgresql.columns import Comparison, RemoteColumn

_MOST_VALUES = 10_000
_WHOLE_NUMBERS = (types.SMALLINT, types.INTEGER, types.BIGINT)

Columns = Mapping[str, RemoteColumn]


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def text_literal(text: str) -> str:
    """A text as SQL writes it, whatever ``standard_conforming_strings`` says."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'" if "\\" in text else f"'{escaped}'"


def select(relation: str, columns: Columns, scan: Scan, conditions: Sequence[str] = ()) -> str:
    """The query of a scan over a relation, or over a part of it that ``conditions`` describe."""
    parts = [f"SELECT {', '.join(_outputs(columns, scan))}", f"FROM {relation}"]
    pushed = [_condition(columns[name], domain) for name, domain in scan.constraint.items() if name in columns]
    where = [*(one for one in pushed if one), *conditions]
    if where:
        parts.append(f"WHERE {' AND '.join(where)}")
    if scan.aggregation is not None and scan.aggregation.keys:
        parts.append(f"GROUP BY {', '.join(quoted(columns[key].remote) for key in scan.aggregation.keys)}")
    if scan.limit is not None:
        parts.append(f"LIMIT {scan.limit}")
    return " ".join(parts)


def exact_columns(columns: Columns, constraint: Constraint) -> frozenset[str]:
    """The columns whose conditions the query applies fully."""
    known = ((columns[name], domain) for name, domain in constraint.items() if name in columns)
    return frozenset(column.name for column, domain in known if _is_exact(column, domain))


def groups_alike(column: RemoteColumn) -> bool:
    """Whether PostgreSQL takes the same values for equal."""
    return column.comparison in (Comparison.SAME, Comparison.TEXT)


def can_measure(columns: Columns, measure: Measure) -> bool:
    """Whether PostgreSQL computes the measure to Trino's value."""
    if measure.column is None:
        return measure.function == "count"
    column = columns.get(measure.column)
    if column is None or (measure.distinct and not (measure.function == "count" and groups_alike(column))):
        return False
    match measure.function:
        case "count":
            return True
        case "min" | "max":
            # There is no least boolean there, and bytea has one from version 18 on only.
            return groups_alike(column) and column.type not in (types.BOOLEAN, types.VARBINARY)
        case "sum":
            return column.type in _WHOLE_NUMBERS or isinstance(column.type, types.Decimal)
        case _:
            return False


def written(column: RemoteColumn) -> str:
    """A value of the column on its way into the table: converted there, as text that is too long must not be."""
    value = quoted(column.name)
    return f"{value}::{column.declared}" if column.cast and not isinstance(column.type, types.Char) else value


# SELECT -------------------------------------------------------------------------------------------------


def _outputs(columns: Columns, scan: Scan) -> list[str]:
    measures = {measure.name: measure for measure in scan.aggregation.measures} if scan.aggregation else {}
    return [
        f"{_measured(columns, measures[name]) if name in measures else _read(columns[name])} AS {quoted(name)}"
        for name in scan.columns
    ]


def _read(column: RemoteColumn) -> str:
    name = quoted(column.remote)
    if isinstance(column.type, types.Array):
        # The driver would make one list of arrays in arrays: the server says what it cannot convert instead.
        found = f"{text_literal(f'{column.name} is an array of more than one dimension: ')} || {name}::text"
        return f"CASE WHEN array_ndims({name}) > 1 THEN ({found})::int4::text::{column.declared} ELSE {name} END"
    return f"{name}::{column.cast}" if column.cast else name


def _measured(columns: Columns, measure: Measure) -> str:
    if measure.column is None:
        return "count(*)"
    column = columns[measure.column]
    value = quoted(column.remote)
    if measure.function in ("min", "max") and column.comparison is Comparison.TEXT:
        return f'{measure.function}({value} COLLATE "C")'
    if measure.function == "sum" and column.type in _WHOLE_NUMBERS:
        # What does not fit fails there, as it does in Trino.
        return f"sum({value})::int8"
    return f"{measure.function}({'DISTINCT ' if measure.distinct else ''}{value})"


# WHERE --------------------------------------------------------------------------------------------------


def _is_exact(column: RemoteColumn, domain: Domain) -> bool:
    if domain.values is not None and len(domain.values) > _MOST_VALUES:
        return False
    return column.comparison in (Comparison.SAME, Comparison.TEXT, Comparison.FLOAT)


def _condition(column: RemoteColumn, domain: Domain) -> str:
    """What the domain says, or less; empty for nothing."""
    name = quoted(column.remote)
    if domain.values is not None:
        if len(domain.values) > _MOST_VALUES or column.comparison is Comparison.OTHER:
            return ""
        literals = [_literal(column, value) for value in domain.values if _can_be(value)]
        terms = [f"{name} IN ({', '.join(sorted(literals))})"] if literals else []
    elif column.comparison in (Comparison.OTHER, Comparison.LOOSE_TEXT) and domain.ranges != (Range(),):
        return ""
    else:
        terms = [_within(column, one) for one in domain.ranges or ()]
    if domain.null_allowed:
        terms.append(f"{name} IS NULL")
    return f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0] if terms else "false"


def _within(column: RemoteColumn, one: Range) -> str:
    name = quoted(column.remote)
    one = _without_nul(one)
    if one.low is None and one.high is None:
        return f"{name} IS NOT NULL"
    value = f'{name} COLLATE "C"' if column.comparison is Comparison.TEXT else name
    terms = []
    if one.low is not None:
        terms.append(f"{value} {'>=' if one.low_inclusive else '>'} {_literal(column, one.low)}")
    if one.high is not None:
        terms.append(f"{value} {'<=' if one.high_inclusive else '<'} {_literal(column, one.high)}")
    if column.comparison is Comparison.FLOAT and one.high is None:
        terms.append(f"{name} <> 'NaN'")
    return f"({' AND '.join(terms)})" if len(terms) > 1 else terms[0]


def _without_nul(one: Range) -> Range:
    """The range for texts without NUL: what goes on with NUL comes right after its start, and before all else."""
    low, high = one.low, one.high
    if isinstance(low, str) and "\0" in low:
        one = replace(one, low=low.partition("\0")[0], low_inclusive=False)
    if isinstance(high, str) and "\0" in high:
        one = replace(one, high=high.partition("\0")[0], high_inclusive=True)
    return one


def _can_be(value: Any) -> bool:
    """PostgreSQL's texts have no NUL."""
    return not isinstance(value, str) or "\0" not in value


def _literal(column: RemoteColumn, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return f"'{value!r}'::{'float4' if column.type == types.REAL else 'float8'}"
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}::numeric"
        case str():
            return text_literal(value)
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case datetime():
            return f"{'TIMESTAMP' if value.tzinfo is None else 'TIMESTAMPTZ'} '{value.isoformat(' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case _:
            raise AssertionError(value)
