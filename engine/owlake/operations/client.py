"""Clients in boto3's shape: ``connection.client("kinesis").create_stream(StreamName="clicks")``.

A method has the operation's name, its arguments and its response the API's names. An operation never knows that it is
called so, and not from SQL.
"""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from owlake.error_codes import SYSTEM
from owlake.errors import OwlakeError, error
from owlake.operations.client_errors import Exceptions, error_class, service_error_class
from owlake.operations.columns import plain_columns
from owlake.operations.declaration import Operation
from owlake.operations.documentation import documentation
from owlake.operations.event_streams import ClientEventStream, EventStream
from owlake.operations.invocation import errors_of, invoke, known_signature
from owlake.operations.listing import CatalogsOfConnectors, operations_by_catalog
from owlake.operations.names import pascal_case
from owlake.operations.pagination import Paginator, Paging, paging_of
from owlake.operations.reading import Mismatch, Source, read
from owlake.operations.shapes import ListOf, Structure
from owlake.operations.signature import Signature
from owlake.operations.validation import problems
from owlake.operations.writing import to_api

if TYPE_CHECKING:
    from owlake.home import Home


@dataclass(frozen=True, slots=True)
class ServiceOperation:
    """An operation of a service: the catalog that does it, and its signature."""

    service: str
    catalog: str
    operation: Operation
    signature: Signature

    @property
    def api_name(self) -> str:
        """``CreateStream``."""
        return pascal_case(self.operation.name)

    def __call__(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The response to a request.

        Errors: ParamValidationError; ClientError, in the class of its code.
        """
        arguments = self._with_columns(arguments)
        report = "\n".join(problems(self.signature.parameters, arguments))
        if report:
            raise error_class("ParamValidationError")(report=report)
        try:
            values = self._values(arguments)
            response = self._response(invoke(self.catalog, self.operation, self.signature, values))
        except OwlakeError as problem:
            raise service_error_class(self.service, problem.code)(_refused(problem), self.api_name) from problem
        return {**response, "ResponseMetadata": _metadata(200)}

    def _with_columns(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """The arguments, long lists of structures as columns where nothing is wrong with them."""
        for one in self.signature.parameters:
            if isinstance(one.shape, ListOf) and one.shape.columnar and one.api_name in arguments:
                columns = plain_columns(one.shape, arguments[one.api_name])
                if columns is not None:
                    arguments = {**arguments, one.api_name: columns}
        return arguments

    def _values(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return {
                one.attribute: read(one.shape, arguments[one.api_name], one.api_name, Source.API)
                if one.api_name in arguments
                else one.left_out()
                for one in self.signature.parameters
            }
        except Mismatch as problem:
            text = f"1 validation error detected: Value at '{problem.path}' {problem.text}"
            raise error("ValidationException", text) from None

    def _response(self, value: Any) -> dict[str, Any]:
        result = self.signature.result
        with errors_of(self.catalog, self.operation):
            if result.shape is None or value is None:
                return {}
            if isinstance(value, EventStream):
                return {result.api_name: ClientEventStream(value, self._next_event)}
            if result.many:
                return {result.api_name: [to_api(result.shape, item, result.api_name) for item in value]}
            found = to_api(result.shape, value, "" if isinstance(result.shape, Structure) else result.api_name)
            return found if isinstance(result.shape, Structure) else {result.api_name: found}

    def _next_event(self, events: EventStream[Any]) -> dict[str, Any] | None:
        """The next event by its name; None behind the last. Errors: EventStreamError."""
        shape = self.signature.result.shape
        assert shape is not None
        try:
            with errors_of(self.catalog, self.operation):
                event = next(events, None)
                return None if event is None else {type(event).__name__: to_api(shape, event, "")}
        except OwlakeError as problem:
            raise error_class("EventStreamError")(_refused(problem), self.api_name) from problem


class Client:
    """A service's operations as methods; ``exceptions`` has its errors."""

    def __init__(
        self, service: str, operations: Mapping[str, ServiceOperation], check_open: Callable[[], None]
    ) -> None:
        self.exceptions = Exceptions(service)
        self._service = service
        self._operations = operations
        self._check_open = check_open

    def can_paginate(self, operation_name: str) -> bool:
        """Whether the operation of this (snake_case) name gives pages."""
        return self._paging(operation_name) is not None

    def get_paginator(self, operation_name: str) -> Paginator:
        """What asks the operation of this (snake_case) name page by page.

        Errors: OperationNotPageableError.
        """
        paging = self._paging(operation_name)
        if paging is None:
            raise error_class("OperationNotPageableError")(operation_name=operation_name)
        return Paginator(getattr(self, operation_name), paging)

    def close(self) -> None:
        """Nothing is held."""

    def __getattr__(self, name: str) -> Any:
        # Only for what is no method.
        if name.startswith("_"):
            raise AttributeError(name)
        near = get_close_matches(name, self._operations, 1)
        hint = f". Did you mean {near[0]}?" if near else ""
        text = f"{self._service!r} object has no attribute {name!r}{hint}"
        raise AttributeError(text)

    def __repr__(self) -> str:
        return f"<client of {self._service}>"

    def _paging(self, operation_name: str) -> Paging | None:
        found = self._operations.get(operation_name)
        return paging_of(found.signature) if found is not None else None

    def _called(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        self._check_open()
        return self._operations[name](arguments)


def client(home: Home, service: str) -> Any:
    """The client of a service of this home: how one connector uses what another does. Errors: SERVICE_NOT_FOUND."""
    return client_of(home.catalogs, service, lambda: None)


def client_of(catalogs: CatalogsOfConnectors, service: str, check_open: Callable[[], None]) -> Client:
    """The client of a service. Errors: SERVICE_NOT_FOUND."""
    found: dict[str, ServiceOperation] = {}
    services: dict[str, None] = {}
    for name, catalog, operation in _service_operations(catalogs, service):
        services[name] = None
        if name == service and operation.name not in found:
            # One that has no signature has no method; SHOW PROCEDURES FROM the catalog says why.
            with suppress(OwlakeError):
                signature = known_signature(catalog, operation)
                found[operation.name] = ServiceOperation(service, catalog, operation, signature)
    if not found:
        near = get_close_matches(service, services, 1)
        text = f"Unknown service: '{service}'. Valid service names are: {', '.join(sorted(services)) or 'none yet'}"
        raise error("SERVICE_NOT_FOUND", text, hint=f"Did you mean {near[0]}?" if near else None)
    methods = {name: _method(one) for name, one in sorted(found.items())}
    kind = type(pascal_case(service), (Client,), {"__doc__": f"The operations of {service}.", **methods})
    made: Client = kind(service, found, check_open)
    return made


def _service_operations(catalogs: CatalogsOfConnectors, service: str) -> Iterator[tuple[str, str, Operation]]:
    """Every operation with its service and catalog; those of the catalog that is called like the service come first."""
    names = sorted(catalogs.names(), key=lambda name: (name != service, name))
    for catalog, operations in operations_by_catalog(catalogs, names):
        for operation in operations:
            yield operation.service or catalog, catalog, operation


def _method(called: ServiceOperation) -> Callable[..., dict[str, Any]]:
    name = called.operation.name

    def method(self: Client, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if args:
            text = f"{name}() only accepts keyword arguments."
            raise TypeError(text)
        return self._called(name, kwargs)

    method.__name__ = name
    method.__qualname__ = f"{pascal_case(called.service)}.{name}"
    method.__doc__ = documentation(called.operation, called.signature)
    method.__signature__ = inspect.Signature(list(_parameters(called.signature)))  # type: ignore[attr-defined]
    return method


def _parameters(signature: Signature) -> Iterator[inspect.Parameter]:
    yield inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    for one in signature.parameters:
        default = inspect.Parameter.empty if one.required else one.left_out()
        yield inspect.Parameter(one.api_name, inspect.Parameter.KEYWORD_ONLY, default=default)


def _refused(problem: OwlakeError) -> dict[str, Any]:
    status = 500 if problem.category == SYSTEM else 400
    return {"Error": {"Code": problem.code, "Message": problem.message}, "ResponseMetadata": _metadata(status)}


def _metadata(status: int) -> dict[str, Any]:
    request = str(uuid.uuid4())
    headers = {"x-amzn-requestid": request, "content-type": "application/x-amz-json-1.1"}
    return {"RequestId": request, "HTTPStatusCode": status, "HTTPHeaders": headers, "RetryAttempts": 0}
