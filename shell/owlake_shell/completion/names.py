"""The names that completion knows, in order, so that those with a beginning are found at once among 100,000."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from owlake.types.model import Type

MOST = 200
"""More suggestions than that nobody reads."""


@dataclass(frozen=True, slots=True)
class NamedType:
    """A column, or a field of a row."""

    name: str
    type: Type | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a procedure: its name, its type's text, whether it must be given, the only texts that it takes."""

    name: str
    type: str
    is_required: bool = True
    choices: Sequence[str] = ()


class Procedures(Protocol):
    """The procedures that CALL knows."""

    def names(self, catalog: str, schema: str) -> Sequence[str]:
        """The procedures of a schema, in order."""

    def parameters(self, catalog: str, schema: str, name: str) -> Sequence[Parameter]:
        """A procedure's parameters; none where there is no such procedure."""


@dataclass(frozen=True, slots=True)
class KnownProcedures:
    """Procedures that are all at hand: their parameters, by catalog, schema and name, in order."""

    parameters_of: Mapping[tuple[str, str, str], Sequence[Parameter]] = field(default_factory=dict)

    def names(self, catalog: str, schema: str) -> Sequence[str]:
        """See ``Procedures``."""
        return [key[2] for key in self.parameters_of if key[:2] == (catalog, schema)]

    def parameters(self, catalog: str, schema: str, name: str) -> Sequence[Parameter]:
        """See ``Procedures``."""
        return self.parameters_of.get((catalog, schema, name), ())


class Names(Protocol):
    """What completion asks for. Every list is in order and in lower case."""

    @property
    def catalogs(self) -> Sequence[str]:
        """The catalogs."""

    @property
    def functions(self) -> Mapping[str, str]:
        """The functions, by name and in its order, with their signatures."""

    @property
    def procedures(self) -> Procedures:
        """The procedures."""

    @property
    def stream_properties(self) -> Mapping[str, Sequence[str]]:
        """What WITH may say of a stream, with the only values that it takes."""

    def schemas(self, catalog: str) -> Sequence[str]:
        """The schemas of a catalog; none where there is no such catalog."""

    def tables(self, catalog: str, schema: str) -> Sequence[str]:
        """The tables and views of a schema; none where there is no such schema."""

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[NamedType]:
        """The columns of a table that a query sees; none where there is no such table."""


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names that are all at hand."""

    catalogs: Sequence[str] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    procedures: Procedures = field(default_factory=KnownProcedures)
    schemas_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    tables_of: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    columns_of: Mapping[tuple[str, str, str], Sequence[NamedType]] = field(default_factory=dict)
    stream_properties: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def schemas(self, catalog: str) -> Sequence[str]:
        """See ``Names``."""
        return self.schemas_of.get(catalog, ())

    def tables(self, catalog: str, schema: str) -> Sequence[str]:
        """See ``Names``."""
        return self.tables_of.get((catalog, schema), ())

    def columns(self, catalog: str, schema: str, table: str) -> Sequence[NamedType]:
        """See ``Names``."""
        return self.columns_of.get((catalog, schema, table), ())


def starting(names: Sequence[str], prefix: str, most: int = MOST) -> Sequence[str]:
    """Those of names in order that begin so: two bisections, however many names there are."""
    first = bisect_left(names, prefix)
    last = bisect_left(names, f"{prefix}\U0010ffff", first)
    return list(islice(names, first, min(last, first + most))) if prefix else names[:most]
