"""Literals of the Trino side."""

import pytest

from owlake.dialect.parser import parse_expression
from owlake.errors import OwlakeError
from tests.dialect.rendering import render

TREES = [
    ("null", "null"),
    ("TRUE", "true"),
    ("false", "false"),
    ("0", "0"),
    ("1_000", "1000"),
    ("0x1F", "31"),
    ("0b101", "5"),
    ("0o17", "15"),
    ("-1", "-1"),
    ("- 1", "-1"),
    ("-0x1F", "-31"),
    ("9223372036854775807", "9223372036854775807"),
    ("-9223372036854775808", "-9223372036854775808"),
    ("+1", "(+ 1)"),
    ("- -1", "(- -1)"),
    ("-(1)", "(- 1)"),
    ("-a", "(- a)"),
    ("1 -1", "(- 1 1)"),
    ("1.5", "(decimal 1.5)"),
    ("-.5", "(decimal -.5)"),
    ("1e0", "(double 1e0)"),
    ("-1.5E-3", "(double -1.5E-3)"),
    ("'it''s'", "'it's'"),
    ("''", "''"),
    ("'\\n'", "'\\n'"),
    ("U&'\\0041\\+01F600'", "'A😀'"),
    ("U&'a\\\\b'", "'a\\b'"),
    ("U&'!0041' UESCAPE '!'", "'A'"),
    ("U&'it''s'", "'it's'"),
    ("X'00fF'", "X'00ff'"),
    ("X'AB cd\n12'", "X'abcd12'"),
    ("X''", "X''"),
    ("DATE '2020-01-01'", "(DATE '2020-01-01')"),
    ("timestamp'x'", "(timestamp 'x')"),
    ("DECIMAL '1.5'", "(DECIMAL '1.5')"),
    ("json '[]'", "(json '[]')"),
    ("anything U&'\\0041'", "(anything 'A')"),
    ("DOUBLE PRECISION '1'", "(DOUBLE '1')"),
    ("double '1'", "(double '1')"),
    ("INTERVAL '1' DAY", "(interval-literal value:1 start:day)"),
    ("INTERVAL -'1-2' YEAR TO MONTH", "(interval-literal value:1-2 negative start:year end:month)"),
    ("interval + '1' second", "(interval-literal value:1 start:second)"),
    ("interval", "interval"),
    ("interval - 'x'", "(- interval 'x')"),
    ("interval 'x'", "(interval 'x')"),
    ("?", "?0"),
]

REFUSALS = [
    ("9223372036854775808", "line 1:1: Invalid numeric literal: 9223372036854775808"),
    ("1 + -9223372036854775809", "line 1:1: Invalid numeric literal: -9223372036854775809"),
    ("1" * 5000, f"line 1:1: Invalid numeric literal: {'1' * 5000}"),
    ("a + X'0'", "line 1:5: Binary literal must contain an even number of digits"),
    ("X'0g'", "line 1:1: Binary literal can only contain hexadecimal digits"),
    ("U&'\\00'", "line 1:1: Incomplete escape sequence: 00"),
    ("U&'\\00zz'", "line 1:1: Incomplete escape sequence: 00"),
    ("U&'\\'", "line 1:1: Incomplete escape sequence: "),
    ("U&'\\z'", "line 1:1: Invalid hexadecimal digit: z"),
    ("U&'\\+110000'", "line 1:1: Invalid escaped character: 110000"),
    (
        "U&'\\D800'",
        "line 1:1: Invalid escaped character: D800. Escaped character is a surrogate. Use '\\+123456' instead.",
    ),
    ("U&'x' UESCAPE ''", "line 1:1: Empty Unicode escape character"),
    ("U&'x' UESCAPE '+'", "line 1:1: Invalid Unicode escape character"),
    ("U&'x' UESCAPE 'ab'", "line 1:1: Invalid Unicode escape character"),
    (
        "INTERVAL '1' DAY TO",
        "line 1:20: mismatched input '<EOF>'. Expecting: 'DAY', 'HOUR', 'MINUTE', 'MONTH', 'SECOND', 'YEAR'",
    ),
    ("1x", "line 1:1: identifiers must not start with a digit; surround the identifier with double quotes"),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_literal_is_read_as_trino_reads_it(text: str, tree: str) -> None:
    assert render(parse_expression(text)) == tree


@pytest.mark.parametrize(("text", "message"), REFUSALS, ids=[text[:30] for text, _ in REFUSALS])
def test_a_malformed_literal_is_refused_in_trinos_words(text: str, message: str) -> None:
    with pytest.raises(OwlakeError) as refused:
        parse_expression(text)
    assert str(refused.value) == message
