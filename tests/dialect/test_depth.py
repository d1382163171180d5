"""Deep and long texts: an answer or a clear refusal, in time that grows with the length alone.

They run in a process of their own with the stack that statements are given, as a fault there would end the tests.
"""

import subprocess
import sys

import pytest

from owlake.dialect.parser import parse
from owlake.errors import OwlakeError

TEXTS = {
    "500 parentheses": '"SELECT " + "(" * 500 + "a" + ")" * 500',
    "500 rows": '"SELECT " + "(" * 500 + "a, 1" + ", 1)" * 500',
    "500 parentheses around a query": '"SELECT " + "(" * 500 + "SELECT 1" + ")" * 500',
    "500 subqueries of FROM": '"SELECT * FROM (" * 500 + "SELECT 1" + ") t" * 500',
    "500 scalar subqueries": '"SELECT (" * 500 + "SELECT 1" + ")" * 500',
    "500 relations in parentheses": '"SELECT * FROM " + "(" * 500 + "t" + " CROSS JOIN u)" * 500',
    "500 queries in parentheses": '"(" * 500 + "SELECT 1" + " UNION SELECT 2)" * 500',
    "500 calls": '"SELECT " + "f(" * 500 + "a" + ")" * 500',
    "500 CASEs": '"SELECT " + "CASE WHEN a THEN " * 500 + "1" + " END" * 500',
    "500 EXISTS": '"SELECT 1 WHERE " + "EXISTS (SELECT 1 WHERE " * 500 + "a" + ")" * 500',
    "an OR of 20,000 terms": '"SELECT " + " OR ".join(f"a = {i}" for i in range(20_000))',
    "an IN of 30,000 items": '"SELECT a IN (" + ", ".join(map(str, range(30_000))) + ")"',
    "5,000 additions": '"SELECT " + " + ".join("1" * 5_000)',
    "5,000 concatenations": '"SELECT " + " || ".join("a" * 5_000)',
    "3,000 UNIONs": '" UNION ALL ".join(["SELECT 1"] * 3_000)',
    "200 KB of columns": '"SELECT " + ", ".join(f"column_{i}" for i in range(14_000))',
    "10,000 columns of DDL": '"CREATE EXTERNAL TABLE t (" + ", ".join(f"c{i} int" for i in range(10_000)) + ") LOCATION \'s3://b/\'"',
    "500 nested types of DDL": '"CREATE EXTERNAL TABLE t (a " + "array<" * 500 + "int" + ">" * 500 + ") LOCATION \'s3://b/\'"',
}

REFUSED = {
    "500 parentheses with a fault": ('"SELECT " + "(" * 500 + "a b" + ")" * 500', "line 1:510: mismatched input 'b'"),
    "500 calls with a fault": ('"SELECT " + "f(" * 500 + "a b" + ")" * 500', "line 1:1010: mismatched input 'b'"),
    "20,000 open parentheses": ('"SELECT " + "(" * 20_000', "line 1:20008: mismatched input '<EOF>'"),
    "20,000 open relations": ('"SELECT * FROM " + "(" * 20_000', "line 1:20015: mismatched input '<EOF>'"),
    "65,000 open comments": ('"/*;" * 65_000', "Only one sql statement is allowed"),
    "65,000 hidden quotes": ('"ALTER TABLE t \'" + "\\\\\'" * 65_000', "line 1:15: no viable alternative"),
}

PROGRAM = """
import sys, threading, time
from owlake.dialect.parser import parse
from owlake.errors import OwlakeError

def main():
    started = time.perf_counter()
    try:
        parse({text})
        print("read")
    except OwlakeError as refused:
        print(str(refused)[:100])
    print(time.perf_counter() - started, file=sys.stderr)

sys.setrecursionlimit(1_000_000)
threading.stack_size(512 << 20)
thread = threading.Thread(target=main)
thread.start()
thread.join()
"""


def answer(text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(text=text)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stderr) < 10
    return done.stdout


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_deep_or_long_statement_is_read(text: str) -> None:
    assert answer(text) == "read\n"


@pytest.mark.parametrize(("text", "start"), REFUSED.values(), ids=REFUSED)
def test_a_deep_or_long_statement_is_refused(text: str, start: str) -> None:
    assert answer(text).startswith(start)


def test_without_the_stack_a_deep_statement_is_refused_in_trinos_words() -> None:
    usual = sys.getrecursionlimit()
    # Sessions raise it, for their own deep stack.
    sys.setrecursionlimit(1_000)
    try:
        _refused()
    finally:
        sys.setrecursionlimit(usual)


def _refused() -> None:
    with pytest.raises(OwlakeError) as refused:
        parse("SELECT " + "(" * 5_000 + "a" + ")" * 5_000)
    assert str(refused.value) == "line 1:1: statement is too large (stack overflow while parsing)"
