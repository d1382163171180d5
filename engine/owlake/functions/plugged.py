"""The function library with what plugins add to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from owlake.functions.registry import REGISTRY, Family, Function, Registry


class PluggedRegistry(Registry):
    """Trino's functions, and behind them those of plugins: a name that Trino has keeps Trino's meaning.

    ``families`` is asked once, when a name comes that Trino does not have, or when all are listed.
    """

    def __init__(self, families: Callable[[], Sequence[Family]]) -> None:
        super().__init__()
        self._families_of_plugins = families

    def functions(self) -> list[Function]:
        """Every function that a person may call, by name."""
        plugged = [one for name, found in self._plugged.items() for one in found if not REGISTRY.overloads(name)]
        shown = [*REGISTRY.functions(), *(one for one in plugged if not one.hidden)]
        return sorted(shown, key=lambda function: function.name)

    def overloads(self, name: str) -> list[Function]:
        """The overloads of a name."""
        return REGISTRY.overloads(name) or self._plugged.get(name.lower(), [])

    @cached_property
    def _plugged(self) -> dict[str, list[Function]]:
        found: dict[str, list[Function]] = {}
        for family in self._families_of_plugins():
            for function in family.functions:
                found.setdefault(function.name, []).append(function)
        return found
