"""A connector with streams that are kept in memory: definitions only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from owlake.spi import (
    Batches,
    Capability,
    Column,
    Connector,
    ConnectorFactory,
    Inserted,
    Property,
    Scan,
    StreamDefinition,
    Streams,
    Table,
    arrow_type,
    error,
    hookimpl,
    types,
)

PROPERTIES = (
    Property("shard_count", "How many shards", int, 1),
    Property("rate", "Records a second", float, 1.0),
    Property("format", "How records are written", str, "json"),
    Property("ordered", "Whether order is kept", bool, default=False),
    Property("keys", "Columns", list),
)


class Topics(Streams):
    """Definitions by name."""

    properties = PROPERTIES

    def __init__(self) -> None:
        self.known: dict[str, StreamDefinition] = {}

    def names(self) -> Iterable[str]:
        """Every name."""
        return list(self.known)

    def find(self, name: str) -> StreamDefinition | None:
        """With what holds where nothing was said."""
        found = self.known.get(name)
        return found and replace(found, properties={one.name: one.default for one in PROPERTIES} | found.properties)

    def create(self, stream: StreamDefinition) -> None:
        """Once."""
        if stream.name in self.known:
            raise error("ResourceInUseException", f"{stream.name} exists.")
        self.known[stream.name] = stream

    def set_properties(self, name: str, properties: Mapping[str, Any]) -> None:
        """Those that are None hold no more."""
        changed = {**self.known[name].properties, **properties}
        kept = {key: value for key, value in changed.items() if value is not None}
        self.known[name] = replace(self.known[name], properties=kept)

    def add_column(self, name: str, column: Column) -> None:
        """Behind the others."""
        self.known[name] = replace(self.known[name], columns=(*self.known[name].columns, column))

    def drop_column(self, name: str, column: str) -> None:
        """All but this one stay."""
        columns = tuple(one for one in self.known[name].columns if one.name != column)
        self.known[name] = replace(self.known[name], columns=columns)

    def drop(self, name: str) -> None:
        """It has to be there."""
        if name not in self.known:
            raise error("ResourceNotFoundException", f"{name} not found.")
        del self.known[name]


class Topic(Table):
    """A table that answers INSERT with a number for each row."""

    capabilities = frozenset({Capability.INSERT})

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns

    def scan(self, scan: Scan) -> Batches:
        """Nothing is kept."""
        types_ = {column.name: arrow_type(column.type) for column in self.columns}
        yield pa.record_batch({name: pa.nulls(0, types_[name]) for name in scan.columns})

    def insert(self, batches: Batches) -> Inserted:
        """A row's number among those of its statement."""
        rows = sum(batch.num_rows for batch in batches)

        def numbers() -> Iterator[pa.RecordBatch]:
            for start in range(0, rows, 2):
                yield pa.record_batch({"number": pa.array(range(start, min(start + 2, rows)), pa.int64())})

        return Inserted(rows, (Column("number", types.BIGINT),), numbers())


class Streaming(Connector):
    """A schema ``topics`` of streams, and one without."""

    def __init__(self) -> None:
        self.topics = Topics()

    def schema_names(self) -> Iterable[str]:
        """Both."""
        return ("topics", "system")

    def table_names(self, schema: str) -> Iterable[str]:
        """The streams."""
        return self.topics.names() if schema == "topics" else ()

    def table(self, schema: str, name: str) -> Table | None:
        """A stream as a table."""
        found = self.topics.find(name) if schema == "topics" else None
        return Topic(found.columns) if found is not None else None

    def streams(self, schema: str) -> Streams | None:
        """Those of ``topics``."""
        return self.topics if schema == "topics" else None


@hookimpl
def register_connectors() -> Sequence[ConnectorFactory]:
    """A catalog that is always there."""
    return [
        ConnectorFactory("broker", lambda _: Streaming(), "Streams in memory", catalog="broker", stream_schema="topics")
    ]
