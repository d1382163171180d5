"""The generated pages say what the registry knows, and every documented function is there or said to be absent."""

from dataclasses import fields
from pathlib import Path

import pytest

from owlake.error_codes import CODES
from owlake.errors import error
from owlake.functions.registry import REGISTRY, Execution
from owlake.lake.property_registry import PROPERTIES, Clause, properties_of
from owlake.lake.writing.compression import OF_FORMATS
from owlake.statements.table_properties import TableProperties
from tests.documentation.errors import raised_codes
from tests.documentation.pages import ABSENT, APPROXIMATE, PAGES, SYNTAX, executions
from tests.documentation.properties import read_properties
from tests.documentation.rooms import imports_of_rooms, rooms_of_the_page
from tests.documentation.trino_functions import FUNCTIONS

_ROOT = Path(__file__).parents[2]
_DOCUMENTED = {name for names in FUNCTIONS.values() for name in names}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_registry_says(name: str) -> None:
    assert (_ROOT / name).read_text(encoding="utf-8") == PAGES[name](), "run python -m tests.documentation"


def test_every_documented_function_is_there_or_absent_for_a_reason() -> None:
    registered = {function.name for function in REGISTRY.functions()}
    assert _DOCUMENTED - registered - SYNTAX == set(ABSENT)


def test_what_is_said_of_functions_is_said_of_documented_ones() -> None:
    assert set(ABSENT) | set(APPROXIMATE) <= _DOCUMENTED


def test_functions_have_one_line_of_documentation() -> None:
    undocumented = [function.name for function in REGISTRY.functions() if not function.description.strip()]
    assert undocumented == []


def test_most_functions_run_natively_or_as_whole_array_kernels() -> None:
    found = executions()
    assert len(found[Execution.VALUE]) <= 0.15 * sum(map(len, found.values()))


def test_every_code_that_is_raised_has_an_entry() -> None:
    assert [f"{place}: {code}" for code, place in raised_codes() if code not in CODES] == []


def test_no_error_code_is_made_up() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for root in ("engine", "connectors", "shell")
        for path in (_ROOT / root).rglob("*.py")
        if path.name != "error_codes.py"
    )
    assert [code for code in CODES if f'"{code}"' not in source] == []


def test_the_class_of_a_code_is_the_one_that_is_raised() -> None:
    raised = {code: type(error(code, "text")).__name__ for code in CODES}
    assert raised == {code: known.kind.value for code, known in CODES.items()}


def test_every_property_that_files_are_read_by_is_in_the_registry() -> None:
    read = read_properties()
    assert {"skip.header.line.count", "separatorChar", "interval.unit", "avro.schema.url"} <= read
    assert read - {one.name for one in PROPERTIES} == set()


def test_the_registry_has_every_codec_of_a_format() -> None:
    known = {one.name: one for one in PROPERTIES if one.clause is Clause.TABLE}
    for codecs in OF_FORMATS.values():
        for name in codecs.properties:
            found = set(known[name].values)
            assert {each.lower() for each in (*codecs.names, "NONE")} <= found
            assert codecs.default in known[name].default


def test_the_registry_has_what_a_ctas_takes() -> None:
    assert list(properties_of(Clause.CTAS)) == [one.name for one in fields(TableProperties)]


def test_rooms_of_the_engine_know_what_the_page_says() -> None:
    knows = rooms_of_the_page()
    everywhere = {"errors", "error_codes", "properties", "home", "plugins"}
    assert {room: sorted(found - knows[room] - everywhere) for room, found in imports_of_rooms().items()} == {
        room: [] for room in knows
    }
