"""Replacements of what a pattern matches: texts with references to groups, and lambdas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import by_distinct, expanded, length_of
from owlake.functions.distinct import once_per_value
from owlake.functions.lists import lists
from owlake.functions.regexp.constants import argument, native_pattern, signatures
from owlake.functions.regexp.family import FAMILY
from owlake.functions.regexp.syntax import compiled, matches, parse
from owlake.functions.registry import CallSite
from owlake.functions.segments import Segments, offsets_from
from owlake.functions.texts import quoted, text_of
from owlake.ir.expressions import Constant, Expression
from owlake.types.model import VARCHAR, Char, Type, Varchar

if TYPE_CHECKING:
    from owlake.planning.udfs import LambdaFunction

_UNBOUNDED = 2**31 - 1

_Piece = str | int
"""A text, or the number of a group."""


def _illegal(text: str) -> OwlakeError:
    return error("INVALID_FUNCTION_ARGUMENT", f"Illegal replacement sequence: {text}")


@lru_cache(maxsize=1000)
def pieces_of(replacement: str, pattern: str) -> tuple[_Piece, ...]:
    """What a replacement puts together: ``$1``, ``${name}``, and whatever a backslash stands before.

    Errors: INVALID_FUNCTION_ARGUMENT for a reference to nothing.
    """
    expression = parse(pattern)
    return tuple(_pieces(replacement, expression.groups, expression.names))


def _pieces(replacement: str, groups: int, names: Mapping[str, int]) -> Iterator[_Piece]:
    at = 0
    while at < len(replacement):
        character = replacement[at]
        at += 1
        if character not in "$\\":
            yield character
        elif at == len(replacement):
            raise _illegal(replacement)
        elif character == "\\":
            yield replacement[at]
            at += 1
        elif replacement[at] == "{":
            end = replacement.find("}", at)
            name = replacement[at + 1 : end if end >= 0 else None]
            if name not in names:
                raise _illegal(f"unknown group {{ {name} }}")
            yield names[name]
            at = end + 1
        else:
            number, at = _group_number(replacement, at, groups)
            yield number


def _group_number(replacement: str, at: int, groups: int) -> tuple[int, int]:
    """The longest number from a place on that is a group's."""
    if not "0" <= replacement[at] <= "9":
        raise _illegal(replacement)
    number = int(replacement[at])
    if number > groups:
        raise _illegal(f"unknown group {number}")
    at += 1
    while at < len(replacement) and "0" <= replacement[at] <= "9":
        longer = number * 10 + int(replacement[at])
        if longer > groups:
            break
        number, at = longer, at + 1
    return number, at


# Texts --------------------------------------------------------------------------------------------------


def _replaced_type(arguments: tuple[Expression, ...], _: Mapping[str, object]) -> Type:
    """The longest result: the replacement between all characters, with the whole text in place of its references."""
    source, replacement = arguments[0].type, arguments[2].type
    assert isinstance(source, Varchar | Char)
    assert isinstance(replacement, Varchar)
    if source.length is None or replacement.length is None:
        return VARCHAR
    x, y = source.length, replacement.length
    longest = x + max(x * y // 2, y) * (x + 1)
    return Varchar(longest) if longest < _UNBOUNDED else VARCHAR


@FAMILY.sql(*signatures("regexp_replace", ") -> varchar(x)"), raises=True)
def _regexp_remove(site: CallSite) -> str:
    """Removes what a pattern matches."""
    return _replace(site, Constant(VARCHAR, ""))


@FAMILY.sql(
    *signatures("regexp_replace", ", varchar(z)) -> varchar"),
    returns=_replaced_type,
    raises=True,
)
def _regexp_replace(site: CallSite) -> str:
    """Replaces what a pattern matches by a text in which ``$1`` and ``${name}`` stand for groups."""
    return _replace(site, site.arguments[2])


def _replace(site: CallSite, replacement: Expression) -> str:
    pattern, native = native_pattern(site, 1)
    if pattern is not None and native is not None and isinstance(replacement, Constant):
        text = _native_replacement(replacement.value, pattern)
        if text is not None and not parse(pattern).may_be_empty:
            return f"regexp_replace({text_of(site, 0)}, {quoted(native)}, {quoted(text)}, 'g')"
    return site.kernel(_replace_rows, [argument(site, 0), argument(site, 1), replacement], site.type)


def _native_replacement(replacement: str, pattern: str) -> str | None:
    """The replacement in DataFusion's form; None where it has a backslash, which means something there, or is wrong."""
    try:
        pieces = pieces_of(replacement, pattern)
    except OwlakeError:
        return None
    if "\\" in pieces:
        return None
    return "".join(f"${{{piece}}}" if isinstance(piece, int) else piece.replace("$", "$$") for piece in pieces)


def _replace_rows(texts: Any, patterns: Any, replacements: Any) -> pa.Array:
    def replace(pattern: str, column: pa.Array, wanted: pa.Array) -> pa.Array:
        return by_distinct(wanted, [column], lambda text, values: _replace_texts(values, pattern, text), pa.string())

    column = expanded(texts, length_of((texts, patterns, replacements)))
    return by_distinct(patterns, [column, replacements], replace, pa.string())


def _replace_texts(texts: pa.Array, pattern: str, replacement: str) -> pa.Array:
    pieces = pieces_of(replacement, pattern)
    substitute = compiled(pattern).sub
    if parse(pattern).may_be_empty:
        return once_per_value(
            texts, lambda values: [_replaced(value, pattern, pieces) for value in values], pa.string()
        )
    template = "".join(f"\\g<{piece}>" if isinstance(piece, int) else piece.replace("\\", r"\\") for piece in pieces)
    return once_per_value(texts, lambda values: [substitute(template, value) for value in values], pa.string())


def _replaced(text: str, pattern: str, pieces: tuple[_Piece, ...]) -> str:
    parts: list[str] = []
    end = 0
    for match in matches(pattern, text):
        parts += [text[end : match.start()], _filled(match, pieces)]
        end = match.end()
    return "".join((*parts, text[end:]))


def _filled(match: Any, pieces: tuple[_Piece, ...]) -> str:
    return "".join(piece if isinstance(piece, str) else match[piece] or "" for piece in pieces)


# Lambdas ------------------------------------------------------------------------------------------------


@FAMILY.sql(*signatures("regexp_replace", ", function(array(varchar), varchar(z))) -> varchar"), raises=True)
def _regexp_replace_by_lambda(site: CallSite) -> str:
    """Replaces what a pattern matches by what a lambda makes of its groups; NULL if that is NULL anywhere."""
    return site.kernel(_replace_by_lambda, [argument(site, 0), argument(site, 1), site.arguments[2]], site.type)


def _replace_by_lambda(texts: Any, patterns: Any, function: LambdaFunction) -> list[str | None]:
    length = length_of((texts, patterns))
    columns = [expanded(one, length).to_pylist() for one in (texts, patterns)]
    found = [
        []
        if text is None or pattern is None
        else [(one.start(), one.end(), one.groups()) for one in matches(pattern, text)]
        for text, pattern in zip(*columns, strict=True)
    ]
    groups = [match[2] for row in found for match in row]
    elements = pa.array([group for match in groups for group in match], pa.string())
    arrays = lists(Segments(offsets_from(np.array([len(match) for match in groups], np.int64)), (elements,)))
    rows = np.repeat(np.arange(length), [len(row) for row in found])
    texts_put = iter(function(rows, arrays).to_pylist())
    return [
        None if text is None or pattern is None else _put_together(text, row, [next(texts_put) for _ in row])
        for text, pattern, row in zip(*columns, found, strict=True)
    ]


def _found(text: str | None, pattern: str | None) -> list[tuple[int, int, Any]]:
    if text is None or pattern is None:
        return []
    return [(one.start(), one.end(), one.groups()) for one in matches(pattern, text)]


def _put_together(text: str, row: list[tuple[int, int, Any]], put: list[str | None]) -> str | None:
    if None in put:
        return None
    parts: list[str] = []
    last = 0
    for (start, end, _), replacement in zip(row, put, strict=True):
        parts += [text[last:start], replacement or ""]
        last = end
    return "".join((*parts, text[last:]))
