"""What ANALYZE finds changes the order of joins, and never the answer."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from owlake.home import Home
from owlake.session import Session

TABLES = {
    "facts": "SELECT x AS id, x % 100 AS a, x % 50 AS b, x % 3 AS c FROM UNNEST(sequence(1, 4000)) AS t (x)",
    "other": "SELECT x AS id, x % 100 AS a, CAST(x AS varchar) AS name FROM UNNEST(sequence(1, 2000)) AS t (x)",
    "alphas": "SELECT x AS a, x % 10 AS g FROM UNNEST(sequence(0, 99)) AS t (x)",
    "betas": "SELECT x AS b, IF(x % 7 = 0, NULL, x % 7) AS h FROM UNNEST(sequence(0, 49)) AS t (x)",
}
QUERIES = [
    "SELECT g, h, f.id FROM facts f JOIN alphas ON f.a = alphas.a JOIN betas ON f.b = betas.b WHERE g = 3",
    "SELECT g, h, f.id FROM facts f, betas, alphas WHERE f.a = alphas.a AND f.b = betas.b AND h < 3",
    "SELECT count(*), sum(o.id) FROM facts f JOIN other o ON f.a = o.a JOIN betas ON f.b = betas.b AND h = 5",
    "SELECT f.*, x.* FROM facts f JOIN (SELECT a AS k, g FROM alphas WHERE g IN (1, 2)) x ON f.a = x.k AND f.id > x.g",
    "SELECT name, g FROM other o JOIN facts f ON o.a = f.a AND o.id = f.id JOIN alphas ON alphas.a = o.a AND g = f.c",
    "SELECT h, count(*) FROM facts f JOIN betas ON f.b = betas.b LEFT JOIN alphas ON f.a = alphas.a GROUP BY h",
    "SELECT f.id FROM facts f JOIN alphas ON f.a = alphas.a WHERE EXISTS (SELECT 1 FROM betas WHERE b = f.b AND h = 1)",
    "SELECT f.id, alphas.a FROM facts f, alphas WHERE f.id < 5",
    "SELECT 10 / g FROM facts f JOIN alphas ON f.a = alphas.a WHERE g > 0 AND 10 / g > 2",
]


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    with Home.open(tmp_path_factory.mktemp("joins") / "home") as home, Session(home) as opened:
        for name, query in TABLES.items():
            opened.execute(f"CREATE TABLE {name} WITH (format = 'JSON', write_compression = 'NONE') AS {query}")
        yield opened


@pytest.fixture(scope="module")
def answers(session):
    """What the queries give before anything is known of the tables; then it is found out."""
    found = [answer(session, query) for query in QUERIES]
    for name in TABLES:
        session.execute(f"ANALYZE {name}")
    return found


def answer(session: Session, query: str) -> Counter[str]:
    return Counter(map(str, session.execute(query).table().to_pylist()))


def order(session: Session, query: str) -> list[str]:
    """The tables in the order in which the engine is given them."""
    plan = session.execute(f"EXPLAIN {query}").table().column(0).to_pylist()
    return re.findall(r"TableScan\[awsdatacatalog:default\.(\w+)\]", "\n".join(plan))


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_answers_stay_the_same(session, answers, number):
    assert answer(session, QUERIES[number]) == answers[number]
    assert answers[number]


def test_small_tables_come_before_large_ones(session, answers):
    assert answers
    assert order(session, QUERIES[0])[-1] == "facts"
    assert order(session, QUERIES[1])[-1] == "facts"


def test_what_leaves_few_rows_is_joined_before_what_leaves_many(session, answers):
    """Facts and others have many rows of each key: the condition on betas comes between."""
    assert answers
    assert order(session, QUERIES[2]) in (["other", "betas", "facts"], ["betas", "facts", "other"])


def test_an_order_that_is_good_already_stays(session, answers):
    assert answers
    for tables in ("alphas JOIN facts", "facts JOIN alphas"):
        assert order(session, f"SELECT 1 FROM {tables} ON alphas.a = facts.a") == ["alphas", "facts"]


def test_a_condition_that_can_raise_keeps_the_written_order(session, answers):
    assert answers
    assert order(session, QUERIES[-1]) == ["facts", "alphas"]


def test_a_plan_shows_how_many_rows_are_expected(session, answers):
    assert answers
    plan = "\n".join(session.execute("EXPLAIN SELECT id FROM facts").table().column(0).to_pylist())
    assert "Estimates: {rows: 4000}" in plan


def test_new_files_count_in_proportion(session, answers):
    assert answers
    session.execute("CREATE TABLE grown WITH (format = 'JSON', write_compression = 'NONE') AS SELECT * FROM facts")
    session.execute("ANALYZE grown")
    session.execute("INSERT INTO grown SELECT * FROM facts")
    plan = "\n".join(session.execute("EXPLAIN SELECT id FROM grown").table().column(0).to_pylist())
    assert "Estimates: {rows: 8000}" in plan
