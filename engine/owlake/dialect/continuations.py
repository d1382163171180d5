"""What may follow the beginning of a statement, as the grammars themselves say: for completion."""

from __future__ import annotations

from owlake.dialect.lexer import hive_tokens, trino_tokens
from owlake.dialect.router import route
from owlake.dialect.syntax import expected_at_end
from owlake.dialect.trino import statements as trino
from owlake.errors import OwlakeError

_HIVE_STARTS = frozenset({"ALTER", "CREATE", "DESC", "DESCRIBE", "DROP", "MSCK", "SHOW"})
_DECIDED = 2
"""So many words tell whether Athena has such a statement."""


def continuations(text: str) -> frozenset[str]:
    """The kinds of tokens that the grammars take right behind ``text``.

    Keywords are in upper case; what is none stands in angle brackets: ``<identifier>``, ``<expression>``,
    ``<predicate>``, ``<query>``, ``<string>``, ``<type>``. Empty where no statement begins so.
    """
    tokens = trino_tokens(text)
    found = expected_at_end(tokens, trino.statement)
    if tokens.count == 0 or tokens.spelling(0).upper() in _HIVE_STARTS:
        from owlake.dialect.hive.statements import statement  # noqa: PLC0415  (only DDL has two grammars)

        found |= expected_at_end(hive_tokens(text), statement)
    if tokens.count < _DECIDED:
        found = {kind for kind in found if kind.startswith("<") or _is_athenas(f"{text} {kind}")}
    return frozenset(found)


def _is_athenas(text: str) -> bool:
    try:
        route(trino_tokens(text))
    except OwlakeError:
        return False
    return True
