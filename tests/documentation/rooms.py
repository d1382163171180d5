"""The rooms of the engine: what docs/architecture.md says that each may know, and what each imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_ENGINE = _ROOT / "engine" / "owlake"
_ROW = re.compile(r"^\| `(\w+)/` \| .* \| ([^|]*) \|$", re.MULTILINE)


def rooms_of_the_page() -> dict[str, set[str]]:
    """Each room of the page's table, and those that it may know."""
    rows = _ROW.findall((_ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    rooms: dict[str, set[str]] = {}
    for room, known in rows:
        rooms[room] = set(rooms) if known == "everything above" else set(known.split(", ")) - {"nothing"}
    return rooms


def imports_of_rooms() -> dict[str, set[str]]:
    """What the modules of each room import of other rooms; not for types alone."""
    return {path.name: _of(path) - {path.name} for path in _ENGINE.iterdir() if (path / "__init__.py").exists()}


def _of(room: Path) -> set[str]:
    modules = (ast.parse(path.read_text(encoding="utf-8")) for path in room.rglob("*.py"))
    return {other for module in modules for other in _imported(module)}


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("owlake."):
        yield (node.module or "").split(".")[1]
    for child in ast.iter_child_nodes(node):
        yield from _imported(child)
