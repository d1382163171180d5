"""Delta tables as a statement sees them: the newest version by the log, or an older one."""

from __future__ import annotations

from owlake.analysis.context import Version
from owlake.catalog.model import Table
from owlake.errors import error
from owlake.ir.sources import TableSource
from owlake.planning.lake_table import LakeView
from owlake.types.model import INTEGER_TYPES

_PLACEHOLDER = "__PLACEHOLDER__"


def delta_table(catalog: str, table: Table, lake: LakeView, version: Version | None) -> TableSource:
    """The table as its log has it, or in an older version. Errors: DELTA_LAKE_*, NOT_SUPPORTED, INVALID_ARGUMENTS."""
    try:
        from owlake.lake.delta.log import load  # noqa: PLC0415  (an extra)
    except ImportError as problem:
        text = "Reading Delta tables needs the package deltalake"
        raise error("NOT_SUPPORTED", text, hint="pip install 'owlake[delta]'") from problem
    from owlake.planning.delta_table import DeltaSource  # noqa: PLC0415  (as above)

    name = f"{table.database}.{table.name}"
    number = moment = None
    if version is not None:
        lake.tolerate(error("NOT_SUPPORTED", "This connector does not support versioned tables"))
    if version is not None and version.kind == "TIMESTAMP":
        moment = version.value
    elif version is not None:
        if version.type not in INTEGER_TYPES:
            raise error("NOT_SUPPORTED", f"Unsupported type for table version: {version.type}")
        number = version.value
    loaded = load(lake.storage, name, _location(table), version=number, moment=moment)
    return DeltaSource.of(catalog, table.database, table.name, loaded, lake)


def _location(table: Table) -> str:
    """Where the table lies: of tables that Spark enters a parameter of the SerDe says it, and the location is none."""
    stored = table.storage
    path = stored.serde.parameters.get("path")
    return path if path is not None and stored.location.endswith(_PLACEHOLDER) else stored.location
