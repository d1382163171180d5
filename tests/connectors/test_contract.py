"""The suite for connectors, passed by the smallest one and by one that can do everything."""

from __future__ import annotations

from types import MappingProxyType

from owlake.testing import ConnectorContract
from tests.connectors import memory, smallest


class TestSmallest(ConnectorContract):
    plugins = MappingProxyType({"squares": smallest})
    tables = ("squares.default.squares",)


class TestMemory(ConnectorContract):
    plugins = MappingProxyType({"memory": memory})
    tables = ("memories.default.every_type", "memories.default.empty")
    writable = "memories.default.every_type"
