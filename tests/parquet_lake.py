"""A folder of Parquet files, one a table, as external tables of owlake's and as views of DuckDB's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from owlake.home import Home
from owlake.session import Session

if TYPE_CHECKING:
    import duckdb

_HIVE_TYPES = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "float": "float",
    "double": "double",
    "string": "string",
    "string_view": "string",
    "large_string": "string",
    "date32[day]": "date",
}


def table_files(folder: Path) -> dict[str, Path]:
    """The files of a folder by the name of their table.

    Errors: FileNotFoundError where there are none.
    """
    files = {path.stem: path.absolute() for path in sorted(folder.glob("*.parquet"))}
    if not files:
        raise FileNotFoundError(f"There are no .parquet files in {folder}")
    return files


def create_tables(home: Home, files: dict[str, Path]) -> None:
    """External tables over the files, in the default database; no file is copied."""
    with Session(home) as session:
        for name, path in files.items():
            folder = home.path / "buckets" / "tables" / name
            folder.mkdir(parents=True)
            (folder / path.name).symlink_to(path)
            session.execute(
                f"CREATE EXTERNAL TABLE {name} ({_columns(path)}) STORED AS PARQUET LOCATION 's3://tables/{name}/'"
            )


def _columns(path: Path) -> str:
    return ", ".join(f"`{field.name}` {_hive_type(field.type)}" for field in pq.read_schema(path))


def _hive_type(type_: pa.DataType) -> str:
    decimal = re.fullmatch(r"decimal128\((\d+), (\d+)\)", str(type_))
    return f"decimal({decimal[1]},{decimal[2]})" if decimal else _HIVE_TYPES[str(type_)]


def duckdb_views(files: dict[str, Path]) -> duckdb.DuckDBPyConnection:
    """A connection to DuckDB where the files are views."""
    import duckdb  # noqa: PLC0415  (only what compares answers needs it)

    connection = duckdb.connect()
    for name, path in files.items():
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    return connection


def tpch_files(folder: Path, scale: float) -> dict[str, Path]:
    """TPC-H at a scale: made there by its public generator unless it is there already."""
    target = folder / f"tpch-{scale:g}"
    if not (target / "supplier.parquet").exists():
        generator = Path(sys.executable).with_name("tpchgen-cli")
        command = [str(generator), "parquet", "--scale-factor", f"{scale:g}", "--output-dir", str(target), "--quiet"]
        subprocess.run(command, check=True, capture_output=True)
    return table_files(target)
