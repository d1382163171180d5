"""A run's changes as rows that a person reads: what would change, from what to what, and the statement that does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from owlake.spi import catalog_model, create_table_text, partition_names
from owlake_connectors.glue.crawlers.building import DEPRECATED_BY, MEASURES
from owlake_connectors.glue.crawlers.changes import Change


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a run would change.

    Attributes:
        action: CREATE TABLE, ADD COLUMN, CHANGE COLUMN, DROP COLUMN, SET, DEPRECATE, DROP TABLE, ADD PARTITION,
            UPDATE PARTITION, DROP PARTITION, or KEEP for what stays although it differs.
    """

    action: str
    database_name: str
    table_name: str
    object_name: str | None = None
    before: str | None = None
    after: str | None = None
    statement: str | None = None
    reason: str | None = None


def differences(changes: Iterable[Change]) -> Iterator[Difference]:
    """The rows of all changes."""
    for one in changes:
        yield from _Rows(one).all()


class _Rows:
    def __init__(self, change: Change) -> None:
        self._change = change
        table = change.after or change.before
        assert table is not None
        self._table = table

    def all(self) -> Iterator[Difference]:
        before, after = self._change.before, self._change.after
        if before is None and after is not None:
            yield self._row("CREATE TABLE", statement=create_table_text(after))
        elif before is not None and after is None:
            yield self._row("DROP TABLE", statement=f"DROP TABLE {self._name}")
        elif before is not None and after is not None:
            yield from self._table_rows(before, after)
            if self._change.is_nothing and self._change.decisions:
                yield self._row("KEEP")
        yield from self._partition_rows()

    def _table_rows(self, before: catalog_model.Table, after: catalog_model.Table) -> Iterator[Difference]:
        if DEPRECATED_BY in after.parameters and DEPRECATED_BY not in before.parameters:
            yield self._row("DEPRECATE", statement=self._set({DEPRECATED_BY: after.parameters[DEPRECATED_BY]}))
            return
        yield from self._column_rows(before, after)
        if before.storage.serde != after.storage.serde:
            yield self._row("SET", "SerDe", before.storage.serde.library, after.storage.serde.library)
        if before.partition_keys != after.partition_keys:
            yield self._row("SET", "partition keys", _names(before.partition_keys), _names(after.partition_keys))
        for key in sorted({*before.parameters, *after.parameters} - MEASURES):
            known, found = before.parameters.get(key), after.parameters.get(key)
            if known != found:
                statement = self._set({key: found}) if found is not None else None
                yield self._row("SET", key, known, found, statement)

    def _column_rows(self, before: catalog_model.Table, after: catalog_model.Table) -> Iterator[Difference]:
        known = {one.name: one.type for one in before.storage.columns}
        found = {one.name: one.type for one in after.storage.columns}
        if known == found:
            return
        new = [one for one in after.storage.columns if one.name not in known]
        is_longer = [*known.items()] == [*found.items()][: len(known)]
        listed = ", ".join(f"`{one.name}` {one.type}" for one in (new if is_longer else after.storage.columns))
        statement = f"ALTER TABLE {self._name} {'ADD' if is_longer else 'REPLACE'} COLUMNS ({listed})"
        for name in dict.fromkeys((*known, *found)):
            if known.get(name) == found.get(name):
                continue
            action = "ADD" if name not in known else "DROP" if name not in found else "CHANGE"
            yield self._row(f"{action} COLUMN", name, known.get(name), found.get(name), statement)

    def _partition_rows(self) -> Iterator[Difference]:
        keys = [key.name for key in self._table.partition_keys]
        for one in self._change.added:
            spec = _spec(keys, one.values)
            location = one.storage.location.replace("'", "''")
            statement = f"ALTER TABLE {self._name} ADD PARTITION ({spec}) LOCATION '{location}'"
            name = partition_names.partition_name(keys, one.values)
            yield self._row("ADD PARTITION", name, None, one.storage.location, statement)
        for one in self._change.updated:
            yield self._row("UPDATE PARTITION", partition_names.partition_name(keys, one.values))
        for values in self._change.deleted:
            statement = f"ALTER TABLE {self._name} DROP PARTITION ({_spec(keys, values)})"
            yield self._row("DROP PARTITION", partition_names.partition_name(keys, values), statement=statement)

    @property
    def _name(self) -> str:
        return f"{self._table.database}.{self._table.name}"

    def _set(self, parameters: dict[str, str]) -> str:
        pairs = ", ".join(f"'{key}' = '{value.replace(chr(39), chr(39) * 2)}'" for key, value in parameters.items())
        return f"ALTER TABLE {self._name} SET TBLPROPERTIES ({pairs})"

    def _row(
        self,
        action: str,
        name: str | None = None,
        before: str | None = None,
        after: str | None = None,
        statement: str | None = None,
    ) -> Difference:
        table = self._table
        kinds = (
            ("PARTITION",)
            if action.endswith("PARTITION")
            else ("TABLE", "PARTITION")
            if action == "KEEP"
            else ("TABLE",)
        )
        reason = "; ".join(one.message for one in self._change.decisions if one.kind in kinds) or None
        return Difference(action, table.database, table.name, name, before, after, statement, reason)


def _spec(keys: Sequence[str], values: Sequence[str]) -> str:
    return ", ".join(
        f"`{key}` = '{value.replace(chr(39), chr(39) * 2)}'" for key, value in zip(keys, values, strict=True)
    )


def _names(columns: Sequence[catalog_model.Column]) -> str:
    return ", ".join(one.name for one in columns)
