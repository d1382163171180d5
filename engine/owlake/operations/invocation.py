"""Doing an operation: its own errors pass as they are, others name the catalog and the operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from owlake.errors import OwlakeError, error
from owlake.operations.checking import check_values
from owlake.operations.declaration import Operation, operation_of
from owlake.operations.reading import Mismatch
from owlake.operations.signature import Signature, signature_of


@contextmanager
def errors_of(catalog: str, operation: Operation | None = None) -> Iterator[None]:
    """Every error of a catalog's connector, or of one of its operations, as an ``OwlakeError``.

    Errors: GENERIC_INTERNAL_ERROR for what is none yet.
    """
    try:
        yield
    except OwlakeError:
        raise
    except Mismatch as problem:
        raise internal_error(catalog, operation, str(problem)) from problem
    except Exception as problem:
        raise internal_error(catalog, operation, f"{type(problem).__name__}: {problem}") from problem


def internal_error(catalog: str, operation: Operation | None, text: str) -> OwlakeError:
    """A fault of the connector."""
    what = f"{catalog}.{operation.schema}.{operation.name}" if operation is not None else f"Catalog {catalog}"
    return error("GENERIC_INTERNAL_ERROR", f"{what} failed: {text}")


def known_signature(catalog: str, operation: Operation) -> Signature:
    """The signature of an operation. Errors: GENERIC_INTERNAL_ERROR for one that SQL cannot express."""
    with errors_of(catalog, operation):
        return signature_of(operation)


def invoke(catalog: str, operation: Operation, signature: Signature, arguments: Mapping[str, Any]) -> Any:
    """What the operation gives. Errors: its own; ValidationException for what its constraints do not allow."""
    with errors_of(catalog, operation):
        check_values(signature.parameters, arguments)
        return operation.method(**arguments)


def check_arguments(method: Callable[..., Any], **arguments: Any) -> None:
    """Hold the arguments of an operation, a method of the connector itself, to its constraints.

    For what does the same by another door than a procedure or a client. Errors: ValidationException.
    """
    check_values(signature_of(operation_of(method)).parameters, arguments)
