"""Statements of the Hive side: DDL, SHOW, DESCRIBE, MSCK.

Column types stay Hive type strings in Glue's form: lower case, no blanks (``array<struct<a:int>>``).
"""

from __future__ import annotations

from dataclasses import field

from owlake.dialect.nodes.base import Identifier, Node, QualifiedName, Statement, node
from owlake.errors import OwlakeError

Properties = tuple[tuple[str, str], ...]


# Databases ----------------------------------------------------------------------------------------------


@node
class CreateDatabase(Statement):
    """``CREATE {DATABASE | SCHEMA} [IF NOT EXISTS] name [COMMENT] [LOCATION] [WITH DBPROPERTIES]``."""

    name: QualifiedName
    if_not_exists: bool
    comment: str | None
    location: str | None
    properties: Properties


@node
class AlterDatabase(Statement):
    """``ALTER {DATABASE | SCHEMA} name SET DBPROPERTIES (...)``."""

    name: QualifiedName
    properties: Properties


@node
class DropDatabase(Statement):
    """``DROP {DATABASE | SCHEMA} [IF EXISTS] name [RESTRICT | CASCADE]``."""

    name: QualifiedName
    if_exists: bool
    cascade: bool


@node
class ShowDatabases(Statement):
    """``SHOW {DATABASES | SCHEMAS} [{IN | FROM} catalog] [LIKE 'pattern']``; a catalog is ours, not Athena's."""

    pattern: str | None
    catalog: Identifier | None = None


# Tables -------------------------------------------------------------------------------------------------


@node
class ColumnDefinition(Node):
    """``name type [COMMENT 'c']``."""

    name: Identifier
    type: str
    comment: str | None = None


@node
class PartitionTransform(Node):
    """An Iceberg partition field: ``identity`` (a bare column), ``year``, ``bucket`` (with ``argument``), ..."""

    name: str
    column: Identifier
    argument: int | None = None


@node
class DelimitedRowFormat(Node):
    """``ROW FORMAT DELIMITED ... [WITH SERDEPROPERTIES (...)]``; None where a clause is absent.

    The last clause is not in the grammar, but in what SHOW CREATE TABLE prints.
    """

    fields: str | None
    escaped: str | None
    collection_items: str | None
    map_keys: str | None
    lines: str | None
    null: str | None
    properties: Properties = ()


@node
class SerDeRowFormat(Node):
    """``ROW FORMAT SERDE 'class' [WITH SERDEPROPERTIES (...)]``."""

    library: str
    properties: Properties


@node
class FileFormat(Node):
    """``STORED AS name`` (upper case), or the two classes of ``STORED AS INPUTFORMAT ... OUTPUTFORMAT ...``."""

    name: str | None
    input_format: str | None = None
    output_format: str | None = None


@node
class CreateTable(Statement):
    """``CREATE [EXTERNAL] TABLE`` with every clause of Hive's grammar that Athena takes."""

    name: QualifiedName
    external: bool
    if_not_exists: bool
    columns: tuple[ColumnDefinition, ...]
    comment: str | None
    partitioned_by: tuple[ColumnDefinition, ...]
    partition_transforms: tuple[PartitionTransform, ...]
    """Iceberg's PARTITIONED BY, whose columns carry no type."""
    clustered_by: tuple[Identifier, ...]
    bucket_count: int | None
    row_format: DelimitedRowFormat | SerDeRowFormat | None
    stored_as: FileFormat | None
    location: str | None
    properties: Properties


@node
class DropTable(Statement):
    """``DROP TABLE [IF EXISTS] t [PURGE]``."""

    name: QualifiedName
    if_exists: bool


@node
class RepairTable(Statement):
    """``MSCK REPAIR TABLE t``."""

    name: QualifiedName


# ALTER TABLE --------------------------------------------------------------------------------------------


@node
class PartitionSpec(Node):
    """``PARTITION (a = 'x', b = 1)``: values as text, in the order written."""

    values: tuple[tuple[Identifier, str], ...]


@node
class AlterTable(Statement):
    """``ALTER TABLE t ...``; one class an action below."""

    name: QualifiedName


@node
class AddPartitions(AlterTable):
    """``ADD [IF NOT EXISTS] PARTITION (...) [LOCATION 'l'] ...``."""

    if_not_exists: bool
    partitions: tuple[tuple[PartitionSpec, str | None], ...]


@node
class DropPartitions(AlterTable):
    """``DROP [IF EXISTS] PARTITION (...), PARTITION (...)``."""

    if_exists: bool
    partitions: tuple[PartitionSpec, ...]


@node
class RenamePartition(AlterTable):
    """``PARTITION (...) RENAME TO PARTITION (...)``."""

    source: PartitionSpec
    target: PartitionSpec


@node
class AddColumns(AlterTable):
    """``[PARTITION (...)] ADD COLUMNS (...)``."""

    partition: PartitionSpec | None
    columns: tuple[ColumnDefinition, ...]


@node
class ReplaceColumns(AlterTable):
    """``[PARTITION (...)] REPLACE COLUMNS (...)``."""

    partition: PartitionSpec | None
    columns: tuple[ColumnDefinition, ...]


@node
class ChangeColumn(AlterTable):
    """``CHANGE [COLUMN] old new type [COMMENT 'c'] [FIRST | AFTER c]``."""

    old_name: Identifier
    column: ColumnDefinition
    first: bool
    after: Identifier | None


@node
class DropColumn(AlterTable):
    """``DROP COLUMN c``: Iceberg only."""

    column: Identifier


@node
class RenameTable(AlterTable):
    """``RENAME TO new``: Iceberg only."""

    target: QualifiedName


@node
class SetLocation(AlterTable):
    """``[PARTITION (...)] SET LOCATION 'l'``."""

    partition: PartitionSpec | None
    location: str


@node
class SetTableProperties(AlterTable):
    """``SET TBLPROPERTIES (...)``."""

    properties: Properties


@node
class UnsetTableProperties(AlterTable):
    """``UNSET TBLPROPERTIES ('k', ...)``: Iceberg only."""

    keys: tuple[str, ...]


# SHOW and DESCRIBE --------------------------------------------------------------------------------------


@node
class ShowTables(Statement):
    """``SHOW TABLES [{IN | FROM} db] [[LIKE] 'pattern']``."""

    database: QualifiedName | None
    pattern: str | None


@node
class ShowViews(Statement):
    """``SHOW VIEWS [{IN | FROM} db] [LIKE 'pattern']``."""

    database: QualifiedName | None
    pattern: str | None


@node
class ShowColumns(Statement):
    """``SHOW COLUMNS {FROM | IN} t [{FROM | IN} db]``.

    ``refused`` is Athena's answer to the double quotes around the name of a table; of a view it takes them.
    """

    table: QualifiedName
    refused: OwlakeError | None = field(default=None, compare=False)


@node
class ShowPartitions(Statement):
    """``SHOW PARTITIONS t``."""

    table: QualifiedName


@node
class ShowTableProperties(Statement):
    """``SHOW TBLPROPERTIES t [('key')]``."""

    table: QualifiedName
    key: str | None


@node
class ShowCreateTable(Statement):
    """``SHOW CREATE TABLE t``."""

    table: QualifiedName


@node
class Describe(Statement):
    """``DESCRIBE [EXTENDED | FORMATTED] t [PARTITION (...)] [column.path]``; ``refused`` as in ``ShowColumns``."""

    table: QualifiedName
    mode: str | None
    partition: PartitionSpec | None
    column: tuple[str, ...]
    refused: OwlakeError | None = field(default=None, compare=False)
