"""JSON whose rows are no lines: the property ``jsonPath``, as Glue's JSON classifiers write it down."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest

from owlake.catalog.model import SerDeInfo
from owlake.errors import OwlakeError

SERDE = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
DEEP = 20_000
"""Deeper than any table, and than a thread's stack."""


def table(lake, columns: str, path: str, serde: str = SERDE) -> None:
    lake.table(columns, serde, jsonPath=path.replace("'", r"\'"))


@pytest.mark.parametrize(
    ("content", "path", "rows"),
    [
        ('{"a":1}{"a":2} {"a":3}', "$", [1, 2, 3]),
        ('{\n  "a": 1\n}\n{\n  "a":\n2}', "$", [1, 2]),
        ('\ufeff{"a":1}\r\n{"a":2}\r\n', "$", [1, 2]),
        ("", "$", []),
        ('[{"a":1},\n {"a":2}]', "$[*]", [1, 2]),
        ('[{"a":1}]\n[{"a":2}]', "$[*]", [1, 2]),
        ('[{"a":1},{"a":2}]', "$[1]", [2]),
        ('[{"a":1}]', "$[1]", []),
        ('{"Records":[{"a":1},{"a":2}]}', "$.Records[*]", [1, 2]),
        ('{"Records":null}', "$.Records[*]", []),
        ('{"r":{"x":{"a":1},"y":{"a":2}}}', "$.r.*", [1, 2]),
        ('{"odd key":{"a":1}}', "$['odd key']", [1]),
        ('{"x":[{"y":[{"a":1},{"a":2}]},{"y":[{"a":3}]},{}]}', "$.x[*].y[*]", [1, 2, 3]),
        # Only objects are rows.
        ('[{"a":1},7,"x",null,[{"a":2}]]', "$[*]", [1]),
        # Brackets and quotes in texts are no brackets and quotes.
        (json.dumps([{"t": '[[{"\\' * 500, "a": 1}]), "$[*]", [1]),
    ],
)
def test_rows_are_where_the_path_leads(lake, content, path, rows):
    lake.put("f.json", content.encode())
    table(lake, "a int", path)
    assert [row[0] for row in lake.rows()] == rows
    assert lake.rows("SELECT count(*) FROM t") == [(len(rows),)]


@pytest.mark.parametrize(
    "serde", [SERDE, "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'"], ids=["OpenX", "Hive"]
)
def test_values_are_read_as_those_of_lines(lake, serde):
    rows = [{"id": number, "s": {"Name": f"é\n{number}"}, "n": [1.5, None], "d": number / 8} for number in range(9000)]
    lake.put("f.json.gz", gzip.compress(json.dumps({"Records": rows}, indent=2).encode()))
    table(lake, "id bigint, s struct<name:string>, n array<double>, d decimal(10,3)", "$.Records[*]", serde)
    assert lake.rows("SELECT count(*), sum(id), min(n[1]), sum(d) FROM t") == [
        (9000, sum(range(9000)), 1.5, sum(range(9000)) / 8)
    ]
    assert lake.rows('SELECT s.name, "$path" FROM t WHERE id = 8999') == [("é\n8999", f"{lake.location}f.json.gz")]


def test_a_number_is_kept_as_it_was_written(lake):
    lake.put("f.json", b'[{"a": 1.10}, {"a": 123456789012345678901234567890}]')
    table(lake, "a decimal(38,2)", "$[*]")
    assert [str(row[0]) for row in lake.rows()] == ["1.10", "123456789012345678901234567890.00"]


def test_an_array_is_one_record_of_a_column(lake):
    """As Glue's crawlers have it: https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html."""
    lake.put("f.json", b'[\n{"x":1},\n{"x":2}\n]')
    lake.put("g.json", b"[]")
    table(lake, "`array` array<struct<x:int>>", "$")
    assert sorted(len(row[0]) for row in lake.rows()) == [0, 2]
    assert lake.rows('SELECT u.x FROM t CROSS JOIN UNNEST("array") AS u(x) ORDER BY 1') == [(1,), (2,)]


def test_a_value_that_does_not_fit_names_its_record(lake):
    lake.put("f.json", b'[{"a":1},\n\n{"a":"x"}]')
    table(lake, "a int", "$[*]")
    with pytest.raises(OwlakeError) as caught:
        lake.rows()
    assert caught.value.code == "HIVE_BAD_DATA"
    assert caught.value.hint == f"Record 2 of {lake.location}f.json"


@pytest.mark.parametrize(
    "content", ['{"a":1}\n{"a":', '[{"a":1}', "once upon a time", f"{'[' * DEEP}{']' * DEEP}", '{"a":' * DEEP]
)
def test_what_is_no_json_is_an_error(lake, content):
    lake.put("f.json", content.encode())
    table(lake, "a int", "$")
    with pytest.raises(OwlakeError, match="HIVE_CURSOR_ERROR"):
        lake.rows()


def test_what_is_no_path_is_an_error(lake):
    lake.put("f.json", b'{"a":1}')
    table(lake, "a int", "$.x[?(@.y)]")
    with pytest.raises(OwlakeError, match=r"HIVE_INVALID_METADATA.*cannot be read from"):
        lake.rows()


def test_rows_inside_of_documents_cannot_be_inserted(lake):
    lake.put("f.json", b'[{"a":1}]')
    table(lake, "a int", "$[*]")
    with pytest.raises(OwlakeError, match=r"NOT_SUPPORTED.*jsonPath"):
        lake.session.execute("INSERT INTO t VALUES 2")
    assert lake.rows() == [(1,)]
    table(lake, "a int", "$")
    lake.put("f.json", b'{\n"a":1}')
    lake.session.execute("INSERT INTO t VALUES 2")
    assert sorted(lake.rows()) == [(1,), (2,)]


def test_a_table_without_formats_is_none_that_athena_reads(lake):
    """Crawlers make such tables of XML."""
    lake.put("f.xml", b"<r><a>1</a></r>")
    lake.table("a int", "")
    with lake.session.home.metastore.write() as catalog:
        found = catalog.get_table("default", "t")
        storage = replace(found.storage, input_format="", output_format="", serde=SerDeInfo(""))
        catalog.update_table(replace(found, storage=storage), expected_version=found.version_id)
    with pytest.raises(OwlakeError, match="HIVE_UNSUPPORTED_FORMAT: Unable to create input format"):
        lake.rows()
