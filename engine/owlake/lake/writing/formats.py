"""File formats that are written, chosen by the SerDe class that the metastore names.

https://docs.aws.amazon.com/athena/latest/ug/insert-into.html
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from owlake.catalog.model import Table
from owlake.errors import error
from owlake.lake.writing.base import FileFormat
from owlake.types.hive import parse_hive_type
from owlake.types.model import Type

_FORMATS = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "parquet",
    "parquet.hive.serde.ParquetHiveSerDe": "parquet",
    "org.apache.hadoop.hive.ql.io.orc.OrcSerde": "orc",
    "org.apache.hadoop.hive.serde2.avro.AvroSerDe": "avro",
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": "delimited",
    "org.apache.hive.hcatalog.data.JsonSerDe": "json_lines",
    "org.apache.hadoop.hive.serde2.JsonSerDe": "json_lines",
    "org.openx.data.jsonserde.JsonSerDe": "json_lines",
}
"""The module of each: it loads with the first table that is written so."""
_TEXT = "org.apache.hadoop.mapred.TextInputFormat"


def file_format(table: Table) -> FileFormat:
    """How the table's files are written.

    Errors: NOT_SUPPORTED for SerDes and types that cannot be written, INVALID_TABLE_PROPERTY.
    """
    stored = table.storage
    module = _FORMATS.get(stored.serde.library)
    is_text = module in ("delimited", "json_lines")
    if module is None or (is_text and stored.input_format not in (_TEXT, "")):
        other = f" and input format {stored.input_format}" if module else ""
        raise error("NOT_SUPPORTED", f"Writing files with SerDe {stored.serde.library}{other} is not supported yet")
    columns = {column.name: parse_hive_type(column.type) for column in stored.columns}
    properties = {**table.parameters, **stored.serde.parameters}
    made: Callable[[Mapping[str, Type], Mapping[str, str]], FileFormat]
    made = importlib.import_module(f"owlake.lake.writing.{module}").file_format
    return made(columns, properties)
