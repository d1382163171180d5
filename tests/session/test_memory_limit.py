"""A query over four times its memory limit finishes: what does not fit is on disk meanwhile."""

from __future__ import annotations

from pathlib import Path

import owlake

_MEGABYTES = 128
_BIG = (
    "SELECT x * 1000 + y AS id, to_hex(sha256(CAST(CAST(x * 1000 + y AS varchar) AS varbinary))) AS k, "
    "to_hex(sha512(CAST(CAST(y AS varchar) AS varbinary))) AS v "
    f"FROM UNNEST(sequence(1, {(_MEGABYTES << 20) // 200 // 1000})) AS a(x), UNNEST(sequence(0, 999)) AS b(y)"
)


def test_sorts_and_groups_spill(tmp_path: Path) -> None:
    with owlake.connect(tmp_path) as connection:
        connection.execute(
            f"CREATE TABLE big WITH (format = 'PARQUET', external_location = 's3://lake/big/') AS {_BIG}"
        )
        (rows,) = connection.execute("SELECT count(*) FROM big").fetchone() or (0,)
    with owlake.connect(tmp_path, session_properties={"memory_limit": f"{_MEGABYTES // 4} MB"}) as limited:
        keys = [key for (key,) in limited.execute("SELECT k FROM big ORDER BY k, v").fetchall()]
        assert len(keys) == rows
        assert keys == sorted(keys)
        groups = limited.execute(
            "SELECT count(*), sum(c) FROM (SELECT k, count(*) AS c FROM big GROUP BY k)"
        ).fetchall()
        assert groups == [(rows, rows)]
