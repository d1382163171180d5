"""The pipeline in SQL alone: what comes to the lake is what DuckDB reads in the raw files, to the row and the cent."""

from __future__ import annotations

from decimal import Decimal

import duckdb

from tests.shell.conftest import Owlake
from tests.shell.test_tour import FLIGHTS, ROOT

PIPELINE = ROOT / "datasets" / "tours" / "pipeline.sql"


def test_the_pipeline_delivers_every_flight(owlake: Owlake) -> None:
    ran = owlake("--bucket", f"nyc={FLIGHTS}", "run", str(PIPELINE))
    assert ran.status == 0, ran.err
    rows = [line.split() for line in ran.out.splitlines() if line]
    assert ["DELIVERED", "365", "336776"] in rows
    (flights, fares), top = _raw()
    assert rows[-1][1:] == [str(flights), str(fares), "0"]
    for carrier, count, sum_ in top:
        assert [carrier, str(count), str(sum_)] in rows


def _raw() -> tuple[tuple[int, Decimal], list[tuple[str, int, Decimal]]]:
    with duckdb.connect() as opened:
        opened.execute(
            "CREATE TABLE raw AS SELECT *, CAST(distance * 0.13 AS DECIMAL(9, 2)) AS fare"
            f" FROM read_csv('{FLIGHTS / 'flights/flights.csv.gz'}', nullstr='NA', header=true, sample_size=-1)"
        )
        total = opened.execute("SELECT count(*), sum(fare) FROM raw").fetchone()
        top = opened.execute(
            "SELECT carrier, count(*), sum(fare) FROM raw WHERE month = 7 GROUP BY 1 ORDER BY 3 DESC LIMIT 5"
        ).fetchall()
    assert total is not None
    return total, top
