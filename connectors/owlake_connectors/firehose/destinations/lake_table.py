"""A table of the lake as the destination: what is delivered are rows of it, seen all at once and exactly once.

The catalog keeps the buffer's id in the transaction that makes its rows seen, with the places of the records that are
none. Who dies before it wrote down that the buffer is delivered hears of both when it delivers it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count, groupby

import pyarrow as pa

from owlake.spi import (
    ACCOUNT,
    DeliveryBuffer,
    DeliveryDestination,
    DeliveryReceipt,
    Home,
    InvalidPartitionValue,
    RefusedRecord,
    Type,
    arrow_type,
    catalog_model,
    check_appendable,
    error,
    parse_hive_type,
    partition_names,
    partition_value,
    uris,
)
from owlake_connectors.firehose import errors
from owlake_connectors.firehose.configuration import record_format, zone_of
from owlake_connectors.firehose.error_records import ErrorType
from owlake_connectors.firehose.prefixes import Facts, Prefix, parse_prefix
from owlake_connectors.firehose.row_reading import MALFORMED, RowReader, table_details
from owlake_connectors.firehose.shapes import S3DestinationConfiguration, TableDestinationConfiguration

_ROLE = f"arn:aws:iam::{ACCOUNT}:role/firehose"
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_DID_NOT_FIT = "The record did not fit the table when its delivery was made first"


class LakeTable(DeliveryDestination):
    """Adds records to a table."""

    error_type = ErrorType.CONVERSION
    metric = "Table"
    size_in_mbs = 128, 128
    interval_in_seconds = 300, 900

    def __init__(self, home: Home, configuration: TableDestinationConfiguration) -> None:
        self._home = home
        self._configuration = configuration

    def deliver(self, buffer: DeliveryBuffer) -> DeliveryReceipt:
        """Make rows of the table out of records.

        Errors: those of ``rows_of``, of the catalog and of writing; then nothing of it is in the table.
        """
        appending, key = self._home.appending, _key(buffer.id)
        known = appending.find(key)
        details = table_details(*_names(self._configuration))
        if known is not None:
            refused = [RefusedRecord(place, MALFORMED, _DID_NOT_FIT, details) for place in _places(known.note)]
            return DeliveryReceipt(known.bytes, refused)
        rows = rows_of(self._home, self._configuration)
        records = record_format(rows.columns, self._configuration.input_format_configuration)
        reader = RowReader(list(rows.columns), records, details)
        batches = rows.whole(reader.rows(one.data for one in buffer.batches), buffer.opened)
        made = appending.append(rows.table, batches, key, lambda: _as_text([one.place for one in reader.refused]))
        return DeliveryReceipt(made.bytes, reader.refused)

    def details(self, buffer: DeliveryBuffer, place: int) -> Mapping[str, object]:  # noqa: ARG002
        """Which table it is."""
        return table_details(*_names(self._configuration))

    def forget(self, buffer_id: str) -> None:
        """Nobody asks again whether the rows are there."""
        self._home.appending.forget(_key(buffer_id))


@dataclass(frozen=True, slots=True)
class TableRows:
    """What the rows of a table are made of.

    Attributes:
        times: The partition columns that the delivery's prefix gives, with their types.
    """

    table: catalog_model.Table
    prefix: Prefix
    times: Mapping[str, Type]

    @property
    def columns(self) -> dict[str, Type]:
        """The columns whose values come from records: partition columns as well, but for those of the prefix."""
        found = (*self.table.storage.columns, *self.table.partition_keys)
        return {one.name: parse_hive_type(one.type) for one in found if one.name not in self.times}

    def whole(self, batches: Iterable[pa.RecordBatch], opened: datetime) -> Iterator[pa.RecordBatch]:
        """Rows as the table has them: those of records with what the prefix adds."""
        values = self.values(opened)
        names = [one.name for one in (*self.table.storage.columns, *self.table.partition_keys)]
        for batch in batches:
            added = {name: pa.repeat(value, batch.num_rows) for name, value in values.items()}
            columns = [added[name] if name in added else batch.column(name) for name in names]
            yield pa.RecordBatch.from_arrays(columns, names=names)

    def values(self, opened: datetime) -> dict[str, pa.Scalar]:
        """The partition columns that the prefix gives, where the oldest record arrived then.

        Errors: InvalidArgumentException for what is no value of a column's type.
        """
        texts = _segments(self.prefix.evaluate(Facts(opened, {})))
        try:
            return {
                name: pa.scalar(partition_value(texts[name], type_), arrow_type(type_))
                for name, type_ in self.times.items()
            }
        except InvalidPartitionValue as problem:
            text = f"Prefix gives what is no value of the partition column: {self.prefix.text}: {problem}"
            raise errors.invalid_argument(text) from problem


def rows_of(home: Home, configuration: TableDestinationConfiguration) -> TableRows:
    """The rows of a configuration's table as it is now.

    Errors: EntityNotFoundException where there is none; InvalidArgumentException for a prefix that is no partition of
    it; NOT_SUPPORTED for columns that records do not hold; those of ``check_appendable``.
    """
    database, name = _names(configuration)
    with home.metastore.read() as catalog:
        table = catalog.find_table(database, name) if database else None
    if table is None:
        text = f"The destination table {configuration.destination_table} does not exist: it is to be database.table"
        raise error("EntityNotFoundException", text)
    check_appendable(table)
    prefix = parse_prefix(configuration.prefix or "", zone_of(configuration.custom_time_zone))
    keys = {one.name: parse_hive_type(one.type) for one in table.partition_keys}
    names = [prefix.text] if prefix.keys else list(_segments(prefix.evaluate(Facts(_SOME_TIME, {}))))
    for one in names:
        if one not in keys:
            raise errors.invalid_argument(f"Prefix of a table must be of its partition columns (name=value/): {one}")
    return TableRows(table, prefix, {one: keys[one] for one in names})


def with_error_output(
    home: Home, stream: str, configuration: TableDestinationConfiguration
) -> TableDestinationConfiguration:
    """A configuration that can be, with a place for what is no row: ``errors/<stream>/`` unless it says one.

    Errors: those of ``rows_of``; InvalidArgumentException for a place where readers of the table would find it.
    """
    rows = rows_of(home, configuration)
    rows.values(_SOME_TIME)
    record_format(rows.columns, configuration.input_format_configuration)
    location = uris.parse(rows.table.storage.location)
    place = configuration.s3_configuration
    if place is None:
        if location.bucket is None:
            raise errors.invalid_argument("S3Configuration must be given: the table is in no bucket")
        arn = f"arn:aws:s3:::{location.bucket}"
        place = S3DestinationConfiguration(role_arn=_ROLE, bucket_arn=arn, error_output_prefix=f"errors/{stream}/")
    inside = f"{location.key}/".lstrip("/")
    for prefix in (place.prefix or "", place.error_output_prefix or place.prefix or ""):
        if place.bucket_arn.endswith(f":::{location.bucket}") and prefix.startswith(inside):
            text = f"S3Configuration must be of a place outside of the table, which is in {location}"
            raise errors.invalid_argument(text)
    return replace(configuration, s3_configuration=place)


def _key(buffer_id: str) -> str:
    return f"firehose/{buffer_id}"


def _names(configuration: TableDestinationConfiguration) -> tuple[str, str]:
    database, _, name = (configuration.destination_table or "").lower().rpartition(".")
    return database, name


def _segments(prefix: str) -> dict[str, str]:
    """The folders of a prefix as partition columns with their values; anything else by what it is."""
    found = {}
    for folder in prefix.strip("/").split("/") if prefix else ():
        pair = partition_names.parse_folder(folder)
        name, value = pair if pair is not None else (folder, "")
        found[name.lower()] = value
    return found


def _as_text(places: Sequence[int]) -> str:
    """Numbers in order, as ranges: ``0-2,7-7``."""
    counter = count()
    runs = [list(run) for _, run in groupby(places, lambda place: place - next(counter))]
    return ",".join(f"{run[0]}-{run[-1]}" for run in runs)


def _places(text: str) -> list[int]:
    ranges = [one.partition("-") for one in text.split(",") if one]
    return [place for first, _, last in ranges for place in range(int(first), int(last) + 1)]
