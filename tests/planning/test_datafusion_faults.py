"""What DataFusion answers wrongly, and the engine works around.

Each test holds the wrong answer, so that it fails once DataFusion is mended and the workaround can go.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datafusion import SessionContext


@pytest.fixture
def datafusion() -> SessionContext:
    return SessionContext()


def rows(context: SessionContext, sql: str) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in context.sql(sql).to_pylist()), key=repr)


def test_except_all_drops_every_equal_row(datafusion: SessionContext) -> None:
    sql = "SELECT * FROM (VALUES (4), (4), (4)) AS t(a) EXCEPT ALL SELECT * FROM (VALUES (4)) AS u(a)"
    assert rows(datafusion, sql) == [], "owlake.planning.multiplicities can go"


def test_intersect_all_keeps_every_equal_row(datafusion: SessionContext) -> None:
    sql = "SELECT * FROM (VALUES (4), (4), (4)) AS t(a) INTERSECT ALL SELECT * FROM (VALUES (4)) AS u(a)"
    assert rows(datafusion, sql) == [(4,), (4,), (4,)], "owlake.planning.multiplicities can go"


GROUPED_TWICE = """
    (SELECT k, b FROM (SELECT DISTINCT a AS k FROM (VALUES (1), (2)) AS t(a))
     CROSS JOIN (VALUES (10), (20)) AS u(b) GROUP BY k, b)
"""


def test_a_group_key_is_dropped_that_another_seems_to_determine(datafusion: SessionContext) -> None:
    sql = f"SELECT count(*) FROM (SELECT k, count(*) AS n FROM {GROUPED_TWICE} GROUP BY k, b)"
    assert rows(datafusion, sql) == [(2,)], "owlake.planning.dependencies can go"


def test_a_sort_key_is_dropped_that_another_seems_to_determine(datafusion: SessionContext) -> None:
    plan = datafusion.sql(f"SELECT k, b FROM {GROUPED_TWICE} ORDER BY k, b").optimized_logical_plan().display()
    assert plan == "Sort: k ASC NULLS LAST", "eliminate_duplicated_expr can stay in owlake.execution.context"


def test_the_one_input_of_a_union_with_rows_must_have_the_names_of_the_first(datafusion: SessionContext) -> None:
    sql = """SELECT n FROM ((SELECT CAST(4 AS INT) AS m) UNION
                            (SELECT t.a + 1 AS k FROM (SELECT 1 AS a) AS t LIMIT 10)) AS w(n) WHERE n < 4"""
    with pytest.raises(Exception, match="No field named"):
        rows(datafusion, sql)


def test_a_filter_above_a_right_join_prunes_the_other_side(tmp_path: Path, datafusion: SessionContext) -> None:
    """``t.b IS NULL`` is asked of the statistics of ``s.b``, which has no NULL."""
    for name, values in (("t", [3, 1]), ("s", [2])):
        pq.write_table(pa.table({"a": values, "b": values}), tmp_path / f"{name}.parquet")
        datafusion.register_parquet(name, str(tmp_path / f"{name}.parquet"))
    sql = "SELECT t.b AS x, s.b AS y FROM t RIGHT JOIN s ON t.a = s.b AND t.a <> 3 WHERE t.b IS NULL"
    assert rows(datafusion, sql) == [], "owlake.planning.relations need not name columns apart"
    apart = sql.replace("t RIGHT JOIN s", "t RIGHT JOIN (SELECT a AS c, b AS d FROM s) AS s").replace("s.b", "s.d")
    assert rows(datafusion, apart) == [(None, 2)]


def test_a_join_by_fields_of_rows_loses_the_names_of_its_columns(tmp_path: Path, datafusion: SessionContext) -> None:
    pq.write_table(pa.table({"k": [1], "r": [{"a": 1, "c": 1}]}), tmp_path / "rows.parquet")
    datafusion.register_parquet("s", str(tmp_path / "rows.parquet"))
    a = "CASE WHEN {0}.r IS NOT NULL THEN get_field({0}.r, 'a') END"
    sql = f"SELECT sum({a}) FROM s AS x JOIN s AS y ON {a} = y.k WHERE get_field(y.r, 'c') = 1".replace("{0}", "x")
    with pytest.raises(Exception, match="No field named"):  # else: owlake.planning.comparisons can leave keys as are
        rows(datafusion, sql)


def test_the_exclusive_or_of_a_null_with_itself_is_zero(datafusion: SessionContext) -> None:
    sql = "SELECT x ^ x AS one, x ^ y ^ x AS other FROM (VALUES (NULL, 7), (1, 5)) AS t(x, y) WHERE x IS NULL"
    assert rows(datafusion, sql) == [(0, 7)], "bitwise_xor can be native"


@pytest.fixture
def three_and_nan(tmp_path: Path) -> str:
    pq.write_table(pa.table({"f": [3.0, float("nan")]}), tmp_path / "f.parquet")
    return str(tmp_path / "f.parquet")


def test_nan_becomes_the_number_beside_it(three_and_nan: str, datafusion: SessionContext) -> None:
    datafusion.register_parquet("t", three_and_nan)
    assert rows(datafusion, "SELECT f FROM t") == [(3.0,), (3.0,)], "owlake.execution.scans.misleads can go"


@pytest.mark.parametrize(
    "condition", ["NOT (f <= 3)", "f <> 3", "f IS DISTINCT FROM 3", "f IS NOT DISTINCT FROM CAST('NaN' AS DOUBLE)"]
)
def test_a_row_group_with_nan_is_dropped(three_and_nan: str, datafusion: SessionContext, condition: str) -> None:
    datafusion.sql("SET datafusion.execution.collect_statistics = false")
    datafusion.register_parquet("t", three_and_nan)
    assert rows(datafusion, f"SELECT f FROM t WHERE {condition}") == [], "owlake.planning.comparisons can be shorter"
