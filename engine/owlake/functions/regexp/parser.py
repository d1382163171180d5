"""Java's patterns, read into the words of the two engines: a recursive descent over the pattern's text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from owlake.functions.regexp.classes import SHORTHANDS, CharacterSet, ClassReader, braced, folded, property_set
from owlake.functions.regexp.parts import EMPTY, Part, alternatives, bad_pattern, literal, piece, sequence, wrapped


@dataclass(frozen=True, slots=True)
class _Flags:
    ignore_case: bool = False
    dot_all: bool = False
    multi_line: bool = False
    extended: bool = False


_FLAG_NAMES = {"i": "ignore_case", "s": "dot_all", "m": "multi_line", "x": "extended"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b", "v": "\v"}
_MOST_REPEATS = 100_000
_MOST_NATIVE_REPEATS = 100
_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(,?)(\d*)\}")
_FOLDED = re.compile(r"[^\x00-\x7f]|ss|ff|fi|fl|st", re.IGNORECASE)
"""What equals another number of characters in another case, or does so in one engine only."""


class Parser:
    """Reads a pattern once; ``groups`` and ``names`` are what it has come upon."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.groups = 0
        self.names: dict[str, int] = {}
        self._flags = _Flags()
        self._references: list[int] = []

    def whole(self) -> Part:
        """The pattern as a piece.

        Errors: INVALID_FUNCTION_ARGUMENT with Joni's text for one that means nothing.
        """
        found = self._alternatives()
        if self.at < len(self.pattern):
            raise bad_pattern("unmatched close parenthesis")
        if any(number > self.groups for number in self._references):
            raise bad_pattern("invalid backref number/name")
        return found

    # Structure --------------------------------------------------------------------------------------

    def _alternatives(self) -> Part:
        return alternatives(self._each_alternative())

    def _each_alternative(self) -> list[Part]:
        """Up to the parenthesis that closes the group, or the end. Flags that are set inside end here."""
        outside = self._flags
        found = [self._sequence()]
        while self._take("|"):
            found.append(self._sequence())
        self._flags = outside
        return found

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            if self._flags.extended and self._skip_blank():
                continue
            if self._quantifier_at() is not None:
                raise bad_pattern("target of repeat operator is not specified")
            parts.extend(self._quoted() if self._take("\\Q") else [self._repeated(self._atom())])
        return sequence(parts)

    def _skip_blank(self) -> bool:
        if self.pattern[self.at] in " \t\n\r\f\v":
            self.at += 1
            return True
        if self.pattern[self.at] == "#":
            end = self.pattern.find("\n", self.at)
            self.at = len(self.pattern) if end < 0 else end + 1
            return True
        return False

    def _quoted(self) -> list[Part]:
        """Characters that are quoted up to their end; what repeats behind them repeats the last one."""
        end = self.pattern.find("\\E", self.at)
        text = self.pattern[self.at : end if end >= 0 else None]
        self.at = len(self.pattern) if end < 0 else end + 2
        parts = [self._literal(character) for character in text]
        return [*parts[:-1], self._repeated(parts[-1])] if parts else []

    def _take(self, text: str) -> bool:
        if not self.pattern.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    # Repetition -------------------------------------------------------------------------------------

    def _quantifier_at(self) -> re.Match[str] | None:
        return _QUANTIFIER.match(self.pattern, self.at)

    def _repeated(self, part: Part) -> Part:
        count = 0
        while True:
            if self._flags.extended:
                while self.at < len(self.pattern) and self._skip_blank():
                    pass
            found = self._quantifier_at()
            if found is None:
                return part
            self.at = found.end()
            # Quantifiers behind each other repeat what is repeated.
            inner = wrapped("(?:", part) if count or _is_compound(part) else part
            part = self._repetition(inner, found)
            count += 1

    def _repetition(self, part: Part, found: re.Match[str]) -> Part:
        low, high = _bounds(found)
        mark = ""
        if self._take("?"):
            mark = "?"
        elif self._take("+"):
            mark = "+"
        text = found[0] if found[0] in "*+?" else _braces(low, high)
        native = None if part.native is None or not _is_plain(part, low, high, mark) else part.native + text + mark
        most = None if part.most is None or high is None else part.most * high
        return Part(part.full + text + mark, native, native, part.least * low, 0 if part.most == 0 else most)

    # Atoms ------------------------------------------------------------------------------------------

    def _atom(self) -> Part:
        character = self.pattern[self.at]
        self.at += 1
        match character:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case ".":
                return piece("(?s:.)", "(?s:.)", 1, 1) if self._flags.dot_all else piece("[^\n]", "[^\n]", 1, 1)
            case "^" if self._flags.multi_line:
                return piece(r"(?:\A|(?<=\n)(?!\Z))", None, 0, 0)
            case "^":
                return piece("^", "^", 0, 0)
            case "$" if self._flags.multi_line:
                return piece("(?m:$)", "(?m:$)", 0, 0)
            case "$":
                return _BEFORE_LAST_LINE_FEED
            case _:
                return self._literal(character)

    def _literal(self, character: str) -> Part:
        text = literal(character)
        if not self._flags.ignore_case:
            return piece(text, text, 1, 1)
        if character == "\u0130":
            # Its small letter is two characters.
            return piece("(?-i:\u0130|[iI]\u0307)", None, 1, 2)
        native = text if character.isascii() else None
        return piece(_LETTERS_OF_ONE_CASE.get(character, text), native, 1, 1)

    def _set(self, found: CharacterSet, *, negated: bool = False) -> Part:
        full = folded(found.full, negated=negated) if self._flags.ignore_case else found.full
        return piece(full, found.native, 1, 1)

    def _class(self) -> Part:
        negated = self.pattern.startswith("^", self.at)
        reader = ClassReader(self.pattern, self.at, self._character_escape)
        found = reader.read()
        self.at = reader.at
        return self._set(found, negated=negated)

    def _escape(self) -> Part:
        if self.at >= len(self.pattern):
            raise bad_pattern("end pattern at escape")
        letter = self.pattern[self.at]
        if letter in SHORTHANDS:
            self.at += 1
            return piece(SHORTHANDS[letter].full, SHORTHANDS[letter].native, 1, 1)
        if letter in _ANCHORS:
            self.at += 1
            return _ANCHORS[letter]
        if letter in "pP" and self.pattern.startswith("{", self.at + 1):
            name, self.at = braced(self.pattern, self.at + 1, f"\\{letter}")
            return self._set(property_set(name, negated=letter == "P"), negated=letter == "P")
        if letter == "k" and self.pattern[self.at + 1 : self.at + 2] in ("<", "'"):
            return self._named_reference()
        if letter in "123456789":
            number = self._reference_number()
            if number is not None:
                return self._reference(number)
        character, self.at = self._character_escape(self.at)
        return self._literal(character)

    def _reference_number(self) -> int | None:
        digits = re.compile(r"\d+").match(self.pattern, self.at)
        assert digits is not None
        number = int(digits[0])
        if number > 9 and number > self.groups:
            return None
        self.at = digits.end()
        return number

    def _reference(self, number: int) -> Part:
        self._references.append(number)
        if number > self.groups:
            # A group that has not begun has matched nothing.
            return piece("(?!)", None, 0, 0)
        return piece(f"(?:\\{number})", None, 0, None)

    def _named_reference(self) -> Part:
        closing = ">" if self.pattern[self.at + 1] == "<" else "'"
        end = self.pattern.find(closing, self.at + 2)
        name = self.pattern[self.at + 2 : end if end >= 0 else None]
        if end < 0:
            raise bad_pattern(f"invalid group name <{name}>")
        self.at = end + 1
        if re.fullmatch(r"-?\d+", name):
            number = int(name)
            number = number if number > 0 else self.groups + 1 + number
            if number <= 0:
                raise bad_pattern("invalid backref number/name")
            return self._reference(number)
        if name not in self.names:
            raise bad_pattern(f"undefined name <{name}> reference")
        return self._reference(self.names[name])

    def _character_escape(self, at: int) -> tuple[str, int]:
        """The character that an escape stands for, and the place behind it."""
        letter = self.pattern[at]
        if letter in _CONTROLS:
            return _CONTROLS[letter], at + 1
        if letter == "c":
            if at + 1 >= len(self.pattern):
                raise bad_pattern("end pattern at control")
            return chr(ord(self.pattern[at + 1]) & 0x1F), at + 2
        numbered = _NUMBERED.match(self.pattern, at)
        if numbered is not None:
            return _numbered_character(numbered), numbered.end()
        if letter == "u":
            raise bad_pattern("too short digits")
        return letter, at + 1

    # Groups -----------------------------------------------------------------------------------------

    def _group(self) -> Part:
        if not self._take("?"):
            return self._captured(None)
        if self.at >= len(self.pattern):
            raise bad_pattern("end pattern in group")
        for opening, prefix in _UNCAPTURED.items():
            if self._take(opening):
                return self._closed(prefix)
        if self._take("#"):
            end = self.pattern.find(")", self.at)
            if end < 0:
                raise bad_pattern("end pattern in group")
            self.at = end + 1
            return EMPTY
        if self._take("<") or self._take("'"):
            return self._captured(self._group_name())
        return self._options()

    def _group_name(self) -> str:
        closing = ">" if self.pattern[self.at - 1] == "<" else "'"
        end = self.pattern.find(closing, self.at)
        name = self.pattern[self.at : end if end >= 0 else None]
        if self.at >= len(self.pattern):
            raise bad_pattern("end pattern with unmatched parenthesis")
        if not name:
            raise bad_pattern("group name is empty")
        if end < 0 or name[0].isdigit() or ")" in name:
            raise bad_pattern(f"invalid group name <{name}>")
        if name in self.names:
            raise bad_pattern(f"multiplex defined name <{name}>")
        self.at = end + 1
        return name

    def _captured(self, name: str | None) -> Part:
        self.groups += 1
        if name is not None:
            self.names[name] = self.groups
        return self._closed("(")

    def _closed(self, prefix: str) -> Part:
        captured = self.groups
        each = self._each_alternative()
        inner = alternatives(each)
        if not self._take(")"):
            raise bad_pattern("end pattern with unmatched parenthesis")
        if prefix in ("(", "(?:"):
            return wrapped(prefix, inner)
        if prefix == "(?>":
            return replace(wrapped(prefix, inner), native=None, tail=None)
        if prefix.startswith("(?<") and (self.groups > captured or not all(map(_fits_look_behind, each))):
            raise bad_pattern("invalid pattern in look-behind")
        return piece(f"{prefix}{inner.full})", None, 0, 0)

    def _options(self) -> Part:
        """``(?i:...)``, or ``(?i)`` for the rest of the group with all of its alternatives."""
        outside, on = self._flags, True
        while self.at < len(self.pattern) and self.pattern[self.at] not in ":)":
            letter = self.pattern[self.at]
            self.at += 1
            if letter == "-":
                on = False
            elif letter in _FLAG_NAMES:
                self._flags = replace(self._flags, **{_FLAG_NAMES[letter]: on})
            elif letter not in "du":
                raise bad_pattern("undefined group option")
        if self.at >= len(self.pattern):
            raise bad_pattern("end pattern in group")
        if self.pattern.startswith("?)", self.at - 1):
            raise bad_pattern("undefined group option")
        prefix = "(?:"
        if self._flags.ignore_case != outside.ignore_case:
            prefix = "(?i:" if self._flags.ignore_case else "(?-i:"
        start = self.at
        if self._take(":"):
            found = self._closed_options(prefix)
        else:
            self.at += 1
            found = wrapped(prefix, self._alternatives())
        self._flags = outside
        if prefix == "(?i:" and _FOLDED.search(self.pattern, start, self.at):
            return replace(found, native=None, tail=None)
        return found

    def _closed_options(self, prefix: str) -> Part:
        inner = self._alternatives()
        if not self._take(")"):
            raise bad_pattern("end pattern with unmatched parenthesis")
        return wrapped(prefix, inner)


_LETTERS_OF_ONE_CASE = {"i": "(?-i:[iI])", "I": "(?-i:[iI])", "\u0131": "(?-i:\u0131)"}
"""What is more to the regex package: to it the letters I of all alphabets are one."""
_BEFORE_LAST_LINE_FEED = Part("$", None, r"\n?\z", 0, 0)
_ANCHORS = {
    "A": piece(r"\A", r"\A", 0, 0),
    "B": piece(r"\B", r"\B", 0, 0),
    "G": piece(r"\G", None, 0, 0),
    "Z": _BEFORE_LAST_LINE_FEED,
    "b": piece(r"\b", r"\b", 0, 0),
    "z": piece(r"\Z", r"\z", 0, 0),
}
_UNCAPTURED = {":": "(?:", "=": "(?=", "!": "(?!", ">": "(?>", "<=": "(?<=", "<!": "(?<!"}
_NUMBERED = re.compile(r"x\{([0-9A-Fa-f]{1,8})\}|x([0-9A-Fa-f]{0,2})|u([0-9A-Fa-f]{4})|([0-7]{1,3})")
_HIGHEST = 0x10FFFF


def _numbered_character(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits is None and found[4] is None:
        return "x"
    number = int(digits, 16) if digits is not None else int(found[4], 8) & 0xFF
    if number > _HIGHEST:
        raise bad_pattern("too big number for repeat range")
    return chr(number)


def _bounds(found: re.Match[str]) -> tuple[int, int | None]:
    if found[0] in "*+?":
        return (1 if found[0] == "+" else 0), (1 if found[0] == "?" else None)
    low = int(found[1])
    high = low if not found[2] else int(found[3]) if found[3] else None
    if max(low, high or 0) > _MOST_REPEATS:
        raise bad_pattern("too big number for repeat range")
    if high is not None and high < low:
        raise bad_pattern("upper is smaller than lower in repeat range")
    return low, high


def _braces(low: int, high: int | None) -> str:
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"


def _is_compound(part: Part) -> bool:
    """Whether a quantifier would not hold for all of the piece's text, or would be refused behind it."""
    return part.most == 0 or part.full.startswith("(?:\\") or part is EMPTY


def _is_plain(part: Part, low: int, high: int | None, mark: str) -> bool:
    """Whether a repetition means the same in DataFusion's engine."""
    once = high == 1 and low <= 1
    return mark != "+" and (once or part.least > 0) and max(low, high or 0) <= _MOST_NATIVE_REPEATS


def _fits_look_behind(part: Part) -> bool:
    """Whether an alternative has one length, or is a group whose alternatives may differ."""
    return part.least == part.most or (part.most is not None and part.full.startswith("(?:"))
