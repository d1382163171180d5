"""Arguments that are text: a char has its padding, which Arrow does not hold."""

from __future__ import annotations

from collections.abc import Iterable

from owlake.functions.registry import CallSite
from owlake.ir.expressions import Constant, Expression
from owlake.types.model import Char


def padded(sql: str, expression: Expression) -> str:
    """The text of an expression, a char filled up to its length."""
    return f"rpad({sql}, {expression.type.length})" if isinstance(expression.type, Char) else sql


def text_of(site: CallSite, index: int) -> str:
    """The SQL of an argument's text, a char filled up to its length."""
    return padded(site.sql(index), site.arguments[index])


def stripped(site: CallSite, sql: str) -> str:
    """A text as the call's type is held: a char without its padding."""
    return f"rtrim({sql})" if isinstance(site.type, Char) else sql


def constant_text(expression: Expression) -> str | None:
    """The text of a constant, a char filled up to its length; None for anything else."""
    if not isinstance(expression, Constant) or not isinstance(expression.value, str):
        return None
    return expression.value.ljust(expression.type.length) if isinstance(expression.type, Char) else expression.value


def quoted(text: str) -> str:
    """A text as a constant of SQL."""
    return "'" + text.replace("'", "''") + "'"


_SHORT = 100


def is_short(*parts: str) -> bool:
    """Whether SQL may be written more than once: nested calls would double it again and again."""
    return all(len(part) <= _SHORT for part in parts)


def with_char(signature: str, names: Iterable[str]) -> list[str]:
    """The signature, and the same with char in place of each of these varchars and of all of them."""
    found = [signature]
    for name in names:
        found += [one.replace(f"varchar({name})", f"char({name})", 1) for one in found]
    return found
