"""The catalogs of a home beside the lake: which there are, and their connectors, made when first named.

Three kinds: those that plugins bring to every home (``system``), those of ``[catalogs.NAME]`` in ``config.toml``, and
those that ``CALL system.metadata.create_catalog`` attached, which stand in the catalog database.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from owlake.connector.connector import Connector, ConnectorContext, ConnectorFactory, Property
from owlake.connector.failures import failures_of
from owlake.errors import OwlakeError, error
from owlake.plugins import Plugins

if TYPE_CHECKING:
    from owlake.catalog.sqlite import Store
    from owlake.home import Home
    from owlake.runtime.tasks import Handler, Task

LAKE = "awsdatacatalog"

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,127}")
_ENVIRONMENT = re.compile(r"\$\{ENV:([A-Za-z_][A-Za-z0-9_]*)\}")
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]*@")
"""In a URL."""
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class AttachedCatalog:
    """A catalog: its name, the kind of its connector, its properties as they were given, and who made it.

    ``origin``: PLUGIN, CONFIGURATION or CREATED.
    """

    name: str
    connector: str
    properties: Mapping[str, str]
    origin: str


class Catalogs:
    """The catalogs of one open home; safe for threads."""

    def __init__(self, home: Home, store: Store, plugins: Plugins, configured: Mapping[str, Mapping[str, Any]]) -> None:
        self._home = home
        self._store = store
        self._plugins = plugins
        self._configured = configured
        self._lock = threading.RLock()
        self._connectors: dict[str, tuple[AttachedCatalog, Connector]] = {}
        self._kinds: dict[str, ConnectorFactory] | None = None

    # Which there are ------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Every catalog beside the lake's."""
        return sorted(self.attached())

    def exists(self, name: str) -> bool:
        """Whether there is a catalog of this name."""
        return name == LAKE or name in self.attached()

    def attached(self) -> dict[str, AttachedCatalog]:
        """Every catalog beside the lake's, by name."""
        built_in = {
            factory.catalog: AttachedCatalog(factory.catalog, factory.name, {}, "PLUGIN")
            for factory in self.kinds().values()
            if factory.catalog is not None
        }
        configured = {
            name: AttachedCatalog(
                name,
                str(section.get("connector", "")),
                {key: _text(value) for key, value in section.items() if key != "connector"},
                "CONFIGURATION",
            )
            for name, section in self._configured.items()
        }
        return {**self._created(), **configured, **built_in}

    def kinds(self) -> dict[str, ConnectorFactory]:
        """Every kind of connector, by name."""
        with self._lock:
            if self._kinds is None:
                self._kinds = self._plugins.connectors()
            return self._kinds

    def stream_schemas(self) -> dict[str, str]:
        """The catalogs that have streams, each with its schema for them."""
        kinds = self.kinds()
        attached = {name: kinds.get(one.connector) for name, one in self.attached().items()}
        schemas = {name: kind.stream_schema for name, kind in attached.items() if kind is not None}
        return {name: schema for name, schema in schemas.items() if schema is not None}

    def shown_properties(self, catalog: AttachedCatalog) -> dict[str, str]:
        """Its properties as anyone may see them."""
        kind = self.kinds().get(catalog.connector)
        secret = {one.name for one in kind.properties if one.secret} if kind else set(catalog.properties)
        return {
            name: _HIDDEN if name in secret else _PASSWORD.sub(rf"\1{_HIDDEN}@", value)
            for name, value in catalog.properties.items()
        }

    # Their connectors -----------------------------------------------------------------------------------

    def connector(self, name: str) -> Connector:
        """The catalog's connector, made when it is first asked for.

        Errors: CATALOG_NOT_FOUND; INVALID_CATALOG_PROPERTY; what the connector says when it is made.
        """
        with self._lock:
            known = self._connectors.get(name)
            attached = self.attached().get(name)
            if known is not None:
                if attached == known[0]:
                    return known[1]
                # Another process dropped it, or made another of this name.
                del self._connectors[name]
                known[1].close()
            if attached is None:
                near = get_close_matches(name, [LAKE, *self.names()], n=1)
                hint = f"Did you mean {near[0]}?" if near else None
                raise error("CATALOG_NOT_FOUND", f"Catalog '{name}' does not exist", hint=hint)
            made = self._make(attached)
            self._connectors[name] = attached, made
            return made

    @contextmanager
    def trial(self, connector: str, properties: Mapping[str, str]) -> Iterator[Connector]:
        """A connector of this kind that is no catalog: to see whether its properties are good.

        Errors: as of ``connector``.
        """
        attached = AttachedCatalog(f"trial-{connector}", connector, dict(properties), "TRIAL")
        made = self._make(attached)
        try:
            with failures_of(attached.name, "trying the connector"):
                yield made
        finally:
            made.close()

    def task_handler(self, task: Task) -> Handler | None:
        """What the connector of a task's owner does for its kind; None where that is no catalog, or does nothing."""
        if task.owner not in self.attached():
            return None
        return self.connector(task.owner).task_handlers().get(task.kind)

    def close(self) -> None:
        """Close every connector that was made; one that fails does not keep the others open."""
        with self._lock:
            connectors, self._connectors = self._connectors, {}
        problem = None
        for _, connector in connectors.values():
            try:
                connector.close()
            except Exception as caught:  # noqa: BLE001  (a third party's code; the others are closed first)
                problem = caught
        if problem is not None:
            raise problem

    def _make(self, attached: AttachedCatalog) -> Connector:
        kind = self._kind(attached.connector)
        properties = _read_properties(attached, kind.properties)
        directory = self._home.path / "connectors" / attached.name
        context = ConnectorContext(attached.name, properties, directory, self._home)
        with failures_of(attached.name, "creating the connector"):
            return kind.create(context)

    def _kind(self, name: str) -> ConnectorFactory:
        kinds = self.kinds()
        if name not in kinds:
            broken = [plugin.error for plugin in self._plugins.found() if plugin.error]
            known = f"There are {', '.join(sorted(kinds))}."
            text = f"No factory for connector '{name}'"
            raise error("CONNECTOR_NOT_FOUND", text, hint=" ".join([known, *broken]))
        return kinds[name]

    # Attaching ------------------------------------------------------------------------------------------

    def create_catalog(self, name: str, connector: str, properties: Mapping[str, str]) -> None:
        """Attach a catalog; every process of the home has it at once.

        Errors: CATALOG_ALREADY_EXISTS, INVALID_CATALOG_NAME, CONNECTOR_NOT_FOUND, INVALID_CATALOG_PROPERTY.
        """
        if not is_catalog_name(name):
            hint = "Lower-case letters, digits, '_' and '-'; a letter first."
            raise error("INVALID_CATALOG_NAME", f"'{name}' is no name of a catalog", hint=hint)
        kind = self._kind(connector)
        if kind.catalog is not None:
            raise error("NOT_SUPPORTED", f"There is one catalog of {connector}: {kind.catalog}")
        attached = AttachedCatalog(name, connector, dict(properties), "CREATED")
        # The environment may be another one where the catalog is used.
        _read_properties(attached, kind.properties, with_environment=False)
        if self.exists(name):
            raise _exists_already(name)
        with self._store.write() as connection:
            if connection.execute("SELECT 1 FROM catalogs WHERE name = ?", (name,)).fetchone():
                raise _exists_already(name)
            connection.execute(
                "INSERT INTO catalogs (name, connector, properties) VALUES (?, ?, ?)",
                (name, connector, json.dumps(dict(properties))),
            )

    def drop_catalog(self, name: str) -> None:
        """Detach a catalog and cancel its tasks; what it shows is not touched.

        Errors: CATALOG_NOT_FOUND; NOT_SUPPORTED for one that a plugin or the configuration brings.
        """
        attached = self.attached().get(name)
        if attached is None and name != LAKE:
            raise error("CATALOG_NOT_FOUND", f"Catalog '{name}' does not exist")
        if attached is None or attached.origin != "CREATED":
            raise error("NOT_SUPPORTED", f"Catalog '{name}' cannot be dropped: nobody created it")
        with self._store.write() as connection:
            connection.execute("DELETE FROM catalogs WHERE name = ?", (name,))
        self._home.scheduler.cancel_all(name)
        with self._lock:
            known = self._connectors.pop(name, None)
        if known is not None:
            known[1].close()

    def _created(self) -> dict[str, AttachedCatalog]:
        with self._store.read() as connection:
            rows = connection.execute("SELECT name, connector, properties FROM catalogs").fetchall()
        return {name: AttachedCatalog(name, kind, json.loads(text), "CREATED") for name, kind, text in rows}


def is_catalog_name(name: str) -> bool:
    """Whether a catalog can be called so."""
    return _NAME.fullmatch(name) is not None


def _exists_already(name: str) -> OwlakeError:
    return error("CATALOG_ALREADY_EXISTS", f"Catalog '{name}' already exists")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_properties(
    catalog: AttachedCatalog, declared: Sequence[Property], *, with_environment: bool = True
) -> dict[str, Any]:
    """The properties in their types, with defaults. Errors: INVALID_CATALOG_PROPERTY."""
    known = {one.name: one for one in declared}
    for name in catalog.properties:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            listed = f"There are {', '.join(known)}." if known else "It has none."
            hint = f"Did you mean {near[0]}?" if near else listed
            raise _invalid(f"Catalog '{catalog.name}': connector {catalog.connector} has no property '{name}'", hint)
    for name, text in catalog.properties.items():
        if _ENVIRONMENT.search(text) and not with_environment:
            del known[name]
    return {name: _read_property(catalog, one) for name, one in known.items()}


def _read_property(catalog: AttachedCatalog, declared: Property) -> Any:
    written = catalog.properties.get(declared.name)
    if written is None:
        if declared.required:
            raise _invalid(f"Catalog '{catalog.name}': property '{declared.name}' is missing", declared.description)
        return declared.default
    text = _ENVIRONMENT.sub(lambda found: _variable(catalog, declared, found[1]), written)
    if declared.type is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        if declared.type is not bool:
            return declared.type(text)
    except ValueError:
        pass
    shown = _HIDDEN if declared.secret else text
    kind = {bool: "true or false", int: "a whole number", float: "a number"}.get(declared.type, declared.type.__name__)
    raise _invalid(f"Catalog '{catalog.name}': property '{declared.name}' cannot be '{shown}'", f"Give {kind}.")


def _variable(catalog: AttachedCatalog, declared: Property, name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        text = f"Catalog '{catalog.name}': property '{declared.name}' needs the environment variable {name}"
        raise _invalid(text, f"Set {name}.")
    return value


def _invalid(text: str, hint: str) -> OwlakeError:
    return error("INVALID_CATALOG_PROPERTY", text, hint=hint)
