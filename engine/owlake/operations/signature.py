"""The signature of an operation: its parameters and what it gives, as every door reads them."""

from __future__ import annotations

import collections.abc
import decimal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from inspect import Parameter
from types import NoneType
from typing import Any, get_args, get_origin
from weakref import WeakKeyDictionary

from owlake.connector.table import Table
from owlake.operations.declaration import Operation
from owlake.operations.event_streams import EventStream
from owlake.operations.names import sql_name
from owlake.operations.shapes import Member, Shape, Structure, api_name_of, member, shape_of, unwrapped

_ROWS = (
    list,
    collections.abc.Sequence,
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.Generator,
    EventStream,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What an operation gives.

    Attributes:
        shape: The form of one row, or of the one value; None where nothing is given.
        many: Whether any number of rows comes.
        api_name: What the response calls it, where it is no structure.
    """

    shape: Shape | None
    many: bool = False
    api_name: str = "Result"

    @property
    def members(self) -> tuple[Member, ...]:
        """The columns of the rows."""
        if self.shape is None:
            return ()
        if isinstance(self.shape, Structure):
            return self.shape.members
        column = "result" if self.api_name in ("Result", "Items") else _snake_case(self.api_name)
        return (Member(column, column, self.api_name, self.shape),)


@dataclass(frozen=True, slots=True)
class Signature:
    """An operation's parameters and result; as text, what a call of it looks like."""

    name: str
    parameters: tuple[Member, ...]
    result: Result

    def __str__(self) -> str:
        return f"{self.name}({self.arguments})"

    @property
    def arguments(self) -> str:
        """``stream_name varchar, shard_count bigint = 1``."""
        return ", ".join(map(parameter_text, self.parameters))

    def parameter(self, name: str) -> Member | None:
        """The parameter of this name in SQL."""
        return next((one for one in self.parameters if one.name == name), None)


_read: WeakKeyDictionary[Callable[..., Any], tuple[tuple[Member, ...], Result]] = WeakKeyDictionary()
"""Those that were read, by their functions: a service has a hundred, and each client wants all of them."""


def signature_of(operation: Operation) -> Signature:
    """The signature of an operation.

    Errors: TypeError, for a parameter or result without an annotation, or with one that has no type in SQL.
    """
    function = getattr(operation.method, "__func__", operation.method)
    found = _read.get(function)
    if found is None:
        parameters = tuple(map(_parameter, operation.signature.parameters.values()))
        found = _read[function] = parameters, _result(operation)
    return Signature(operation.name, *found)


def parameter_text(parameter: Member) -> str:
    """``shard_count bigint = 1``."""
    declared = f"{parameter.name} {parameter.shape.type}"
    return declared if parameter.required else f"{declared} = {literal(parameter.left_out())}"


def literal(value: Any) -> str:
    """A default as SQL writes it."""
    match value:
        case None | bool():
            return "NULL" if value is None else str(value).lower()
        case Enum():
            return literal(value.value)
        case str():
            quoted = value.replace("'", "''")
            return f"'{quoted}'"
        case bytes():
            return f"X'{value.hex().upper()}'"
        case decimal.Decimal():
            return f"DECIMAL '{value}'"
        case datetime():
            return f"TIMESTAMP '{value.replace(tzinfo=None)}{' UTC' if value.tzinfo else ''}'"
        case date():
            return f"DATE '{value}'"
        case timedelta():
            return f"INTERVAL '{value.total_seconds():.10g}' SECOND"
        case Mapping():
            parts = (f"ARRAY[{', '.join(map(literal, part))}]" for part in (value.keys(), value.values()))
            return f"MAP({', '.join(parts)})" if value else "MAP()"
        case Sequence():
            return f"ARRAY[{', '.join(map(literal, value))}]"
        case _ if is_dataclass(value):
            return f"ROW({', '.join(literal(getattr(value, one.name)) for one in fields(value))})"
        case _:
            return str(value)


def _parameter(parameter: Parameter) -> Member:
    if parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD, Parameter.POSITIONAL_ONLY):
        text = f"{parameter.name}: operations have named parameters only"
        raise TypeError(text)
    if parameter.annotation is Parameter.empty:
        text = f"{parameter.name} has no annotation"
        raise TypeError(text)
    return member(parameter.name, parameter.annotation, parameter.default, parameter.name)


def _result(operation: Operation) -> Result:
    annotation = operation.signature.return_annotation
    if annotation is Parameter.empty:
        text = "There is no annotation for what it gives"
        raise TypeError(text)
    plain, _ = unwrapped(annotation)
    if plain in (None, NoneType) or (isinstance(plain, type) and issubclass(plain, Table)):
        # What a table function gives is a table: its columns are known once it is called.
        return Result(None)
    if get_origin(plain) in _ROWS:
        return Result(shape_of(get_args(plain)[0], "result"), many=True, api_name=api_name_of(annotation) or "Items")
    return Result(shape_of(annotation, "result"), api_name=api_name_of(annotation) or "Result")


def _snake_case(name: str) -> str:
    parts: list[str] = []
    for index, letter in enumerate(name):
        starts = letter.isupper() and index > 0 and (name[index - 1].islower() or name[index + 1 : index + 2].islower())
        parts.append(f"_{letter}" if starts else letter)
    return sql_name("".join(parts))
