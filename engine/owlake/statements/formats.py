"""How Hive's clauses say a table is stored: SerDe and formats of STORED AS, parameters of ROW FORMAT.

https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from __future__ import annotations

from owlake.catalog.file_formats import (
    FILE_FORMATS,
    HCATALOG_JSON,
    HIVE_JSON,
    LAZY_SIMPLE,
    OPEN_CSV,
    OPENX_JSON,
    TEXT,
    FileFormatClasses,
)
from owlake.catalog.model import SerDeInfo, StorageDescriptor
from owlake.dialect.nodes.hive import CreateTable, DelimitedRowFormat, SerDeRowFormat
from owlake.statements.failures import semantic_error

WRITTEN_FORMATS: dict[str, FileFormatClasses] = {
    **{name: FILE_FORMATS[name] for name in ("PARQUET", "ORC", "AVRO", "TEXTFILE")},
    "JSON": FileFormatClasses(TEXT.input_format, TEXT.output_format, HCATALOG_JSON),
}
"""The values of ``format`` in CTAS and UNLOAD that can be written."""

FROM_DESERIALIZER = "from deserializer"
SERDES_WITHOUT_COMMENTS = frozenset({OPENX_JSON, HCATALOG_JSON, HIVE_JSON, OPEN_CSV})
"""SerDes that name their columns themselves: Hive shows ``from deserializer`` where a column has no comment."""


def storage_format(node: CreateTable) -> StorageDescriptor:
    """The clauses STORED AS and ROW FORMAT; columns and location are not set."""
    classes = _classes(node)
    library, parameters = classes.serde, {"serialization.format": "1"}
    match node.row_format:
        case SerDeRowFormat():
            library = node.row_format.library
            parameters |= dict(node.row_format.properties)
        case DelimitedRowFormat():
            parameters |= dict(node.row_format.properties) | _delimiters(node.row_format)
    return StorageDescriptor(
        input_format=classes.input_format,
        output_format=classes.output_format,
        serde=SerDeInfo(library, parameters),
    )


def _classes(node: CreateTable) -> FileFormatClasses:
    stored_as = node.stored_as
    if stored_as is None:
        return TEXT
    if stored_as.name is None:
        return FileFormatClasses(stored_as.input_format or "", stored_as.output_format or "", LAZY_SIMPLE)
    classes = FILE_FORMATS.get(stored_as.name.upper())
    if classes is None:
        raise semantic_error(
            f"Unrecognized file format in STORED AS clause: '{stored_as.name}'",
            hint=f"Known are {', '.join(sorted(FILE_FORMATS))}",
        )
    return classes


def _delimiters(clause: DelimitedRowFormat) -> dict[str, str]:
    if clause.lines not in (None, "\n", "\\n"):
        raise semantic_error("LINES TERMINATED BY only supports newline '\\n' right now", 10064)
    given = {
        "field.delim": clause.fields,
        "serialization.format": clause.fields,
        "escape.delim": clause.escaped,
        # Hive's own spelling, kept for the sake of everyone who reads it.
        "colelction.delim": clause.collection_items,
        "mapkey.delim": clause.map_keys,
        "line.delim": clause.lines,
        "serialization.null.format": clause.null,
    }
    return {key: value for key, value in given.items() if value is not None}
