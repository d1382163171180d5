"""Statements of the Trino side: queries, DML, views, prepared statements, EXPLAIN, CALL."""

from __future__ import annotations

from owlake.dialect.nodes.base import Expression, Identifier, Node, QualifiedName, Statement, node
from owlake.dialect.nodes.relations import Query, Relation
from owlake.dialect.nodes.types import DataType


@node
class Property(Node):
    """``name = value`` inside ``WITH (...)``."""

    name: Identifier
    value: Expression


@node
class QueryStatement(Statement):
    """A query on its own: SELECT, WITH, VALUES, TABLE or a query in parentheses."""

    query: Query


@node
class CreateTableAs(Statement):
    """``CREATE TABLE t [WITH (...)] AS query [WITH [NO] DATA]``."""

    name: QualifiedName
    if_not_exists: bool
    columns: tuple[Identifier, ...]
    properties: tuple[Property, ...]
    query: Query
    with_data: bool


@node
class Insert(Statement):
    """``INSERT INTO t [(columns)] query``."""

    table: QualifiedName
    columns: tuple[Identifier, ...]
    query: Query


@node
class Unload(Statement):
    """``UNLOAD (query) TO 's3://...' WITH (...)``."""

    query: Query
    location: str
    properties: tuple[Property, ...]


@node
class CreateView(Statement):
    """``CREATE [OR REPLACE] VIEW v [COMMENT 'c'] [SECURITY s] AS query``; ``query_text`` is as written."""

    name: QualifiedName
    or_replace: bool
    query: Query
    query_text: str
    comment: str | None = None
    security: str | None = None
    """``DEFINER`` or ``INVOKER``."""


@node
class DropView(Statement):
    """``DROP VIEW [IF EXISTS] v``."""

    name: QualifiedName
    if_exists: bool


@node
class ShowCreateView(Statement):
    """``SHOW CREATE VIEW v``."""

    name: QualifiedName


@node
class ShowFunctions(Statement):
    """``SHOW FUNCTIONS [LIKE 'pattern' [ESCAPE 'c']]``."""

    pattern: str | None
    escape: str | None


@node
class ShowProcedures(Statement):
    """``SHOW PROCEDURES [{FROM | IN} catalog]``: owlake's own."""

    catalog: QualifiedName | None


@node
class Prepare(Statement):
    """``PREPARE name FROM statement``; ``text`` is the inner statement as written."""

    name: Identifier
    statement: Statement
    text: str


@node
class Execute(Statement):
    """``EXECUTE name [USING value, ...]``."""

    name: Identifier
    arguments: tuple[Expression, ...]


@node
class ExecuteImmediate(Statement):
    """``EXECUTE IMMEDIATE 'text' [USING value, ...]``."""

    text: str
    arguments: tuple[Expression, ...]


@node
class Deallocate(Statement):
    """``DEALLOCATE PREPARE name``."""

    name: Identifier


@node
class Explain(Statement):
    """``EXPLAIN [(FORMAT f, TYPE t)] statement`` and ``EXPLAIN ANALYZE [VERBOSE] [(FORMAT f)] statement``.

    ``type``: LOGICAL, DISTRIBUTED, VALIDATE, IO, and owlake's own DATAFUSION (the generated SQL) and COST.
    """

    statement: Statement
    analyze: bool
    verbose: bool
    format: str | None
    type: str | None


@node
class Analyze(Statement):
    """``ANALYZE t [WITH (columns = ..., partitions = ...)]``."""

    table: QualifiedName
    properties: tuple[Property, ...]


@node
class ShowStats(Statement):
    """``SHOW STATS FOR t``."""

    table: QualifiedName


@node
class CallArgument(Node):
    """One argument of CALL, by name or by place."""

    name: Identifier | None
    value: Expression


@node
class Call(Statement):
    """``CALL catalog.schema.procedure(name => value, ...)``."""

    name: QualifiedName
    arguments: tuple[CallArgument, ...]


@node
class Assignment(Node):
    """``column = value`` in UPDATE and MERGE."""

    column: Identifier
    value: Expression


@node
class Update(Statement):
    """``UPDATE t SET c = e, ... [WHERE p]``."""

    table: QualifiedName
    assignments: tuple[Assignment, ...]
    where: Expression | None


@node
class Delete(Statement):
    """``DELETE FROM t [WHERE p]``."""

    table: QualifiedName
    where: Expression | None


@node
class MergeCase(Node):
    """``WHEN [NOT] MATCHED [AND condition] THEN ...``; ``action`` is UPDATE, DELETE or INSERT."""

    matched: bool
    condition: Expression | None
    action: str
    columns: tuple[Identifier, ...]
    values: tuple[Expression, ...]


@node
class Merge(Statement):
    """``MERGE INTO t [alias] USING source ON condition WHEN ...``."""

    table: QualifiedName
    alias: Identifier | None
    source: Relation
    on: Expression
    cases: tuple[MergeCase, ...]


@node
class Optimize(Statement):
    """``OPTIMIZE t REWRITE DATA USING BIN_PACK [WHERE p]``."""

    table: QualifiedName
    where: Expression | None


@node
class Vacuum(Statement):
    """``VACUUM t``."""

    table: QualifiedName


@node
class Grant(Statement):
    """``GRANT privilege, ... ON [kind] object TO principal [WITH GRANT OPTION]``; no privileges means ALL."""

    privileges: tuple[str, ...]
    object_kind: str | None
    object_name: QualifiedName
    principal: Identifier
    grant_option: bool
    principal_kind: str | None = None
    """``USER`` or ``ROLE``, when written."""


@node
class Revoke(Statement):
    """``REVOKE [GRANT OPTION FOR] privilege, ... ON [kind] object FROM principal``."""

    privileges: tuple[str, ...]
    object_kind: str | None
    object_name: QualifiedName
    principal: Identifier
    grant_option_for: bool
    principal_kind: str | None = None


@node
class StreamColumn(Node):
    """A typed column of a stream's records."""

    name: Identifier
    type: DataType
    comment: str | None = None


@node
class CreateStream(Statement):
    """``CREATE STREAM [IF NOT EXISTS] s [(columns)] [WITH (...)]``; without columns records stay as they are."""

    name: QualifiedName
    if_not_exists: bool
    columns: tuple[StreamColumn, ...]
    properties: tuple[Property, ...]


@node
class SetStreamProperties(Statement):
    """``ALTER STREAM s SET PROPERTIES property = value, ...``."""

    name: QualifiedName
    properties: tuple[Property, ...]


@node
class AddStreamColumn(Statement):
    """``ALTER STREAM s ADD COLUMN [IF NOT EXISTS] name type [COMMENT 'c']``."""

    name: QualifiedName
    if_not_exists: bool
    column: StreamColumn


@node
class DropStreamColumn(Statement):
    """``ALTER STREAM s DROP COLUMN [IF EXISTS] name``."""

    name: QualifiedName
    if_exists: bool
    column: Identifier


@node
class DropStream(Statement):
    """``DROP STREAM [IF EXISTS] s``."""

    name: QualifiedName
    if_exists: bool


@node
class ShowCreateStream(Statement):
    """``SHOW CREATE STREAM s``."""

    name: QualifiedName


@node
class ShowStreams(Statement):
    """``SHOW STREAMS [FROM schema] [LIKE 'p' [ESCAPE 'e']]``."""

    schema: QualifiedName | None = None
    pattern: str | None = None
    escape: str | None = None


@node
class CreatePump(Statement):
    """``CREATE [OR REPLACE] PUMP p AS INSERT INTO s query``."""

    name: QualifiedName
    or_replace: bool
    insert: Insert
    text: str


@node
class DropPump(Statement):
    """``DROP PUMP [IF EXISTS] p``."""

    name: QualifiedName
    if_exists: bool


@node
class ExternalFunction(Node):
    """``EXTERNAL FUNCTION f(x VARCHAR) RETURNS t LAMBDA 'name'`` (or SAGEMAKER)."""

    name: Identifier
    parameters: tuple[tuple[Identifier, DataType], ...]
    returns: DataType
    kind: str
    target: str


@node
class UsingExternalFunction(Statement):
    """``USING EXTERNAL FUNCTION ... statement``."""

    functions: tuple[ExternalFunction, ...]
    statement: Statement
