"""What the SQL/JSON functions share: inputs read as JSON, values passed to a path, a path over each row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa

from owlake.errors import OwlakeError, error
from owlake.functions.arrays import expanded, length_of
from owlake.functions.json.documents import MAX_DEPTH, NotJsonError, Value, check_depth, read, read_value
from owlake.functions.json.extraction import UNUSUAL, member_decoder
from owlake.functions.json.path.evaluation import EMPTY_SEQUENCE, compiled_path
from owlake.functions.json.path.items import Item, PathError, Typed
from owlake.functions.json.path.nodes import ContextItem, Member
from owlake.functions.json.path.parser import parse_path
from owlake.functions.json.scanning import MalformedError, Scanner
from owlake.types.model import DATE, VARBINARY, Time, Timestamp, TimestampWithTimeZone, TimeWithTimeZone, Type

ENCODINGS = {"UTF8": "utf-8", "UTF16": "utf-16-le", "UTF32": "utf-32-le"}


@dataclass(frozen=True, slots=True)
class Input:
    """A value given to a function: text or bytes to be read as JSON (``format``), or a value of SQL of a type.

    ``format`` is ``JSON``, or the encoding of bytes; ``name`` is that of a path's variable.
    """

    type: Type
    format: str | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A path over an input, with variables."""

    function: str
    path: str
    input: Input
    parameters: tuple[Input, ...] = ()


class InputError(ValueError):
    """An input or a variable that is no JSON."""


BAD_INPUT = object()
"""Stands for a value that is no JSON."""


def json_values(column: pa.Array, format_: str) -> list[Value]:
    """The documents of a column as values; NULL is ``EMPTY_SEQUENCE``, what is no JSON is ``BAD_INPUT``."""
    encoding = ENCODINGS.get(format_, "utf-8")
    return [EMPTY_SEQUENCE if one is None else _json_value(one, encoding) for one in column.to_pylist()]


def _json_value(document: str | bytes, encoding: str) -> Value:
    text = document if isinstance(document, str) else document.decode(encoding, "replace")
    try:
        return read(text)
    except NotJsonError:
        return _first_value(text)


def _first_value(text: str) -> Value:
    """The value that a document begins with; Trino does not look at what follows it."""
    scanner = Scanner(text)
    try:
        kind = scanner.value()
        start = scanner.start
        scanner.skip(kind)
        return read(text[start : scanner.end])
    except (MalformedError, NotJsonError):
        return BAD_INPUT


_AS_SCALARS = (Time, Timestamp, TimestampWithTimeZone, TimeWithTimeZone)


def passed_values(column: pa.Array, given: Input) -> list[Item]:
    """The values of one of a path's variables; NULL of SQL is JSON's null."""
    if given.format is not None:
        return json_values(column, given.format)
    type_ = given.type
    values = list(column) if isinstance(type_, _AS_SCALARS) or type_ == DATE else column.to_pylist()
    return [None if _is_null(value) else Typed(type_, value) for value in values]


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, pa.Scalar) and not value.is_valid)


Outcome = Sequence[Item] | InputError | PathError | None


def outcomes(call: Invocation, columns: Sequence[Any]) -> Iterator[Outcome]:
    """For each row the items that the path gives, or why it gives none; None where the input is NULL."""
    length = length_of(columns)
    arrays = [expanded(column, length) for column in columns]
    names = _member_names(call)
    if names:
        yield from _member_outcomes(call, arrays[0].to_pylist(), names)
        return
    documents = json_values(arrays[0], call.input.format or "JSON")
    path = compiled_path(call.path)
    if not call.parameters:
        for document in documents:
            yield _outcome(path.evaluate, document, {})
        return
    variables = [given.name for given in call.parameters]
    passed = [passed_values(array, given) for array, given in zip(arrays[1:], call.parameters, strict=False)]
    for document, values in zip(documents, zip(*passed, strict=True), strict=True):
        if BAD_INPUT in values and document is not EMPTY_SEQUENCE:
            yield InputError(f"malformed JSON path parameter to {call.function} function")
        else:
            yield _outcome(path.evaluate, document, dict(zip(variables, values, strict=True)))


def _member_names(call: Invocation) -> list[str]:
    """The names of a path over text that is nothing but members: ``lax $.a.b``; none for any other."""
    node = parse_path(call.path).root
    names: list[str] = []
    while isinstance(node, Member) and node.key is not None and not UNUSUAL.search(node.key):
        names.append(node.key)
        node = node.base
    is_plain = isinstance(node, ContextItem) and call.input.type != VARBINARY and not call.parameters
    return names[::-1] if is_plain else []


def _member_outcomes(call: Invocation, texts: Sequence[str | None], names: Sequence[str]) -> Iterator[Outcome]:
    """The same for such a path: documents are not built where objects lead to the member at once."""
    decoders = [member_decoder(name).decode for name in names]
    evaluate = compiled_path(call.path).evaluate
    for text in texts:
        if text is None:
            yield None
            continue
        if len(text) > MAX_DEPTH:
            check_depth(text)
        part: Any = text
        try:
            for decode in decoders:
                part = decode(part).value
            found = read_value(part)
        except msgspec.DecodeError:
            # A member that is missing is no JSON either: nothing is there to decode.
            yield _outcome(evaluate, _json_value(text, "utf-8"), {})
        else:
            yield [found]


def _outcome(evaluate: Any, document: Value, variables: dict[str, Item]) -> Outcome:
    if document is EMPTY_SEQUENCE:
        return None
    if document is BAD_INPUT:
        return InputError("malformed input argument")
    try:
        found: Sequence[Item] = evaluate(document, variables)
    except PathError as problem:
        return problem
    return found


def failure_of(problem: InputError | PathError) -> OwlakeError:
    """The error that ERROR ON ERROR gives."""
    if isinstance(problem, InputError):
        return error("JSON_INPUT_CONVERSION_ERROR", f"conversion to JSON failed: {problem}")
    return error("PATH_EVALUATION_ERROR", f"path evaluation failed: {problem}")
