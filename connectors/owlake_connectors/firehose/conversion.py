"""JSON records converted to the columns of a table of the catalog, in files of Parquet or ORC.

https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from owlake.spi import (
    Home,
    WrittenFormat,
    catalog_model,
    error,
    file_formats,
    parse_hive_type,
    written_format,
)
from owlake_connectors.firehose.configuration import check_conversion, record_format
from owlake_connectors.firehose.row_reading import RowReader, table_details
from owlake_connectors.firehose.shapes import DataFormatConversionConfiguration, OrcSerDe, ParquetSerDe

_PARQUET, _ORC = ".parquet", ".orc"


@dataclass(frozen=True, slots=True)
class Converter:
    """Makes files of the records of one delivery."""

    reader: RowReader
    files: WrittenFormat


def ending_of(configuration: DataFormatConversionConfiguration) -> str:
    """What files end with."""
    output = configuration.output_format_configuration
    serializer = output.serializer if output is not None else None
    return _ORC if serializer is not None and serializer.orc_ser_de is not None else _PARQUET


def converter(home: Home, configuration: DataFormatConversionConfiguration) -> Converter:
    """The converter for a table as it is now, in the version that the configuration says.

    Errors: those of the catalog where there is no such table; NOT_SUPPORTED for types that cannot be written.
    """
    check_conversion(configuration)
    schema = configuration.schema_configuration
    assert schema is not None
    with home.metastore.read() as catalog:
        table = catalog.find_table(schema.database_name or "", schema.table_name or "")
    if table is None:
        text = f"The table {schema.database_name}.{schema.table_name} of the schema does not exist in the catalog"
        raise error("EntityNotFoundException", text)
    columns = {one.name: parse_hive_type(one.type) for one in table.storage.columns}
    records = record_format(columns, configuration.input_format_configuration)
    details = table_details(table.database, table.name, schema.version_id or "LATEST")
    return Converter(RowReader(list(columns), records, details), _files(table, configuration))


def _files(table: catalog_model.Table, configuration: DataFormatConversionConfiguration) -> WrittenFormat:
    """Files with the table's columns, in the format of the serializer whatever the table's own is."""
    output = configuration.output_format_configuration
    assert output is not None
    assert output.serializer is not None
    parquet, orc = output.serializer.parquet_ser_de, output.serializer.orc_ser_de
    classes = file_formats.FILE_FORMATS["ORC" if orc is not None else "PARQUET"]
    storage = replace(
        table.storage,
        input_format=classes.input_format,
        output_format=classes.output_format,
        serde=catalog_model.SerDeInfo(library=classes.serde),
    )
    properties = _orc_properties(orc) if orc is not None else _parquet_properties(parquet or ParquetSerDe())
    return written_format(replace(table, storage=storage, parameters=properties))


def _parquet_properties(settings: ParquetSerDe) -> dict[str, str]:
    """The properties of a table whose files are written so."""
    return _given(
        {
            "parquet.compression": settings.compression or "SNAPPY",
            "parquet.block.size": settings.block_size_bytes,
            "parquet.page.size": settings.page_size_bytes,
            "parquet.enable.dictionary": bool(settings.enable_dictionary_compression),
            "parquet.writer.version": settings.writer_version,
        }
    )


def _orc_properties(settings: OrcSerDe) -> dict[str, str]:
    """As for Parquet. HDFS's blocks matter to padding alone, which is not done."""
    return _given(
        {
            "orc.compress": settings.compression or "SNAPPY",
            "orc.stripe.size": settings.stripe_size_bytes,
            "orc.row.index.stride": settings.row_index_stride,
            "orc.bloom.filter.columns": ",".join(settings.bloom_filter_columns or ()) or None,
            "orc.bloom.filter.fpp": settings.bloom_filter_false_positive_probability,
            "orc.dictionary.key.threshold": settings.dictionary_key_threshold,
            "orc.write.format": settings.format_version and settings.format_version[1:].replace("_", "."),
        }
    )


def _given(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
