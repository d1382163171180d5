"""Partition indexes, as Glue has them: https://docs.aws.amazon.com/glue/latest/dg/partition-indexes.html.

The catalog finds partitions by any of their keys, with an index or without. What an index adds is its promise: the
values of its keys are of their types, and it is refused, later, that one is not, or that a key changes.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence

from owlake.catalog.codec import decode_values
from owlake.catalog.errors import AlreadyExists, EntityNotFound, InvalidInput, LimitExceeded
from owlake.catalog.model import BackfillError, BackfillErrorCode, Column, PartitionIndex
from owlake.catalog.times import from_microseconds

_MOST_INDEXES = 3
_FAILED_KEPT = 10
_PARTITIONS_NAMED = 25
"""How many partitions a backfill error names."""

_BITS: Mapping[str, int] = {"tinyint": 8, "smallint": 16, "int": 32, "bigint": 64, "long": 64}
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_UNSUPPORTED = re.compile(r"[\x00-\x02]")


class PartitionIndexes:
    """The partition indexes of one table."""

    def __init__(self, connection: sqlite3.Connection, table_id: int, keys: Sequence[Column]) -> None:
        self._connection = connection
        self._table_id = table_id
        self._keys = keys

    def all(self) -> list[PartitionIndex]:
        """The indexes by name."""
        rows = self._connection.execute(
            "SELECT name, keys, state, backfill_errors, create_time FROM partition_indexes WHERE table_id = ?"
            " ORDER BY name",
            (self._table_id,),
        )
        return [
            PartitionIndex(name, tuple(json.loads(keys)), state, _decoded(errors), from_microseconds(time))
            for name, keys, state, errors, time in rows
        ]

    def create(self, name: str, keys: Sequence[str], time: int) -> PartitionIndex:
        """Add an index; it fails where partitions that are there have values of other types than their keys.

        Errors: AlreadyExists; LimitExceeded; InvalidInput for keys that cannot have one.
        """
        there = [one for one in self.all() if one.state != "FAILED"]
        keys = [key.lower() for key in keys]
        if any(one.name == name for one in there):
            raise AlreadyExists(f"Partition index {name} already exists.")
        if any(one.keys == tuple(keys) for one in there):
            raise AlreadyExists(f"Partition index with keys {', '.join(keys)} already exists.")
        if len(there) >= _MOST_INDEXES:
            raise LimitExceeded(f"A table has at most {_MOST_INDEXES} partition indexes.")
        errors = tuple(self._backfill(self._places(keys)))
        state = "FAILED" if errors else "ACTIVE"
        self._connection.execute(
            "INSERT OR REPLACE INTO partition_indexes VALUES (?, ?, ?, ?, ?, ?)",
            (self._table_id, name, json.dumps(keys), state, _encoded(errors), time),
        )
        self._forget_failed(name)
        return next(one for one in self.all() if one.name == name)

    def delete(self, name: str) -> None:
        """Delete an index. Errors: EntityNotFound."""
        deleted = self._connection.execute(
            "DELETE FROM partition_indexes WHERE table_id = ? AND name = ?", (self._table_id, name)
        )
        if not deleted.rowcount:
            raise EntityNotFound(f"Partition index {name} not found.")

    def check_values(self, partitions: Iterable[tuple[str, ...]]) -> None:
        """Whether new partitions keep the promise. Errors: InvalidInput."""
        indexes = [(one, self._places(one.keys)) for one in self.all() if one.state == "ACTIVE"]
        if not indexes:
            return
        for values in partitions:
            for index, places in indexes:
                for place in places:
                    if _problem(values[place], self._keys[place].type) is not None:
                        key = self._keys[place]
                        text = f"Partition value '{values[place]}' of {key.name} is not of type {key.type}"
                        raise InvalidInput(f"{text}, as partition index {index.name} has it.")

    def check_keys(self, new: Sequence[Column]) -> None:
        """Whether keys that change leave the indexes as they are. Errors: InvalidInput."""
        for index in self.all():
            for place in self._places(index.keys) if index.state == "ACTIVE" else ():
                old = self._keys[place]
                if place >= len(new) or (new[place].name.lower(), new[place].type) != (old.name, old.type):
                    text = f"Partition key {old.name} cannot change: partition index {index.name} is built on it."
                    raise InvalidInput(text)

    def _places(self, keys: Sequence[str]) -> list[int]:
        """Where the keys are among the table's. Errors: InvalidInput."""
        places = {key.name: place for place, key in enumerate(self._keys)}
        for key in keys:
            if key not in places:
                raise InvalidInput(f"Partition index key {key} is not a partition key of the table.")
            type_ = self._keys[places[key]].type
            if type_ != "string" and type_ not in _BITS:
                raise InvalidInput(f"Partition index key {key} is of type {type_}, which indexes do not support.")
        if len(set(keys)) != len(keys):
            raise InvalidInput("A partition index has each of its keys once.")
        return [places[key] for key in keys]

    def _backfill(self, places: Sequence[int]) -> Iterator[BackfillError]:
        """What keeps the partitions that are there from being indexed: each value is looked at once."""
        found: dict[BackfillErrorCode, list[tuple[str, ...]]] = {}
        for place in places:
            entries = self._connection.execute(
                "SELECT DISTINCT value FROM partition_values WHERE table_id = ? AND position = ?",
                (self._table_id, place),
            )
            for (value,) in entries.fetchall():
                # What the catalog holds as a number is one of the key's type.
                code = _problem(value, self._keys[place].type) if isinstance(value, str) else None
                if code is not None:
                    found.setdefault(code, []).extend(self._partitions_of(place, value))
        for code, partitions in sorted(found.items()):
            yield BackfillError(code, tuple(sorted(set(partitions))[:_PARTITIONS_NAMED]))

    def _partitions_of(self, place: int, value: str) -> Iterator[tuple[str, ...]]:
        rows = self._connection.execute(
            "SELECT p.partition_values FROM partition_values v JOIN partitions p ON p.id = v.partition_id"
            " WHERE v.table_id = ? AND v.position = ? AND v.value = ? LIMIT ?",
            (self._table_id, place, value, _PARTITIONS_NAMED),
        )
        return (decode_values(text) for (text,) in rows.fetchall())

    def _forget_failed(self, last: str) -> None:
        self._connection.execute(
            "DELETE FROM partition_indexes WHERE table_id = ?1 AND name IN (SELECT name FROM partition_indexes"
            " WHERE table_id = ?1 AND state = 'FAILED' ORDER BY create_time DESC, name <> ?2, name LIMIT -1 OFFSET ?3)",
            (self._table_id, last, _FAILED_KEPT),
        )


def _problem(value: str, type_: str) -> BackfillErrorCode | None:
    if not value:
        return "MISSING_PARTITION_VALUE_ERROR"
    bits = _BITS.get(type_)
    if bits is None:
        return "UNSUPPORTED_PARTITION_CHARACTER_ERROR" if _UNSUPPORTED.search(value) else None
    is_of_type = _INTEGER.fullmatch(value) and -(1 << (bits - 1)) <= int(value) < 1 << (bits - 1)
    return None if is_of_type else "INVALID_PARTITION_TYPE_DATA_ERROR"


def _encoded(errors: Sequence[BackfillError]) -> str:
    return json.dumps([{"code": one.code, "partitions": one.partitions} for one in errors])


def _decoded(text: str) -> tuple[BackfillError, ...]:
    return tuple(BackfillError(one["code"], tuple(map(tuple, one["partitions"]))) for one in json.loads(text))
