"""Row patterns: MATCH_RECOGNIZE."""

import pytest

from owlake.dialect.parser import parse_query
from tests.dialect.rendering import render

PATTERNS = [
    ("A", "A"),
    ("A B C", "(seq A B C)"),
    ("A | B C | D", "(or A (seq B C) D)"),
    ("(A | B) C", "(seq (or A B) C)"),
    ("A* B+ C?", "(seq ({0,} A) ({1,} B) ({0,1} C))"),
    ("A*? B+? C??", "(seq ({0,}? A) ({1,}? B) ({0,1}? C))"),
    ("A{2} B{2,} C{,3} D{2,3}? E{,}", "(seq ({2,2} A) ({2,} B) ({0,3} C) ({2,3}? D) ({0,} E))"),
    ("^ A $", "(seq ^ A $)"),
    ("()", "()"),
    ("{- A B -} C", "(seq (exclude (seq A B)) C)"),
    ("PERMUTE(A, B C)", "(permute A (seq B C))"),
    ("permute", "permute"),
    ('"a b"+', '({1,} "a b")'),
]

CLAUSES = [
    ("PATTERN (A) DEFINE A AS x", "rows_per_match:ONE pattern:A definitions:[(define A x)]"),
    (
        "PARTITION BY a, b ORDER BY c MEASURES A.x AS m, FINAL last(y) AS n PATTERN (A) DEFINE A AS true",
        (
            "partition_by:[a b] order_by:[c] measures:[(as A.x m) (as (last y processing_mode:FINAL) n)] "
            "rows_per_match:ONE pattern:A definitions:[(define A true)]"
        ),
    ),
    ("ONE ROW PER MATCH", "rows_per_match:ONE"),
    ("ALL ROWS PER MATCH", "rows_per_match:ALL SHOW EMPTY"),
    ("ALL ROWS PER MATCH SHOW EMPTY MATCHES", "rows_per_match:ALL SHOW EMPTY"),
    ("ALL ROWS PER MATCH OMIT EMPTY MATCHES", "rows_per_match:ALL OMIT EMPTY"),
    ("ALL ROWS PER MATCH WITH UNMATCHED ROWS", "rows_per_match:ALL WITH UNMATCHED"),
    ("AFTER MATCH SKIP TO NEXT ROW", "rows_per_match:ONE skip_to:next-row"),
    ("AFTER MATCH SKIP PAST LAST ROW", "rows_per_match:ONE skip_to:past-last"),
    ("AFTER MATCH SKIP TO FIRST A", "rows_per_match:ONE skip_to:(first A)"),
    ("AFTER MATCH SKIP TO LAST A SEEK", "rows_per_match:ONE skip_to:(last A) search:SEEK"),
    ("AFTER MATCH SKIP TO A", "rows_per_match:ONE skip_to:(last A)"),
    ("AFTER MATCH SKIP TO first", "rows_per_match:ONE skip_to:(last first)"),
    ("INITIAL", "rows_per_match:ONE search:INITIAL"),
]


def recognize(clauses: str) -> str:
    return render(parse_query(f"SELECT * FROM t MATCH_RECOGNIZE ({clauses})"))


@pytest.mark.parametrize(("text", "tree"), PATTERNS)
def test_a_pattern_is_a_regular_expression_of_labels(text: str, tree: str) -> None:
    expected = f"rows_per_match:ONE pattern:{tree} definitions:[(define A true)]"
    assert (
        recognize(f"PATTERN ({text}) DEFINE A AS true") == f"(select * from:(pattern-recognition input:t {expected}))"
    )


@pytest.mark.parametrize(("text", "tree"), CLAUSES)
def test_match_recognize_has_the_clauses_of_the_standard(text: str, tree: str) -> None:
    if "PATTERN" not in text:
        text += " PATTERN (A) DEFINE A AS true"
        tree += " pattern:A definitions:[(define A true)]"
    assert recognize(text) == f"(select * from:(pattern-recognition input:t {tree}))"


def test_match_recognize_takes_an_aliased_table_and_an_alias_of_its_own() -> None:
    text = "SELECT * FROM t x MATCH_RECOGNIZE (PATTERN (A) SUBSET U = (A, B) DEFINE A AS y) AS m (c)"
    assert render(parse_query(text)) == (
        "(select * from:(alias (pattern-recognition input:(alias t x) rows_per_match:ONE pattern:A "
        "subsets:[(= U A B)] definitions:[(define A y)]) m [c]))"
    )
