"""Relations of FROM."""

import pytest

from owlake.dialect.parser import parse_query
from tests.dialect.rendering import render

TREES = [
    ("t", "t"),
    ('a."B".c', 'a."B".c'),
    ("t AS x (a, b)", "(alias t x [a b])"),
    ("t x", "(alias t x)"),
    ("t, u", "(implicit-join t u)"),
    ("t, u, v", "(implicit-join (implicit-join t u) v)"),
    ("t CROSS JOIN u", "(cross-join t u)"),
    ("t JOIN u ON a = b", "(inner-join t u on:(= a b))"),
    ("t INNER JOIN u USING (a, b)", "(inner-join t u using:[a b])"),
    ("t LEFT JOIN u ON a", "(left-join t u on:a)"),
    ("t RIGHT OUTER JOIN u ON a", "(right-join t u on:a)"),
    ("t FULL OUTER JOIN u ON a", "(full-join t u on:a)"),
    ("t NATURAL LEFT JOIN u", "(natural-left-join t u)"),
    ("t NATURAL JOIN u", "(natural-inner-join t u)"),
    ("t JOIN u ON a JOIN v ON b", "(inner-join (inner-join t u on:a) v on:b)"),
    ("t JOIN u JOIN v ON a ON b", "(inner-join t (inner-join u v on:a) on:b)"),
    ("t JOIN u CROSS JOIN v ON a", "(inner-join t (cross-join u v) on:a)"),
    ("t JOIN (u CROSS JOIN v) ON a", "(inner-join t (cross-join u v) on:a)"),
    ("(t)", "t"),
    ("((t)) x", "(alias t x)"),
    ("(SELECT 1) x", "(alias (subquery (select 1)) x)"),
    ("((SELECT 1))", "(subquery (select 1))"),
    ("((SELECT 1) x)", "(alias (subquery (select 1)) x)"),
    ("((SELECT 1) limit)", "(alias (subquery (select 1)) limit)"),
    ("((SELECT 1) LIMIT 1)", "(subquery (query (select 1) limit:1))"),
    ("((SELECT 1) UNION SELECT 2)", "(subquery (union (select 1) (select 2)))"),
    ("((SELECT 1) x JOIN u ON a)", "(inner-join (alias (subquery (select 1)) x) u on:a)"),
    ("(VALUES 1, 2) x (a)", "(alias (subquery (values 1 2)) x [a])"),
    ("(TABLE t)", "(subquery t)"),
    ("UNNEST(a, b) WITH ORDINALITY AS x (c, d, n)", "(alias (unnest a b with_ordinality) x [c d n])"),
    ("t CROSS JOIN UNNEST(a)", "(cross-join t (unnest a))"),
    ("t, LATERAL (SELECT 1)", "(implicit-join t (lateral (select 1)))"),
    ("lateral", "lateral"),
    ("t TABLESAMPLE BERNOULLI (10)", "(bernoulli t 10)"),
    ("t x TABLESAMPLE SYSTEM (?)", "(system (alias t x) ?0)"),
    ("t FOR TIMESTAMP AS OF now() x", "(alias (table t (timestamp-as-of (now))) x)"),
    ("t FOR VERSION AS OF 5", "(table t (version-as-of 5))"),
]

FUNCTIONS = [
    ("f()", "(name:f)"),
    ("a.b.f(1, x => 'y')", "(name:a.b.f arguments:[(value:1) (name:x value:'y')])"),
    ("f(a => TABLE(t))", "(name:f arguments:[(name:a value:(table relation:t))])"),
    (
        "f(TABLE(SELECT 1) AS x (a) PARTITION BY (a, b) PRUNE WHEN EMPTY ORDER BY (c DESC))",
        (
            "(name:f arguments:[(value:(table relation:(alias (subquery (select 1)) x [a]) "
            "partition_by:[a b] order_by:[(c desc)] prune_when_empty))])"
        ),
    ),
    (
        "f(TABLE(t) PARTITION BY a KEEP WHEN EMPTY ORDER BY b, 1)",
        "(name:f arguments:[(value:(table relation:t partition_by:[a] order_by:[b])) (value:1)])",
    ),
    (
        "f(DESCRIPTOR(a, b bigint), CAST(NULL AS DESCRIPTOR))",
        "(name:f arguments:[(value:(descriptor fields:[[a -] [b bigint]])) (value:(descriptor))])",
    ),
    (
        "f(TABLE(t) PARTITION BY a, TABLE(u) PARTITION BY b COPARTITION (t, s.u))",
        (
            "(name:f arguments:[(value:(table relation:t partition_by:[a])) (value:(table relation:u "
            "partition_by:[b]))] "
            "copartition:[[t s.u]])"
        ),
    ),
]

JSON_TABLES = [
    (
        "(a, 'lax $' COLUMNS (x FOR ORDINALITY, y bigint))",
        "(path:P columns:[(ordinality-column name:x) (value-column name:y type:bigint)])",
    ),
    (
        "(a, 'lax $' COLUMNS (y varchar(3) PATH 'z' DEFAULT 1 ON EMPTY ERROR ON ERROR) ERROR ON ERROR)",
        (
            "(path:P columns:[(value-column name:y type:varchar(3) path:'z' "
            "on_empty:(json-behavior kind:DEFAULT default:1) on_error:(json-behavior kind:ERROR))] error_on_error)"
        ),
    ),
    (
        (
            "(a, 'lax $' COLUMNS (y varchar FORMAT JSON ENCODING UTF16 PATH 'z' WITH ARRAY WRAPPER KEEP QUOTES "
            "EMPTY ARRAY ON EMPTY))"
        ),
        (
            "(path:P columns:[(query-column name:y type:varchar format:UTF16 path:'z' wrapper:UNCONDITIONAL "
            "quotes:KEEP "
            "on_empty:(json-behavior kind:EMPTY ARRAY))])"
        ),
    ),
    (
        "(a, 'lax $' COLUMNS (NESTED PATH 'x' AS p COLUMNS (y date), nested varchar))",
        (
            "(path:P columns:[(nested-columns path:'x' name:p columns:[(value-column name:y type:date)]) "
            "(value-column name:nested type:varchar)])"
        ),
    ),
    (
        "(a, 'lax $' COLUMNS (y date) PLAN (p OUTER (q UNION (r CROSS s))))",
        (
            "(path:P columns:[(value-column name:y type:date)] plan:(json-table-plan kind:OUTER plans:["
            "(json-table-plan kind:LEAF name:p) (json-table-plan kind:UNION plans:[(json-table-plan kind:LEAF name:q) "
            "(json-table-plan kind:CROSS plans:[(json-table-plan kind:LEAF name:r) (json-table-plan kind:LEAF "
            "name:s)])])]))"
        ),
    ),
    (
        "(a, 'lax $' COLUMNS (y date) PLAN DEFAULT (CROSS, INNER))",
        "(path:P columns:[(value-column name:y type:date)] default_plan:[INNER CROSS])",
    ),
]

PATH = "(json-path-invocation input:(json-argument value:a) path:'lax $')"


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_relation_has_the_tree_that_trinos_grammar_gives_it(text: str, tree: str) -> None:
    assert render(parse_query(f"SELECT * FROM {text}")) == f"(select * from:{tree})"


@pytest.mark.parametrize(("text", "tree"), FUNCTIONS)
def test_a_table_function_takes_scalars_tables_and_descriptors(text: str, tree: str) -> None:
    relation = tree.replace("(table relation", "(table-argument relation").replace(
        "(value", "(table-function-argument value"
    )
    relation = relation.replace("[(name", "[(table-function-argument name").replace(
        " (name", " (table-function-argument name"
    )
    relation = relation.replace("(name:", "(table-function-invocation name:", 1)
    assert render(parse_query(f"SELECT * FROM TABLE({text})")) == f"(select * from:{relation})"


@pytest.mark.parametrize(("text", "tree"), JSON_TABLES)
def test_json_table_has_columns_and_plans(text: str, tree: str) -> None:
    relation = tree.replace("path:P", f"path:{PATH}").replace("(path", "(json-table path", 1)
    assert render(parse_query(f"SELECT * FROM JSON_TABLE{text}")) == f"(select * from:{relation})"


def test_the_joins_that_commas_make_stand_at_the_word_select() -> None:
    query = parse_query("  SELECT *\nFROM t, u")
    assert query.body.from_.position == (1, 3)
