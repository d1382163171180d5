"""MSCK REPAIR TABLE: registers the partitions whose folders lie in the lake.

https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html: adds, never removes; folders are
``key=value`` in the order of the keys, keys in lower case; values with a colon are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from owlake.catalog.model import Partition, Table
from owlake.catalog.partition_names import parse_folder, partition_name
from owlake.dialect.nodes.hive import RepairTable
from owlake.errors import QueryWarning
from owlake.lake import uris
from owlake.lake.storage import Storage
from owlake.statements.context import StatementContext
from owlake.statements.failures import iceberg_refusal
from owlake.statements.names import TableName, table_name
from owlake.statements.output import Output, Row, hive_output

_COLUMNS = ("result",)


def repair_table(node: RepairTable, context: StatementContext) -> Output:
    """``MSCK REPAIR TABLE``. The lake is looked at before the catalog is locked; what others add meanwhile stays."""
    name = table_name(node.name, context)
    metastore = context.home.metastore
    with metastore.read() as catalog:
        table = catalog.find_table(name.database, name.table)
        if table is None or table.is_view:
            return hive_output(_COLUMNS, [(f"Tables not in metastore:\t{name.table}",)])
        if table.open_format == "ICEBERG":
            raise iceberg_refusal()
        known = {each.values: each.storage.location for each in catalog.list_partitions(name.database, name.table)}
    place = table.storage.location
    if not context.storage.list_folders(place) and not context.storage.has_files(place):
        return hive_output(_COLUMNS, [(f"Tables missing on filesystem:\t{name.table}",)])
    found = _Folders(table, context.storage)
    in_lake = dict(found.partitions())
    _warn_of_skipped(found.skipped, context)
    new = {values: folder for values, folder in in_lake.items() if values not in known}
    gone = [values for values, where in known.items() if _is_gone(values, where, in_lake, context.storage)]
    _register(table, new, context)
    return hive_output(_COLUMNS, _report(name, table, new, gone))


class _Folders:
    """The partition folders of a table."""

    def __init__(self, table: Table, storage: Storage) -> None:
        self._keys = [key.name for key in table.partition_keys]
        self._location = table.storage.location
        self._storage = storage
        self.skipped: list[str] = []
        """Folders that look like partitions, whose keys are not the table's."""

    def partitions(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Values and folder of every partition, in the order of the folders' names."""
        return self._below(self._location, ()) if self._keys else iter(())

    def _below(self, folder: str, values: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
        if len(values) == len(self._keys):
            yield values, folder.rstrip("/")
            return
        for child in self._storage.list_folders(folder):
            value = self._value(child, self._keys[len(values)])
            if value is not None:
                yield from self._below(child, (*values, value))

    def _value(self, folder: str, key: str) -> str | None:
        name = uris.name_of(folder.rstrip("/"))
        parsed = parse_folder(name)
        if parsed is None or name.startswith(("_", ".")) or ":" in parsed[1]:
            return None
        if parsed[0] != key:
            self.skipped.append(folder)
            return None
        return parsed[1]


def _is_gone(values: tuple[str, ...], where: str, in_lake: dict[tuple[str, ...], str], storage: Storage) -> bool:
    if in_lake.get(values) == where.rstrip("/"):
        return False
    return not storage.list_folders(where) and not storage.has_files(where)


def _register(table: Table, new: dict[tuple[str, ...], str], context: StatementContext) -> None:
    if not new:
        return
    partitions = [Partition(values, replace(table.storage, location=folder)) for values, folder in new.items()]
    with context.home.metastore.write() as catalog:
        catalog.create_partitions(table.database, table.name, partitions, if_not_exists=True)


def _report(
    name: TableName, table: Table, new: Iterable[tuple[str, ...]], gone: Iterable[tuple[str, ...]]
) -> Iterator[Row]:
    keys = [key.name for key in table.partition_keys]
    added = [f"{name.table}:{partition_name(keys, values)}" for values in new]
    missing = [f"{name.table}:{partition_name(keys, values)}" for values in gone]
    if added:
        yield ("\t".join(["Partitions not in metastore:", *added]),)
    if missing:
        yield ("\t".join(["Partitions missing from filesystem:", *missing]),)
    for each in added:
        yield (f"Repair: Added partition to metastore {each}",)


def _warn_of_skipped(folders: list[str], context: StatementContext) -> None:
    if not folders:
        return
    others = f" and {len(folders) - 1} more" if len(folders) > 1 else ""
    text = f"MSCK passes over {folders[0]}{others}: the folder's key is not the table's partition key in lower case"
    context.warn(QueryWarning("HIVE_DDL", text))
