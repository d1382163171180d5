"""Expressions of the Trino side."""

import pytest

from owlake.dialect.parser import parse_expression
from owlake.errors import OwlakeError
from tests.dialect.rendering import render

OPERATORS = [
    ("a + b * c", "(+ a (* b c))"),
    ("(a + b) * c", "(* (+ a b) c)"),
    ("a - b - c", "(- (- a b) c)"),
    ("a / b % c", "(% (/ a b) c)"),
    ("-a * b", "(* (- a) b)"),
    ("-a[1].b", "(- a[1].b)"),
    ("a || b + c", "(concat a (+ b c))"),
    ("a || b || c", "(concat a b c chain)"),
    ("a || (b || c)", "(concat a (concat b c))"),
    ("a AT TIME ZONE 'UTC'", "(at-time-zone value:a zone:'UTC')"),
    ("-a AT TIME ZONE 'UTC'", "(- (at-time-zone value:a zone:'UTC'))"),
    ("a AT TIME ZONE INTERVAL '1' HOUR", "(at-time-zone value:a zone:(interval-literal value:1 start:hour))"),
    ("a AND b OR c AND d", "(or (and a b) (and c d))"),
    ("a OR b OR c", "(or a b c)"),
    ("a AND (b AND c)", "(and a (and b c))"),
    ("NOT a AND b", "(and (not a) b)"),
    ("NOT NOT a", "(not (not a))"),
    ("NOT a = b", "(not (= a b))"),
    ("a = b OR NOT c", "(or (= a b) (not c))"),
]

PREDICATES = [
    ("a = b", "(= a b)"),
    ("a <> b", "(<> a b)"),
    ("a != b", "(<> a b)"),
    ("a <= b + 1", "(<= a (+ b 1))"),
    ("a BETWEEN b AND c AND d", "(and (between a b c) d)"),
    ("a NOT BETWEEN b AND c", "(not (between a b c))"),
    ("a IN (b)", "(in a b)"),
    ("a NOT IN (b, c + 1)", "(not (in a b (+ c 1)))"),
    ("a IN (SELECT 1)", "(in-query a (select 1))"),
    ("a IN (VALUES 1, 2)", "(in-query a (values 1 2))"),
    ("a IN ((SELECT 1))", "(in a (scalar (select 1)))"),
    ("a IN ((SELECT 1), 2)", "(in a (scalar (select 1)) 2)"),
    ("a IN ((SELECT 1) UNION SELECT 2)", "(in-query a (union (select 1) (select 2)))"),
    ("(a, b) IN ((1, 2), (3, 4))", "(in (row a b) (row 1 2) (row 3 4))"),
    ("a LIKE 'x'", "(like a 'x')"),
    ("a NOT LIKE 'x' ESCAPE '$'", "(not (like a 'x' escape:'$'))"),
    ("a IS NULL", "(is-null a)"),
    ("a IS NOT NULL", "(is-not-null a)"),
    ("a IS DISTINCT FROM b", "(is-distinct-from a b)"),
    ("a IS NOT DISTINCT FROM b", "(not (is-distinct-from a b))"),
    ("a > ALL (SELECT 1)", "(quantified-comparison operator:> quantifier:ALL value:a query:(select 1))"),
    ("a = SOME (VALUES 1)", "(quantified-comparison operator:= quantifier:SOME value:a query:(values 1))"),
    ("a = any(b)", "(= a (any b))"),
    ("EXISTS (SELECT 1)", "(exists (select 1))"),
    ("NOT EXISTS (SELECT 1)", "(not (exists (select 1)))"),
]

PRIMARIES = [
    ("a.b.c", "a.b.c"),
    ('"A"."b""c"', '"A"."b"c"'),
    ("a[1][b]", "a[1][b]"),
    ("a.b[1].c", "a.b[1].c"),
    ("(a)", "a"),
    ("((a, b))", "(row a b)"),
    ("(a, (b))", "(row a b)"),
    ("ROW(a)", "(row a)"),
    ("ROW(a, 1).x", "(row a 1).x"),
    ("row", "row"),
    ("ARRAY[]", "(array)"),
    ("ARRAY[1, a]", "(array 1 a)"),
    ("ARRAY[ARRAY[1]][1]", "(array (array 1))[1]"),
    ("array", "array"),
    ("array[1]", "(array 1)"),
    ("x -> x + 1", "(-> [x] (+ x 1))"),
    ("(x, y) -> x", "(-> [x y] x)"),
    ("() -> 1", "(-> [] 1)"),
    ("x -> y -> z", "(-> [x] (-> [y] z))"),
    ("(SELECT 1)", "(scalar (select 1))"),
    ("((SELECT 1))", "(scalar (select 1))"),
    ("((SELECT 1) + 1)", "(+ (scalar (select 1)) 1)"),
    ("((SELECT 1) UNION SELECT 2)", "(scalar (union (select 1) (select 2)))"),
    ("((SELECT 1), 2)", "(row (scalar (select 1)) 2)"),
    ("((SELECT 1) LIMIT 1)", "(scalar (query (select 1) limit:1))"),
    ("(TABLE t)", "(scalar t)"),
    ("CASE a WHEN 1 THEN b ELSE c END", "(case a (when 1 b) else:c)"),
    ("CASE WHEN a THEN b WHEN c THEN d END", "(case (when a b) (when c d))"),
    ("CAST(a AS bigint)", "(cast a bigint)"),
    ("TRY_CAST(a AS varchar(3))", "(try-cast a varchar(3))"),
    ("try_cast", "try_cast"),
    ("CURRENT_DATE", "(current-time function:CURRENT_DATE)"),
    ("current_timestamp(3)", "(current-time function:CURRENT_TIMESTAMP precision:3)"),
    ("LOCALTIME", "(current-time function:LOCALTIME)"),
    ("CURRENT_USER", "(current-name function:CURRENT_USER)"),
    ("GROUPING(a, t.b)", "(grouping columns:[a t.b])"),
    ("GROUPING()", "(grouping)"),
]

CALLS = [
    ("f()", "(f)"),
    ("a.b.f(1)", "(a.b.f 1)"),
    ("f(1).x[2]", "(f 1).x[2]"),
    ("count(*)", "(count *)"),
    ("count(DISTINCT a)", "(count a distinct)"),
    ("count(ALL a)", "(count a)"),
    ("count(all)", "(count all)"),
    ("f(all, b)", "(f all b)"),
    ("count(A.*)", "(count A.*)"),
    ("array_agg(a ORDER BY b DESC NULLS FIRST, c)", "(array_agg a order_by:[(b desc nulls-first) c])"),
    ("sum(a) FILTER (WHERE b)", "(sum a filter:b)"),
    ("sum(a) OVER ()", "(sum a window:(window))"),
    ("sum(a) OVER w", "(sum a window:w)"),
    ("lag(a) IGNORE NULLS OVER w", "(lag a window:w null_treatment:IGNORE)"),
    ("lag(a) RESPECT NULLS OVER w", "(lag a window:w null_treatment:RESPECT)"),
    ("count(*) FILTER (WHERE a) OVER w", "(count * filter:a window:w)"),
    ("RUNNING last(A.x)", "(last A.x processing_mode:RUNNING)"),
    ("FINAL a.f(x)", "(a.f x processing_mode:FINAL)"),
    ("final", "final"),
    ("m OVER w", "(measure-over name:m window:w)"),
    ("f(x -> x, (a, b) -> a)", "(f (-> [x] x) (-> [a b] a))"),
    ("if(a, b)", "(if a b)"),
    ("COALESCE(a, b, c)", "(COALESCE a b c)"),
    ("POSITION(a IN b)", "(strpos b a)"),
    ("position(a, b)", "(position a b)"),
    ("SUBSTRING(a FROM 2)", "(substr a 2)"),
    ("SUBSTRING(a FROM 2 FOR 3)", "(substr a 2 3)"),
    ("substring(a, 2, 3)", "(substring a 2 3)"),
    ("substring", "substring"),
    ("TRIM(a)", "(trim specification:BOTH source:a)"),
    ("TRIM('x' FROM a)", "(trim specification:BOTH source:a character:'x')"),
    ("TRIM(LEADING FROM a)", "(trim specification:LEADING source:a)"),
    ("TRIM(TRAILING 'x' FROM a)", "(trim specification:TRAILING source:a character:'x')"),
    ("TRIM(a, 'x')", "(trim specification:BOTH source:a character:'x')"),
    ("TRIM(leading)", "(trim specification:BOTH source:leading)"),
    ("NORMALIZE(a)", "(\"normalize\" a 'NFC')"),
    ("NORMALIZE(a, NFD)", "(\"normalize\" a 'NFD')"),
    ("EXTRACT(dow FROM a)", "(extract field:DOW source:a)"),
    (
        "LISTAGG(a) WITHIN GROUP (ORDER BY b)",
        "(listagg value:a separator: overflow_filler:... order_by:[b])",
    ),
    (
        "LISTAGG(DISTINCT a, ',' ON OVERFLOW TRUNCATE '+' WITH COUNT) WITHIN GROUP (ORDER BY b) FILTER (WHERE c)",
        (
            "(listagg value:a separator:, distinct overflow_truncate overflow_filler:+ overflow_count "
            "order_by:[b] filter:c)"
        ),
    ),
    (
        "LISTAGG(a, ',' ON OVERFLOW ERROR) WITHIN GROUP (ORDER BY b)",
        "(listagg value:a separator:, overflow_filler:... order_by:[b])",
    ),
]

WINDOWS = [
    ("(PARTITION BY a, b ORDER BY c DESC)", "(window partition_by:[a b] order_by:[(c desc)])"),
    ("(w ORDER BY a)", "(window existing_window:w order_by:[a])"),
    ("(partition ROWS 1 PRECEDING)", "(window existing_window:partition frame:(rows (preceding 1)))"),
    ("(ROWS UNBOUNDED PRECEDING)", "(window frame:(rows unbounded-preceding))"),
    ("(rows)", "(window existing_window:rows)"),
    (
        "(RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW)",
        "(window frame:(range (preceding (interval-literal value:1 start:day)) current-row))",
    ),
    (
        "(GROUPS BETWEEN a + 1 FOLLOWING AND UNBOUNDED FOLLOWING)",
        "(window frame:(groups (following (+ a 1)) unbounded-following))",
    ),
    (
        (
            "(MEASURES A.x AS m ROWS BETWEEN CURRENT ROW AND 5 FOLLOWING AFTER MATCH SKIP PAST LAST ROW INITIAL "
            "PATTERN (A+) SUBSET U = (A) DEFINE A AS true)"
        ),
        (
            "(window frame:(rows current-row (following 5) measures:[(as A.x m)] skip_to:past-last search:INITIAL "
            "pattern:({1,} A) subsets:[(= U A)] definitions:[(define A true)]))"
        ),
    ),
]

REFUSALS = [
    ("if(a)", "line 1:1: Invalid number of arguments for 'if' function"),
    ("1 + nullif(a)", "line 1:5: Invalid number of arguments for 'nullif' function"),
    ("coalesce(a)", "line 1:1: The 'coalesce' function must have at least two arguments"),
    ("try(a, b)", "line 1:1: The 'try' function must have exactly one argument"),
    ("format('x')", "line 1:1: The 'format' function must have at least two arguments"),
    ("try(DISTINCT a)", "line 1:1: DISTINCT not valid for 'try' function"),
    ("if(a, b) OVER w", "line 1:1: OVER clause not valid for 'if' function"),
    ("coalesce(a, b) FILTER (WHERE c)", "line 1:1: FILTER not valid for 'coalesce' function"),
    ("EXTRACT(MILLISECOND FROM a)", "line 1:1: Invalid EXTRACT field: MILLISECOND"),
    (
        "TRIM(FROM a)",
        "line 1:1: The 'trim' function must have specification, char or both arguments when it takes FROM",
    ),
    ("a IS TRUE", "line 1:6: mismatched input 'TRUE'. Expecting: 'DISTINCT', 'NOT', 'NULL'"),
    ("a NOT NULL", "line 1:7: mismatched input 'NULL'. Expecting: 'BETWEEN', 'IN', 'LIKE'"),
    (
        "a = b = c",
        "line 1:7: mismatched input '='. Expecting: '%', '*', '+', '-', '.', '/', 'AND', 'AT', 'OR', '[', '||', <EOF>",
    ),
    ("array_agg(a) IGNORE NULLS", "line 1:26: mismatched input '<EOF>'. Expecting: 'OVER'"),
]


@pytest.mark.parametrize(("text", "tree"), OPERATORS + PREDICATES + PRIMARIES + CALLS)
def test_an_expression_has_the_tree_that_trinos_grammar_gives_it(text: str, tree: str) -> None:
    assert render(parse_expression(text)) == tree


@pytest.mark.parametrize(("text", "tree"), WINDOWS)
def test_a_window_has_the_tree_that_trinos_grammar_gives_it(text: str, tree: str) -> None:
    assert render(parse_expression(f"f(x) OVER {text}")) == f"(f x window:{tree})"


@pytest.mark.parametrize(("text", "message"), REFUSALS)
def test_a_wrong_expression_is_refused_in_trinos_words(text: str, message: str) -> None:
    with pytest.raises(OwlakeError) as refused:
        parse_expression(text)
    assert str(refused.value) == message
