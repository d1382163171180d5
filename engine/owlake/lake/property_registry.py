"""Every property that a table can have: where it stands, what it is, what holds without it.

What checks properties, the prompt's completion and the page docs/properties.md read this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final


class Clause(Enum):
    """Where a property is written."""

    CTAS = "CREATE TABLE ... WITH (...) AS"
    UNLOAD = "UNLOAD (...) TO '...' WITH (...)"
    TABLE = "TBLPROPERTIES"
    SERDE = "WITH SERDEPROPERTIES"
    PROJECTION = "TBLPROPERTIES, after projection.<column>."


@dataclass(frozen=True, slots=True)
class TableProperty:
    """One property in one clause.

    Attributes:
        name: As it is written; of ``Clause.PROJECTION`` without ``projection.<column>.``.
        clause: Where it is written.
        type: ``varchar``, ``integer``, ``double``, ``boolean`` or ``array(varchar)``; all are texts but in a CTAS.
        description: What it says.
        default: What holds without it, as a person would write it; empty where nothing does.
        values: What it can be, where these are few.
        of: What it belongs to: SerDes, a table type, a kind of projection; empty where it is any table's.
    """

    name: str
    clause: Clause
    type: str
    description: str
    default: str = ""
    values: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


_PARQUET_CODECS = ("gzip", "lz4", "none", "snappy", "zstd")
_ORC_CODECS = ("lz4", "none", "snappy", "zlib", "zstd")
_AVRO_CODECS = ("bzip2", "deflate", "none", "snappy", "zstd")
_TEXT_CODECS = ("bzip2", "gzip", "lz4", "none", "snappy", "zstd")
_CODECS = tuple(sorted({*_PARQUET_CODECS, *_ORC_CODECS, *_AVRO_CODECS, *_TEXT_CODECS}))
_ITS_DEFAULT = "GZIP; ZLIB of ORC, DEFLATE of Avro"
_FORMATS = ("avro", "json", "orc", "parquet", "textfile")
_SWITCH = ("true", "false")
_LAZY, _CSV, _OPENX, _HIVE_JSON = "LazySimple", "OpenCSV", "OpenX JSON", "Hive JSON"
_REGEX, _GROK, _ION = "Regex", "Grok", "Ion"
_HIVE, _ICEBERG = "HIVE", "ICEBERG"
_TEXT = (_LAZY, _CSV, _OPENX, _HIVE_JSON, _REGEX, _GROK)


def _ctas() -> Iterable[TableProperty]:
    def property_(name: str, type_: str, description: str, default: str = "", **more: tuple[str, ...]) -> TableProperty:
        return TableProperty(name, Clause.CTAS, type_, description, default, **more)

    yield property_("table_type", "varchar", "The kind of table", "HIVE", values=("hive", "iceberg"))
    yield property_("format", "varchar", "The files' format", "PARQUET", values=_FORMATS)
    yield property_("write_compression", "varchar", "The files' compression", _ITS_DEFAULT, values=_CODECS)
    yield property_("parquet_compression", "varchar", "The same, of Parquet", "GZIP", values=_PARQUET_CODECS)
    yield property_("orc_compression", "varchar", "The same, of ORC", "ZLIB", values=_ORC_CODECS)
    yield property_("compression_level", "integer", "From 1 to 22, of ZSTD", "3")
    yield property_("field_delimiter", "varchar", "What stands between fields of TEXTFILE", "\\001")
    yield property_("external_location", "varchar", "The folder, which must be empty; chosen without it", of=(_HIVE,))
    yield property_("location", "varchar", "The folder", of=(_ICEBERG,))
    yield property_("is_external", "boolean", "Athena wants false of Iceberg tables", "true", values=_SWITCH)
    yield property_("partitioned_by", "array(varchar)", "The partition columns, the query's last ones", of=(_HIVE,))
    yield property_("bucketed_by", "array(varchar)", "The columns that rows are put into buckets by", of=(_HIVE,))
    yield property_("bucket_count", "integer", "How many buckets", of=(_HIVE,))
    yield property_("partitioning", "array(varchar)", "Partition fields: month(day), bucket(4, id)", of=(_ICEBERG,))


def _unload() -> Iterable[TableProperty]:
    def property_(name: str, type_: str, description: str, default: str = "", **more: tuple[str, ...]) -> TableProperty:
        return TableProperty(name, Clause.UNLOAD, type_, description, default, **more)

    yield property_("format", "varchar", "The files' format; required", values=_FORMATS)
    yield property_("compression", "varchar", "The files' compression", _ITS_DEFAULT, values=_CODECS)
    yield property_("compression_level", "integer", "From 1 to 22, of ZSTD", "3")
    yield property_("field_delimiter", "varchar", "What stands between fields of TEXTFILE", "\\001")
    yield property_("partitioned_by", "array(varchar)", "The columns that make folders, the query's last ones")


def _tables() -> Iterable[TableProperty]:
    def property_(name: str, type_: str, description: str, default: str = "", **more: tuple[str, ...]) -> TableProperty:
        return TableProperty(name, Clause.TABLE, type_, description, default, **more)

    yield property_("projection.enabled", "boolean", "Partitions are computed by projection", "false", values=_SWITCH)
    yield property_("storage.location.template", "varchar", "Where a projected partition lies", "Hive's layout")
    yield property_(
        "skip.header.line.count", "integer", "Lines left out at a file's beginning", "0", values=("1",), of=_TEXT
    )
    yield property_("jsonPath", "varchar", "Where in documents rows are: $.Records[*]", of=(_OPENX, _HIVE_JSON))
    yield property_("skip.footer.line.count", "integer", "Lines left out at a file's end", "0", of=_TEXT)
    yield property_(
        "bucketing_format", "varchar", "Whose hash the buckets are cut by", "hive", values=("hive", "spark")
    )
    yield property_(
        "bucketing_version", "integer", "Which of Hive's hashes; buckets of the first alone are left out", "1"
    )
    yield property_("write.compression", "varchar", "How INSERT compresses", _ITS_DEFAULT, values=_CODECS)
    yield property_("write_compression", "varchar", "The same, where the one above is not given", values=_CODECS)
    for name in ("parquet.compression", "parquet.compress", "parquet_compression"):
        yield property_(name, "varchar", "How INSERT compresses", "GZIP", values=_PARQUET_CODECS, of=("Parquet",))
    for name in ("orc.compress", "orc.compression", "orc_compression"):
        yield property_(name, "varchar", "How INSERT compresses", "ZLIB", values=_ORC_CODECS, of=("ORC",))
    yield property_(
        "avro.output.codec", "varchar", "How INSERT compresses", "DEFLATE", values=_AVRO_CODECS, of=("Avro",)
    )
    yield property_("compression_level", "integer", "From 1 to 22, of ZSTD", "3")
    yield from _of_writers()
    yield property_(
        "classification", "varchar", "Kept for other programs", values=("avro", "csv", "json", "orc", "parquet")
    )
    yield property_("has_encrypted_data", "boolean", "Kept for other programs", values=_SWITCH)
    yield property_("transactional", "boolean", "Kept for other programs", values=_SWITCH)
    yield property_("comment", "varchar", "What COMMENT says")
    yield property_("table_type", "varchar", "ICEBERG makes an Iceberg table", "HIVE", values=("ICEBERG",))
    yield from _of_iceberg()


def _of_writers() -> Iterable[TableProperty]:
    parquet, orc = (partial(TableProperty, clause=Clause.TABLE, of=(form,)) for form in ("Parquet", "ORC"))
    text, number, share = "varchar", "integer", "double"

    yield parquet("parquet.block.size", type=number, description="Bytes of a row group's rows", default="134217728")
    yield parquet("parquet.page.size", type=number, description="Bytes of a page", default="1048576")
    yield parquet(
        "parquet.enable.dictionary", type="boolean", description="Whether there are dictionaries", default="true",
        values=_SWITCH,
    )  # fmt: skip
    yield parquet(
        "parquet.writer.version", type=text, description="The kind of pages", default="v1", values=("v1", "v2")
    )
    yield orc("orc.stripe.size", type=number, description="Bytes of a stripe", default="67108864")
    yield orc("orc.row.index.stride", type=number, description="Rows of an entry of the index", default="10000")
    yield orc("orc.bloom.filter.columns", type=text, description="Columns with Bloom filters, between commas")
    yield orc("orc.bloom.filter.fpp", type=share, description="The share of their false answers", default="0.05")
    yield orc(
        "orc.dictionary.key.threshold", type=share, description="Most distinct values of a dictionary, as a share",
        default="0",
    )  # fmt: skip
    yield orc("orc.write.format", type=text, description="The version", default="0.12", values=("0.11", "0.12"))


def _of_iceberg() -> Iterable[TableProperty]:
    described = {
        "format": "The files' format",
        "write_target_data_file_size_bytes": "How large files are",
        "optimize_rewrite_min_data_file_size_bytes": "OPTIMIZE rewrites smaller ones",
        "optimize_rewrite_max_data_file_size_bytes": "OPTIMIZE rewrites larger ones",
        "optimize_rewrite_data_file_threshold": "OPTIMIZE rewrites as many at least",
        "optimize_rewrite_delete_file_threshold": "OPTIMIZE rewrites files with as many delete files",
        "vacuum_min_snapshots_to_keep": "VACUUM keeps as many snapshots",
        "vacuum_max_snapshot_age_seconds": "VACUUM keeps younger ones",
        "vacuum_max_metadata_files_to_keep": "VACUUM keeps as many metadata files",
    }
    for name, description in described.items():
        type_ = "varchar" if name == "format" else "integer"
        values = _FORMATS if name == "format" else ()
        yield TableProperty(name, Clause.TABLE, type_, f"{description}; kept", values=values, of=(_ICEBERG,))


def _serdes() -> Iterable[TableProperty]:
    def property_(
        name: str, description: str, default: str, *of: str, values: tuple[str, ...] = (), type_: str = "varchar"
    ) -> TableProperty:
        return TableProperty(name, Clause.SERDE, type_, description, default, values, of)

    def switch(name: str, description: str, default: str, *of: str) -> TableProperty:
        return property_(name, description, default, *of, values=_SWITCH, type_="boolean")

    json = (_OPENX, _HIVE_JSON)
    yield property_("field.delim", "What stands between fields", "\\001", _LAZY)
    yield property_("serialization.format", "The same, where field.delim is not given", "\\001", _LAZY)
    yield property_("collection.delim", "Between elements of an array or fields of a struct", "\\002", _LAZY)
    yield property_("mapkey.delim", "Between a map's key and its value", "\\003", _LAZY)
    yield property_("line.delim", "Between lines; only a line feed", "\\n", _LAZY)
    yield property_("escape.delim", "What takes a delimiter's meaning away", "", _LAZY)
    yield property_("serialization.null.format", "The text that is NULL", "\\N", _LAZY)
    yield switch("serialization.last.column.takes.rest", "The last column has the rest of the line", "false", _LAZY)
    yield switch("hive.serialization.extend.nesting.levels", "24 levels of nesting, not eight", "false", _LAZY)
    yield switch("hive.lazysimple.extended_boolean_literal", "T, F, 1 and 0 are booleans too", "false", _LAZY)
    yield property_("serialization.encoding", "The text's character set", "UTF-8", *_TEXT)
    yield property_("timestamp.formats", "Java's patterns of timestamps, with commas between", "", _LAZY, *json)
    yield property_("separatorChar", "What stands between fields", ",", _CSV)
    yield property_("quoteChar", "What stands around fields", '"', _CSV)
    yield property_("escapeChar", "What takes a character's meaning away", "\\", _CSV)
    yield switch("ignore.malformed.json", "A line that is no JSON is a row of NULLs", "false", *json)
    yield switch("case.insensitive", "Keys are found whatever their case", "true", _OPENX)
    yield switch("dots.in.keys", "A key's dot is the column's underscore", "false", _OPENX)
    yield property_("mapping.<column>", "The key of a column", "its name", _OPENX)
    yield switch("parquet.column.index.access", "Columns are found by place, not by name", "false", "Parquet")
    yield switch("orc.column.index.access", "Columns are found by place, not by name", "true", "ORC")
    yield property_("avro.schema.literal", "The reader's schema, as JSON", "the files' own", "Avro")
    yield property_("avro.schema.url", "Where the reader's schema is", "", "Avro")
    yield property_("input.regex", "Java's pattern of a line, a group for each column; required", "", _REGEX)
    yield switch("input.regex.case.insensitive", "The pattern takes letters whatever their case", "false", _REGEX)
    yield property_("input.format", "Logstash's pattern, a name for each column; required", "", _GROK)
    yield property_("input.grokCustomPatterns", "Patterns of your own, a line each", "", _GROK)
    yield switch("ion.path_extractor.case_sensitive", "Fields are found in their own case alone", "false", _ION)
    yield property_("ion.<column>.path_extractor", "Where a column is: (identification id)", "its name", _ION)
    yield switch("ion.ignore_malformed", "What is no Ion is left out", "false", _ION)
    yield switch("ion.fail_on_overflow", "A number too great for its column is an error", "true", _ION)
    yield switch("ion.<column>.fail_on_overflow", "The same, of one column", "ion.fail_on_overflow", _ION)


def _projections() -> Iterable[TableProperty]:
    def property_(
        name: str, type_: str, description: str, default: str, *of: str, values: tuple[str, ...] = ()
    ) -> TableProperty:
        return TableProperty(name, Clause.PROJECTION, type_, description, default, values, of)

    units = ("days", "hours", "minutes", "months", "seconds", "weeks", "years")
    yield property_("type", "varchar", "The kind; required", "", values=("date", "enum", "injected", "integer"))
    yield property_("values", "varchar", "The values, with commas between; required", "", "enum")
    yield property_("range", "varchar", "First and last, with a comma between; required", "", "integer", "date")
    yield property_("interval", "integer", "From one value to the next", "1", "integer", "date")
    yield property_("digits", "integer", "Zeros are put in front up to as many", "none", "integer")
    yield property_("format", "varchar", "Java's pattern of the dates; required", "", "date")
    yield property_("interval.unit", "varchar", "What interval counts", "the format's finest", "date", values=units)


PROPERTIES: Final = (*_ctas(), *_unload(), *_tables(), *_serdes(), *_projections())


def properties_of(clause: Clause) -> dict[str, TableProperty]:
    """The properties of a clause, by name."""
    return {one.name: one for one in PROPERTIES if one.clause is clause}


def iceberg_properties() -> frozenset[str]:
    """The only names that TBLPROPERTIES of an Iceberg table can have."""
    return frozenset(one.name for one in PROPERTIES if one.clause is Clause.TABLE and _ICEBERG in one.of) | {
        "table_type",
        "write_compression",
    }
