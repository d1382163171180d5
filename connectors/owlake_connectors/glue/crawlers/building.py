"""From what was found to tables of the Data Catalog: names, columns, SerDes and the parameters that crawlers write."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from owlake.spi import catalog_model, file_formats
from owlake_connectors.glue.crawlers.classification.found import DOCUMENTS, QUOTED
from owlake_connectors.glue.crawlers.classification.json import PATH
from owlake_connectors.glue.crawlers.folders import Found
from owlake_connectors.glue.crawlers.grouping import TableFound
from owlake_connectors.glue.crawlers.inference.types import STRING, Field, FoundType, type_text

UPDATED_BY = "UPDATED_BY_CRAWLER"
DEPRECATED_BY = "DEPRECATED_BY_CRAWLER"
MEASURES = frozenset({"averageRecordSize", "objectCount", "recordCount", "sizeKey"})
"""What changes with every file; a table is not another one for it."""

_ILLEGAL = re.compile(r"[^a-z0-9_]")
_LONGEST_NAME = 128
_HASH = 32


@dataclass(frozen=True, slots=True)
class Author:
    """Whose tables are built, and how.

    Attributes:
        inherits: InheritFromTable: partitions take the table's columns.
    """

    crawler: str
    database: str
    exclusions: Sequence[str] = ()
    inherits: bool = False


@dataclass(frozen=True, slots=True)
class Built:
    """A table as a crawl would have it, with its partitions by their values."""

    table: catalog_model.Table
    partitions: Mapping[tuple[str, ...], catalog_model.Partition]
    found: TableFound


def table_name(location: str, prefix: str) -> str:
    """The name of a table: that of its folder or file, as far as names go."""
    last = location.rstrip("/").rpartition("/")[2]
    return (prefix + _ILLEGAL.sub("_", last.lower()))[:_LONGEST_NAME]


def other_name(name: str, location: str) -> str:
    """The name of a table whose name is taken: with a digest of where it lies."""
    digest = hashlib.md5(location.encode(), usedforsecurity=False).hexdigest()
    return f"{name[: _LONGEST_NAME - _HASH - 1]}_{digest}"


def build(found: TableFound, name: str, author: Author) -> Built:
    """The table of this name."""
    keys = _keys(found)
    columns = _columns(found.found, [key.name for key in keys])
    storage = _storage(found.found, columns, found.location)
    table = catalog_model.Table(
        author.database,
        name,
        storage,
        keys,
        parameters=_parameters(found.found, author),
        owner="owner",
    )
    partitions = {
        one.values: catalog_model.Partition(
            one.values,
            _partition_storage(one.found, one.location, storage, keys, inherits=author.inherits),
            _parameters(one.found, author),
        )
        for one in found.partitions
    }
    return Built(table, partitions, found)


def _keys(found: TableFound) -> tuple[catalog_model.Column, ...]:
    names: list[str] = []
    unnamed = 0
    for key in found.keys:
        name = key
        if name is None:
            name, unnamed = f"partition_{unnamed}", unnamed + 1
        names.append(_free(name, names))
    return tuple(catalog_model.Column(name, "string") for name in names)


def _columns(found: Found, keys: Sequence[str]) -> tuple[catalog_model.Column, ...]:
    """A column that is called as a key: left out where columns are found by name, another name by place."""
    columns: list[catalog_model.Column] = []
    taken = [*keys, *(one.name for one in found.columns)]
    for one in found.columns:
        name = one.name
        if name in keys:
            if not found.layout.is_positional:
                continue
            name = _free(name, taken)
        columns.append(catalog_model.Column(name, type_text(_written(one, found))))
    return tuple(columns)


def _written(column: Field, found: Found) -> FoundType:
    """OpenCSVSerde is for texts: of nothing it makes no NULL."""
    return STRING if QUOTED in found.flags else column.type


def _free(name: str, taken: Iterable[str]) -> str:
    number = 0
    free = name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _storage(found: Found, columns: tuple[catalog_model.Column, ...], location: str) -> catalog_model.StorageDescriptor:
    classes, parameters = _serde(found, columns)
    return catalog_model.StorageDescriptor(
        columns=columns,
        location=location,
        input_format=classes.input_format,
        output_format=classes.output_format,
        compressed=found.compression != "none",
        serde=catalog_model.SerDeInfo(classes.serde, parameters),
    )


def _partition_storage(
    found: Found,
    location: str,
    table: catalog_model.StorageDescriptor,
    keys: tuple[catalog_model.Column, ...],
    *,
    inherits: bool,
) -> catalog_model.StorageDescriptor:
    """Only Parquet is read by a partition's own columns; elsewhere the table's say what its text means."""
    columns = table.columns
    if found.layout.classification == "parquet" and not inherits:
        own = _columns(found, [key.name for key in keys])
        columns = columns if own == columns else own
    return catalog_model.StorageDescriptor(
        columns,
        location,
        table.input_format,
        table.output_format,
        table.compressed,
        serde=table.serde,
    )


def _serde(
    found: Found, columns: Sequence[catalog_model.Column]
) -> tuple[file_formats.FileFormatClasses, dict[str, str]]:
    layout = found.layout
    classes = layout.classes
    parameters = dict(layout.serde_parameters)
    if layout.classification == "csv":
        return _csv_serde(found, classes, parameters)
    if classes.serde == file_formats.OPENX_JSON:
        parameters["paths"] = ",".join(sorted(one.name for one in columns))
        parameters |= {f"mapping.{name}": key for name, key in found.mappings}
    elif found.schema is not None:
        parameters["avro.schema.literal"] = found.schema
    return classes, parameters


def _csv_serde(
    found: Found, classes: file_formats.FileFormatClasses, parameters: dict[str, str]
) -> tuple[file_formats.FileFormatClasses, dict[str, str]]:
    quote = parameters.pop("quoteChar", '"')
    if QUOTED not in found.flags:
        return classes, parameters
    # Programs that write CSV double their quotes; a backslash is one.
    quoted = {"separatorChar": parameters["field.delim"], "quoteChar": quote, "escapeChar": "\0"}
    return classes._replace(serde=file_formats.OPEN_CSV), quoted


def _parameters(found: Found, author: Author) -> dict[str, str]:
    parameters = dict(found.layout.parameters)
    if "areColumnsQuoted" in parameters and QUOTED in found.flags:
        parameters["areColumnsQuoted"] = "true"
    if DOCUMENTS in found.flags:
        parameters.setdefault(PATH, "$")
    parameters |= {
        "classification": found.layout.classification,
        "compressionType": found.compression,
        "typeOfData": "file",
        "objectCount": str(found.files),
        "recordCount": str(found.records),
        "averageRecordSize": str(found.size // found.records if found.records else 0),
        "sizeKey": str(found.size),
        "CrawlerSchemaSerializerVersion": "1.0",
        "CrawlerSchemaDeserializerVersion": "1.0",
        UPDATED_BY: author.crawler,
    }
    if author.exclusions:
        parameters["exclusions"] = json.dumps(list(author.exclusions))
    return parameters
