"""Statements of the Trino side: queries, DML, views, prepared statements, EXPLAIN, CALL."""

from __future__ import annotations

from dataclasses import dataclass

from owlake.dialect.nodes.base import Expression, Identifier, Node, QualifiedName, Statement
from owlake.dialect.nodes.relations import Query, Relation
from owlake.dialect.nodes.types import DataType


@dataclass(frozen=True, slots=True)
class Property(Node):
    """``name = value`` inside ``WITH (...)``."""

    name: Identifier
    value: Expression


@dataclass(frozen=True, slots=True)
class QueryStatement(Statement):
    """A query on its own: SELECT, WITH, VALUES, TABLE or a query in parentheses."""

    query: Query


@dataclass(frozen=True, slots=True)
class CreateTableAs(Statement):
    """``CREATE TABLE t [WITH (...)] AS query [WITH [NO] DATA]``."""

    name: QualifiedName
    if_not_exists: bool
    columns: tuple[Identifier, ...]
    properties: tuple[Property, ...]
    query: Query
    with_data: bool


@dataclass(frozen=True, slots=True)
class Insert(Statement):
    """``INSERT INTO t [(columns)] query``."""

    table: QualifiedName
    columns: tuple[Identifier, ...]
    query: Query


@dataclass(frozen=True, slots=True)
class Unload(Statement):
    """``UNLOAD (query) TO 's3://...' WITH (...)``."""

    query: Query
    location: str
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class CreateView(Statement):
    """``CREATE [OR REPLACE] VIEW v AS query``; ``query_text`` is the query as the person wrote it."""

    name: QualifiedName
    or_replace: bool
    query: Query
    query_text: str


@dataclass(frozen=True, slots=True)
class DropView(Statement):
    """``DROP VIEW [IF EXISTS] v``."""

    name: QualifiedName
    if_exists: bool


@dataclass(frozen=True, slots=True)
class ShowCreateView(Statement):
    """``SHOW CREATE VIEW v``."""

    name: QualifiedName


@dataclass(frozen=True, slots=True)
class ShowFunctions(Statement):
    """``SHOW FUNCTIONS [LIKE 'pattern' [ESCAPE 'c']]``."""

    pattern: str | None
    escape: str | None


@dataclass(frozen=True, slots=True)
class ShowProcedures(Statement):
    """``SHOW PROCEDURES [{FROM | IN} catalog]``: owlake's own."""

    catalog: QualifiedName | None


@dataclass(frozen=True, slots=True)
class Prepare(Statement):
    """``PREPARE name FROM statement``; ``text`` is the inner statement as written."""

    name: Identifier
    statement: Statement
    text: str


@dataclass(frozen=True, slots=True)
class Execute(Statement):
    """``EXECUTE name [USING value, ...]``."""

    name: Identifier
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class ExecuteImmediate(Statement):
    """``EXECUTE IMMEDIATE 'text' [USING value, ...]``."""

    text: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Deallocate(Statement):
    """``DEALLOCATE PREPARE name``."""

    name: Identifier


@dataclass(frozen=True, slots=True)
class Explain(Statement):
    """``EXPLAIN [(FORMAT f, TYPE t)] statement`` and ``EXPLAIN ANALYZE [VERBOSE] [(FORMAT f)] statement``.

    ``type``: LOGICAL, DISTRIBUTED, VALIDATE, IO, and owlake's own DATAFUSION (the generated SQL) and COST.
    """

    statement: Statement
    analyze: bool
    verbose: bool
    format: str | None
    type: str | None


@dataclass(frozen=True, slots=True)
class CallArgument(Node):
    """One argument of CALL, by name or by place."""

    name: Identifier | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Call(Statement):
    """``CALL catalog.schema.procedure(name => value, ...)``."""

    name: QualifiedName
    arguments: tuple[CallArgument, ...]


@dataclass(frozen=True, slots=True)
class Assignment(Node):
    """``column = value`` in UPDATE and MERGE."""

    column: Identifier
    value: Expression


@dataclass(frozen=True, slots=True)
class Update(Statement):
    """``UPDATE t SET c = e, ... [WHERE p]``."""

    table: QualifiedName
    assignments: tuple[Assignment, ...]
    where: Expression | None


@dataclass(frozen=True, slots=True)
class Delete(Statement):
    """``DELETE FROM t [WHERE p]``."""

    table: QualifiedName
    where: Expression | None


@dataclass(frozen=True, slots=True)
class MergeCase(Node):
    """``WHEN [NOT] MATCHED [AND condition] THEN ...``; ``action`` is UPDATE, DELETE or INSERT."""

    matched: bool
    condition: Expression | None
    action: str
    columns: tuple[Identifier, ...]
    values: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Merge(Statement):
    """``MERGE INTO t [alias] USING source ON condition WHEN ...``."""

    table: QualifiedName
    alias: Identifier | None
    source: Relation
    on: Expression
    cases: tuple[MergeCase, ...]


@dataclass(frozen=True, slots=True)
class Optimize(Statement):
    """``OPTIMIZE t REWRITE DATA USING BIN_PACK [WHERE p]``."""

    table: QualifiedName
    where: Expression | None


@dataclass(frozen=True, slots=True)
class Vacuum(Statement):
    """``VACUUM t``."""

    table: QualifiedName


@dataclass(frozen=True, slots=True)
class Grant(Statement):
    """``GRANT privilege, ... ON [kind] object TO principal [WITH GRANT OPTION]``; no privileges means ALL."""

    privileges: tuple[str, ...]
    object_kind: str | None
    object_name: QualifiedName
    principal: Identifier
    grant_option: bool


@dataclass(frozen=True, slots=True)
class Revoke(Statement):
    """``REVOKE [GRANT OPTION FOR] privilege, ... ON [kind] object FROM principal``."""

    privileges: tuple[str, ...]
    object_kind: str | None
    object_name: QualifiedName
    principal: Identifier
    grant_option_for: bool


@dataclass(frozen=True, slots=True)
class StreamColumn(Node):
    """A typed column of a stream's records."""

    name: Identifier
    type: DataType
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class CreateStream(Statement):
    """``CREATE STREAM [IF NOT EXISTS] s (columns) WITH (...)``."""

    name: QualifiedName
    if_not_exists: bool
    columns: tuple[StreamColumn, ...]
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class AlterStream(Statement):
    """``ALTER STREAM s SET (property = value, ...)``."""

    name: QualifiedName
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class DropStream(Statement):
    """``DROP STREAM [IF EXISTS] s``."""

    name: QualifiedName
    if_exists: bool


@dataclass(frozen=True, slots=True)
class CreatePump(Statement):
    """``CREATE [OR REPLACE] PUMP p AS INSERT INTO s query``."""

    name: QualifiedName
    or_replace: bool
    insert: Insert
    text: str


@dataclass(frozen=True, slots=True)
class DropPump(Statement):
    """``DROP PUMP [IF EXISTS] p``."""

    name: QualifiedName
    if_exists: bool


@dataclass(frozen=True, slots=True)
class ExternalFunction(Node):
    """``EXTERNAL FUNCTION f(x VARCHAR) RETURNS t LAMBDA 'name'`` (or SAGEMAKER)."""

    name: Identifier
    parameters: tuple[tuple[Identifier, DataType], ...]
    returns: DataType
    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class UsingExternalFunction(Statement):
    """``USING EXTERNAL FUNCTION ... statement``."""

    functions: tuple[ExternalFunction, ...]
    statement: Statement
