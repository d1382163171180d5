"""Reading PostgreSQL, beside the driver's own fetch of the same rows into Arrow."""

from __future__ import annotations

from collections.abc import Iterator

import adbc_driver_postgresql.dbapi as driver
import pyarrow as pa

import owlake
from tests.benchmarks.measuring import Line, Setting, best_of, milliseconds
from tests.connectors.postgresql.server import Server, attached, running_server

_ROWS = 1_000_000
_LOCAL_ROWS = 6_000_000
_LEAST = 0.7

_COLUMNS = "id, small, ratio, name, at, day, flag, price"


def run(setting: Setting) -> Iterator[Line]:
    """A scan of a million rows, and a join of them with six million of the lake."""
    with running_server() as server:
        _filled(server)
        with owlake.connect(setting.scratch / "home") as connection:
            attached(connection.home, server.url)
            query = f"SELECT {_COLUMNS} FROM pg.public.orders"

            def ours() -> pa.Table:
                return connection.execute(query).fetch_arrow_table()

            assert ours().num_rows == _fetched(server).num_rows == _ROWS
            bare, taken = best_of(setting, lambda: _fetched(server), ours)
            detail = f"{milliseconds(taken)}, the driver's own fetch {milliseconds(bare)}, {_ROWS:,} rows"
            yield Line("scan of eight columns", bare / taken, "x", _LEAST, detail, at_least=True)
            connection.execute(
                f"CREATE TABLE clicks WITH (format = 'PARQUET') AS SELECT n % {_ROWS} + 1 AS order_id, n AS click "
                f"FROM UNNEST(sequence(0, {_LOCAL_ROWS // 1000 - 1})) AS a (h) "
                "CROSS JOIN UNNEST(sequence(0, 999)) AS b (l) CROSS JOIN LATERAL (SELECT h * 1000 + l AS n)"
            )
            join = (
                "SELECT count(*), sum(c.click) FROM clicks c JOIN pg.public.orders o ON c.order_id = o.id "
                "WHERE o.name = 'name 17'"
            )
            local = connection.execute("SELECT count(*), sum(click), max(order_id) FROM clicks")
            local.fetchall()
            cursor = connection.execute(join)
            assert cursor.fetchall()[0][0] == _LOCAL_ROWS // _ROWS
            assert cursor.query_execution is not None
            assert local.query_execution is not None
            read = cursor.query_execution.bytes_scanned - local.query_execution.bytes_scanned
            (taken,) = best_of(setting, lambda: connection.execute(join).fetchall())
            yield Line(
                "bytes of the remote side of a join", read, "B", 100, f"one row of {_ROWS:,}; {milliseconds(taken)}"
            )


def _filled(server: Server) -> None:
    server.run(
        "CREATE TABLE orders AS SELECT i::bigint AS id, (i % 1000)::int AS small, i * 1.5::float8 AS ratio, "
        "'name ' || i AS name, TIMESTAMP '2024-01-01' + i * INTERVAL '1 second' AS at, "
        "DATE '2024-01-01' + (i % 1000)::int AS day, i % 2 = 0 AS flag, (i / 100.0)::numeric(12,2) AS price "
        f"FROM generate_series(1, {_ROWS}) i",
        "ANALYZE orders",
    )


def _fetched(server: Server) -> pa.Table:
    with driver.connect(server.url) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM orders")
        return cursor.fetch_arrow_table()
