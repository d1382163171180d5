"""How tables whose metadata lies in the lake come into the catalog; what reads the metadata is loaded on use."""

from __future__ import annotations

from owlake.catalog.model import Table
from owlake.errors import error
from owlake.lake.storage import Storage


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
