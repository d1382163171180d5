"""Merging files of one kind into fewer: no value is interpreted, so nothing of what the files hold is lost.

What files are read as is the table's affair and may change; what is in them stays: columns that the table does not
have, types that are finer than the table's, lines that do not parse.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping

from owlake.catalog.model import StorageDescriptor
from owlake.errors import error
from owlake.execution.executor import Executor
from owlake.lake.storage import Storage
from owlake.upkeep.merging.base import Mergeable, Merger, PieceWriter

__all__ = ["Mergeable", "Merger", "PieceWriter", "merger_of"]

_MODULES = {
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "parquet",
    "parquet.hive.serde.ParquetHiveSerDe": "parquet",
    "org.apache.hadoop.hive.ql.io.orc.OrcSerde": "orc",
    "org.apache.hadoop.hive.serde2.avro.AvroSerDe": "avro",
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": "lines",
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": "lines",
    "org.apache.hive.hcatalog.data.JsonSerDe": "lines",
    "org.apache.hadoop.hive.serde2.JsonSerDe": "lines",
    "org.openx.data.jsonserde.JsonSerDe": "lines",
    "org.apache.hadoop.hive.serde2.RegexSerDe": "lines",
    "org.apache.hadoop.hive.contrib.serde2.RegexSerDe": "lines",
    "com.amazonaws.glue.serde.RegexSerDe": "lines",
    "com.amazonaws.glue.serde.GrokSerDe": "lines",
}
"""The module of each SerDe: it loads with the first files that are merged so."""
_TEXT = "org.apache.hadoop.mapred.TextInputFormat"


def merger_of(stored: StorageDescriptor, properties: Mapping[str, str], storage: Storage, executor: Executor) -> Merger:
    """What merges the files of a table or partition. ``properties`` are the table's, with those of its SerDe.

    Errors: NOT_SUPPORTED for files that cannot be merged, or not in the order that the table wants.
    """
    module = _MODULES.get(stored.serde.library)
    if module is None or (module == "lines" and stored.input_format not in (_TEXT, "")):
        other = f" and input format {stored.input_format}" if module else ""
        raise error("NOT_SUPPORTED", f"Files with SerDe {stored.serde.library}{other} cannot be compacted")
    if stored.sort_columns and module != "parquet":
        raise error("NOT_SUPPORTED", "Sorted tables of other formats than Parquet cannot be compacted")
    made: Callable[[StorageDescriptor, Mapping[str, str], Storage, Executor], Merger]
    made = importlib.import_module(f"owlake.upkeep.merging.{module}").merger
    return made(stored, properties, storage, executor)
