"""The errors of clients, in botocore's shape: its own classes where it is installed, the same ones here where not."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """A service refused: ``response["Error"]`` has its code and message."""

    def __init__(self, error_response: Mapping[str, Any], operation_name: str) -> None:
        found = error_response.get("Error", {})
        code, message = (found.get(key, "Unknown") for key in ("Code", "Message"))
        super().__init__(f"An error occurred ({code}) when calling the {operation_name} operation: {message}")
        self.response = error_response
        self.operation_name = operation_name


class EventStreamError(ClientError):
    """A service ended a stream of events with an error."""


class _FormattedError(Exception):
    """An error whose text has its keyword arguments in it."""

    fmt = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(self.fmt.format(**kwargs))
        self.kwargs = kwargs


class ParamValidationError(_FormattedError):
    """Arguments that the operation does not take."""

    fmt = "Parameter validation failed:\n{report}"


class OperationNotPageableError(_FormattedError):
    """The operation gives all at once."""

    fmt = "Operation cannot be paginated: {operation_name}"


class PaginationError(_FormattedError):
    """The pages go round in circles, or the token is none."""

    fmt = "Error during pagination: {message}"


@functools.cache
def error_class(name: str) -> type[Any]:
    """The class of this name: botocore's, if it is there, so that who catches that catches ours."""
    try:
        module = importlib.import_module("botocore.exceptions")
    except ImportError:
        module = importlib.import_module(__name__)
    found: type[Any] = getattr(module, name)
    return found


@functools.cache
def service_error_class(service: str, code: str) -> type[Exception]:  # noqa: ARG001  (each service has its own)
    """The class of one error of a service, a ``ClientError``."""
    return type(code, (error_class("ClientError"),), {"__module__": __name__})


class Exceptions:
    """The errors of a service by their codes: ``except client.exceptions.ResourceInUseException``."""

    def __init__(self, service: str) -> None:
        self._service = service

    @property
    def ClientError(self) -> type[Exception]:  # noqa: N802  (botocore's name)
        """What all of them are."""
        return error_class("ClientError")

    def from_code(self, code: str) -> type[Exception]:
        """The class of an error's code, whatever it looks like."""
        return service_error_class(self._service, code)

    def __getattr__(self, code: str) -> type[Exception]:
        if not code[:1].isupper():
            text = f"There is no error {code}"
            raise AttributeError(text)
        return service_error_class(self._service, code)
