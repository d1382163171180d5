"""DataFusion's errors as Athena's: code and text.

Kernels of ours raise owlake errors themselves; what comes back through DataFusion is only their text, so each
leaves itself in a table under a number that its text carries.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections import OrderedDict
from collections.abc import Callable

from owlake.errors import OwlakeError, error
from owlake.types.rendering import double_text

_KEPT = 1000
_numbers = itertools.count(1)
_raised: OrderedDict[int, OwlakeError] = OrderedDict()
_lock = threading.Lock()
_TOKEN = re.compile(r"owlake-error-(\d+)")


class KernelError(Exception):
    """Carries an owlake error through DataFusion by its number."""

    def __init__(self, problem: OwlakeError) -> None:
        number = next(_numbers)
        with _lock:
            _raised[number] = problem
            while len(_raised) > _KEPT:
                _raised.popitem(last=False)
        super().__init__(f"owlake-error-{number}")


Translation = Callable[[re.Match[str]], OwlakeError]

_CAST_NAMES = {
    "Int8": "TINYINT",
    "Int16": "SMALLINT",
    "Int32": "INT",
    "Int64": "BIGINT",
    "Float32": "REAL",
    "Float64": "DOUBLE",
    "Date32": "DATE",
}
_INTEGER_NAMES = {"Int8": "tinyint", "Int16": "smallint", "Int32": "integer", "Int64": "bigint"}


def _out_of_range(found: re.Match[str]) -> OwlakeError:
    value, type_ = found["value"], _INTEGER_NAMES.get(found["type"], found["type"].lower())
    is_whole = value.lstrip("-").isdigit()
    shown = value if is_whole else double_text(float(value))
    if shown == "NaN" and type_ != "bigint":
        return error("INVALID_CAST_ARGUMENT", f"Cannot cast double NaN to {type_}")
    if not is_whole and type_ == "bigint":
        return error("INVALID_CAST_ARGUMENT", f"Unable to cast {shown} to bigint")
    return error("NUMERIC_VALUE_OUT_OF_RANGE", f"Out of range for {type_}: {shown}")


def _absolute(found: re.Match[str]) -> OwlakeError:
    value, type_ = found["value"], _INTEGER_NAMES[found["type"]]
    return error("NUMERIC_VALUE_OUT_OF_RANGE", f"Value {value} is out of range for abs({type_})")


def _cast_failed(found: re.Match[str]) -> OwlakeError:
    name = _CAST_NAMES.get(found["type"], found["type"].upper())
    return error("INVALID_CAST_ARGUMENT", f"Cannot cast '{found['value']}' to {name}")


_LEAST = {-(2**7): "tinyint", -(2**15): "smallint", -(2**31): "integer", -(2**63): "bigint"}


def _left_its_type(found: re.Match[str]) -> OwlakeError:
    """The least number of a type is the only one whose negation, or quotient by -1, is not of the type."""
    value, what = found["value"], "division" if found["divisor"] else "negation"
    type_ = _LEAST.get(int(value))
    if type_ is None:
        return error("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
    shown = f"{value} / {found['divisor']}" if found["divisor"] else value
    return error("NUMERIC_VALUE_OUT_OF_RANGE", f"{type_} {what} overflow: {shown}")


_TRANSLATIONS: list[tuple[re.Pattern[str], Translation]] = [
    (re.compile(r"[Dd]ivide by zero"), lambda _: error("DIVISION_BY_ZERO", "Division by zero")),
    (re.compile(r"Cannot cast string '(?P<value>.*?)' to value of (?P<type>\w+) type", re.DOTALL), _cast_failed),
    (re.compile(r"(?P<type>Int\d+)Array overflow on abs\((?P<value>\S+)\)"), _absolute),
    (re.compile(r"Can't cast value (?P<value>\S+) to type (?P<type>\w+)"), _out_of_range),
    (re.compile(r"value of (?P<value>\S+) is out of range (?P<type>\w+)"), _out_of_range),
    (
        re.compile(r"(?:Date|Timestamp|Duration) arithmetic overflow|Unable to represent \d+ days"),
        lambda _: error("NUMERIC_VALUE_OUT_OF_RANGE", "Date or timestamp is out of range"),
    ),
    (re.compile(r"Overflow happened on: (?:- )?(?P<value>-\d+)(?: / (?P<divisor>-1))?$", re.MULTILINE), _left_its_type),
    (
        re.compile(
            r"is too (large|small) to store in a Decimal|Overflow(ing| happened) on"
            r"|Arithmetic overflow|precision .* overflow"
        ),
        lambda _: error("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow"),
    ),
    (
        re.compile(r"Scalar subquery returned more than one row"),
        lambda _: error("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"),
    ),
    (
        re.compile(r"Resources exhausted"),
        lambda _: error(
            "EXCEEDED_LOCAL_MEMORY_LIMIT",
            "Query exhausted resources at this scale factor",
            hint="Raise the session property memory_limit, or read less at once.",
        ),
    ),
    (
        re.compile(r"Object at location (?P<path>\S+) not found"),
        lambda found: error("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {found['path']}: file does not exist"),
    ),
    (
        re.compile(r"[Nn]on UTF-8 data|invalid utf-8 sequence"),
        lambda _: error("HIVE_BAD_DATA", "A file has bytes that are not UTF-8 in a column of text"),
    ),
    (
        re.compile(r"Parquet error|Invalid Parquet file|EOF: |thrift"),
        lambda found: error("HIVE_BAD_DATA", f"Not valid Parquet file: {found.string.splitlines()[0]}"),
    ),
]


def translate(problem: BaseException) -> OwlakeError:
    """The error that a person sees for what DataFusion, or a kernel inside it, raised."""
    if isinstance(problem, OwlakeError):
        return problem
    text = str(problem)
    token = _TOKEN.search(text)
    if token:
        with _lock:
            known = _raised.get(int(token[1]))
        if known is not None:
            return known
    for pattern, translation in _TRANSLATIONS:
        found = pattern.search(text)
        if found:
            return translation(found)
    return error("GENERIC_INTERNAL_ERROR", text)
