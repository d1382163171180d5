"""Plugins: found by the entry points of the group ``owlake``, loaded when something is asked for that they may add.

The built-in ones go the same way as anyone's. One that is broken costs a readable line, not the session.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from pluggy import PluginManager

    from owlake.connector.connector import ConnectorFactory
    from owlake.connector.destinations import DeliveryDestinationFactory
    from owlake.functions.registry import Family
    from owlake.lake.formats.base import Format

T = TypeVar("T")

GROUP = "owlake"

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was found.

    Attributes:
        name: The entry point's name.
        distribution: What it was installed with; None for one that a program brought along.
        version: The distribution's.
        hooks: What it implements.
        error: Why it, or a part of it, is missing, in one line; None where all is well.
    """

    name: str
    distribution: str | None = None
    version: str | None = None
    hooks: tuple[str, ...] = ()
    error: str | None = None


class Plugins:
    """The plugins of one open home. Nothing is imported before it is asked for; safe for threads.

    ``modules`` are plugins beside the installed ones, by name: what a test or a program brings along.
    """

    def __init__(self, modules: Mapping[str, object] | None = None) -> None:
        self._modules = dict(modules or {})
        self._lock = threading.RLock()
        self._manager: PluginManager | None = None
        self._found: dict[str, Plugin] = {}

    def found(self) -> tuple[Plugin, ...]:
        """Every plugin, broken ones too."""
        with self._lock:
            self._loaded()
            return tuple(self._found.values())

    def connectors(self) -> dict[str, ConnectorFactory]:
        """Every kind of connector, by name; of two with one name, or with one catalog, the first that was found."""
        from owlake.connector.connector import ConnectorFactory  # noqa: PLC0415  (queries of the lake need none)

        kinds: dict[str, ConnectorFactory] = {}
        for name, factory in self._registered("register_connectors", ConnectorFactory):
            objection = _objection(factory, kinds.values())
            if objection is None:
                kinds[factory.name] = factory
            else:
                self._fail(name, f"brings a connector that is left out: {objection}")
        return kinds

    def functions(self) -> list[Family]:
        """Families of functions."""
        from owlake.functions.registry import Family  # noqa: PLC0415  (as above)

        return [family for _, family in self._registered("register_functions", Family)]

    def formats(self) -> dict[str, Format]:
        """File formats, by SerDe class."""
        return {name: format_ for one in self._registered_mappings("register_formats") for name, format_ in one.items()}

    def lambdas(self) -> dict[str, Callable[[Mapping[str, Any]], Any]]:
        """Functions that transform records, by name."""
        return {name: call for one in self._registered_mappings("register_lambdas") for name, call in one.items()}

    def delivery_destinations(self) -> dict[str, DeliveryDestinationFactory]:
        """Kinds of destinations of delivery streams, by name; of two with one name the first that was found."""
        from owlake.connector.destinations import DeliveryDestinationFactory  # noqa: PLC0415  (as above)

        kinds: dict[str, DeliveryDestinationFactory] = {}
        for _, factory in self._registered("register_delivery_destinations", DeliveryDestinationFactory):
            kinds.setdefault(factory.name, factory)
        return kinds

    # Loading --------------------------------------------------------------------------------------------

    def _loaded(self) -> PluginManager:
        with self._lock:
            if self._manager is None:
                from pluggy import PluginManager  # noqa: PLC0415  (queries of the lake need no plugins)

                from owlake import hookspecs  # noqa: PLC0415  (as above)

                self._manager = PluginManager("owlake")
                self._manager.add_hookspecs(hookspecs)
                built_in, others = _entry_points()
                for point in built_in:
                    self._load(point)
                for name, module in self._modules.items():
                    self._register(Plugin(name), module)
                for point in others:
                    self._load(point)
            return self._manager

    def _load(self, point: EntryPoint) -> None:
        distribution = point.dist
        plugin = Plugin(point.name)
        if distribution is not None:
            plugin = replace(plugin, distribution=distribution.name, version=distribution.version)
        try:
            module = point.load()
        except (Exception, SystemExit) as problem:  # noqa: BLE001  (a third party's code)
            self._found[point.name] = plugin
            self._fail(point.name, "cannot be imported", problem)
        else:
            self._register(plugin, module)

    def _register(self, plugin: Plugin, module: object) -> None:
        assert self._manager is not None
        self._found[plugin.name] = plugin
        try:
            self._manager.register(module, plugin.name)
            # A mistyped hook would be passed over in silence.
            self._manager.check_pending()
        except Exception as problem:  # noqa: BLE001  (a third party's code)
            if self._manager.is_registered(module):
                self._manager.unregister(module)
            self._fail(plugin.name, "cannot be registered", problem)
        else:
            callers = self._manager.get_hookcallers(module) or []
            self._found[plugin.name] = replace(plugin, hooks=tuple(sorted(caller.name for caller in callers)))

    # Asking ---------------------------------------------------------------------------------------------

    def _registered(self, hook: str, kind: type[T]) -> Iterator[tuple[str, T]]:
        for name, found in self._answers(hook):
            try:
                things = list(found)
            except TypeError as problem:
                self._fail(name, f"gives no list in {hook}", problem)
                continue
            for thing in things:
                if isinstance(thing, kind):
                    yield name, thing
                else:
                    self._fail(name, f"gives no {kind.__name__} in {hook}", TypeError(type(thing).__name__))

    def _registered_mappings(self, hook: str) -> Iterator[Mapping[str, Any]]:
        for name, found in self._answers(hook):
            if isinstance(found, Mapping):
                yield found
            else:
                self._fail(name, f"gives no mapping in {hook}", TypeError(type(found).__name__))

    def _answers(self, hook: str) -> Sequence[tuple[str, Any]]:
        answers = []
        with self._lock:
            for implementation in getattr(self._loaded().hook, hook).get_hookimpls():
                try:
                    answers.append((implementation.plugin_name, implementation.function()))
                except (Exception, SystemExit) as problem:  # noqa: BLE001  (a third party's code)
                    self._fail(implementation.plugin_name, f"fails in {hook}", problem)
        return answers

    def _fail(self, name: str, what: str, problem: BaseException | None = None) -> None:
        plugin = self._found[name]
        origin = f" of {plugin.distribution} {plugin.version}" if plugin.distribution else ""
        reason = "" if problem is None else f": {type(problem).__name__}: {' '.join(str(problem).split())}"
        line = f"Plugin {name}{origin} {what}{reason}"
        if plugin.error is None:
            _LOG.warning(line)
        self._found[name] = replace(plugin, error=line)


def _objection(factory: ConnectorFactory, known: Iterable[ConnectorFactory]) -> str | None:
    """Why a kind of connector cannot be there beside those before it."""
    from owlake.connector.catalogs import LAKE, is_catalog_name  # noqa: PLC0415  (which has the plugins)

    if any(one.name == factory.name for one in known):
        return f"there is a connector '{factory.name}' already"
    if factory.catalog is None:
        return None
    if factory.catalog == LAKE or any(one.catalog == factory.catalog for one in known):
        return f"there is a catalog '{factory.catalog}' already"
    return None if is_catalog_name(factory.catalog) else f"'{factory.catalog}' is no name of a catalog"


def _entry_points() -> tuple[list[EntryPoint], list[EntryPoint]]:
    """Our own and the others' of the group, by name; of two with one name (an editable install) the first."""
    from importlib.metadata import entry_points  # noqa: PLC0415  (reads every installed package)

    named: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        named.setdefault(point.name, point)
    points = [named[name] for name in sorted(named)]
    built_in = [point for point in points if point.dist is not None and point.dist.name == GROUP]
    return built_in, [point for point in points if point not in built_in]
