"""A producer: puts batches, one after the other, until enough of its records are acknowledged, or it is killed.

What a batch has is told by its number, so that whoever comes after can put it again.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import owlake
from owlake.dbapi import Connection
from tests.campaigns.streams.journal import STREAM, Journal, lines

KEYS = 200
HASH_SPACE = 1 << 128
SQL_WRITER = 0
"""This one puts by INSERT."""


def key_of(number: int) -> tuple[str, int | None]:
    """A partition key, and its explicit hash key if it has one."""
    return f"k{number}", number * (HASH_SPACE // KEYS) if number % 10 == 0 else None


def batch(seed: int, writer: int, number: int) -> list[tuple[str, int | None, bytes]]:
    """The records of a batch: key, explicit hash key and data of each."""
    chance = random.Random(f"{seed}/{writer}/{number}")
    found = []
    for place in range(chance.randint(1, 500)):
        key, explicit = key_of(chance.randrange(KEYS))
        pad = "x" * chance.randrange(0, 200, 20)
        text = f'{{"writer": {writer}, "batch": {number}, "place": {place}, "key": "{key}", "pad": "{pad}"}}'
        found.append((key, explicit, text.encode()))
    return found


def produce(folder: Path, seed: int, writer: int, life: int, wanted: int) -> None:
    """Put batches until so many records are acknowledged, over all lives of this producer."""
    chance = random.Random(f"{seed}/producer/{writer}/{life}")
    path = folder / f"producer-{writer}.txt"
    begun, sizes = -1, {}
    for word, _, put_before, *places in lines(path):
        begun = max(begun, int(put_before))
        if word == "A":
            sizes[int(put_before)] = len(places)
    journal = Journal(path)
    with owlake.connect(folder.parent / "home") as connection:
        put = _insert if writer == SQL_WRITER else _put_records
        count = sum(sizes.values())
        again = begun >= 0 and begun not in sizes and chance.random() < 0.5
        number = begun if again else begun + 1
        while count < wanted:
            journal.say("R" if number == begun else "B", number)
            with _torn(chance):
                answers = put(connection, seed, writer, number)
            journal.say("A", number, *answers)
            count += len(answers)
            number += 1


def _put_records(connection: Connection, seed: int, writer: int, number: int) -> list[str]:
    records: list[dict[str, Any]] = []
    for key, explicit, data in batch(seed, writer, number):
        hashed = {} if explicit is None else {"ExplicitHashKey": str(explicit)}
        records.append({"PartitionKey": key, "Data": data, **hashed})
    response = connection.client("kinesis").put_records(StreamName=STREAM, Records=records)
    assert response["FailedRecordCount"] == 0, response
    return [f"{one['ShardId']}:{one['SequenceNumber']}" for one in response["Records"]]


def _insert(connection: Connection, seed: int, writer: int, number: int) -> list[str]:
    rows = len(batch(seed, writer, number))
    statement = (
        f"INSERT INTO kinesis.streams.{STREAM} (writer, batch, place, key) SELECT {writer}, {number}, x,"
        f" concat('k', CAST((x * 7 + {number}) % {KEYS} AS varchar)) FROM UNNEST(sequence(0, {rows - 1})) AS s(x)"
    )
    return [f"{shard}:{number}" for shard, number in connection.execute(statement).fetchall()]


class _torn:  # noqa: N801  (reads as a word of the block that it begins)
    """A block in which, seldom, the process dies in the middle of a write to the log."""

    def __init__(self, chance: random.Random) -> None:
        self._dies = chance.random() < 0.003
        self._part = chance.random()

    def __enter__(self) -> None:
        if self._dies:
            self._write, os.pwritev = os.pwritev, self._tear  # type: ignore[assignment]

    def __exit__(self, *_: object) -> None:
        if self._dies:
            os.pwritev = self._write

    def _tear(self, descriptor: int, parts: list[bytes], offset: int) -> int:
        content = b"".join(parts)
        self._write(descriptor, [content[: int(len(content) * self._part)]], offset)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def acknowledged(folder: Path) -> Iterator[tuple[int, int, list[str]]]:
    """Writer, batch and the places of its records, of each batch that was acknowledged."""
    for path in folder.glob("producer-*.txt"):
        writer = int(path.stem.split("-")[1])
        for word, _, number, *places in lines(path):
            if word == "A":
                yield writer, int(number), places
