"""``DESCRIBE t column.field.'$elem$'``: what lies at a path through a column's type."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.catalog.model import Table
from owlake.errors import OwlakeError
from owlake.statements.failures import execution_error
from owlake.types.hive import hive_type, parse_hive_type
from owlake.types.model import Array, Map, Row, Type


def fields_at(table: Table, path: Sequence[str]) -> list[tuple[str, str]]:
    """Name and Hive type of what the path leads to; where that is a struct, of each of its fields.

    Errors: Hive's, which names only the columns that its files have.
    """
    name = path[0].lower()
    columns = {column.name: column.type for column in (*table.columns, *table.partition_keys)}
    if name not in columns:
        raise _no_field(name, [column.name for column in table.columns])
    type_ = parse_hive_type(columns[name])
    for step in path[1:]:
        name, type_ = step.lower(), _step(type_, step.lower())
    if isinstance(type_, Row):
        return [(field.name or "", hive_type(field.type)) for field in type_.fields]
    return [(name, hive_type(type_) if len(path) > 1 else columns[name])]


def _step(type_: Type, step: str) -> Type:
    match type_:
        case Row(fields):
            for field in fields:
                if field.name == step:
                    return field.type
            raise _no_field(step, [field.name or "" for field in fields])
        case Array(element) if step == "$elem$":
            return element
        case Map(key, _) if step == "$key$":
            return key
        case Map(_, value) if step == "$value$":
            return value
    raise execution_error(f"Error in getting fields from serde.Unknown type for {step}", code="HIVE_DDL_TASK")


def _no_field(name: str, known: Sequence[str]) -> OwlakeError:
    listed = ", ".join(f"{position}:{each}" for position, each in enumerate(known))
    return execution_error(f"cannot find field {name} from [{listed}]", code="HIVE_DDL_TASK")
