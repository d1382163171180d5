"""Connectors: each is one catalog in SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from owlake.connector.table import Table

if TYPE_CHECKING:
    from owlake.connector.session_view import SessionView
    from owlake.connector.streams import Streams
    from owlake.home import Home
    from owlake.operations.declaration import Operation
    from owlake.runtime.tasks import Handler


class Connector(ABC):
    """One catalog: schemas of tables, and what can be done there. Required: ``table_names`` and ``table``.

    One is made for each open home, when a statement first names its catalog, and used from several threads.
    """

    def schema_names(self) -> Iterable[str]:
        """Every schema that has tables, in lower case."""
        return ("default",)

    def database_name(self) -> str | None:
        """What the source itself calls what the catalog shows; None where it is no database with a name."""
        return None

    @abstractmethod
    def table_names(self, schema: str) -> Iterable[str]:
        """The tables of a schema, in lower case; none for a schema that is not there."""

    @abstractmethod
    def table(self, schema: str, name: str) -> Table | None:
        """The table of this name; None where there is none."""

    def table_for(self, session: SessionView, schema: str, name: str) -> Table | None:  # noqa: ARG002
        """The table as a session sees it: what statements ask for. The same for every session unless it is overridden.

        Hide nothing by it: who may see what is not decided here.
        """
        return self.table(schema, name)

    def operations(self) -> Sequence[Operation]:
        """What ``CALL`` and ``connection.client`` can do: the methods marked with ``@operation``."""
        from owlake.operations.declaration import operations_of  # noqa: PLC0415  (queries need none)

        return operations_of(self)

    def table_functions(self) -> Sequence[Operation]:
        """What ``TABLE(catalog.schema.name(...))`` can name: the methods marked with ``@table_function``.

        They give a ``Table``.
        """
        from owlake.operations.declaration import table_functions_of  # noqa: PLC0415  (queries need none)

        return table_functions_of(self)

    def streams(self, schema: str) -> Streams | None:  # noqa: ARG002
        """What CREATE STREAM makes and ALTER STREAM changes in a schema; None where it has no streams."""
        return None

    def task_handlers(self) -> Mapping[str, Handler]:
        """Background work: what does the tasks of each kind, such as ``firehose.flush``.

        The tasks are scheduled with ``context.home.scheduler``, the catalog's name as their owner. A task that the end
        of a process cut off is done again: what must not be done twice has to notice that.
        """
        return {}

    def close(self) -> None:  # noqa: B027  (most hold nothing)
        """Give back what the connector holds: connections, files, threads. Called once, when the home is closed."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a catalog: what ``create_catalog`` and ``config.toml`` may set.

    Attributes:
        secret: Never shown; better given as ``${ENV:NAME}`` than written down.
        choices: The only texts that it takes, as completion offers them; none where there are others.
    """

    name: str
    description: str
    type: type = str
    default: Any = None
    required: bool = False
    secret: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConnectorContext:
    """What a connector is made with.

    Attributes:
        catalog: The name of its catalog.
        properties: Its properties, every declared one, with values of their types.
        directory: A folder of the home that is the catalog's own; it may not be there yet.
        home: The open home: its clock, scheduler, history.
    """

    catalog: str
    properties: Mapping[str, Any]
    directory: Path
    home: Home


@dataclass(frozen=True, slots=True)
class ConnectorFactory:
    """A kind of connector, as a plugin registers it.

    Attributes:
        name: What ``create_catalog`` calls it: ``postgresql``.
        create: Makes the connector of one catalog. It does not connect to anything yet.
        description: What it is for, in one line.
        properties: What a catalog of this kind can be told.
        catalog: The name of a catalog that every home has without asking; None for kinds that are attached.
        stream_schema: The schema of its streams, which CREATE STREAM means where a name has none; None without streams.
    """

    name: str
    create: Callable[[ConnectorContext], Connector]
    description: str
    properties: Sequence[Property] = field(default=())
    catalog: str | None = None
    stream_schema: str | None = None
