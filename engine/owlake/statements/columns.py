"""Columns in DDL: from the statement to the metastore's form, checked."""

from __future__ import annotations

from collections.abc import Iterable

from owlake.catalog.model import Column
from owlake.dialect.nodes.hive import ColumnDefinition
from owlake.errors import OwlakeError, error
from owlake.statements.failures import execution_error, semantic_error
from owlake.statements.names import check_new_name
from owlake.types.hive import parse_hive_type


def columns_of(definitions: Iterable[ColumnDefinition]) -> tuple[Column, ...]:
    """The columns of a statement as the metastore keeps them: checked, names in lower case."""
    columns = tuple(Column(each.name.name, each.type, each.comment) for each in definitions)
    for column in columns:
        check_new_name("Column", column.name)
        check_type(column.type)
        if column.comment and "\n" in column.comment:
            raise _newline_in_comment(column)
    repeated = _first_repeated(column.name for column in columns)
    if repeated:
        raise semantic_error(f"Duplicate column name: {repeated}", 10036)
    return columns


def check_type(type_: str) -> None:
    """Errors: Hive's, for a type that it does not have."""
    try:
        parse_hive_type(type_)
    except OwlakeError as problem:
        raise error("HIVE_DDL", f"FAILED: IllegalArgumentException {problem.message}", bare=True) from problem


def _first_repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _newline_in_comment(column: Column) -> OwlakeError:
    return execution_error(
        f"InvalidObjectException(message:Comment of column {column.name} holds a newline, which the catalog refuses)",
        code="HIVE_DDL_METASTORE",
    )
