"""What an opening parenthesis begins, told without parsing it.

``((((`` may be an expression, a row, a query or a relation, at any depth. Trying one after the other would double the
work with every level; here each parenthesis is judged once, from the inside out.
"""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.tokens import INTEGER

QUERY_STARTS = frozenset({"SELECT", "WITH", "VALUES", "TABLE"})
_SET_OPERATIONS = frozenset({"UNION", "INTERSECT", "EXCEPT"})
_COUNTS = frozenset({INTEGER, "?"})

# What may follow a word that is a clause's first and a name as well, when it begins the clause.
_CLAUSES: dict[str, frozenset[str]] = {
    "LIMIT": _COUNTS | {"ALL"},
    "OFFSET": _COUNTS,
    "FETCH": frozenset({"FIRST", "NEXT"}),
    "TABLESAMPLE": frozenset({"BERNOULLI", "SYSTEM"}),
    "PARTITION": frozenset({"BY"}),
    "PRUNE": frozenset({"WHEN"}),
    "KEEP": frozenset({"WHEN"}),
    "COPARTITION": frozenset({"("}),
}


def opens_query(cursor: Cursor, index: int) -> bool:
    """Whether the parenthesis at ``index`` opens a query; ``((SELECT 1))`` is one as a whole."""
    known = cursor.queries()
    kinds = cursor.kinds
    innermost = index
    while kinds[innermost + 1] == "(" and innermost not in known:
        innermost += 1
    for place in range(innermost, index - 1, -1):
        if place not in known:
            known[place] = _opens_query(cursor, place, known)
    return known[index]


def _opens_query(cursor: Cursor, index: int, known: dict[int, bool]) -> bool:
    kinds = cursor.kinds
    following = kinds[index + 1]
    if following != "(":
        return following in QUERY_STARTS and not (following == "TABLE" and kinds[index + 2] == "(")
    if not known[index + 1]:
        return False
    behind = cursor.closing(index + 1) + 1
    kind = kinds[behind]
    return kind in _SET_OPERATIONS or kind in ("ORDER", ")") or begins_clause(cursor, behind)


def opens_only_query(cursor: Cursor, index: int) -> bool:
    """As ``opens_query``, where a query in two pairs of parentheses is an expression: ``x IN ((SELECT 1))``."""
    if not opens_query(cursor, index):
        return False
    return cursor.kinds[index + 1] != "(" or cursor.kinds[cursor.closing(index + 1) + 1] != ")"


def begins_clause(cursor: Cursor, index: int) -> bool:
    """Whether the word at ``index``, which could be an alias, begins a clause: ``LIMIT`` before a number."""
    kinds = cursor.kinds
    kind = kinds[index]
    following = _CLAUSES.get(kind)
    if following is not None:
        return kinds[index + 1] in following
    if kind == "WINDOW":
        return kinds[index + 1] in NAMES and kinds[index + 2] == "AS"
    return kind == "MATCH_RECOGNIZE" and kinds[index + 1] == "(" and name_list_end(cursor, index + 1) < 0


def name_list_end(cursor: Cursor, index: int) -> int:
    """The index of the parenthesis that ends ``(a, b, c)`` at ``index``; -1 when it is something else."""
    kinds = cursor.kinds
    while kinds[index + 1] in NAMES:
        index += 2
        if kinds[index] == ")":
            return index
        if kinds[index] != ",":
            return -1
    return -1
