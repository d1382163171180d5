"""CAST from and to numbers and booleans."""

from __future__ import annotations

from typing import TYPE_CHECKING

from owlake.planning.cast_rules import Rule, bounded, by_datafusion, call, kernel_rule, native
from owlake.types.model import INTEGER, INTEGER_BITS, Char, Decimal, Type, Varchar

if TYPE_CHECKING:
    from owlake.functions.registry import CallSite

_INTEGERS = ("tinyint", "smallint", "integer", "bigint")
_FLOATS = ("real", "double")
_NUMBERS = (*_INTEGERS, *_FLOATS, "decimal")
_TEXT = ("varchar", "char")
_INTEGER_DIGITS = {"tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19}


def _bits(type_: Type) -> int:
    return INTEGER_BITS.get(type_, 32 if type_.base == "real" else 64)


def _precision(type_: Type) -> int:
    assert isinstance(type_, Decimal)
    return type_.precision


def _scale(type_: Type) -> int:
    assert isinstance(type_, Decimal)
    return type_.scale


def _rounded(_: CallSite, sql: str, __: Type, target: Type, safe: bool) -> str:
    """A fraction to a whole number: half away from zero, where DataFusion cuts it off."""
    return native(f"round({sql})", target, safe=safe)


def _integer_to_decimal(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    assert isinstance(target, Decimal)
    if target.precision - target.scale >= _INTEGER_DIGITS[source.base]:
        return native(sql, target, safe=False)
    return kernel_rule("numbers.conversions", "integer_to_decimal", _precision, _scale)(site, sql, source, target, safe)


def _decimal_to_decimal(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    assert isinstance(source, Decimal)
    assert isinstance(target, Decimal)
    # Rounding up may need one digit more before the point.
    rounds = target.scale < source.scale
    if target.precision - target.scale >= source.precision - source.scale + rounds:
        return native(sql, target, safe=False)
    return kernel_rule("numbers.conversions", "decimal_to_decimal", _precision, _scale)(site, sql, source, target, safe)


def _float_to_decimal(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    from owlake.functions.numbers.writing import float_to_decimal  # noqa: PLC0415  (pyarrow.compute, on use)

    return call(site, float_to_decimal, (sql, source), target, _precision(target), _scale(target), safe)


def _float_to_text(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    from owlake.functions.numbers import writing  # noqa: PLC0415  (pyarrow.compute, on use)

    assert isinstance(target, Varchar | Char)
    if target.length is None:
        return call(site, writing.float_to_text, (sql, source), target)
    return call(site, writing.float_to_bounded_text, (sql, source), target, target.length, safe)


def _to_text(site: CallSite, sql: str, source: Type, target: Type, safe: bool) -> str:
    return bounded(site, f"arrow_cast({sql}, 'Utf8')", _longest(source), target, safe=safe)


def _longest(source: Type) -> int:
    """The most characters that a value's text has."""
    if isinstance(source, Decimal):
        return source.precision + 3
    return _INTEGER_DIGITS.get(source.base, 4) + 1


def _decimal_to_boolean(_: CallSite, sql: str, __: Type, ___: Type, ____: bool) -> str:
    return f"({sql} <> 0)"


def _boolean_to_decimal(_: CallSite, sql: str, __: Type, target: Type, safe: bool) -> str:
    return native(native(sql, INTEGER, safe=False), target, safe=safe)


RULES: dict[tuple[str, str], Rule] = {
    **{(one, other): by_datafusion for one in (*_NUMBERS, "boolean") for other in (*_NUMBERS, "boolean")},
    **{(one, other): _rounded for one in _FLOATS for other in _INTEGERS},
    **{("decimal", other): kernel_rule("numbers.conversions", "decimal_to_integer", _bits) for other in _INTEGERS},
    **{(one, "decimal"): _integer_to_decimal for one in _INTEGERS},
    **{(one, "decimal"): _float_to_decimal for one in _FLOATS},
    ("decimal", "decimal"): _decimal_to_decimal,
    ("decimal", "boolean"): _decimal_to_boolean,
    ("boolean", "decimal"): _boolean_to_decimal,
    **{(one, text): _to_text for one in (*_INTEGERS, "decimal", "boolean") for text in _TEXT},
    **{(one, text): _float_to_text for one in _FLOATS for text in _TEXT},
    **{
        (text, whole): kernel_rule("numbers.reading", "text_to_integer", _bits) for text in _TEXT for whole in _INTEGERS
    },
    **{(text, other): kernel_rule("numbers.reading", "text_to_float", _bits) for text in _TEXT for other in _FLOATS},
    **{(text, "decimal"): kernel_rule("numbers.reading", "text_to_decimal", _precision, _scale) for text in _TEXT},
    **{(text, "boolean"): kernel_rule("numbers.reading", "text_to_boolean") for text in _TEXT},
}
"""Rules by the base names of source and target."""
