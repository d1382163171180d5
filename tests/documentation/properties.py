"""The page of docs/ that lists properties and settings."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from pathlib import Path

from owlake.home import Home
from owlake.home_settings import S3_SETTINGS
from owlake.lake.property_registry import Clause, TableProperty, properties_of
from owlake.properties import DESCRIPTIONS, SessionProperties
from tests.documentation.procedures import BuiltIn

_LAKE = Path(__file__).parents[2] / "engine" / "owlake" / "lake"
_GENERATED = "<!-- Written by `python -m tests.documentation`; a test holds it to the registries. -->\n"

_INTRODUCTION = """\
Everything that can be set: of a [table](#create-table-as), of its [files](#serdes), of its
[partitions](#partition-projection), of a [session](#sessions), of a [catalog](#catalogs), of a [home](#homes). Names
and meanings are Athena's where Athena has them
([CREATE TABLE](https://docs.aws.amazon.com/athena/latest/ug/create-table.html),
[CREATE TABLE AS](https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html)). The prompt's completion knows the
same list.

```sql
CREATE TABLE cities WITH (format = 'PARQUET', write_compression = 'ZSTD', compression_level = 9) AS
SELECT * FROM (VALUES ('oslo', 0.7), ('lima', 10.1)) AS t (city, million);

ALTER TABLE cities SET TBLPROPERTIES ('classification' = 'parquet');

SHOW TBLPROPERTIES cities ('classification');
```

```text
prpt_name       prpt_value
--------------  ------------
classification  parquet
```

A property that a CTAS does not know, or that would mean nothing, is refused. What TBLPROPERTIES and SERDEPROPERTIES do
not know is kept and shown, as in Hive.
"""

_PLACES = {"get": 0, "require": 0, "pair": 0, "positive_integer": 0, "is_true": 1, "line_count": 1}
"""Which argument of the functions that read properties is a property's name."""

_SECTIONS = {
    Clause.CTAS: ("CREATE TABLE AS", "In `CREATE TABLE ... WITH (name = value, ...) AS`. Values have types."),
    Clause.UNLOAD: ("UNLOAD", "In `UNLOAD (query) TO 's3://...' WITH (name = value, ...)`. Values have types."),
    Clause.TABLE: ("Tables", "In `TBLPROPERTIES ('name' = 'value', ...)`; all values are texts."),
    Clause.PROJECTION: (
        "Partition projection",
        "In `TBLPROPERTIES`, after `projection.<column>.`; see [partition projection](partition-projection.md).",
    ),
    Clause.SERDE: (
        "SerDes",
        "In `WITH SERDEPROPERTIES ('name' = 'value', ...)`; `ROW FORMAT DELIMITED` sets the first ones.",
    ),
}

_ENVIRONMENT = {
    "OWLAKE_HOME": "The home, where none is named",
    "OWLAKERC": "The file of the [prompt's settings](shell.md), else `~/.owlakerc`",
    "NO_COLOR": "No colors, whatever its value",
    "PAGER": "What longer results go through",
}


def properties_page() -> str:
    """docs/properties.md: each property, by where it is set."""
    lines = ["# Properties and settings", "", _GENERATED, _INTRODUCTION.rstrip()]
    for clause, (title, text) in _SECTIONS.items():
        header = ("property", "type", "default", "of", "")
        lines += ["", f"## {title}", "", text, "", *_table(header, map(_cells, properties_of(clause).values()))]
    lines += ["", "## Sessions", "", "In `connect(session_properties={...})`, or `--property NAME=VALUE`.", ""]
    lines += _table(("property", "default", ""), _session())
    lines += ["", "## Catalogs", "", *_catalogs()]
    lines += [
        "## Homes",
        "",
        "In `config.toml` of [the home](home.md); the environment's variable counts before it.",
        "",
    ]
    lines += _table(("setting", "type", "variable", ""), _home())
    lines += ["", "Other variables of the environment:", ""]
    lines += _table(("variable", ""), ((f"`{name}`", text) for name, text in _ENVIRONMENT.items()))
    return "\n".join(lines) + "\n"


def _cells(one: TableProperty) -> Sequence[str]:
    values = (
        f": {', '.join(f'`{value}`' for value in one.values)}" if len(one.values) > 1 and one.type != "boolean" else ""
    )
    return (f"`{one.name}`", one.type, _code(one.default), ", ".join(one.of), one.description + values)


def _code(default: str) -> str:
    return f"`{default}`" if default and " " not in default else default


def _session() -> Iterator[Sequence[str]]:
    for one in fields(SessionProperties):
        default = "none" if one.default is None else str(one.default).lower()
        yield f"`{one.name}`", _code(default), DESCRIPTIONS[one.name]


def _catalogs() -> Iterator[str]:
    yield "In `CALL system.metadata.create_catalog(...)`, or `[catalogs.NAME]` of `config.toml`; see"
    yield "[connectors](connectors.md#catalogs-that-are-attached)."
    yield ""
    with tempfile.TemporaryDirectory() as folder, Home.open(folder) as home:
        for name, factory in sorted(BuiltIn(home).factories.items()):
            if factory.properties:
                rows = (
                    (
                        f"`{one.name}`",
                        one.type.__name__,
                        "required" if one.required else _code("" if one.default is None else str(one.default)),
                        one.description + ("; never shown" if one.secret else ""),
                    )
                    for one in factory.properties
                )
                yield f"### {name}"
                yield ""
                yield from _table(("property", "type", "default", ""), rows)
                yield ""


def _home() -> Iterator[Sequence[str]]:
    for name, one in S3_SETTINGS.items():
        variable = f"`{one.variable}`" if one.variable else ""
        yield f"`storage.s3.{name}`", one.type.__name__, variable, one.description
    yield "`catalogs.NAME.connector`", "str", "", "The kind of connector; beside it the catalog's properties"
    yield "`migrations.variables.NAME`", "str", "", "A variable of [migrations](migrations.md)"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |".replace("  ", " ")
    yield f"| {' | '.join('---' for _ in header)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def read_properties() -> set[str]:
    """The names of properties that reading and writing files asks for, as literals."""
    found: set[str] = set()
    for path in _LAKE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= _asked(node)
    return found


def _asked(call: ast.Call) -> set[str]:
    place = _PLACES.get(ast.unparse(call.func).rpartition("properties.")[2].rpartition("parameters.")[2])
    name = call.args[place] if place is not None and len(call.args) > place else None
    return {name.value} if isinstance(name, ast.Constant) and isinstance(name.value, str) else set()
