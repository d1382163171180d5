"""Which of Athena's two languages a statement is written in, and which kinds of statements Athena does not have.

Athena gives DDL to Hive's parser and everything else to Trino's; CREATE TABLE goes to one or the other by whether it
has a query (https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html).
"""

from __future__ import annotations

from typing import Literal

from owlake.dialect import refusals
from owlake.dialect.keywords import words
from owlake.dialect.tokens import END, Tokens

Side = Literal["trino", "hive"]

_HIVE: dict[str, frozenset[str]] = {
    "CREATE": frozenset({"DATABASE", "SCHEMA", "EXTERNAL"}),
    "ALTER": frozenset({"TABLE", "DATABASE", "SCHEMA"}),
    "DROP": frozenset({"TABLE", "DATABASE", "SCHEMA"}),
    "SHOW": frozenset({"DATABASES", "SCHEMAS", "TABLES", "VIEWS", "COLUMNS", "PARTITIONS", "TBLPROPERTIES"}),
}

# Statements that one of the two grammars has and Athena does not
# (https://docs.aws.amazon.com/athena/latest/ug/unsupported-ddl.html).
_UNSUPPORTED = frozenset(
    words(
        """
    ABORT ADD ANALYZE CACHE CLEAR COMMENT COMMIT DENY DFS EXPORT IMPORT LIST LOAD LOCK REFRESH RELOAD RESET ROLLBACK
    SET START TRUNCATE UNCACHE UNLOCK USE
    """
    )
)
_UNSUPPORTED_OBJECTS: dict[str, frozenset[str]] = {
    "CREATE": frozenset({"CATALOG", "FUNCTION", "INDEX", "MACRO", "MATERIALIZED", "PROTECTED", "ROLE", "TEMPORARY"}),
    "ALTER": frozenset({"INDEX", "MATERIALIZED", "VIEW"}),
    "DROP": frozenset({"CATALOG", "FUNCTION", "INDEX", "MACRO", "MATERIALIZED", "ROLE", "TEMPORARY"}),
    "SHOW": frozenset(
        {"CATALOGS", "COMPACTIONS", "CONF", "CURRENT", "GRANT", "GRANTS", "INDEX", "INDEXES", "LOCKS", "PRINCIPALS"}
        | {"ROLE", "ROLES", "TABLE", "TRANSACTIONS"}
    ),
}
_DESCRIBED_OBJECTS = frozenset({"DATABASE", "SCHEMA", "INPUT", "OUTPUT", "FUNCTION"})


def route(tokens: Tokens, *, strict: bool = False) -> Side:
    """The side that a statement belongs to, from its tokens as Trino reads them.

    Trino's statistics (ANALYZE, SHOW STATS), which Athena does not have, are refused only when ``strict``.

    Raises:
        OwlakeError: Athena has no such kind of statement.
    """
    first, second, third = (_word(tokens, index) for index in range(3))
    if strict or not (first == "ANALYZE" or (first, second) == ("SHOW", "STATS")):
        _refuse_unsupported(tokens, first, second)
    if first in ("MSCK", "DESCRIBE", "DESC") or second in _HIVE.get(first, ()):
        return "hive"
    if first == "SHOW" and second == "CREATE" and third == "TABLE":
        return "hive"
    if first == "CREATE" and second == "TABLE" and not _has_query(tokens):
        return "hive"
    return "trino"


def _word(tokens: Tokens, index: int) -> str:
    return tokens.spelling(min(index, tokens.count)).upper()


def _refuse_unsupported(tokens: Tokens, first: str, second: str) -> None:
    if first == "SHOW" and second in ("SESSION", "STATS"):
        raise refusals.no_viable_alternative(tokens, 1)
    described = first in ("DESCRIBE", "DESC") and second in _DESCRIBED_OBJECTS and tokens.kinds[2] not in (END, ".")
    if first in _UNSUPPORTED or second in _UNSUPPORTED_OBJECTS.get(first, ()) or described:
        raise refusals.not_supported()
    # Athena says the same of a query that breaks off at its FROM.
    if first == "SELECT" and tokens.count > 1 and tokens.kinds[tokens.count - 1] == "FROM":
        raise refusals.not_supported(hint="The query ends where a table is expected.")


def _has_query(tokens: Tokens) -> bool:
    """Whether ``CREATE TABLE name`` goes on as CREATE TABLE AS: with a query, or with Trino's properties."""
    kinds = tokens.kinds
    index = 2
    if kinds[index] == "IF" and kinds[index + 1] == "NOT":
        index += 3
    index += 1
    while kinds[index] == ".":
        index += 2
    if kinds[index] == "(":
        index = _behind_parenthesis(kinds, index)
        if kinds[index] == "WITH" and kinds[index + 1] == "(":
            index = _behind_parenthesis(kinds, index + 1)
        return kinds[index] == "AS"
    return kinds[index] in ("AS", "WITH")


def _behind_parenthesis(kinds: list[str], index: int) -> int:
    depth = 0
    while kinds[index] != END:
        depth += (kinds[index] == "(") - (kinds[index] == ")")
        index += 1
        if depth == 0:
            break
    return index
