"""Text to tokens, by the lexical rules of Trino's grammar and of Hive's.

Both follow the longest-match rule of the parsers they stand for. An unclosed comment is no comment but two
operators, an unclosed quote an unrecognized character: the parser then refuses it where it stands.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Final

from owlake.dialect.keywords import KEYWORDS
from owlake.dialect.tokens import (
    BACKQUOTED_NAME,
    BINARY,
    DECIMAL,
    DIGIT_NAME,
    DOUBLE,
    INTEGER,
    NAME,
    QUOTED_NAME,
    STRING,
    UNICODE_STRING,
    UNRECOGNIZED,
    Tokens,
)

_BLANKS = r"(?:[ \t\r\n]++|--[^\r\n]*+\r?\n?)*+"

_TRINO = re.compile(
    _BLANKS
    + r"""
    (?:
        (?P<binary>     [Xx]'[^']*+' )
      | (?P<unicode>    [Uu]&'[^']*+(?:''[^']*+)*' )
      | (?P<word>       [A-Za-z_][A-Za-z0-9_]*+ )
      | (?P<comment>    /\* )
      | (?P<operator>   <>|!=|<=|>=|=>|->|\|\||\{-|-\} )
      | (?P<double>     (?:[0-9]+\.[0-9]*|\.[0-9]+)[eE][+-]?[0-9]++
                      | [0-9]+[eE][+-][0-9]++
                      | [0-9]+[eE][0-9]++(?![A-Za-z_]) )
      | (?P<decimal>    [0-9](?:_?[0-9])*\.(?:[0-9](?:_?[0-9])*)? | \.[0-9](?:_?[0-9])* )
      | (?P<integer>    (?:0[xX](?:_?[0-9A-Fa-f])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[0-9](?:_?[0-9])*)
                        (?![A-Za-z0-9_]) )
      | (?P<digit_name> [0-9][A-Za-z0-9_]++ )
      | (?P<string>     '[^']*+(?:''[^']*+)*' )
      | (?P<quoted>     "[^"]*+(?:""[^"]*+)*" )
      | (?P<backquoted> `[^`]*+(?:``[^`]*+)*` )
      | (?P<character>  [-()\[\],.=<>+*/%?;:{}^$|] )
      | (?P<other>      . )
      | (?P<end>        \Z )
    )""",
    re.VERBOSE | re.DOTALL,
)

# Hive's names may begin with a digit, and a dot after one does not make it a number.
_HIVE = re.compile(
    _BLANKS
    + r"""
    (?:
        (?P<decimal>    [0-9]+\.[0-9]*(?![A-Za-z_]) )
      | (?P<integer>    [0-9]++(?![A-Za-z_]) )
      | (?P<word>       [A-Za-z0-9_]++ )
      | (?P<comment>    /\* )
      | (?P<string>     '[^'\\]*+(?:\\.[^'\\]*+)*+' )
      | (?P<quoted>     "[^"\\]*+(?:\\.[^"\\]*+)*+" )
      | (?P<backquoted> `[^`]*+(?:``[^`]*+)*` )
      | (?P<element>    \$(?:elem|key|value)\$ )
      | (?P<character>  [-(),.=<>+*/:;] )
      | (?P<other>      . )
      | (?P<end>        \Z )
    )""",
    re.VERBOSE | re.DOTALL,
)

# The kind of a token by the group that matched. `word`, `operator` and `character` tell by their text.
_KINDS: Final[dict[str, str]] = {
    "binary": BINARY,
    "unicode": UNICODE_STRING,
    "double": DOUBLE,
    "decimal": DECIMAL,
    "integer": INTEGER,
    "digit_name": DIGIT_NAME,
    "string": STRING,
    "quoted": QUOTED_NAME,
    "backquoted": BACKQUOTED_NAME,
    "element": STRING,
    "other": UNRECOGNIZED,
}

_SPELLINGS: Final[dict[str, str]] = {keyword.lower(): sys.intern(keyword) for keyword in KEYWORDS}
_SPELLINGS.update({keyword: keyword for keyword in _SPELLINGS.values()})
_OPERATORS: Final[dict[str, str]] = {"!=": "<>"}


def trino_tokens(text: str) -> Tokens:
    """The tokens of a text of the Trino side."""
    return _tokens(text, _TRINO, _trino_word)


def hive_tokens(text: str) -> Tokens:
    """The tokens of a text of the Hive side: every word is of its own kind, in upper case."""
    return _tokens(text, _HIVE, str.upper)


def _trino_word(word: str) -> str:
    return _SPELLINGS.get(word) or _SPELLINGS.get(word.lower(), NAME)


def _tokens(text: str, pattern: re.Pattern[str], word_kind: Callable[[str], str]) -> Tokens:
    kinds: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    last_comment_end = text.rfind("*/")
    offset = 0
    while offset >= 0:
        behind_comment = -1
        for match in pattern.finditer(text, offset):
            group = match.lastgroup or "end"
            start, end = match.span(group)
            if group == "end":
                break
            if group == "comment":
                if end <= last_comment_end:
                    behind_comment = text.index("*/", end) + 2
                    break
                kinds += ("/", "*")
                starts += (start, start + 1)
                ends += (start + 1, end)
                continue
            kinds.append(_kind(group, text[start:end], word_kind))
            starts.append(start)
            ends.append(end)
            if group == "other":
                # No grammar gets past this token. Going on would look for the end of every unclosed quote anew.
                break
        offset = behind_comment
    return Tokens(text, kinds, starts, ends)


def _kind(group: str, text: str, word_kind: Callable[[str], str]) -> str:
    if group == "word":
        return word_kind(text)
    if group in ("character", "operator"):
        return _OPERATORS.get(text, text)
    return _KINDS[group]
