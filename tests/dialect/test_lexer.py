"""Tokens, by the lexical rules of Trino's grammar and of Hive's."""

import pytest

from owlake.dialect.lexer import hive_tokens, trino_tokens
from owlake.dialect.tokens import Tokens

TRINO = [
    ("select SELECT SeLeCt", ["SELECT", "SELECT", "SELECT"]),
    ("a _a a1 a_b", ["<name>"] * 4),
    ('"a""b" `a``b`', ["<quoted name>", "<backquoted name>"]),
    ("1 1_000 0x1F 0b1_0 0o17 0XfF", ["<integer>"] * 6),
    ("1. .5 1.5 1_0.2_5", ["<decimal>"] * 4),
    ("1e5 1.e5 .5E-3 1E+5 1.5e0", ["<double>"] * 5),
    ("1a 1_ 0x1G 1e 1e5x 1__0", ["<name with a leading digit>"] * 6),
    ("1e+5x", ["<double>", "<name>"]),
    ("1.5e", ["<decimal>", "<name>"]),
    ("1..2", ["<decimal>", "<decimal>"]),
    ("a.5", ["<name>", "<decimal>"]),
    ("'' 'a' 'it''s' '\\'", ["<string>"] * 4),
    ("'a\nb'", ["<string>"]),
    ("U&'\\0041' u&''", ["<unicode string>"] * 2),
    ("X'AB cd' x''", ["<binary>"] * 2),
    ("U & x", ["<name>", "<unrecognized>"]),
    ("<> != <= >= => -> || {- -} = < >", ["<>", "<>", "<=", ">=", "=>", "->", "||", "{-", "-}", "=", "<", ">"]),
    ("a=>b", ["<name>", "=>", "<name>"]),
    ("1-- c\n+2", ["<integer>", "+", "<integer>"]),
    ("1 -- c", ["<integer>"]),
    ("a/* b */c", ["<name>", "<name>"]),
    ("/* a /* b */ c", ["<name>"]),
    ("a /* b", ["<name>", "/", "*", "<name>"]),
    ("/* a */ b /* c", ["<name>", "/", "*", "<name>"]),
    ("'a''b", ["<string>", "<unrecognized>"]),
    ("a é b", ["<name>", "<unrecognized>"]),
    ("\u00a0a", ["<unrecognized>"]),
    ("", []),
    ("  \r\n\t", []),
]

HIVE = [
    ("create TABLE foo", ["CREATE", "TABLE", "FOO"]),
    ("2020_a.1b", ["2020_A", ".", "1B"]),
    ("1 1.5 10", ["<integer>", "<decimal>", "<integer>"]),
    ("'it\\'s' \"a\\\"b\"", ["<string>", "<quoted name>"]),
    ("'\\\\' 'a;b'", ["<string>", "<string>"]),
    ("`a``b`", ["<backquoted name>"]),
    ("a.$elem$.$key$.$value$", ["A", ".", "<string>", ".", "<string>", ".", "<string>"]),
    ("map<string,array<int>>", ["MAP", "<", "STRING", ",", "ARRAY", "<", "INT", ">", ">"]),
    ("'unclosed\\'", ["<unrecognized>"]),
]


def kinds(tokens: Tokens) -> list[str]:
    return tokens.kinds[: tokens.count]


@pytest.mark.parametrize(("text", "expected"), TRINO)
def test_trino_text_is_cut_by_the_longest_match(text: str, expected: list[str]) -> None:
    assert kinds(trino_tokens(text)) == expected


@pytest.mark.parametrize(("text", "expected"), HIVE)
def test_hive_text_is_cut_by_the_longest_match(text: str, expected: list[str]) -> None:
    assert kinds(hive_tokens(text)) == expected


def test_a_token_keeps_its_spelling() -> None:
    tokens = trino_tokens("  SeLeCt 'it''s'")
    assert [tokens.spelling(index) for index in range(tokens.count)] == ["SeLeCt", "'it''s'"]


@pytest.mark.parametrize(
    ("text", "index", "place"),
    [
        ("a b", 1, (1, 3)),
        ("a\n b", 1, (2, 2)),
        ("a\r\n b", 1, (2, 2)),
        ("a\rb", 1, (1, 3)),
        ("'é' b", 1, (1, 5)),
        ("'😀' b", 1, (1, 6)),
        ("'\n😀' b", 1, (2, 5)),
        ("/* 😀 */ b", 0, (1, 10)),
        ("a", 1, (1, 2)),
        ("a\n", 1, (2, 1)),
    ],
)
def test_a_place_is_a_line_and_a_column_in_utf_16_units(text: str, index: int, place: tuple[int, int]) -> None:
    assert trino_tokens(text).position(index) == place
