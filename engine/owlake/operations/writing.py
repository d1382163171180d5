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
    match shape:
        case _ if value is None or isinstance(shape, Document):
            return value
        case Choice():
            return _text_of(shape, value, path)
        case ListOf() if isinstance(value, Columns):
            return columns_to_api(shape, value)
        case ListOf():
            items = _items(value, shape, path)
            return [to_api(shape.element, item, f"{path}[{index}]") for index, item in enumerate(items)]
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
    parts = (
        (one.api_name, to_api(one.shape, getattr(value, one.attribute), f"{path}.{one.api_name}".lstrip(".")))
        for one in shape.members
    )
    return {name: part for name, part in parts if part is not None}


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
