"""The suite for connectors, passed by the smallest one and by one that can do everything."""

from __future__ import annotations

from pathlib import Path
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


def test_the_page_about_connectors_shows_the_smallest_one() -> None:
    source = Path(smallest.__file__).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 60
    page = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text(encoding="utf-8")
    assert f"```python squares.py\n{source}```" in page
