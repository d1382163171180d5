"""What a crawl would change in the Data Catalog: the crawler's policies over what was found and what is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from owlake.spi import catalog_model
from owlake_connectors.glue.crawlers.building import DEPRECATED_BY, Built
from owlake_connectors.glue.crawlers.inference.types import (
    Array,
    Field,
    FoundType,
    Map,
    Struct,
    parse_type,
    type_text,
)
from owlake_connectors.glue.crawlers.model import Counts, Decision, DeleteBehavior, UpdateBehavior
from owlake_connectors.glue.crawlers.table_differences import OF_DDL, reading, table_differences

_NULL = "null"
_KEPT_BY_MERGING = ("classification", "compressionType", "delimiter")
Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policies:
    """What a crawler may do to tables that are there.

    Attributes:
        merges: MergeNewColumns: columns are added, and nothing else is changed.
        inherits: InheritFromTable: partitions are stored as their table is.
        now: The crawl's time in milliseconds, for what is deprecated.
    """

    update: UpdateBehavior
    delete: DeleteBehavior
    merges: bool = False
    inherits: bool = False
    now: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one table. ``after`` is None where it is deleted; the same as ``before`` where it stays."""

    name: str
    before: catalog_model.Table | None
    after: catalog_model.Table | None
    added: tuple[catalog_model.Partition, ...] = ()
    updated: tuple[catalog_model.Partition, ...] = ()
    deleted: tuple[Values, ...] = ()
    decisions: tuple[Decision, ...] = field(default=())

    @property
    def is_nothing(self) -> bool:
        """Whether everything stays as it is."""
        return self.before == self.after and not (self.added or self.updated or self.deleted)

    @property
    def counts(self) -> Counts:
        """The change in numbers."""
        is_added, is_deleted = self.before is None, self.after is None
        return Counts(
            int(is_added),
            int(not is_added and not is_deleted and self.before != self.after),
            int(is_deleted),
            len(self.added),
            len(self.updated),
            len(self.deleted),
        )


def added_up(first: Counts, second: Counts) -> Counts:
    """Both."""
    return Counts(
        first.tables_added + second.tables_added,
        first.tables_updated + second.tables_updated,
        first.tables_deleted + second.tables_deleted,
        first.partitions_added + second.partitions_added,
        first.partitions_updated + second.partitions_updated,
        first.partitions_deleted + second.partitions_deleted,
    )


class Comparison:
    """One table that was found, beside the one that is there."""

    def __init__(
        self,
        built: Built,
        before: catalog_model.Table | None,
        partitions: Mapping[Values, catalog_model.Partition],
        policies: Policies,
        unreadable: frozenset[str] = frozenset(),
    ) -> None:
        self._built = built
        self._before = before
        self._partitions = partitions
        self._policies = policies
        self._unreadable = unreadable
        self._decisions: list[Decision] = []
        self._is_refused = False
        """Whether what was found cannot be merged into the table."""

    def change(self) -> Change:
        """What becomes of the table."""
        built, before = self._built, self._before
        if before is None:
            self._tell("INFO", "TABLE", "The table is added")
            return self._changed(built.table, tuple(built.partitions.values()), (), ())
        after = self._after(before)
        if [key.name for key in before.partition_keys] != [key.name for key in built.table.partition_keys]:
            if after.partition_keys != built.table.partition_keys:
                self._tell("WARN", "PARTITION", "No partitions are added: their keys are not the table's")
                return self._changed(after, (), (), ())
            return self._changed(after, tuple(built.partitions.values()), (), tuple(self._partitions))
        return self._changed(after, *self._partition_changes(after))

    # The table ------------------------------------------------------------------------------------------

    def _after(self, before: catalog_model.Table) -> catalog_model.Table:
        differences = list(table_differences(before, self._built.table))
        if DEPRECATED_BY in before.parameters and self._policies.update != "LOG":
            differences.append("it was deprecated, and is there again")
        if not differences:
            return self._measured(before)
        if self._policies.update == "LOG":
            self._tell("WARN", "TABLE", f"The table stays as it is (UpdateBehavior LOG): {'; '.join(differences)}")
            return before
        if self._policies.merges:
            return self._with_new_columns(before)
        self._tell("INFO", "TABLE", f"The table is updated: {'; '.join(differences)}")
        return replace(
            before,
            storage=self._built.table.storage,
            partition_keys=self._built.table.partition_keys,
            parameters={**_of_ddl(before.parameters), **self._built.table.parameters},
        )

    def _measured(self, before: catalog_model.Table) -> catalog_model.Table:
        """The same table with more or fewer files."""
        if self._policies.update == "LOG" or self._policies.merges:
            return before
        found = {**_of_ddl(before.parameters), **self._built.table.parameters}
        return before if dict(before.parameters) == found else replace(before, parameters=found)

    def _with_new_columns(self, before: catalog_model.Table) -> catalog_model.Table:
        found = self._built.table
        for key in _KEPT_BY_MERGING:
            known, crawled = before.parameters.get(key, _NULL), found.parameters.get(key, _NULL)
            if known != crawled:
                self._tell(
                    "WARN",
                    "TABLE",
                    f"Cannot merge new columns into the table {before.name} as defined in the Data Catalog because the"
                    f" parameter '{key}' has changed. The existing value is '{known}', and the crawled value is"
                    f" '{crawled}'.",
                )
                self._is_refused = True
                return _deprecated(before, self._policies.now)
        names = [one.name for one in before.storage.columns]
        crawled_names = [one.name for one in found.storage.columns]
        is_positional = self._built.found.found.layout.is_positional
        if is_positional and crawled_names[: len(names)] != names[: len(crawled_names)]:
            self._tell(
                "WARN",
                "TABLE",
                f"Cannot merge new columns into the table {before.name}: its files are read by place, and the crawled"
                " columns do not begin with the existing ones.",
            )
            return before
        columns = _more_columns(before.storage.columns, found.storage.columns)
        self._tell_of_types(columns)
        if columns == before.storage.columns:
            return before
        grown = [one.name for one in columns if one not in before.storage.columns]
        self._tell("INFO", "TABLE", f"New columns, or fields in them, are added: {', '.join(grown)}")
        serde = _with_paths(before.storage.serde, found.storage.serde)
        return replace(before, storage=replace(before.storage, columns=columns, serde=serde))

    def _tell_of_types(self, columns: Sequence[catalog_model.Column]) -> None:
        found = {one.name: one.type for one in self._built.table.storage.columns}
        for one in columns:
            if found.get(one.name, one.type) != one.type:
                self._tell(
                    "WARN",
                    "TABLE",
                    f"The column {one.name} stays {one.type} (MergeNewColumns), and is {found[one.name]} in the files",
                )

    # Its partitions -------------------------------------------------------------------------------------

    def _partition_changes(
        self, after: catalog_model.Table
    ) -> tuple[tuple[catalog_model.Partition, ...], tuple[catalog_model.Partition, ...], tuple[Values, ...]]:
        found, known = self._built.partitions, self._partitions
        added = tuple(one for values, one in found.items() if values not in known)
        if after.storage != self._built.table.storage:
            added = tuple(self._as_in_table(one, after) for one in added)
        updated = tuple(self._updated_partitions(after, found, known))
        gone = [
            values
            for values, one in known.items()
            if values not in found and self._is_gone(one, after.storage.location)
        ]
        if not gone:
            return added, updated, ()
        listed = ", ".join("/".join(one) for one in gone[:3]) + (f" and {len(gone) - 3} more" if len(gone) > 3 else "")
        match self._policies.delete:
            case "DELETE_FROM_DATABASE":
                self._tell("INFO", "PARTITION", f"Partitions whose files are gone are deleted: {listed}")
                return added, updated, tuple(gone)
            case "DEPRECATE_IN_DATABASE":
                fresh = [known[one] for one in gone if DEPRECATED_BY not in known[one].parameters]
                if fresh:
                    self._tell("WARN", "PARTITION", f"Partitions whose files are gone are deprecated: {listed}")
                marked = tuple(_deprecated_partition(one, self._policies.now) for one in fresh)
                return added, (*updated, *marked), ()
        self._tell("WARN", "PARTITION", f"Partitions whose files are gone stay (DeleteBehavior LOG): {listed}")
        return added, updated, ()

    def _updated_partitions(
        self,
        after: catalog_model.Table,
        found: Mapping[Values, catalog_model.Partition],
        known: Mapping[Values, catalog_model.Partition],
    ) -> Iterator[catalog_model.Partition]:
        if (
            self._policies.update == "LOG"
            or (self._policies.merges and not self._policies.inherits)
            or self._is_refused
        ):
            return
        for values, one in found.items():
            before = known.get(values)
            if before is None:
                continue
            now = self._as_in_table(one, after) if self._policies.inherits else one
            if before.storage != now.storage or dict(before.parameters) != dict(now.parameters):
                yield replace(before, storage=now.storage, parameters=now.parameters)

    def _as_in_table(self, partition: catalog_model.Partition, table: catalog_model.Table) -> catalog_model.Partition:
        """Text is what the table says that it is; files with a schema of their own keep it, unless they inherit.

        So do files that another SerDe reads than the table's, which is not to be changed.
        """
        is_parquet = self._built.found.found.layout.classification == "parquet"
        is_read_otherwise = reading(partition.storage) != reading(table.storage)
        if (is_parquet or is_read_otherwise) and not self._policies.inherits:
            return partition
        return replace(partition, storage=replace(table.storage, location=partition.storage.location))

    def _is_gone(self, partition: catalog_model.Partition, root: str) -> bool:
        """Only what lies in the table's folder was looked at, and only what could be read is known."""
        place = f"{partition.storage.location.rstrip('/')}/"
        return place.startswith(root) and not any(path.startswith(place) for path in self._unreadable)

    def _changed(
        self,
        after: catalog_model.Table,
        added: tuple[catalog_model.Partition, ...],
        updated: tuple[catalog_model.Partition, ...],
        deleted: tuple[Values, ...],
    ) -> Change:
        if added and self._before is not None:
            self._tell("INFO", "PARTITION", f"Partitions are added: {len(added)}")
        if updated:
            self._tell("INFO", "PARTITION", f"Partitions are updated: {len(updated)}")
        decisions = tuple(self._decisions)
        return Change(self._built.table.name, self._before, after, added, updated, deleted, decisions)

    def _tell(self, level: str, kind: str, message: str) -> None:
        table = self._built.table
        self._decisions.append(Decision(level, kind, message, table.name, table.storage.location))  # type: ignore[arg-type]


def taken_apart(table: catalog_model.Table, policies: Policies) -> Change:
    """What becomes of a table whose files are several tables now, where columns are only to be merged."""
    place = table.storage.location
    if DEPRECATED_BY in table.parameters:
        return Change(table.name, table, table)
    text = f"Cannot merge new columns into the table {table.name}: its files are no one table any more; see GROUP"
    told = Decision("WARN", "TABLE", text, table.name, place)
    return Change(table.name, table, _deprecated(table, policies.now), decisions=(told,))


def gone(table: catalog_model.Table, policies: Policies) -> Change:
    """What becomes of a table whose files are gone."""
    place = table.storage.location
    match policies.delete:
        case "DELETE_FROM_DATABASE":
            told = Decision("INFO", "TABLE", "The table is deleted: its files are gone", table.name, place)
            return Change(table.name, table, None, decisions=(told,))
        case "DEPRECATE_IN_DATABASE":
            if DEPRECATED_BY in table.parameters:
                return Change(table.name, table, table)
            told = Decision("WARN", "TABLE", "The table is deprecated: its files are gone", table.name, place)
            return Change(table.name, table, _deprecated(table, policies.now), decisions=(told,))
    told = Decision("WARN", "TABLE", "The table stays, and its files are gone (DeleteBehavior LOG)", table.name, place)
    return Change(table.name, table, table, decisions=(told,))


def _of_ddl(parameters: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in parameters.items() if key in OF_DDL}


def _deprecated(table: catalog_model.Table, now: str) -> catalog_model.Table:
    if DEPRECATED_BY in table.parameters:
        return table
    return replace(table, parameters={**table.parameters, DEPRECATED_BY: now})


def _deprecated_partition(partition: catalog_model.Partition, now: str) -> catalog_model.Partition:
    return replace(partition, parameters={**partition.parameters, DEPRECATED_BY: now})


def _more_columns(
    known: Sequence[catalog_model.Column], found: Sequence[catalog_model.Column]
) -> tuple[catalog_model.Column, ...]:
    """The columns that are there, with the fields that structs in them gained, and then the new ones."""
    types = {one.name: one.type for one in found}
    names = {one.name for one in known}
    grown = (replace(one, type=_grown(one.type, types[one.name])) if one.name in types else one for one in known)
    return (*grown, *(one for one in found if one.name not in names))


def _grown(known: str, found: str) -> str:
    one, other = parse_type(known), parse_type(found)
    more = _with_new_fields(one, other)
    return known if more == one else type_text(more)


def _with_new_fields(known: FoundType, found: FoundType) -> FoundType:
    match known, found:
        case Struct(), Struct():
            types = {one.name: one.type for one in found.fields}
            fields = [
                Field(one.name, _with_new_fields(one.type, types.pop(one.name, one.type))) for one in known.fields
            ]
            return Struct((*fields, *(Field(name, type_) for name, type_ in types.items())))
        case Array(), Array():
            return Array(_with_new_fields(known.element, found.element))
        case Map(), Map():
            return Map(known.key, _with_new_fields(known.value, found.value))
    return known


def _with_paths(serde: catalog_model.SerDeInfo, found: catalog_model.SerDeInfo) -> catalog_model.SerDeInfo:
    """JSON's SerDe lists the columns."""
    if "paths" not in serde.parameters:
        return serde
    new = {key: value for key, value in found.parameters.items() if key.startswith("mapping.")}
    paths = {*serde.parameters["paths"].split(","), *found.parameters.get("paths", "").split(",")} - {""}
    return replace(serde, parameters={**serde.parameters, **new, "paths": ",".join(sorted(paths))})
