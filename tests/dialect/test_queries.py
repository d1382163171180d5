"""Queries of the Trino side."""

import pytest

from owlake.dialect.parser import parse_query
from tests.dialect.rendering import render

SELECT = [
    ("SELECT 1", "(select 1)"),
    ("SELECT a, b AS c, d e", "(select a (as b c) (as d e))"),
    ("SELECT DISTINCT a", "(select-distinct a)"),
    ("SELECT ALL a", "(select a)"),
    ("SELECT all FROM t", "(select all from:t)"),
    ("SELECT *, t.*, a.b.*", "(select * t.* a.b.*)"),
    ("SELECT f(x).* AS (a, b)", "(select (as (f x).* [a b]))"),
    ("SELECT (SELECT 1).*", "(select (scalar (select 1)).*)"),
    ("SELECT ROW(1, 2).*", "(select (row 1 2).*)"),
    ('SELECT a "A b"', '(select (as a "A b"))'),
    ("SELECT a FROM t WHERE b GROUP BY c HAVING d", "(select a from:t where:b group_by:[c] having:d)"),
    ("SELECT 1 WHERE true", "(select 1 where:true)"),
    ("SELECT'a'FROM t", "(select 'a' from:t)"),
    ("SELECT*FROM t", "(select * from:t)"),
]

SOFT_KEYWORDS = [
    ("SELECT a limit", "(select (as a limit))"),
    ("SELECT a LIMIT 1", "(query (select a) limit:1)"),
    ("SELECT a limit LIMIT 1", "(query (select (as a limit)) limit:1)"),
    ("SELECT a FROM t LIMIT ALL", "(query (select a from:t) limit:all)"),
    ("SELECT a FROM t offset", "(select a from:(alias t offset))"),
    ("SELECT a FROM t OFFSET 2", "(query (select a from:t) offset:2)"),
    ("SELECT a FROM t fetch", "(select a from:(alias t fetch))"),
    ("SELECT a FROM t window", "(select a from:(alias t window))"),
    ("SELECT a FROM t WINDOW w AS ()", "(select a from:t windows:[(w (window))])"),
    ("SELECT a FROM t tablesample", "(select a from:(alias t tablesample))"),
    ("SELECT a FROM t match_recognize (x, y)", "(select a from:(alias t match_recognize [x y]))"),
    ("SELECT sum(a) over FROM t", "(select (as (sum a) over) from:t)"),
    ("SELECT sum(a) filter FROM t", "(select (as (sum a) filter) from:t)"),
    ("SELECT sum(a) ignore", "(select (as (sum a) ignore))"),
    ("SELECT a at", "(select (as a at))"),
    ("SELECT date, year, timestamp FROM t", "(select date year timestamp from:t)"),
    ("SELECT show, role, view, data", "(select show role view data)"),
]

GROUPING = [
    ("a, b + 1", "[a (+ b 1)]"),
    ("1, 2", "[1 2]"),
    ("(a, b), c", "[[a b] c]"),
    ("(a)", "[a]"),
    ("()", "[[]]"),
    ("(a + b) * 2", "[(* (+ a b) 2)]"),
    ("(a).x", "[a.x]"),
    ("(SELECT 1)", "[(scalar (select 1))]"),
    ("DISTINCT a", "(distinct a)"),
    ("ALL a", "[a]"),
    ("GROUPING SETS ((a, b), (a), ())", "[(sets [a b] [a] [])]"),
    ("GROUPING SETS (a, (b, c))", "[(sets [a] [b c])]"),
    ("CUBE (a, b)", "[(cube [a] [b])]"),
    ("ROLLUP (a, (b, c))", "[(rollup [a] [b c])]"),
    ("a, CUBE (b), ROLLUP ()", "[a (cube [b]) (rollup)]"),
]

TAILS = [
    ("ORDER BY a, b DESC", "order_by:[a (b desc)]"),
    ("ORDER BY a NULLS LAST, b DESC NULLS FIRST", "order_by:[(a nulls-last) (b desc nulls-first)]"),
    ("OFFSET 2 ROWS", "offset:2"),
    ("OFFSET ? LIMIT ?", "offset:?0 limit:?1"),
    ("LIMIT 10", "limit:10"),
    ("FETCH FIRST ROW ONLY", "limit:(fetch 1)"),
    ("FETCH NEXT 5 ROWS WITH TIES", "limit:(fetch 5 with_ties)"),
    ("ORDER BY 1 OFFSET 2 FETCH FIRST ? ROWS ONLY", "order_by:[1] offset:2 limit:(fetch ?0)"),
]

SETS = [
    ("SELECT 1 UNION SELECT 2", "(union (select 1) (select 2))"),
    ("SELECT 1 UNION DISTINCT SELECT 2 UNION SELECT 3", "(union (select 1) (select 2) (select 3))"),
    ("SELECT 1 UNION ALL SELECT 2 UNION SELECT 3", "(union (union-all (select 1) (select 2)) (select 3))"),
    ("SELECT 1 EXCEPT SELECT 2 EXCEPT SELECT 3", "(except (select 1) (select 2) (select 3))"),
    ("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "(union (select 1) (intersect (select 2) (select 3)))"),
    ("SELECT 1 INTERSECT ALL SELECT 2 EXCEPT SELECT 3", "(except (intersect-all (select 1) (select 2)) (select 3))"),
    ("SELECT 1 UNION (SELECT 2 UNION SELECT 3)", "(union (select 1) (union (select 2) (select 3)))"),
    ("(SELECT 1 LIMIT 1) UNION ALL (SELECT 2)", "(union-all (query (select 1) limit:1) (select 2))"),
    ("SELECT 1 UNION SELECT 2 ORDER BY 1 LIMIT 3", "(query (union (select 1) (select 2)) order_by:[1] limit:3)"),
    ("((SELECT 1))", "(select 1)"),
    ("(SELECT 1) LIMIT 2", "(query (select 1) limit:2)"),
    ("TABLE a.b", "a.b"),
    ("VALUES 1, (2), (3, 'x')", "(values 1 2 (row 3 'x'))"),
    ("VALUES ROW(1) UNION TABLE t", "(union (values (row 1)) t)"),
]

WITHS = [
    ("WITH a AS (SELECT 1) SELECT * FROM a", "(query (select * from:a) with:(with (a (select 1))))"),
    (
        "WITH a (x, y) AS (VALUES (1, 2)), b AS (TABLE a) TABLE b",
        "(query b with:(with (a (values (row 1 2)) columns:[x y]) (b a)))",
    ),
    (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t",
        "(query (select n from:t) with:(recursive (t (union-all (select 1) (select (+ n 1) from:t)) columns:[n])))",
    ),
    ('WITH"w"AS(SELECT 1)TABLE w', '(query w with:(with ("w" (select 1))))'),
]


@pytest.mark.parametrize(("text", "tree"), SELECT + SETS + WITHS)
def test_a_query_has_the_tree_that_trinos_grammar_gives_it(text: str, tree: str) -> None:
    assert render(parse_query(text)) == tree


@pytest.mark.parametrize(("text", "tree"), SOFT_KEYWORDS)
def test_a_word_that_may_be_a_name_begins_a_clause_only_where_one_goes_on(text: str, tree: str) -> None:
    assert render(parse_query(text)) == tree


@pytest.mark.parametrize(("text", "tree"), GROUPING)
def test_group_by_tells_sets_from_expressions_in_parentheses(text: str, tree: str) -> None:
    assert render(parse_query(f"SELECT 1 GROUP BY {text}")) == f"(select 1 group_by:{tree})"


@pytest.mark.parametrize(("text", "tree"), TAILS)
def test_a_query_ends_with_order_offset_and_limit(text: str, tree: str) -> None:
    assert render(parse_query(f"SELECT 1 {text}")) == f"(query (select 1) {tree})"


def test_windows_are_named_after_having() -> None:
    text = "SELECT 1 FROM t HAVING a WINDOW w AS (PARTITION BY b), v AS (w ORDER BY c)"
    windows = "[(w (window partition_by:[b])) (v (window existing_window:w order_by:[c]))]"
    assert render(parse_query(text)) == f"(select 1 from:t having:a windows:{windows})"
