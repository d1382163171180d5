"""Plugins: found by the entry points of the group ``owlake``, loaded when something is asked for that they may add.

The built-in ones go the same way as anyone's. One that is broken costs a readable line, not the session.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from pluggy import PluginManager

    from owlake.connector.connector import ConnectorFactory
    from owlake.functions.registry import Family
    from owlake.lake.formats.base import Format

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
        """Every kind of connector, by name; of two with one name the first that was found."""
        kinds: dict[str, ConnectorFactory] = {}
        for factory in self._registered("register_connectors"):
            kinds.setdefault(factory.name, factory)
        return kinds

    def functions(self) -> list[Family]:
        """Families of functions."""
        return list(self._registered("register_functions"))

    def formats(self) -> dict[str, Format]:
        """File formats, by SerDe class."""
        return {name: format_ for one in self._registered_mappings("register_formats") for name, format_ in one.items()}

    # Loading --------------------------------------------------------------------------------------------

    def _loaded(self) -> PluginManager:
        with self._lock:
            if self._manager is None:
                from pluggy import PluginManager  # noqa: PLC0415  (queries of the lake need no plugins)

                from owlake import hookspecs  # noqa: PLC0415  (as above)

                self._manager = PluginManager("owlake")
                self._manager.add_hookspecs(hookspecs)
                for name, module in self._modules.items():
                    self._register(Plugin(name), module)
                for point in _entry_points():
                    self._load(point)
            return self._manager

    def _load(self, point: EntryPoint) -> None:
        distribution = point.dist
        plugin = Plugin(point.name)
        if distribution is not None:
            plugin = replace(plugin, distribution=distribution.name, version=distribution.version)
        try:
            module = point.load()
        except Exception as problem:  # noqa: BLE001  (a third party's code)
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

    def _registered(self, hook: str) -> Iterator[Any]:
        for name, found in self._answers(hook):
            try:
                yield from list(found)
            except TypeError as problem:
                self._fail(name, f"gives no list in {hook}", problem)

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
                except Exception as problem:  # noqa: BLE001  (a third party's code)
                    self._fail(implementation.plugin_name, f"fails in {hook}", problem)
        # pluggy has the latest first.
        return answers[::-1]

    def _fail(self, name: str, what: str, problem: Exception) -> None:
        plugin = self._found[name]
        origin = f" of {plugin.distribution} {plugin.version}" if plugin.distribution else ""
        reason = " ".join(str(problem).split())
        line = f"Plugin {name}{origin} {what}: {type(problem).__name__}: {reason}"
        if plugin.error is None:
            _LOG.warning(line)
        self._found[name] = replace(plugin, error=line)


def _entry_points() -> list[EntryPoint]:
    """Those of the group, by name; of two with one name (an editable install beside another) the first."""
    from importlib.metadata import entry_points  # noqa: PLC0415  (reads every installed package)

    named: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        named.setdefault(point.name, point)
    return [named[name] for name in sorted(named)]
