"""SQL/JSON functions. Names follow Trino's own syntax tree (`io.trino.sql.tree`)."""

from __future__ import annotations

from owlake.dialect.nodes.base import Expression, Identifier, Node, node
from owlake.dialect.nodes.expressions import StringLiteral
from owlake.dialect.nodes.types import DataType


@node
class JsonArgument(Node):
    """A value with ``FORMAT JSON [ENCODING ...]`` (``format`` None, ``JSON``, ``UTF8``, ``UTF16``, ``UTF32``)."""

    value: Expression
    format: str | None
    name: Identifier | None = None
    """The name in ``PASSING value AS name``."""


@node
class JsonPathInvocation(Node):
    """What the four path functions share: the input, the path's text and the values passed to it."""

    input: JsonArgument
    path: StringLiteral
    path_name: Identifier | None
    arguments: tuple[JsonArgument, ...]


@node
class JsonBehavior(Node):
    """What happens ON EMPTY or ON ERROR.

    ``kind``: ERROR, NULL, DEFAULT (with ``default``), TRUE, FALSE, UNKNOWN, EMPTY ARRAY, EMPTY OBJECT.
    """

    kind: str
    default: Expression | None = None


@node
class JsonExists(Expression):
    """``JSON_EXISTS(input, path ...)``."""

    path: JsonPathInvocation
    on_error: JsonBehavior | None


@node
class JsonValue(Expression):
    """``JSON_VALUE(input, path RETURNING type ...)``."""

    path: JsonPathInvocation
    returning: DataType | None
    on_empty: JsonBehavior | None
    on_error: JsonBehavior | None


@node
class JsonQuery(Expression):
    """``JSON_QUERY(...)``; wrapper WITHOUT, CONDITIONAL or UNCONDITIONAL; quotes KEEP, OMIT or None."""

    path: JsonPathInvocation
    returning: DataType | None
    output_format: str | None
    wrapper: str
    quotes: str | None
    on_empty: JsonBehavior | None
    on_error: JsonBehavior | None


@node
class JsonObjectMember(Node):
    """``key : value`` or ``KEY key VALUE value``."""

    key: Expression
    value: JsonArgument


@node
class JsonObject(Expression):
    """``JSON_OBJECT(...)``."""

    members: tuple[JsonObjectMember, ...]
    null_on_null: bool
    unique_keys: bool
    returning: DataType | None
    output_format: str | None


@node
class JsonArray(Expression):
    """``JSON_ARRAY(...)``."""

    items: tuple[JsonArgument, ...]
    null_on_null: bool
    returning: DataType | None
    output_format: str | None
