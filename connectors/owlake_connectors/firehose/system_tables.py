"""The tables of ``firehose.system``: delivery streams, what they delivered, what they could not, and their metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from owlake.spi import MOMENT, TEXTS_BY_NAME, Asked, Row, RowsDefinition, from_microseconds, rows_definition, types
from owlake_connectors.firehose.model import BACKUP, RECORDS
from owlake_connectors.firehose.rows import MINUTE
from owlake_connectors.firehose.store import DeliveryStore

_TEXT = types.VARCHAR


def tables(store: DeliveryStore) -> Mapping[str, RowsDefinition]:
    """The tables by name."""
    return {
        "deliveries": _deliveries(store),
        "delivery_streams": _delivery_streams(store),
        "errors": _errors(store),
        "metrics": _metrics(store),
    }


def _delivery_streams(store: DeliveryStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        for name in store.names():
            one = store.find(name)
            if one is None:
                continue
            buffers = store.buffers(one)
            yield (
                one.name, one.arn, "ACTIVE", one.type, one.version, one.created, one.updated,
                one.source.kinesis_stream_arn if one.source is not None else None,
                one.destination.name,
                one.destination.table.destination_table if one.destination.table is not None else None,
                f"s3://{one.destination.place.bucket}/{one.destination.place.prefix.text}",
                sum(each.records for each in buffers), sum(each.bytes for each in buffers),
                [(tag.key, tag.value) for tag in one.tags], one.encryption.status, one.encryption.key_arn,
            )  # fmt: skip

    return rows_definition(
        rows,
        ("delivery_stream_name", _TEXT, "Its name"),
        ("delivery_stream_arn", _TEXT, "Its Amazon resource name"),
        ("delivery_stream_status", _TEXT, "ACTIVE"),
        ("delivery_stream_type", _TEXT, "DirectPut or KinesisStreamAsSource"),
        ("version", types.BIGINT, "Counts the changes of its configuration"),
        ("create_timestamp", MOMENT, "When it was made"),
        ("last_update_timestamp", MOMENT, "When it was changed"),
        ("source_arn", _TEXT, "The stream that it reads"),
        ("destination", _TEXT, "lake, http, table, or the name of a plugin's"),
        ("destination_table", _TEXT, "The table whose rows records become, as database.table"),
        ("prefix", _TEXT, "Where objects are put: of the lake, or of what is not taken elsewhere"),
        ("buffered_records", types.BIGINT, "Records that are gathered"),
        ("buffered_bytes", types.BIGINT, "Their bytes"),
        ("tags", TEXTS_BY_NAME, "Tags"),
        ("encryption_status", _TEXT, "ENABLED or DISABLED: what is said of gathered records"),
        ("encryption_key_arn", _TEXT, "The key of one's own, if it is one"),
    )


def _deliveries(store: DeliveryStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        with store.database.read() as connection:
            found = connection.execute(
                "SELECT s.name, d.kind, d.state, d.target, d.records, d.bytes, d.delivered_bytes, d.opened, d.planned,"
                " d.ended, d.attempts, d.error_code, d.error_message FROM deliveries d"
                " JOIN delivery_streams s ON s.id = d.stream_id ORDER BY d.id"
            ).fetchall()
        for name, kind, state, target, records, size, stored, opened, planned, ended, attempts, code, text in found:
            yield (
                name, kind, state, target, records, size, stored, from_microseconds(opened), from_microseconds(planned),
                None if ended is None else from_microseconds(ended), attempts, code, text,
            )  # fmt: skip

    return rows_definition(
        rows,
        ("delivery_stream_name", _TEXT, "The delivery stream"),
        ("kind", _TEXT, "records, backup, or the type of an error"),
        ("state", _TEXT, "PLANNED, DELIVERED, KEPT (in the error output), DISCARDED or FAILED"),
        ("target", _TEXT, "The object, or the id of the request"),
        ("records", types.BIGINT, "How many records"),
        ("bytes", types.BIGINT, "Their bytes"),
        ("delivered_bytes", types.BIGINT, "Bytes as they were stored"),
        ("opened", MOMENT, "When the oldest record arrived"),
        ("planned", MOMENT, "When the buffer was closed"),
        ("ended", MOMENT, "When it was delivered"),
        ("attempts", types.BIGINT, "Attempts made"),
        ("error_code", _TEXT, "What the last attempt ended with"),
        ("error_message", _TEXT, "In words"),
    )


def _errors(store: DeliveryStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        with store.database.read() as connection:
            found = connection.execute(
                "SELECT s.name, d.kind, d.state, d.target, d.records, d.planned, d.error_code, d.error_message"
                " FROM deliveries d JOIN delivery_streams s ON s.id = d.stream_id"
                " WHERE d.kind NOT IN (?, ?) OR d.error_code IS NOT NULL ORDER BY d.id",
                (RECORDS, BACKUP),
            ).fetchall()
        for name, kind, state, target, records, planned, code, text in found:
            yield name, kind, state, target, records, from_microseconds(planned), code, text

    return rows_definition(
        rows,
        ("delivery_stream_name", _TEXT, "The delivery stream"),
        ("error_type", _TEXT, "What failed"),
        ("state", _TEXT, "PLANNED, DELIVERED (to the error output) or FAILED"),
        ("target", _TEXT, "The object of the error output"),
        ("records", types.BIGINT, "How many records"),
        ("planned", MOMENT, "When the object was closed"),
        ("error_code", _TEXT, "What the last attempt to deliver ended with"),
        ("error_message", _TEXT, "In words"),
    )


def _metrics(store: DeliveryStore) -> RowsDefinition:
    def rows(_: Asked) -> Iterator[Row]:
        with store.database.read() as connection:
            found = connection.execute(
                "SELECT s.name, m.name, m.minute, m.samples, m.total, m.greatest FROM metrics m"
                " JOIN delivery_streams s ON s.id = m.stream_id ORDER BY s.name, m.name, m.minute"
            ).fetchall()
        for stream, name, minute, samples, total, greatest in found:
            yield stream, name, from_microseconds(minute * MINUTE), samples, total, greatest

    return rows_definition(
        rows,
        ("delivery_stream_name", _TEXT, "The delivery stream"),
        ("metric", _TEXT, "CloudWatch's name of it"),
        ("minute", MOMENT, "When"),
        ("sample_count", types.BIGINT, "Values"),
        ("sum", types.DOUBLE, "Their sum"),
        ("maximum", types.DOUBLE, "The greatest"),
    )
