"""CREATE STREAM and its neighbours: a stream of the service and the definition of its table, made together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from owlake.spi import Column, Property, StreamDefinition, Streams, check_arguments, error
from owlake_connectors.kinesis import errors
from owlake_connectors.kinesis.model import Stream
from owlake_connectors.kinesis.operations.shapes import StreamModeDetails
from owlake_connectors.kinesis.operations.streams import new_stream
from owlake_connectors.kinesis.operations.upkeep import LEAST_HOURS, MOST_HOURS, check_hours
from owlake_connectors.kinesis.store import StreamStore
from owlake_connectors.kinesis.tables.decoding import Schemas, record_format
from owlake_connectors.kinesis.tables.definition import (
    DATA,
    PROPERTIES,
    Definition,
    checked,
    read_definition,
    write_definition,
)
from owlake_connectors.kinesis.tables.keys import expression_answer
from owlake_connectors.kinesis.tables.stream_table import StreamTable

if TYPE_CHECKING:
    from owlake_connectors.kinesis.connector import KinesisConnector

_MODES = ("PROVISIONED", "ON_DEMAND")

OF_THE_SERVICE = (
    Property("shard_count", "How many shards a provisioned stream has", int, 1),
    Property("stream_mode", "'PROVISIONED' or 'ON_DEMAND'", default="PROVISIONED", choices=_MODES),
    Property("retention_hours", f"How long records are kept, {LEAST_HOURS} to {MOST_HOURS} hours", int, LEAST_HOURS),
    Property("max_record_size_in_kib", "How large a record can be, 1024 to 10240 KiB", int, 1024),
)


class StreamTables(Streams):
    """The streams of the schema ``streams``. Names are those of the service in lower case."""

    properties = (*OF_THE_SERVICE, *PROPERTIES)

    def __init__(self, connector: KinesisConnector, store: StreamStore, schemas: Schemas) -> None:
        self._connector = connector
        self._store = store
        self._schemas = schemas

    def table(self, name: str) -> StreamTable | None:
        """A stream as a table."""
        stream = self._stream(name)
        return None if stream is None else StreamTable(self._store, stream, self._definition(stream), self._schemas)

    def names(self) -> Iterable[str]:
        """Every stream, in lower case."""
        return sorted({name.lower() for name in self._store.names()})

    def find(self, name: str) -> StreamDefinition | None:
        """A stream with all that holds of it."""
        stream = self._stream(name)
        if stream is None:
            return None
        definition = self._definition(stream)
        columns = () if definition == Definition() else definition.columns
        provisioned = stream.mode == "PROVISIONED"
        of_the_service = {
            "shard_count": len(stream.open_shards) if provisioned else None,
            "stream_mode": stream.mode,
            "retention_hours": stream.retention_hours,
            "max_record_size_in_kib": stream.max_record_size_kib,
        }
        return StreamDefinition(name, columns, {**of_the_service, "format": definition.format, **definition.properties})

    def create(self, stream: StreamDefinition) -> None:
        """Make a stream, and its table with it."""
        given = {name: value for name, value in stream.properties.items() if value is not None}
        definition = self._checked(
            stream.columns, {one.name: given[one.name] for one in PROPERTIES if one.name in given}
        )
        mode = StreamModeDetails(_mode(given.get("stream_mode", "PROVISIONED")))
        count = given.get("shard_count", 1 if mode.stream_mode == "PROVISIONED" else None)
        size = given.get("max_record_size_in_kib")
        check_arguments(
            self._connector.create_stream, stream_name=stream.name, shard_count=count, max_record_size_in_kib=size
        )
        hours = given.get("retention_hours", LEAST_HOURS)
        check_hours(self._store, hours)
        made = new_stream(self._store, stream.name, count, mode, max_record_size_in_kib=size)
        self._store.create(
            replace(made, retention_hours=hours), lambda connection, id_: write_definition(connection, id_, definition)
        )

    def set_properties(self, name: str, properties: Mapping[str, Any]) -> None:
        """Change the table's at once, then the service's, by its operations."""
        stream = self._existing(name)
        own = {one.name for one in PROPERTIES} & properties.keys()
        if own:
            known = self._definition(stream)
            changed = {**known.properties, **{one: properties[one] for one in own}}
            kept = {key: value for key, value in changed.items() if value is not None}
            self._write(stream, self._checked(known.columns, kept))
        for one in OF_THE_SERVICE:
            if one.name in properties:
                self._change(
                    stream.name, one.name, one.default if properties[one.name] is None else properties[one.name]
                )

    def add_column(self, name: str, column: Column) -> None:
        """Read and write another column."""
        stream = self._existing(name)
        known = self._definition(stream)
        columns = () if known == Definition() else known.columns
        self._write(stream, self._checked((*columns, column), known.properties))

    def drop_column(self, name: str, column: str) -> None:
        """Read and write it no more."""
        stream = self._existing(name)
        known = self._definition(stream)
        columns = tuple(one for one in known.columns if one.name != column)
        if not columns or known == Definition():
            raise error("NOT_SUPPORTED", "Cannot drop the only column of a stream")
        self._write(stream, self._checked(columns, known.properties))

    def drop(self, name: str) -> None:
        """Delete the stream, as the service does."""
        stream = self._stream(name)
        self._connector.delete_stream(stream_name=name if stream is None else stream.name)

    # ----------------------------------------------------------------------------------------------------

    def _stream(self, name: str) -> Stream | None:
        """The stream of this name, or the one that is called so in another case."""
        found = self._store.find(name)
        if found is not None:
            return found
        alike = [one for one in self._store.names() if one.lower() == name]
        if len(alike) > 1:
            text = f"There are several streams called '{name}': {', '.join(alike)}"
            raise error("AMBIGUOUS_NAME", text, hint="Names in SQL have no case.")
        return self._store.find(alike[0]) if alike else None

    def _existing(self, name: str) -> Stream:
        found = self._stream(name)
        if found is None:
            raise errors.stream_not_found(name)
        return found

    def _definition(self, stream: Stream) -> Definition:
        with self._store.database.read() as connection:
            return read_definition(connection, stream.id)

    def _checked(self, columns: tuple[Column, ...], properties: Mapping[str, str]) -> Definition:
        definition = checked(Definition(columns or (DATA,), properties))
        # What cannot be read or written is said now, not by the first query.
        record_format(definition, self._schemas)
        if definition.key_expression is not None:
            expression_answer(self._store.home, definition.columns, definition.key_expression)
        return definition

    def _write(self, stream: Stream, definition: Definition) -> None:
        with self._store.writing() as connection:
            write_definition(connection, stream.id, definition)

    def _change(self, name: str, key: str, value: Any) -> None:
        """Have the service change what it keeps of a stream, where that is not so already."""
        stream, service = self._store.stream(name), self._connector
        match key:
            case "shard_count" if value != len(stream.open_shards):
                check_arguments(service.update_shard_count, target_shard_count=value)
                service.update_shard_count(name, target_shard_count=value)
            case "stream_mode" if _mode(value) != stream.mode:
                service.update_stream_mode(stream.arn, stream_mode_details=StreamModeDetails(_mode(value)))
            case "retention_hours" if value > stream.retention_hours:
                service.increase_stream_retention_period(name, retention_period_hours=value)
            case "retention_hours" if value < stream.retention_hours:
                service.decrease_stream_retention_period(name, retention_period_hours=value)
            case "max_record_size_in_kib" if value != stream.max_record_size_kib:
                check_arguments(service.update_max_record_size, max_record_size_in_kib=value)
                service.update_max_record_size(stream.arn, max_record_size_in_kib=value)


def _mode(text: str) -> Any:
    if text.upper() not in _MODES:
        raise error("INVALID_TABLE_PROPERTY", f"Invalid value for stream property 'stream_mode': '{text}'")
    return text.upper()
