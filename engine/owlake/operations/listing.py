"""Which procedures there are: for SHOW PROCEDURES, completion, documentation and the hints of errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from owlake.connector.connector import Connector
from owlake.errors import OwlakeError
from owlake.operations.declaration import Operation
from owlake.operations.invocation import errors_of, known_signature
from owlake.operations.shapes import Choice
from owlake.operations.signature import Signature, literal


class CatalogsOfConnectors(Protocol):
    """The catalogs of a home beside the lake."""

    def names(self) -> list[str]:
        """Every name."""

    def connector(self, name: str) -> Connector:
        """The connector of a catalog."""


@dataclass(frozen=True, slots=True)
class ProcedureParameter:
    """A parameter.

    Attributes:
        default: As SQL writes it; None where the parameter must be given.
        choices: The texts that it can be; empty where it can be any.
    """

    name: str
    type: str
    default: str | None
    choices: tuple[str, ...] = ()

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is None


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure as SQL has it."""

    catalog: str
    schema: str
    name: str
    parameters: tuple[ProcedureParameter, ...]
    arguments: str
    description: str


Unavailable = Callable[[str, OwlakeError], None]
"""Told of a catalog whose connector cannot be made, or an operation that SQL cannot express, and why."""


def procedures(
    catalogs: CatalogsOfConnectors, names: Sequence[str] | None = None, unavailable: Unavailable = lambda *_: None
) -> Iterator[Procedure]:
    """The procedures of these catalogs, or of all, by name."""
    for catalog, operations in operations_by_catalog(catalogs, names, unavailable):
        for operation in sorted(operations, key=lambda one: (one.schema, one.name)):
            try:
                signature = known_signature(catalog, operation)
            except OwlakeError as problem:
                unavailable(catalog, problem)
                continue
            yield procedure(catalog, operation, signature)


def procedure(catalog: str, operation: Operation, signature: Signature) -> Procedure:
    """An operation as a procedure."""
    parameters = tuple(
        ProcedureParameter(
            one.name,
            str(one.shape.type),
            None if one.required else literal(one.left_out()),
            one.shape.values if isinstance(one.shape, Choice) else (),
        )
        for one in signature.parameters
    )
    return Procedure(catalog, operation.schema, operation.name, parameters, signature.arguments, operation.description)


def operations_by_catalog(
    catalogs: CatalogsOfConnectors, names: Sequence[str] | None = None, unavailable: Unavailable = lambda *_: None
) -> Iterator[tuple[str, Sequence[Operation]]]:
    """The operations of each catalog; one that is broken does not keep the others from being seen."""
    for catalog in catalogs.names() if names is None else names:
        try:
            yield catalog, operations_of_catalog(catalogs, catalog)
        except OwlakeError as problem:
            unavailable(catalog, problem)


def operations_of_catalog(catalogs: CatalogsOfConnectors, catalog: str) -> Sequence[Operation]:
    """The operations of a catalog. Errors: what its connector says when it is made."""
    with errors_of(catalog):
        return catalogs.connector(catalog).operations()
