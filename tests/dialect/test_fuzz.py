"""Whatever is thrown at the parser, a tree or a refusal comes back, and soon."""

import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from owlake.dialect.formatter import format_query
from owlake.dialect.keywords import KEYWORDS
from owlake.dialect.lexer import trino_tokens
from owlake.dialect.nodes.statements import QueryStatement
from owlake.dialect.parser import parse, parse_query
from owlake.dialect.script import split
from owlake.errors import OwlakeError
from tests.dialect.corpus import HIVE, QUERIES, TRINO
from tests.dialect.test_formatter import shape

PIECES = [
    *sorted(KEYWORDS),
    *"()[]{},.;:*+-/%?|=<>$^'\"`!@",
    *(
        "=>",
        "->",
        "||",
        "{-",
        "-}",
        "<>",
        "--",
        "/*",
        "*/",
        "\n",
        "1",
        "1.5",
        "1e5",
        "'x'",
        '"q"',
        "`b`",
        "a",
        "é",
        "\x00",
    ),
]
SECONDS = 30.0

mutations = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["drop", "insert", "double", "cut"]), st.sampled_from(PIECES)),
    min_size=1,
    max_size=4,
)


def mutated(text: str, steps: list[tuple[float, str, str]]) -> str:
    for place, step, piece in steps:
        tokens = trino_tokens(text)
        if not tokens.count:
            return text
        index = min(int(place * tokens.count), tokens.count - 1)
        start, end = tokens.starts[index], tokens.ends[index]
        if step == "drop":
            text = text[:start] + text[end:]
        elif step == "insert":
            text = f"{text[:start]} {piece} {text[start:]}"
        elif step == "double":
            text = f"{text[:end]} {text[start:end]} {text[end:]}"
        else:
            text = text[:end]
    return text


def read(text: str, *, strict: bool) -> None:
    started = time.perf_counter()
    try:
        statement = parse(text, strict=strict)
    except OwlakeError:
        pass
    else:
        if isinstance(statement, QueryStatement):
            assert shape(parse_query(format_query(statement.query))) == shape(statement.query)
    assert time.perf_counter() - started < SECONDS


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200), st.booleans())
def test_any_text_gives_a_tree_or_a_refusal(text: str, strict: bool) -> None:
    split(text)
    read(text, strict=strict)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join), st.booleans())
def test_any_tokens_give_a_tree_or_a_refusal(text: str, strict: bool) -> None:
    read(text, strict=strict)


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(QUERIES + TRINO + HIVE), mutations, st.booleans())
def test_a_statement_with_a_few_tokens_changed_gives_a_tree_or_a_refusal(
    text: str, steps: list[tuple[float, str, str]], strict: bool
) -> None:
    read(mutated(text, steps), strict=strict)
