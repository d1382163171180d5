"""Queries in Athena's SQL: where Trino writes what SQLAlchemy's default writes otherwise."""

from __future__ import annotations

from typing import Any

from sqlalchemy import types as sa
from sqlalchemy.sql import elements
from sqlalchemy.sql.compiler import IdentifierPreparer, SQLCompiler

from owlake.dialect.keywords import RESERVED


class OwlakePreparer(IdentifierPreparer):
    """Names in double quotes where Trino needs them."""

    reserved_words = {word.lower() for word in RESERVED}  # noqa: RUF012  (SQLAlchemy's own shape)


class HivePreparer(IdentifierPreparer):
    """Names in backticks, always: Hive's DDL reserves other words."""

    def __init__(self, dialect: Any) -> None:
        super().__init__(dialect, initial_quote="`", escape_quote="`")

    def _requires_quotes(self, value: str) -> bool:  # noqa: ARG002
        return True


class OwlakeCompiler(SQLCompiler):
    """Trino's grammar."""

    def limit_clause(self, select: Any, **words: Any) -> str:
        """OFFSET comes before LIMIT."""
        text = ""
        if select._offset_clause is not None:  # noqa: SLF001  (what SQLAlchemy's own dialects read)
            text += "\n OFFSET " + self.process(select._offset_clause, **words)  # noqa: SLF001
        if select._limit_clause is not None:  # noqa: SLF001
            text += "\n LIMIT " + self.process(select._limit_clause, **words)  # noqa: SLF001
        return text

    def for_update_clause(self, select: Any, **words: Any) -> str:  # noqa: ARG002
        """Nothing is locked."""
        return ""

    def visit_truediv_binary(self, binary: Any, operator: Any, **words: Any) -> str:  # noqa: ARG002
        """Division of whole numbers as Python's: one of them a double."""
        left, right = (self.process(side, **words) for side in (binary.left, binary.right))
        if isinstance(binary.right.type, sa.Integer):
            right = f"CAST({right} AS double)"
        return f"{left} / {right}"

    def visit_char_length_func(self, fn: Any, **words: Any) -> str:
        """Length counts characters."""
        return "length" + self.function_argspec(fn, **words)

    def visit_aggregate_strings_func(self, fn: Any, **words: Any) -> str:
        """LISTAGG."""
        value, separator = fn.clauses
        text = f"listagg({self.process(value, **words)}, {self.process(separator, literal_binds=True)})"
        order = getattr(fn.clauses, "order_by", None)
        return f"{text} WITHIN GROUP (ORDER BY {self.process(order if order is not None else value, **words)})"

    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **words: Any) -> str:  # noqa: ARG002
        """Regular expressions are found, not matched from end to end."""
        return f"regexp_like({self._sides(binary, **words)})"

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **words: Any) -> str:
        """The same, negated."""
        return f"NOT {self.visit_regexp_match_op_binary(binary, operator, **words)}"

    def visit_regexp_replace_op_binary(self, binary: Any, operator: Any, **words: Any) -> str:  # noqa: ARG002
        """Pattern and replacement are arguments."""
        return f"regexp_replace({self._sides(binary, **words)})"

    def _sides(self, binary: elements.BinaryExpression[Any], **words: Any) -> str:
        return f"{self.process(binary.left, **words)}, {self.process(binary.right, **words)}"

    def visit_empty_set_expr(self, element_types: list[sa.TypeEngine[Any]], **words: Any) -> str:  # noqa: ARG002
        """A query without rows, of as many columns."""
        columns = ", ".join(
            "NULL"
            if isinstance(one, sa.NullType)
            else f"CAST(NULL AS {self.dialect.type_compiler_instance.process(one)})"
            for one in element_types or [sa.NullType()]
        )
        return f"SELECT {columns} WHERE false"

    def visit_json_getitem_op_binary(self, binary: Any, operator: Any, **words: Any) -> str:  # noqa: ARG002
        """A member by its name or place."""
        key = binary.right.value
        path = f"$[{key}]" if isinstance(key, int) else f'$["{key}"]'
        literal = path.replace("'", "''")
        return f"json_extract({self.process(binary.left, **words)}, '{literal}')"
