"""Records converted to columns: how they are read, and how their files are written.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from owlake.dbapi import Connection
from owlake.errors import OwlakeError
from owlake.spi import Type, types
from owlake_connectors.firehose.configuration import record_format
from owlake_connectors.firehose.row_reading import RowReader
from owlake_connectors.firehose.shapes import Deserializer, HiveJsonSerDe, InputFormatConfiguration, OpenXJsonSerDe
from tests.connectors.firehose.conftest import ROLE, lake

Objects = Callable[[], dict[str, bytes]]
COLUMNS: dict[str, Type] = {"id": types.BIGINT, "a_b": types.VARCHAR, "at": types.Timestamp(3)}
NOON = datetime.fromisoformat("2024-02-29 12:00:00.123")


def read(serde: OpenXJsonSerDe | HiveJsonSerDe, *records: bytes) -> tuple[list[dict[str, Any]], list[int]]:
    """The rows, and the places of the records that are none."""
    openx, hive = (serde, None) if isinstance(serde, OpenXJsonSerDe) else (None, serde)
    deserializer = Deserializer(openx, hive)
    reader = RowReader(list(COLUMNS), record_format(COLUMNS, InputFormatConfiguration(deserializer)), {})
    batches = list(reader.rows([pa.array(records, pa.binary())]))
    rows = [
        {name: value for name, value in row.items() if value is not None} for one in batches for row in one.to_pylist()
    ]
    return rows, [one.place for one in reader.refused]


def test_openx_finds_keys_in_any_case_unless_it_is_told_not_to() -> None:
    records = b'{"ID": 1}', b'{"id": 2}'
    assert read(OpenXJsonSerDe(), *records)[0] == [{"id": 1}, {"id": 2}]
    assert read(OpenXJsonSerDe(case_insensitive=False), *records)[0] == [{}, {"id": 2}]


def test_openx_finds_dots_for_underscores_if_it_is_told_so() -> None:
    assert read(OpenXJsonSerDe(), b'{"a.b": "x"}')[0] == [{}]
    assert read(OpenXJsonSerDe(convert_dots_in_json_keys_to_underscores=True), b'{"a.b": "x"}')[0] == [{"a_b": "x"}]


def test_openx_finds_columns_under_other_keys() -> None:
    serde = OpenXJsonSerDe(column_to_json_key_mappings={"id": "number", "a_b": "timestamp"})
    records = [b'{"number": %d, "timestamp": "x", "id": 0}' % number for number in range(3)]
    assert read(serde, *records) == ([{"id": number, "a_b": "x"} for number in range(3)], [])


@pytest.mark.parametrize(
    "text",
    [b'"2024-02-29T12:00:00.123Z"', b'"2024-02-29 12:00:00.123"', b"1709208000123", b"1709208000.123"],
)
def test_openx_reads_the_documented_forms_of_times(text: bytes) -> None:
    assert read(OpenXJsonSerDe(), b'{"at": %s}' % text) == ([{"at": NOON}], [])


def test_hive_reads_the_forms_of_times_that_it_is_told() -> None:
    serde = HiveJsonSerDe(("dd.MM.yyyy, HH:mm:ss.SSS", "millis"))
    records = b'{"at": "29.02.2024, 12:00:00.123"}', b'{"at": 1709208000123}', b'{"at": "2024-02-29 12:00:00.123"}'
    assert read(serde, *records) == ([{"at": NOON}] * 3, [])
    assert read(HiveJsonSerDe(), *records)[1] == [0, 1]


def test_hive_is_strict() -> None:
    records = b'{"id": "1"}', b'{"a_b": {"x": 1}}', b"{'id': 1}", b'{"id": 2, "a_b": "x"}'
    assert read(HiveJsonSerDe(), *records) == ([{"id": 2, "a_b": "x"}], [0, 1, 2])
    assert read(OpenXJsonSerDe(), *records) == (
        [{"id": 1}, {"a_b": '{"x":1}'}, {"id": 1}, {"id": 2, "a_b": "x"}],
        [],
    )


@pytest.mark.parametrize("serde", [OpenXJsonSerDe(), HiveJsonSerDe()])
def test_objects_one_after_the_other_are_rows(serde: OpenXJsonSerDe | HiveJsonSerDe) -> None:
    records = b'{"id":1}{"id":2}', b'{"id":3}\n\n{"id":4} {"id":5}\n', b'{"id":6}'
    rows, refused = read(serde, *records)
    assert sorted(row["id"] for row in rows) == [1, 2, 3, 4, 5, 6]
    assert refused == []


@pytest.mark.parametrize("serde", [OpenXJsonSerDe(), HiveJsonSerDe()])
def test_what_is_no_object_is_refused(serde: OpenXJsonSerDe | HiveJsonSerDe) -> None:
    records = b"", b"null", b'[{"id":1},{"id":2}]', b'{"id":1}{"id":', b'{"id":1} x', b'{"id":1}[]', b"{}"
    assert read(serde, *records) == ([{}], [0, 1, 2, 3, 4, 5])


def test_a_pattern_that_is_none() -> None:
    with pytest.raises(OwlakeError, match="TimestampFormats has a pattern that is none") as caught:
        read(HiveJsonSerDe(("bbb",)))
    assert caught.value.code == "InvalidArgumentException"


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def create(connection: Connection, firehose: Any) -> Callable[..., None]:
    connection.execute("CREATE DATABASE web")
    connection.execute("CREATE EXTERNAL TABLE web.t (id bigint, page string) STORED AS AVRO LOCATION 's3://lake/t/'")

    def create(serializer: dict[str, Any]) -> None:
        firehose.create_delivery_stream(
            DeliveryStreamName="clicks",
            ExtendedS3DestinationConfiguration=lake(
                DataFormatConversionConfiguration={
                    "SchemaConfiguration": {"DatabaseName": "web", "TableName": "t", "RoleARN": ROLE},
                    "InputFormatConfiguration": {"Deserializer": {"HiveJsonSerDe": {}}},
                    "OutputFormatConfiguration": {"Serializer": serializer},
                }
            ),
        )

    return create


def test_parquet_is_written_as_it_is_told(firehose: Any, create: Callable[..., None], objects: Objects) -> None:
    create({"ParquetSerDe": {"Compression": "GZIP", "EnableDictionaryCompression": True, "WriterVersion": "V2"}})
    records = [{"Data": b'{"id": %d, "page": "p"}' % number} for number in range(100)]
    firehose.put_record_batch(DeliveryStreamName="clicks", Records=[*records, {"Data": b'{"id": "no"}'}])
    firehose.flush(DeliveryStreamName="clicks")
    found = objects()
    (content,) = [one for name, one in found.items() if name.endswith(".parquet")]
    column = pq.ParquetFile(pa.BufferReader(content)).metadata.row_group(0).column(1)
    assert (column.compression, column.has_dictionary_page, column.num_values) == ("GZIP", True, 100)
    assert content[column.data_page_offset : column.data_page_offset + 2] == bytes([0x15, 6])
    (lines,) = [one for name, one in found.items() if "format-conversion-failed" in name]
    said = json.loads(lines)
    assert base64.b64decode(said["rawData"]) == b'{"id": "no"}'
    assert said["dataCatalogTable"]["tableName"] == "t"


def test_orc_is_written_as_it_is_told(firehose: Any, create: Callable[..., None], objects: Objects) -> None:
    create({"OrcSerDe": {"Compression": "ZLIB", "RowIndexStride": 1000, "FormatVersion": "V0_11"}})
    firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b'{"id": 1}'})
    firehose.flush(DeliveryStreamName="clicks")
    ((_, content),) = objects().items()
    found = orc.ORCFile(pa.BufferReader(content))
    assert (found.compression, found.row_index_stride, found.file_version) == ("ZLIB", 1000, "0.11")
    assert found.read().to_pylist() == [{"id": 1, "page": None}]


@pytest.mark.parametrize(
    ("serializer", "text"),
    [
        ({"ParquetSerDe": {"MaxPaddingBytes": 1}}, "MaxPaddingBytes"),
        ({"OrcSerDe": {"EnablePadding": True}}, "EnablePadding"),
        ({"ParquetSerDe": {}, "OrcSerDe": {}}, "Serializer must be one of"),
        ({"ParquetSerDe": {"PageSizeBytes": 1}}, "PageSizeBytes|pageSizeBytes"),
    ],
)
def test_what_files_cannot_be_is_refused(create: Callable[..., None], serializer: dict[str, Any], text: str) -> None:
    with pytest.raises(Exception, match=text):
        create(serializer)
