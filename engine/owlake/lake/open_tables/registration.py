"""How tables whose metadata lies in the lake come into the catalog; what reads the metadata is loaded on use."""

from __future__ import annotations

from owlake.catalog.model import Column, Table
from owlake.errors import OwlakeError, error
from owlake.lake.storage import Storage
from owlake.types.hive import hive_type
from owlake.types.model import Array, Map, Row, RowField, Timestamp, TimestampWithTimeZone, Type


def iceberg_table_at(
    storage: Storage, database: str, name: str, location: str, metadata_file: str | None = None
) -> Table:
    """The Iceberg table at a location as the catalog keeps it, in the version of the file, else in the newest.

    Errors: ICEBERG_INVALID_METADATA, ICEBERG_MISSING_METADATA; NOT_SUPPORTED without the package pyiceberg.
    """
    try:
        from owlake.lake.iceberg.registration import table_at  # noqa: PLC0415  (an extra)
    except ImportError as problem:
        text = "Reading Iceberg tables needs the package pyiceberg"
        raise error("NOT_SUPPORTED", text, hint="pip install 'owlake[iceberg]'") from problem
    return table_at(storage, database, name, location, metadata_file)


def delta_columns(storage: Storage, name: str, location: str) -> tuple[Column, ...]:
    """The columns of the Delta table at a location, for statements that describe it; none while nothing lies there.

    Queries ask the log each time.
    """
    try:
        from owlake.lake.delta.log import load  # noqa: PLC0415  (an extra)

        found = load(storage, name, location).columns
        return tuple(Column(one.name, hive_type(_without_zones(one.type))) for one in found)
    except (ImportError, OwlakeError):
        return ()


def _without_zones(type_: Type) -> Type:
    """Hive has no timestamps with a zone."""
    match type_:
        case TimestampWithTimeZone():
            return Timestamp(type_.precision)
        case Array(element):
            return Array(_without_zones(element))
        case Map(key, value):
            return Map(_without_zones(key), _without_zones(value))
        case Row(fields):
            return Row(tuple(RowField(one.name, _without_zones(one.type)) for one in fields))
    return type_
