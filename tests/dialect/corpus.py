"""Statements that use the grammar broadly: for round trips and as the seed of mutations."""

from pathlib import Path


def _read(name: str) -> list[str]:
    """The statements of a file, which blank lines part."""
    text = Path(__file__).with_name("statements").joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return [statement.strip() for statement in text.split("\n\n")]


QUERIES = _read("queries")
TRINO = _read("trino")
HIVE = _read("hive")
