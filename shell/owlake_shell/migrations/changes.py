"""What a statement changes, in a line, from its syntax alone."""

from __future__ import annotations

from collections.abc import Sequence

from owlake.dialect.nodes import hive
from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import QualifiedName, Statement
from owlake.dialect.statement_types import statement_type


def describe(tree: Statement) -> str:
    """What the statement changes."""
    if isinstance(tree, hive.AlterTable):
        return _alter_table(tree)
    match tree:
        case hive.CreateDatabase():
            return f"creates database {tree.name}{_unless_there(tree.if_not_exists)}"
        case hive.AlterDatabase():
            return f"sets {_properties(tree.properties)} of database {tree.name}"
        case hive.DropDatabase():
            return (
                f"drops database {tree.name}{' with all its tables' if tree.cascade else ''}{_if_there(tree.if_exists)}"
            )
        case hive.CreateTable():
            return f"creates table {tree.name}{_table(tree)}{_unless_there(tree.if_not_exists)}"
        case hive.DropTable():
            return f"drops table {tree.name}{_if_there(tree.if_exists)}; the files of an external table stay"
        case hive.RepairTable():
            return f"adds the partitions of table {tree.name} that lie in its folder"
        case nodes.CreateTableAs():
            filled = "fills it" if tree.with_data else "leaves it empty"
            return f"creates table {tree.name} of a query and {filled}{_unless_there(tree.if_not_exists)}"
        case nodes.CreateView():
            return f"{'creates or replaces' if tree.or_replace else 'creates'} view {tree.name}"
        case nodes.DropView():
            return f"drops view {tree.name}{_if_there(tree.if_exists)}"
        case nodes.Insert():
            return f"adds rows to table {tree.table}"
        case nodes.Update() | nodes.Merge():
            return f"changes rows of table {tree.table}"
        case nodes.Delete():
            return f"deletes rows of table {tree.table}"
        case nodes.Unload():
            return f"writes files to {tree.location}"
        case nodes.Optimize() | nodes.Vacuum():
            return f"rewrites the files of table {tree.table}"
        case nodes.Call():
            return f"calls {tree.name}"
        case nodes.Prepare():
            return f"keeps the prepared statement {tree.name.value}"
        case nodes.Grant():
            return f"grants {_privileges(tree.privileges)} on {tree.object_name} to {tree.principal.value}"
        case nodes.Revoke():
            return f"revokes {_privileges(tree.privileges)} on {tree.object_name} from {tree.principal.value}"
    kind, detail = statement_type(tree)
    return (
        "changes nothing" if kind == "UTILITY" or detail in ("SELECT", "EXPLAIN") else detail.lower().replace("_", " ")
    )


def _alter_table(tree: hive.AlterTable) -> str:
    name = tree.name
    match tree:
        case hive.AddPartitions():
            added = ", ".join(_partition(spec) for spec, _ in tree.partitions)
            count = _plural(len(tree.partitions), "partition")
            return f"adds {count} to table {name}: {added}{_unless_there(tree.if_not_exists)}"
        case hive.DropPartitions():
            dropped = ", ".join(_partition(spec) for spec in tree.partitions)
            count = _plural(len(tree.partitions), "partition")
            return f"drops {count} of table {name}: {dropped}{_if_there(tree.if_exists)}"
        case hive.RenamePartition():
            return f"renames partition {_partition(tree.source)} of table {name} to {_partition(tree.target)}"
        case hive.AddColumns():
            return f"adds {_columns(tree.columns)} to {_place(name, tree.partition)}"
        case hive.ReplaceColumns():
            return f"replaces the columns of {_place(name, tree.partition)} by {_columns(tree.columns)}"
        case hive.ChangeColumn():
            new = f"{tree.column.name.value} {tree.column.type}"
            return f"changes column {tree.old_name.value} of table {name} to {new}"
        case hive.DropColumn():
            return f"drops column {tree.column.value} of table {name}"
        case hive.RenameTable():
            return f"renames table {name} to {tree.target}"
        case hive.SetLocation():
            return f"sets the location of {_place(name, tree.partition)} to {tree.location}"
        case hive.SetTableProperties():
            return f"sets {_properties(tree.properties)} of table {name}"
        case hive.UnsetTableProperties():
            return f"unsets {', '.join(tree.keys)} of table {name}"
    return f"alters table {name}"


def _table(tree: hive.CreateTable) -> str:
    parts = [_plural(len(tree.columns), "column")] if tree.columns else []
    keys = [column.name.value for column in tree.partitioned_by] or [
        transform.column.value for transform in tree.partition_transforms
    ]
    if keys:
        parts.append(f"partitioned by {', '.join(keys)}")
    if tree.location is not None:
        parts.append(f"at {tree.location}")
    return f": {', '.join(parts)}" if parts else ""


def _partition(spec: hive.PartitionSpec) -> str:
    return f"({', '.join(f'{name.value}={value}' for name, value in spec.values)})"


def _place(name: QualifiedName, partition: hive.PartitionSpec | None) -> str:
    return f"table {name}" if partition is None else f"partition {_partition(partition)} of table {name}"


def _columns(columns: Sequence[hive.ColumnDefinition]) -> str:
    word = "column" if len(columns) == 1 else "columns"
    return f"{word} {', '.join(f'{column.name.value} {column.type}' for column in columns)}"


def _properties(properties: hive.Properties) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in properties)


def _privileges(privileges: tuple[str, ...]) -> str:
    return ", ".join(privileges) or "ALL"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _unless_there(clause: bool) -> str:
    return ", unless it is there" if clause else ""


def _if_there(clause: bool) -> str:
    return ", if it is there" if clause else ""
