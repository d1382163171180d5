"""What a query over an Iceberg table would read, and when its result is given again."""

from __future__ import annotations

import pyarrow as pa
import pytest

from owlake.session import Session


def _numbers(first: int, last: int) -> pa.Table:
    return pa.table({"n": range(first, last), "s": [f"x{number}" for number in range(first, last)]})


@pytest.mark.parametrize(
    ("sql", "files"),
    [
        ("SELECT n FROM t", 2),
        ("SELECT s FROM t WHERE n < 100", 1),
        ("SELECT s FROM t WHERE n > 6000", 1),
    ],
)
def test_the_estimate_is_what_is_read(iceberg, sql, files):
    table = iceberg.written(_numbers(0, 5_000))
    table.append(_numbers(5_000, 7_000))
    iceberg.register(table)
    ((found, size, _, bound, _),) = iceberg.rows(f"EXPLAIN (TYPE COST) {sql}")
    assert (found, bound) == (files, "exact")
    assert iceberg.scanned(sql) == size


def test_a_result_is_given_again_for_the_same_snapshot(iceberg):
    table = iceberg.written(_numbers(0, 10))
    iceberg.register(table)
    first = table.current_snapshot().snapshot_id
    with Session(iceberg.home, properties={"result_reuse_max_age": 60}) as session:

        def asked(sql: str) -> tuple[int, bool]:
            result = session.execute(sql)
            return result.table()[0].to_pylist()[0], result.execution.reused_previous_result

        then, now = f"SELECT sum(n) FROM t FOR VERSION AS OF {first}", "SELECT sum(n) FROM t"
        assert [asked(now), asked(now), asked(then), asked(then)] == [(45, False), (45, True), (45, False), (45, True)]
        table.append(_numbers(10, 20))
        iceberg.register(table)
        assert [asked(now), asked(now)] == [(190, False), (190, True)]
        table.delete("n = 19")
        iceberg.register(table)
        assert [asked(now), asked(now)] == [(171, False), (171, True)]
        assert asked('SELECT count(*) FROM "t$snapshots"')[1] is False
        assert asked('SELECT count(*) FROM "t$snapshots"')[1] is False
