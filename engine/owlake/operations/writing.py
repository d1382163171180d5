"""Values that operations give: as SQL's rows and as boto3's responses."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from enum import Enum
from typing import Any

from owlake.functions.json.documents import normal_text
from owlake.operations.columns import Columns, columns_to_api
from owlake.operations.reading import Mismatch, Source, check_depth, read, wrong
from owlake.operations.shapes import Choice, Document, ListOf, MapOf, Scalar, Shape, Structure
from owlake.types.model import VARCHAR

_MILLISECOND = timedelta(milliseconds=1)


def to_sql(shape: Shape, value: Any, path: str) -> Any:
    """The value in the form that Arrow makes the Trino type of. Errors: Mismatch, for one of another shape."""
    if value is None:
        return None
    match shape:
        case Document():
            return json_text(value, path)
        case Choice():
            return _text_of(shape, value, path)
        case ListOf():
            items = _items(value, shape, path)
            return [to_sql(shape.element, item, f"{path}[{index}]") for index, item in enumerate(items)]
        case MapOf():
            entries = _entries(value, shape, path)
            return [(key, to_sql(shape.value, one, f"{path}.{key}")) for key, one in entries.items()]
        case Structure():
            return structure_to_sql(shape, value, path)
        case Scalar() if shape.python is timedelta and isinstance(value, timedelta) and value % _MILLISECOND:
            raise Mismatch(path, f"must be whole milliseconds, not {value}")
        case _:
            return read(shape, value, path, Source.TYPED)


def structure_to_sql(shape: Structure, value: Any, path: str) -> dict[str, Any]:
    """The fields of a dataclass by their names."""
    if not isinstance(value, shape.python):
        raise wrong(shape, value, path)
    return {
        one.name: to_sql(one.shape, getattr(value, one.attribute), f"{path}.{one.name}".lstrip("."))
        for one in shape.members
    }


def to_api(shape: Shape, value: Any, path: str) -> Any:
    """The value as boto3 shows it: members by the API's names, those that are None left out.

    Errors: Mismatch, for one of another shape.
    """
    if value is None or _is_plain(shape, value):
        return value
    match shape:
        case Document():
            return value
        case Choice():
            return _text_of(shape, value, path)
        case ListOf() if isinstance(value, Columns):
            return columns_to_api(shape, value)
        case ListOf():
            items = _items(value, shape, path)
            element = shape.element
            return [
                item if _is_plain(element, item) else to_api(element, item, f"{path}[{index}]")
                for index, item in enumerate(items)
            ]
        case MapOf():
            entries = _entries(value, shape, path)
            return {key: to_api(shape.value, one, f"{path}.{key}") for key, one in entries.items()}
        case Structure():
            return _structure_to_api(shape, value, path)
        case _:
            return read(shape, value, path, Source.TYPED)


def _structure_to_api(shape: Structure, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, shape.python):
        raise wrong(shape, value, path)
    found = {}
    for one in shape.members:
        part = getattr(value, one.attribute)
        if part is not None and not _is_plain(one.shape, part):
            part = to_api(one.shape, part, f"{path}.{one.api_name}".lstrip("."))
        if part is not None:
            found[one.api_name] = part
    return found


def _is_plain(shape: Shape, value: Any) -> bool:
    """Whether the value is the same in an API, as most are: texts of any length, and booleans."""
    kind = type(value)
    if type(shape) is not Scalar or shape.python is not kind:
        return False
    return (kind is str and shape.type is VARCHAR) or kind is bool


def json_text(value: Any, path: str) -> str:
    """A document as SQL holds it: equal ones are the same text."""
    check_depth(value, path)
    try:
        written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_jsonable)
    except (TypeError, ValueError) as problem:
        raise Mismatch(path, f"must be JSON: {problem}") from problem
    return normal_text(written)


def _jsonable(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    text = f"a {type(value).__name__} has no form in JSON"
    raise TypeError(text)


def _text_of(shape: Choice, value: Any, path: str) -> str:
    text = value.value if isinstance(value, Enum) else value
    if not isinstance(text, str):
        raise wrong(shape, value, path)
    return text


def _items(value: Any, shape: Shape, path: str) -> Any:
    if not isinstance(value, list | tuple | Columns):
        raise wrong(shape, value, path)
    return value


def _entries(value: Any, shape: Shape, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(shape, value, path)
    return value
