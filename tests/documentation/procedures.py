"""The page of docs/ that lists what the built-in connectors can do."""

from __future__ import annotations

import importlib
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from owlake.home import Home
from owlake.operations.listing import Procedure, procedures
from owlake.spi import Connector, ConnectorContext, ConnectorFactory

_PROJECT = Path(__file__).parents[2] / "pyproject.toml"
_BAR = "\\|"
_GENERATED = "<!-- Written by `python -m tests.documentation`; a test holds it to the connectors. -->\n"


class BuiltIn:
    """The connectors of owlake's own plugins, each as the catalog that it is in every home, or of its own name."""

    def __init__(self, home: Home) -> None:
        self._home = home
        points = tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"].get("entry-points", {})
        modules = [importlib.import_module(name) for name in points.get("owlake", {}).values()]
        factories = [one for module in modules for one in getattr(module, "register_connectors", list)()]
        self.factories: dict[str, ConnectorFactory] = {one.catalog or one.name: one for one in factories}

    def names(self) -> list[str]:
        return sorted(self.factories)

    def connector(self, name: str) -> Connector:
        factory = self.factories[name]
        properties = {one.name: one.type() if one.default is None else one.default for one in factory.properties}
        return factory.create(ConnectorContext(name, properties, self._home.path / name, self._home))


def procedures_page() -> str:
    """docs/procedures.md: each procedure with its arguments, by catalog."""
    lines = [
        "# Procedures",
        "",
        _GENERATED,
        "What `CALL` and `connection.client` can do in the built-in connectors, as `SHOW PROCEDURES` lists it. How to",
        "call them is in [Procedures and clients](procedures-and-clients.md).",
    ]
    with tempfile.TemporaryDirectory() as folder, Home.open(folder) as home:
        built_in = BuiltIn(home)
        by_catalog: dict[str, list[Procedure]] = {}
        for one in procedures(built_in, unavailable=_refuse):
            by_catalog.setdefault(one.catalog, []).append(one)
        for catalog, found in sorted(by_catalog.items()):
            factory = built_in.factories[catalog]
            attached = (
                "" if factory.catalog else f" A kind of catalog, attached under names of your own; here `{catalog}`."
            )
            lines += ["", f"## {catalog}", "", f"{factory.description.removesuffix('.')}.{attached}", *_table(found)]
    return "\n".join(lines) + "\n"


def _table(found: list[Procedure]) -> Iterator[str]:
    yield from ("", "| procedure | arguments | |", "| --- | --- | --- |")
    for one in found:
        arguments = f"`{one.arguments}`" if one.arguments else ""
        cells = (f"`{one.schema}.{one.name}`", arguments, one.description)
        yield f"| {' | '.join(cell.replace('|', _BAR) for cell in cells)} |"


def _refuse(_: str, problem: Exception) -> None:
    raise problem
