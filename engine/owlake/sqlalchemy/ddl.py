"""Tables and schemas. Athena has no CREATE TABLE for rows to come: a table is made by CTAS of no rows.

So it gets a folder of its own under the output location, and nothing has to be known of buckets. ``Table(...,
owlake_location=, owlake_format=, owlake_partitioned_by=[...])`` say more. Athena keeps no constraints, defaults and
indexes; they are left out.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exc
from sqlalchemy import types as sa
from sqlalchemy.schema import Column, Table
from sqlalchemy.sql.compiler import DDLCompiler

from owlake.sqlalchemy.compiler import HivePreparer

DEFAULT_FORMAT = "PARQUET"


class OwlakeDDLCompiler(DDLCompiler):
    """CREATE in Trino's grammar, DROP in Hive's."""

    def visit_create_table(self, create: Any, **_: Any) -> str:
        """CTAS of no rows."""
        table: Table = create.element
        if table._prefixes:  # noqa: SLF001  (what SQLAlchemy's own compiler reads)
            raise exc.CompileError("Athena has no temporary tables: create a table, and drop it")
        if not table.columns:
            raise exc.CompileError(f"Table {table.name} has no columns")
        options = table.dialect_options["owlake"]
        partitions = list(options["partitioned_by"] or ())
        names = [column.name for column in table.columns]
        if partitions and names[-len(partitions) :] != partitions:
            raise exc.CompileError(f"Columns that partition the table are its last ones, in order: {partitions}")
        properties = [f"format = '{options['format'] or DEFAULT_FORMAT}'"]
        if options["location"]:
            properties.append(f"external_location = {_text(options['location'])}")
        if partitions:
            properties.append(f"partitioned_by = ARRAY[{', '.join(map(_text, partitions))}]")
        columns = ",\n  ".join(self._null(column) for column in table.columns)
        exists = "IF NOT EXISTS " if create.if_not_exists else ""
        name = self.preparer.format_table(table)
        return f"CREATE TABLE {exists}{name} WITH ({', '.join(properties)}) AS SELECT\n  {columns}\nWITH NO DATA"

    def _null(self, column: Column[Any]) -> str:
        type_ = _storable(column.type)
        text = self.dialect.type_compiler_instance.process(type_, type_expression=column)
        return f"CAST(NULL AS {text}) AS {self.preparer.format_column(column)}"

    def visit_drop_table(self, drop: Any, **_: Any) -> str:
        """Hive's, with backticks."""
        return f"DROP TABLE {'IF EXISTS ' if drop.if_exists else ''}{self._hive.format_table(drop.element)}"

    def visit_drop_view(self, drop: Any, **_: Any) -> str:
        """Hive's, with backticks."""
        return f"DROP VIEW {'IF EXISTS ' if drop.if_exists else ''}{self._hive.format_table(drop.element)}"

    def visit_create_schema(self, create: Any, **_: Any) -> str:
        """Hive's, with backticks."""
        exists = "IF NOT EXISTS " if create.if_not_exists else ""
        return f"CREATE SCHEMA {exists}{self._hive.quote(create.element)}"

    def visit_drop_schema(self, drop: Any, **_: Any) -> str:
        """Hive's, with backticks."""
        exists, cascade = "IF EXISTS " if drop.if_exists else "", " CASCADE" if drop.cascade else ""
        return f"DROP SCHEMA {exists}{self._hive.quote(drop.element)}{cascade}"

    def visit_create_index(self, create: Any, *_: Any, **__: Any) -> str:  # noqa: ARG002
        """Nothing: Athena has none, and pandas.to_sql asks for one unless told otherwise."""
        return ""

    def visit_drop_index(self, drop: Any, **_: Any) -> str:  # noqa: ARG002
        """Nothing."""
        return ""

    @property
    def _hive(self) -> HivePreparer:
        return HivePreparer(self.dialect)


def _storable(type_: sa.TypeEngine[Any]) -> sa.TypeEngine[Any]:
    """What a table of the lake holds a type as: json as its text, timestamps in Hive's milliseconds."""
    return sa.VARCHAR() if isinstance(type_, sa.JSON) else type_


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
