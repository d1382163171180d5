"""File formats, chosen by the SerDe class that the metastore names.

https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html
"""

from __future__ import annotations

from collections.abc import Callable

from owlake.catalog.model import StorageDescriptor
from owlake.errors import error
from owlake.lake.formats.base import (
    FindFormat,
    Format,
    Measured,
    ScanColumn,
    ScanRequest,
    check_has_format,
    no_format,
)
from owlake.lake.model import FileScan

__all__ = ["Format", "ScanColumn", "ScanRequest", "format_of", "magnitude", "scans"]


def scans(request: ScanRequest) -> list[FileScan]:
    """How to read the request's columns from its files. Errors: HIVE_SERDE_NOT_FOUND, NOT_SUPPORTED, HIVE_BAD_DATA."""
    return format_of(request.stored, request.plugged_format).scans(request)


def magnitude(request: ScanRequest) -> int | None:
    """A whole number that no value of the request's one column of numbers is beyond, if the files say so."""
    found = format_of(request.stored, request.plugged_format)
    return found.magnitude(request) if isinstance(found, Measured) else None


def format_of(stored: StorageDescriptor, plugged_format: FindFormat = no_format) -> Format:
    """The format of a table or partition: owlake's own, else a plugin's.

    Errors: HIVE_SERDE_NOT_FOUND, HIVE_UNSUPPORTED_FORMAT, NOT_SUPPORTED.
    """
    check_has_format(stored)
    library = stored.serde.library
    if stored.input_format in _OTHER_INPUT_FORMATS:
        raise error("NOT_SUPPORTED", f"{_OTHER_INPUT_FORMATS[stored.input_format]} files are not supported yet")
    if library in _FORMATS:
        return _FORMATS[library]()
    plugged = plugged_format(library)
    if plugged is not None:
        return plugged
    if library in _LATER:
        raise error("NOT_SUPPORTED", f"{_LATER[library]} files are not supported yet (SerDe {library})")
    raise error("HIVE_SERDE_NOT_FOUND", f"deserializer does not exist: {library}")


def _parquet() -> Format:
    from owlake.lake.formats.parquet import ParquetFormat  # noqa: PLC0415  (formats load what they read with)

    return ParquetFormat()


def _orc() -> Format:
    from owlake.lake.formats.orc import OrcFormat  # noqa: PLC0415  (as above)

    return OrcFormat()


def _avro() -> Format:
    from owlake.lake.formats.avro import AvroFormat  # noqa: PLC0415  (as above)

    return AvroFormat()


def _lazy_simple() -> Format:
    from owlake.lake.formats.lazy_simple import LazySimpleFormat  # noqa: PLC0415  (as above)

    return LazySimpleFormat()


def _open_csv() -> Format:
    from owlake.lake.formats.open_csv import OpenCsvFormat  # noqa: PLC0415  (as above)

    return OpenCsvFormat()


def _regex() -> Format:
    from owlake.lake.formats.regex import RegexFormat  # noqa: PLC0415  (as above)

    return RegexFormat()


def _grok() -> Format:
    from owlake.lake.formats.grok import GrokFormat  # noqa: PLC0415  (as above)

    return GrokFormat()


def _ion() -> Format:
    from owlake.lake.formats.ion import IonFormat  # noqa: PLC0415  (as above)

    return IonFormat()


def _openx_json() -> Format:
    from owlake.lake.formats.json_serdes import OpenXJsonFormat  # noqa: PLC0415  (as above)

    return OpenXJsonFormat()


def _hive_json() -> Format:
    from owlake.lake.formats.json_serdes import HiveJsonFormat  # noqa: PLC0415  (as above)

    return HiveJsonFormat()


_FORMATS: dict[str, Callable[[], Format]] = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": _parquet,
    "parquet.hive.serde.ParquetHiveSerDe": _parquet,
    "org.apache.hadoop.hive.ql.io.orc.OrcSerde": _orc,
    "org.apache.hadoop.hive.serde2.avro.AvroSerDe": _avro,
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": _lazy_simple,
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": _open_csv,
    "org.apache.hadoop.hive.serde2.RegexSerDe": _regex,
    "org.apache.hadoop.hive.contrib.serde2.RegexSerDe": _regex,
    "com.amazonaws.glue.serde.RegexSerDe": _regex,
    "com.amazonaws.glue.serde.GrokSerDe": _grok,
    "com.amazonaws.serde.GrokSerDe": _grok,
    "com.amazon.ionhiveserde.IonHiveSerDe": _ion,
    "org.openx.data.jsonserde.JsonSerDe": _openx_json,
    "org.apache.hive.hcatalog.data.JsonSerDe": _hive_json,
    "org.apache.hadoop.hive.serde2.JsonSerDe": _hive_json,
    # Records of CloudTrail are objects as Hive's own SerDe reads them.
    "com.amazon.emr.hive.serde.CloudTrailSerde": _hive_json,
    "com.amazon.emr.cloudtrail.CloudTrailSerde": _hive_json,
}
_LATER = {
    "org.apache.hadoop.hive.serde2.columnar.ColumnarSerDe": "RCFile",
    "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe": "RCFile",
    "org.apache.hadoop.hive.serde2.lazybinary.LazyBinarySerDe": "SequenceFile",
}
_OTHER_INPUT_FORMATS = {
    "org.apache.hadoop.mapred.SequenceFileInputFormat": "SequenceFile",
    "org.apache.hadoop.hive.ql.io.RCFileInputFormat": "RCFile",
}
