"""Sets of characters: brackets, properties, POSIX's names."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from owlake.functions.regexp.parts import bad_pattern, literal

_ALPHABETIC = r"\p{Alphabetic}"

NAMED: dict[str, str] = {
    "alnum": rf"[{_ALPHABETIC}\p{{Nd}}]",
    "alpha": _ALPHABETIC,
    "ascii": r"[\x00-\x7f]",
    "blank": r"[\t\p{Zs}]",
    "cntrl": r"\p{Cc}",
    "digit": r"\p{Nd}",
    "graph": r"[^\s\p{Cc}\p{Cn}\p{Cs}]",
    "lower": r"\p{Lowercase}",
    "print": r"[^\p{Cc}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]",
    "punct": r"\p{P}",
    "space": r"\s",
    "upper": r"\p{Uppercase}",
    "word": r"\w",
    "xdigit": r"[0-9A-Fa-f]",
}
"""POSIX's sets as the pattern language has them: Unicode's."""

_POSIX_ONLY = frozenset(NAMED) - {"ascii", "word"}
_CATEGORY = re.compile(r"[CLMNPSZ][a-z]?")
_WELL_FORMED = re.compile(r"[A-Za-z0-9_\- ]+")


@dataclass(frozen=True, slots=True)
class CharacterSet:
    """A set's text for the ``regex`` package and for DataFusion's engine, None where that has no such set."""

    full: str
    native: str | None


def property_set(name: str, *, negated: bool) -> CharacterSet:
    """The set of a property such as ``Lu``, ``Greek`` or ``InBasicLatin``."""
    plain = re.sub(r"[ _-]", "", name).lower()
    named = NAMED.get(plain)
    if named is not None:
        return CharacterSet(f"[^{named}]" if negated else named, None)
    if not _WELL_FORMED.fullmatch(name) or plain.startswith(("is", "xposix", "posix")) or not _is_property(plain):
        raise bad_pattern(f"invalid character property name <{name}>")
    letter = "P" if negated else "p"
    text = f"\\{letter}{{{plain}}}"
    return CharacterSet(text, f"\\{letter}{{{name}}}" if _CATEGORY.fullmatch(name) else None)


@lru_cache(maxsize=1000)
def _is_property(name: str) -> bool:
    import regex  # noqa: PLC0415  (0.1 s to import; only properties need it here)

    try:
        regex.compile(f"\\p{{{name}}}")
    except regex.error:
        return False
    return True


SHORTHANDS = {letter: CharacterSet(f"\\{letter}", f"\\{letter}") for letter in "wWdDsS"}


class ClassReader:
    """Reads what stands between brackets. ``pattern[at]`` is the first character behind the opening one."""

    def __init__(self, pattern: str, at: int, escape: Callable[[int], tuple[str, int]]) -> None:
        self._pattern = pattern
        self.at = at
        self._escape = escape

    def read(self) -> CharacterSet:
        """The set up to its closing bracket, which is passed."""
        negated = self._take("^")
        intersected: list[list[CharacterSet]] = [[]]
        first = True
        while True:
            if self.at >= len(self._pattern):
                raise bad_pattern("premature end of char-class")
            if self._pattern[self.at] == "]" and not first:
                self.at += 1
                return _combined(intersected, negated=negated)
            if self._take("&&"):
                intersected.append([])
            else:
                intersected[-1].append(self._item())
            first = False

    def _take(self, text: str) -> bool:
        if not self._pattern.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def _item(self) -> CharacterSet:
        if self._pattern.startswith("[:", self.at):
            found = self._posix()
            if found is not None:
                return found
        if self._take("["):
            inner = ClassReader(self._pattern, self.at, self._escape)
            found = inner.read()
            self.at = inner.at
            return found
        one = self._one()
        return self._range(one) if isinstance(one, str) else one

    def _posix(self) -> CharacterSet | None:
        end = self._pattern.find(":]", self.at)
        name = self._pattern[self.at + 2 : end] if end >= 0 else ""
        if not re.fullmatch(r"\^?[A-Za-z]+", name):
            return None
        if name.lstrip("^") not in _POSIX_ONLY | {"ascii", "word"}:
            raise bad_pattern("invalid POSIX bracket type")
        self.at = end + 2
        found = NAMED[name.lstrip("^")]
        return CharacterSet(f"[^{found}]" if name.startswith("^") else found, None)

    def _one(self) -> str | CharacterSet:
        """A character, or a set that one escape stands for."""
        character = self._pattern[self.at]
        self.at += 1
        if character != "\\":
            return character
        if self.at >= len(self._pattern):
            raise bad_pattern("end pattern at escape")
        letter = self._pattern[self.at]
        if letter in SHORTHANDS:
            self.at += 1
            return SHORTHANDS[letter]
        if letter in "pP" and self._pattern.startswith("{", self.at + 1):
            name, self.at = braced(self._pattern, self.at + 1, f"\\{letter}")
            return property_set(name, negated=letter == "P")
        if letter == "b":
            self.at += 1
            return "\b"
        found, self.at = self._escape(self.at)
        return found

    def _range(self, low: str) -> CharacterSet:
        following = self._pattern[self.at + 1 : self.at + 2]
        if not self._pattern.startswith("-", self.at) or following in ("]", ""):
            return CharacterSet(literal(low), literal(low))
        if self._pattern.startswith("&&", self.at + 1):
            return CharacterSet(literal(low), literal(low))
        if following == "[":
            return CharacterSet(literal(low), literal(low))
        self.at += 1
        high = self._one()
        if isinstance(high, CharacterSet):
            raise bad_pattern("char-class value at end of range")
        if high < low:
            raise bad_pattern("empty range in char class")
        text = f"{literal(low)}-{literal(high)}"
        return CharacterSet(text, text)


def _combined(intersected: list[list[CharacterSet]], *, negated: bool) -> CharacterSet:
    sign = "^" if negated else ""
    if not all(intersected):
        # Nothing is in the intersection with nothing.
        return CharacterSet(f"[{'' if negated else '^'}\\x00-\\U0010ffff]", None)
    full = ["".join(one.full for one in union) for union in intersected]
    mixed = any(len(union) > 1 and any(map(_is_named, union)) for union in intersected)
    natives = [one.native for union in intersected for one in union]
    native = None
    if None not in natives:
        native = _bracketed(sign, ["".join(one.native or "" for one in union) for union in intersected])
    if negated and mixed:
        # The regex package holds that all characters are in [^\\w\\W].
        return CharacterSet(f"[\\x00-\\U0010ffff--{_bracketed('', full)}]", native)
    return CharacterSet(_bracketed(sign, full), native)


def _is_named(one: CharacterSet) -> bool:
    return one.full.startswith("[") or (one.full.startswith("\\") and one.full[1:2].isalpha())


def _bracketed(sign: str, unions: list[str]) -> str:
    if len(unions) == 1:
        return f"[{sign}{unions[0]}]"
    return f"[{sign}{'&&'.join(f'[{union}]' for union in unions)}]"


_FORMS_OF_I = "iI\u0130\u0131"


def folded(full: str, *, negated: bool) -> str:
    """A set for the ``regex`` package where case counts for nothing.

    To that package the letters I of all alphabets are one; here those of Turkish are letters of their own.
    """
    import regex  # noqa: PLC0415  (0.1 s to import)

    own = {letter for letter in _FORMS_OF_I if regex.fullmatch(full, letter, regex.V1)}
    alike = own & {"i", "I"}
    wanted = own - alike | ({"i", "I"} if len(alike) > negated else set())
    if wanted == {letter for letter in _FORMS_OF_I if regex.fullmatch(f"(?i:{full})", letter, regex.V1)}:
        return full
    others = f"(?![{_FORMS_OF_I}]){full}"
    return f"(?:{others}|(?-i:[{''.join(sorted(wanted))}]))" if wanted else f"(?:{others})"


def braced(pattern: str, at: int, name: str) -> tuple[str, int]:
    """The text between the brace at a place and the one that closes it, and the place behind that."""
    end = pattern.find("}", at)
    if end < 0:
        raise bad_pattern(f"property name never terminated {name}{pattern[at:]}")
    return pattern[at + 1 : end], end + 1
