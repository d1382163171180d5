"""Operations: methods of a connector that SQL, Python and AWS's clients can call, declared once.

``@operation`` over ``def create_stream(self, stream_name: str, shard_count: int = 1) -> None`` is the procedure
``CALL kinesis.system.create_stream(stream_name => 'clicks')`` and the client's ``create_stream(StreamName="clicks")``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, overload
from weakref import WeakKeyDictionary

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__owlake_operation__"


@dataclass(frozen=True, slots=True)
class _Mark:
    schema: str
    service: str | None
    is_table_function: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a catalog, bound to its connector.

    Attributes:
        schema: The schema of the procedure: ``CALL catalog.schema.name(...)``.
        service: The name of the client that has it: ``connection.client(service)``; None for the catalog's own name.
        description: The first paragraph of the method's docstring.
    """

    name: str
    schema: str
    service: str | None
    description: str
    signature: inspect.Signature
    method: Callable[..., Any]


@overload
def operation(method: F) -> F: ...


@overload
def operation(*, schema: str = ..., service: str | None = ...) -> Callable[[F], F]: ...


def operation(method: Any = None, *, schema: str = "system", service: str | None = None) -> Any:
    """Mark a method as an operation."""

    def mark(function: F) -> F:
        setattr(function, _MARK, _Mark(schema, service, is_table_function=False))
        return function

    return mark(method) if method is not None else mark


@overload
def table_function(method: F) -> F: ...


@overload
def table_function(*, schema: str = ...) -> Callable[[F], F]: ...


def table_function(method: Any = None, *, schema: str = "system") -> Any:
    """Mark a method that gives a ``Table`` as a table function: ``TABLE(catalog.schema.name(...))``."""

    def mark(function: F) -> F:
        setattr(function, _MARK, _Mark(schema, None, is_table_function=True))
        return function

    return mark(method) if method is not None else mark


_read: WeakKeyDictionary[Callable[..., Any], tuple[str, inspect.Signature]] = WeakKeyDictionary()
"""Descriptions and signatures that were read, by their functions."""


def operations_of(connector: object) -> tuple[Operation, ...]:
    """The marked operations of an object, by name."""
    return tuple(_marked(connector, table_functions=False))


def operation_of(method: Callable[..., Any]) -> Operation:
    """The operation that a bound method is marked as."""
    mark = getattr(method, _MARK)
    assert isinstance(mark, _Mark)
    return _operation(method.__name__, mark, method)


def table_functions_of(connector: object) -> tuple[Operation, ...]:
    """The marked table functions of an object, by name."""
    return tuple(_marked(connector, table_functions=True))


def _marked(connector: object, *, table_functions: bool) -> Iterator[Operation]:
    for name in sorted(dir(type(connector))):
        mark = getattr(getattr(type(connector), name, None), _MARK, None)
        if isinstance(mark, _Mark) and mark.is_table_function is table_functions:
            yield _operation(name, mark, getattr(connector, name))


def _operation(name: str, mark: _Mark, method: Callable[..., Any]) -> Operation:
    function = getattr(method, "__func__", method)
    if function not in _read:
        text = inspect.getdoc(method) or ""
        _read[function] = " ".join(text.split("\n\n")[0].split()), inspect.signature(method, eval_str=True)
    return Operation(name, mark.schema, mark.service, *_read[function], method)
