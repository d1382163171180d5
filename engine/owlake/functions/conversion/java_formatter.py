"""Java's format strings (https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Formatter.html)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from owlake.errors import error
from owlake.functions.conversion.java_values import JavaValue, date_and_time
from owlake.types.rendering import double_text


class FormatError(Exception):
    """An ``IllegalFormatException`` of Java; its text is the class' name and what it says."""


@dataclass(frozen=True, slots=True)
class Specifier:
    """One format specifier, such as ``%1$-10.2f``."""

    text: str
    index: int | None
    previous: bool
    flags: str
    width: int | None
    precision: int | None
    conversion: str
    suffix: str

    @property
    def takes_argument(self) -> bool:
        """Whether the specifier stands for an argument."""
        return self.conversion not in "%n"

    def padded(self, text: str) -> str:
        """The text in the specifier's width and case."""
        text = text.upper() if self.conversion.isupper() else text
        if self.width is None:
            return text
        return text.ljust(self.width) if "-" in self.flags else text.rjust(self.width)


_SPECIFIER = re.compile(r"%(\d+\$)?([-#+ 0,(<]*)?(\d+)?(\.\d+)?([tT])?([a-zA-Z%])")


@lru_cache(maxsize=1000)
def parse_format(text: str) -> tuple[str | Specifier, ...]:
    """The texts and specifiers of a format.

    Errors: FormatError for what is no specifier.
    """
    parts: list[str | Specifier] = []
    at = 0
    while (start := text.find("%", at)) >= 0:
        found = _SPECIFIER.match(text, start)
        if found is None:
            raise FormatError(f"UnknownFormatConversion: Conversion = '{_bad_character(text, start)}'")
        if start > at:
            parts.append(text[at:start])
        parts.append(_checked(_specifier(found)))
        at = found.end()
    if at < len(text):
        parts.append(text[at:])
    return tuple(parts)


def _bad_character(text: str, start: int) -> str:
    """What Java names: the character behind the percent sign, or the sign where there is none."""
    return text[start + 1] if start + 1 < len(text) else "%"


def _specifier(found: re.Match[str]) -> Specifier:
    flags = found[2] or ""
    return Specifier(
        found[0],
        int(found[1][:-1]) if found[1] else None,
        "<" in flags,
        flags.replace("<", ""),
        int(found[3]) if found[3] else None,
        int(found[4][1:]) if found[4] else None,
        found[5] or found[6],
        found[6] if found[5] else "",
    )


_CONVERSIONS = frozenset("bBhHsScCdoxXeEfgGaAtT%n")
_ALLOWED_FLAGS = {"b": "-", "h": "-", "s": "-#", "c": "-", "d": "-+ 0,(", "o": "-#0", "x": "-#0", "e": "-#+ 0(",
                  "f": "-#+ 0,(", "g": "-+ 0,(", "a": "-#+ 0", "t": "-", "%": "-", "n": ""}  # fmt: skip
_NO_PRECISION = frozenset("cdoxt%n")
_TIME_SUFFIXES = frozenset("HIklMSLNpzZsQBbhAaCYyjmdeRTrDFc")


def _checked(one: Specifier) -> Specifier:
    kind = one.conversion.lower() if one.conversion in _CONVERSIONS else ""
    if not kind:
        raise FormatError(f"UnknownFormatConversion: Conversion = '{one.conversion}'")
    if kind == "t" and one.suffix not in _TIME_SUFFIXES:
        raise FormatError(f"UnknownFormatConversion: Conversion = 't{one.suffix}'")
    if kind == "n" and one.width is not None:
        raise FormatError(f"IllegalFormatWidth: {one.width}")
    if kind == "%" and one.previous:
        raise FormatError("IllegalFormatFlags: Flags = '<'")
    if kind == "a" and one.precision is not None:
        raise error("NOT_SUPPORTED", f"A precision with %a is not supported: {one.text}")
    repeated = [flag for flag in one.flags if one.flags.count(flag) > 1]
    if repeated:
        raise FormatError(f"DuplicateFormatFlags: Flags = '{repeated[0]}'")
    if kind in _NO_PRECISION and one.precision is not None:
        raise FormatError(f"IllegalFormatPrecision: {one.precision}")
    for flag in one.flags:
        if flag not in _ALLOWED_FLAGS[kind]:
            raise FormatError(
                f"FormatFlagsConversionMismatch: Conversion = {one.suffix or one.conversion.lower()}, Flags = {flag}"
            )
    if one.width is None and ("-" in one.flags or "0" in one.flags):
        raise FormatError(f"MissingFormatWidth: {one.text}")
    if ("-" in one.flags and "0" in one.flags) or ("+" in one.flags and " " in one.flags):
        raise FormatError(f"IllegalFormatFlags: Flags = '{one.flags}'")
    return one


def format_java(text: str, arguments: Sequence[JavaValue | None]) -> str:
    """``String.format(text, arguments)``.

    Errors: FormatError.
    """
    parts: list[str] = []
    ordinary, last = -1, -1
    for part in parse_format(text):
        if isinstance(part, str):
            parts.append(part)
            continue
        if not part.takes_argument:
            parts.append("\n" if part.conversion == "n" else part.padded("%"))
            continue
        if part.previous:
            index = last
        elif part.index:
            index = part.index - 1
        else:
            ordinary += 1
            index = ordinary
        last = index
        if not 0 <= index < len(arguments):
            raise FormatError(f"MissingFormatArgument: Format specifier '{part.text}'")
        parts.append(_WRITERS[part.conversion.lower()](part, arguments[index]))
    return "".join(parts)


def _mismatch(one: Specifier, value: JavaValue) -> FormatError:
    return FormatError(f"IllegalFormatConversion: {one.suffix or one.conversion.lower()} != {value.java_class}")


def _cut(one: Specifier, text: str) -> str:
    return text if one.precision is None else text[: one.precision]


def _text(one: Specifier, value: JavaValue | None) -> str:
    if "#" in one.flags:
        raise FormatError(f"FormatFlagsConversionMismatch: Conversion = {one.conversion.lower()}, Flags = #")
    return one.padded(_cut(one, "null" if value is None else value.text))


def _boolean(one: Specifier, value: JavaValue | None) -> str:
    truth = value is not None and (value.content if isinstance(value.content, bool) else True)
    return one.padded(_cut(one, "true" if truth else "false"))


def _hash(one: Specifier, value: JavaValue | None) -> str:
    return one.padded(_cut(one, "null" if value is None else f"{value.hash_code & 0xFFFFFFFF:x}"))


def _character(one: Specifier, value: JavaValue | None) -> str:
    if value is None:
        return one.padded("null")
    raise _mismatch(one, value)


def _moment(one: Specifier, value: JavaValue | None) -> str:
    if value is None:
        return one.padded("null")
    found = date_and_time(value, one.suffix)
    if found is None:
        raise _mismatch(one, value)
    return one.padded(found)


# Numbers ------------------------------------------------------------------------------------------------


def _signed(one: Specifier, negative: bool, digits: str) -> str:
    """Digits with their sign, zeros in front where the width is to be filled with them."""
    before, after = ("(", ")") if negative and "(" in one.flags else ("-" if negative else "", "")
    if not negative:
        before = "+" if "+" in one.flags else " " if " " in one.flags else ""
    return one.padded(f"{before}{_zero_filled(one, digits, len(before) + len(after))}{after}")


def _grouped(one: Specifier, digits: str) -> str:
    if "," not in one.flags:
        return digits
    whole, point, fraction = digits.partition(".")
    return f"{int(whole):,}{point}{fraction}"


def _zero_filled(one: Specifier, digits: str, taken: int) -> str:
    """Zeros before the digits where the flags want them, up to a width of which so much is taken."""
    return digits.rjust(one.width - taken, "0") if "0" in one.flags and one.width is not None else digits


def _whole(one: Specifier, value: JavaValue) -> int:
    if not value.is_whole:
        raise _mismatch(one, value)
    assert isinstance(value.content, int)
    return value.content


def _decimal(one: Specifier, value: JavaValue) -> str:
    number = _whole(one, value)
    return _signed(one, number < 0, _grouped(one, str(abs(number))))


def _radix(one: Specifier, value: JavaValue) -> str:
    number = _whole(one, value)
    octal = one.conversion == "o"
    digits = f"{number & (2**64 - 1):{'o' if octal else 'x'}}"
    prefix = "" if "#" not in one.flags else "0" if octal else "0x"
    return one.padded(prefix + _zero_filled(one, digits, len(prefix)))


_EXACT = Context(prec=2000)
_DEFAULT_PRECISION = 6


def _floating(one: Specifier, value: JavaValue) -> str:
    """``%e``, ``%f`` and ``%g``: the digits of the number's shortest text, rounded half up."""
    if not value.is_fractional:
        raise _mismatch(one, value)
    content = value.content
    if isinstance(content, float) and not math.isfinite(content):
        return _not_finite(one, content)
    number = content if isinstance(content, Decimal) else Decimal(repr(content) if content else 0)
    negative = math.copysign(1, content) < 0 if isinstance(content, float) else number < 0
    precision = _DEFAULT_PRECISION if one.precision is None else one.precision
    return _signed(one, negative, _digits(one, abs(number), precision))


def _not_finite(one: Specifier, number: float) -> str:
    text = double_text(abs(number))
    if text != "NaN":
        if number < 0:
            text = f"({text})" if "(" in one.flags else f"-{text}"
        elif "+" in one.flags or " " in one.flags:
            text = ("+" if "+" in one.flags else " ") + text
    return one.padded(text)


def _digits(one: Specifier, number: Decimal, precision: int) -> str:
    kind = one.conversion.lower()
    if kind == "f":
        return _alternate(one, _grouped(one, _fixed(number, precision)))
    if kind == "e":
        return _scientific(one, number, precision)
    precision = precision or 1
    if number == 0:
        return _grouped(one, _fixed(number, precision - 1))
    exponent = _rounded(number, precision).adjusted()
    if -4 <= exponent < precision:
        return _grouped(one, _fixed(number, precision - exponent - 1))
    return _scientific(one, number, precision - 1)


def _fixed(number: Decimal, places: int) -> str:
    return f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _EXACT):f}"


def _rounded(number: Decimal, digits: int) -> Decimal:
    return Context(prec=digits, rounding=ROUND_HALF_UP).plus(number)


def _scientific(one: Specifier, number: Decimal, places: int) -> str:
    rounded = _rounded(number, places + 1) if number else number
    exponent = rounded.adjusted()
    mantissa = _alternate(one, _fixed(rounded.scaleb(-exponent, _EXACT), places))
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def _alternate(one: Specifier, digits: str) -> str:
    """With ``#`` there is always a point."""
    return f"{digits}." if "#" in one.flags and "." not in digits else digits


def _hexadecimal(one: Specifier, value: JavaValue) -> str:
    if not isinstance(value.content, float):
        raise _mismatch(one, value)
    if not math.isfinite(value.content):
        return _not_finite(one, value.content)
    digits, _, exponent = abs(value.content).hex().partition("p")
    digits = digits.rstrip("0") if "." in digits else digits
    digits = f"{digits}0" if digits.endswith(".") else digits if "." in digits else f"{digits}.0"
    return _signed(one, value.content < 0, f"{digits}p{int(exponent)}")


Writer = Callable[[Specifier, JavaValue | None], str]


def _number(write: Callable[[Specifier, JavaValue], str]) -> Writer:
    """A writer of numbers, to which NULL is a word as long as the precision lets it be."""
    return lambda one, value: one.padded(_cut(one, "null")) if value is None else write(one, value)


_WRITERS: dict[str, Writer] = {
    "b": _boolean,
    "h": _hash,
    "s": _text,
    "c": _character,
    "d": _number(_decimal),
    "o": _number(_radix),
    "x": _number(_radix),
    "e": _number(_floating),
    "f": _number(_floating),
    "g": _number(_floating),
    "a": _number(_hexadecimal),
    "t": _moment,
}
