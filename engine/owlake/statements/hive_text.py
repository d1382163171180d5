"""How Hive prints: padded fields, escapes, dates, and the text of its Thrift structures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
from owlake.statements.failures import java_map

_WIDTH = 20
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JAVA_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r"}


def padded(text: str | None) -> str:
    """The field with blanks up to 20 characters; longer ones stay whole."""
    return str("null" if text is None else text).ljust(_WIDTH)


def quoted(text: str) -> str:
    """The inside of a string in a Hive command, whose backslashes are doubled already."""
    return text.replace("'", "\\'").replace(";", "\\;")


def commented(text: str) -> str:
    """A comment as a string in a Hive command, which means the same when it is read again."""
    return quoted(text.replace("\\", "\\\\"))


def java_escaped(text: str) -> str:
    r"""As a Java literal holds it: ``\t``, ``\u0001``; what is not ASCII in UTF-16 units."""
    return "".join(_java_escape(character) for character in text)


def java_date(instant: datetime | None) -> str:
    """``Sun Sep 27 03:41:11 UTC 2026``; ``UNKNOWN`` for none. Never in the machine's language."""
    if instant is None:
        return "UNKNOWN"
    utc = instant.astimezone(UTC)
    return f"{_DAYS[utc.weekday()]} {_MONTHS[utc.month - 1]} {utc:%d %H:%M:%S} UTC {utc.year:04}"


def java_list(values: Iterable[object]) -> str:
    """``[a, b]``."""
    return f"[{', '.join(str(value) for value in values)}]"


def sort_columns(storage: StorageDescriptor) -> str:
    """``[Order(col:a, order:1)]``."""
    return java_list(f"Order(col:{column.column}, order:{column.sort_order})" for column in storage.sort_columns)


def thrift_table(table: Table) -> str:
    """The table as the Thrift metastore's ``Table`` prints itself.

    DESCRIBE EXTENDED has already put the partition keys among the columns when Hive prints this.
    """
    return _structure(
        "Table",
        tableName=table.name,
        dbName=table.database,
        owner=table.owner,
        createTime=_seconds(table.create_time),
        lastAccessTime=_seconds(table.last_access_time),
        retention=table.retention,
        sd=_thrift_storage(table.storage, (*table.storage.columns, *table.partition_keys)),
        partitionKeys=_thrift_columns(table.partition_keys),
        parameters=_thrift_map(table.parameters),
        viewOriginalText=table.view_original_text,
        viewExpandedText=table.view_expanded_text,
        tableType=table.table_type,
    )


def thrift_partition(table: Table, partition: Partition) -> str:
    """The partition as the Thrift metastore's ``Partition`` prints itself."""
    return _structure(
        "Partition",
        values=java_list(partition.values),
        dbName=table.database,
        tableName=table.name,
        createTime=_seconds(partition.create_time),
        lastAccessTime=_seconds(partition.last_access_time),
        sd=_thrift_storage(partition.storage, (*partition.storage.columns, *table.partition_keys)),
        parameters=_thrift_map(partition.parameters),
    )


def _thrift_storage(storage: StorageDescriptor, columns: Iterable[Column]) -> str:
    return _structure(
        "StorageDescriptor",
        cols=_thrift_columns(columns),
        location=storage.location,
        inputFormat=storage.input_format,
        outputFormat=storage.output_format,
        compressed=str(storage.compressed).lower(),
        numBuckets=storage.number_of_buckets,
        serdeInfo=_structure(
            "SerDeInfo",
            name=storage.serde.name,
            serializationLib=storage.serde.library,
            parameters=_thrift_map(storage.serde.parameters),
        ),
        bucketCols=java_list(storage.bucket_columns),
        sortCols=sort_columns(storage),
        parameters=_thrift_map(storage.parameters),
        skewedInfo="SkewedInfo(skewedColNames:[], skewedColValues:[], skewedColValueLocationMaps:{})",
        storedAsSubDirectories=str(storage.stored_as_sub_directories).lower(),
    )


def _thrift_columns(columns: Iterable[Column]) -> str:
    return java_list(
        _structure("FieldSchema", name=column.name, type=column.type, comment=column.comment) for column in columns
    )


def _thrift_map(parameters: Mapping[str, str]) -> str:
    return java_map(parameters)


def _structure(name: str, /, **fields: object) -> str:
    content = ", ".join(f"{key}:{'null' if value is None else value}" for key, value in fields.items())
    return f"{name}({content})"


def _seconds(instant: datetime | None) -> int:
    return int(instant.timestamp()) if instant else 0


def _java_escape(character: str) -> str:
    if character in _JAVA_ESCAPES:
        return _JAVA_ESCAPES[character]
    if " " <= character <= "~":
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))
