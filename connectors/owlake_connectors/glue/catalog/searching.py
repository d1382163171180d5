"""Which tables a search finds, and in which order: SearchTables' rules on their properties.

https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from owlake.spi import Length, catalog_model
from owlake_connectors.glue.catalog.errors import invalid_input

Comparator = Literal["EQUALS", "GREATER_THAN", "LESS_THAN", "GREATER_THAN_EQUALS", "LESS_THAN_EQUALS"]
SearchText = Annotated[str, Length(1, 1024)]
Table = catalog_model.Table

_TOKEN = re.compile(r"\w+")
_TIMES: Mapping[str, Callable[[Table], datetime | None]] = {
    "createtime": lambda table: table.create_time,
    "updatetime": lambda table: table.update_time,
    "lastaccesstime": lambda table: table.last_access_time,
    "lastanalyzedtime": lambda table: table.last_analyzed_time,
}
_TEXTS: Mapping[str, Callable[[Table], str | None]] = {
    "name": lambda table: table.name,
    "databasename": lambda table: table.database,
    "description": lambda table: table.description,
    "owner": lambda table: table.owner,
    "tabletype": lambda table: table.table_type,
    "location": lambda table: table.storage.location,
}
_COMPARED: Mapping[Comparator, Callable[[datetime, datetime], bool]] = {
    "EQUALS": operator.eq,
    "GREATER_THAN": operator.gt,
    "LESS_THAN": operator.lt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN_EQUALS": operator.le,
}


@dataclass(frozen=True, slots=True)
class PropertyPredicate:
    """What a property must be. Times are compared; of texts, one of the words must be the value."""

    key: SearchText | None = None
    value: SearchText | None = None
    comparator: Comparator | None = None


@dataclass(frozen=True, slots=True)
class SortCriterion:
    """What tables are sorted by."""

    field_name: SearchText | None = None
    sort: Literal["ASC", "DESC"] | None = None


def matcher(text: str | None, filters: Sequence[PropertyPredicate]) -> Callable[[Table], bool]:
    """Whether a table is found: by the text, and by every filter. Errors: InvalidInputException."""
    tests = [_filter(one) for one in filters]
    if text is not None:
        tests.append(_text_test(text))
    return lambda table: all(test(table) for test in tests)


def in_order(tables: Sequence[Table], criteria: Sequence[SortCriterion]) -> list[Table]:
    """The tables by a property, else by database and name; those without the property come last."""
    if not criteria:
        return list(tables)
    field = _key(criteria[0].field_name, "FieldName")

    def value(table: Table) -> datetime | str | None:
        return _TIMES[field](table) if field in _TIMES else _text_of(table, field)

    known = sorted(
        (one for one in tables if value(one) is not None),
        key=lambda one: value(one) or "",
        reverse=criteria[0].sort == "DESC",
    )
    return [*known, *(one for one in tables if value(one) is None)]


def _filter(predicate: PropertyPredicate) -> Callable[[Table], bool]:
    field = _key(predicate.key, "Key")
    if predicate.value is None:
        raise invalid_input("Value of a filter must be given")
    if field in _TIMES:
        moment, compare = _moment(predicate.value), _COMPARED[predicate.comparator or "EQUALS"]
        return lambda table: (found := _TIMES[field](table)) is not None and compare(found, moment)
    if predicate.comparator not in (None, "EQUALS"):
        raise invalid_input(f"Comparator {predicate.comparator} is for times, and {predicate.key} is none")
    wanted = predicate.value.casefold()
    return lambda table: _has_word(_text_of(table, field), wanted)


def _has_word(text: str | None, wanted: str) -> bool:
    """The value is the whole text, or one of the words between its punctuation (``_`` is none)."""
    return text is not None and (text.casefold() == wanted or wanted in _TOKEN.findall(text.casefold()))


def _text_test(text: str) -> Callable[[Table], bool]:
    """In quotes: a value that is the text. Else each word is part of some value."""
    quoted = re.fullmatch(r'"(.*)"|\'(.*)\'', text.strip(), re.DOTALL)
    if quoted is not None:
        whole = (quoted[1] or quoted[2] or "").casefold()
        return lambda table: any(one.casefold() == whole for one in _values(table))
    words = text.casefold().split()

    def test(table: Table) -> bool:
        values = [one.casefold() for one in _values(table)]
        return all(any(word in one for one in values) for word in words)

    return test


def _values(table: Table) -> Iterator[str]:
    """The texts of a table that a search looks at."""
    yield from (value for get in _TEXTS.values() if (value := get(table)))
    for column in (*table.storage.columns, *table.partition_keys):
        yield column.name
        if column.comment:
            yield column.comment
    yield from table.parameters.values()


def _text_of(table: Table, field: str) -> str | None:
    """A member of the table, or the parameter that is called so."""
    if field in _TEXTS:
        return _TEXTS[field](table) or None
    return next((value for key, value in table.parameters.items() if key.casefold() == field), None)


def _key(name: str | None, what: str) -> str:
    if name is None:
        raise invalid_input(f"{what} must be given")
    return name.casefold()


def _moment(text: str) -> datetime:
    """ISO 8601, or seconds since 1970."""
    try:
        moment = datetime.fromisoformat(text) if not _is_number(text) else datetime.fromtimestamp(float(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise invalid_input(f"{text} is no time: write it in ISO 8601, or as seconds since 1970") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_number(text: str) -> bool:
    """Seconds, and not a day as ISO 8601 may write it, which are eight digits too."""
    return re.fullmatch(r"\d{9,}(\.\d+)?", text) is not None
