"""Schemas and their versions by Glue's operations, their compatibility, and records that name them."""

from __future__ import annotations

import io
import json
import uuid
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import owlake
from owlake.dbapi import Connection
from owlake_connectors.schema_registry.definitions import incompatibilities
from owlake_connectors.schema_registry.json_schema import not_accepted
from owlake_connectors.schema_registry.model import Compatibility


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with owlake.connect(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def glue(connection: Connection) -> Any:
    return connection.client("glue")


def record(**fields: Any) -> str:
    """A record with fields of these types; a tuple has the default too."""
    made = [
        {"name": name, "type": type_[0], "default": type_[1]}
        if isinstance(type_, tuple)
        else {"name": name, "type": type_}
        for name, type_ in fields.items()
    ]
    return json.dumps({"type": "record", "name": "event", "fields": made})


FIRST = record(id="int")
WITH_DEFAULT = record(id="int", name=("string", ""))
WITHOUT_DEFAULT = record(id="int", name="string")
WIDER = record(id="long")
OTHER = record(id="string")

# By the specification's rules of resolution: a reader fills a missing field from its default, and widens numbers.
MODES = [
    ("NONE", OTHER, True),
    ("BACKWARD", WITH_DEFAULT, True),
    ("BACKWARD", WITHOUT_DEFAULT, False),
    ("BACKWARD", WIDER, True),
    ("BACKWARD", OTHER, False),
    ("FORWARD", WITHOUT_DEFAULT, True),
    ("FORWARD", WIDER, False),
    ("FORWARD", OTHER, False),
    ("FULL", WITH_DEFAULT, True),
    ("FULL", WITHOUT_DEFAULT, False),
    ("FULL", WIDER, False),
]


@pytest.mark.parametrize(("mode", "definition", "is_compatible"), MODES)
def test_a_version_is_held_to_the_mode_of_its_schema(
    glue: Any, mode: Compatibility, definition: str, *, is_compatible: bool
) -> None:
    glue.create_schema(SchemaName="s", DataFormat="AVRO", Compatibility=mode, SchemaDefinition=FIRST)
    made = glue.register_schema_version(SchemaId={"SchemaName": "s"}, SchemaDefinition=definition)
    assert made["Status"] == ("AVAILABLE" if is_compatible else "FAILURE")
    assert made["VersionNumber"] == 2
    latest = glue.get_schema(SchemaId={"SchemaName": "s"})["LatestSchemaVersion"]
    assert latest == (2 if is_compatible else 1)


def test_the_modes_of_all_versions_ask_every_one_of_them(glue: Any) -> None:
    # Without id the second reads the first; the third has it without a default, so it reads only the first.
    chain = [record(id="int"), record(x=("int", 0)), record(id="int", x=("int", 0))]
    for mode, expected in (("FORWARD", "AVAILABLE"), ("FORWARD_ALL", "AVAILABLE"), ("BACKWARD_ALL", "FAILURE")):
        name = mode.lower()
        glue.create_schema(SchemaName=name, DataFormat="AVRO", Compatibility="NONE", SchemaDefinition=chain[0])
        glue.register_schema_version(SchemaId={"SchemaName": name}, SchemaDefinition=chain[1])
        number = {"VersionNumber": 1}
        glue.update_schema(SchemaId={"SchemaName": name}, SchemaVersionNumber=number, Compatibility=mode)
        made = glue.register_schema_version(SchemaId={"SchemaName": name}, SchemaDefinition=chain[2])
        assert made["Status"] == expected, mode


def test_before_the_checkpoint_nothing_is_compared(glue: Any) -> None:
    schema = {"SchemaName": "s"}
    glue.create_schema(SchemaName="s", DataFormat="AVRO", Compatibility="NONE", SchemaDefinition=OTHER)
    glue.register_schema_version(SchemaId=schema, SchemaDefinition=FIRST)
    glue.update_schema(SchemaId=schema, SchemaVersionNumber={"LatestVersion": True}, Compatibility="FULL_ALL")
    assert glue.get_schema(SchemaId=schema)["SchemaCheckpoint"] == 2
    assert glue.register_schema_version(SchemaId=schema, SchemaDefinition=WITH_DEFAULT)["Status"] == "AVAILABLE"


def test_the_same_definition_is_the_same_version(glue: Any) -> None:
    made = glue.create_schema(SchemaName="s", DataFormat="AVRO", Compatibility="DISABLED", SchemaDefinition=FIRST)
    spaced = json.dumps(json.loads(FIRST), indent=4, sort_keys=True)
    again = glue.register_schema_version(SchemaId={"SchemaName": "s"}, SchemaDefinition=spaced)
    assert (again["SchemaVersionId"], again["VersionNumber"]) == (made["SchemaVersionId"], 1)
    found = glue.get_schema_by_definition(SchemaId={"SchemaName": "s"}, SchemaDefinition=spaced)
    assert found["SchemaVersionId"] == made["SchemaVersionId"]
    with pytest.raises(glue.exceptions.InvalidInputException, match="Compatibility DISABLED does not allow versioning"):
        glue.register_schema_version(SchemaId={"SchemaName": "s"}, SchemaDefinition=WIDER)


def test_versions_are_found_by_id_by_number_and_as_the_latest(glue: Any) -> None:
    first = glue.create_schema(SchemaName="s", DataFormat="AVRO", Compatibility="BACKWARD", SchemaDefinition=FIRST)
    glue.register_schema_version(SchemaId={"SchemaName": "s"}, SchemaDefinition=WIDER)
    glue.register_schema_version(SchemaId={"SchemaName": "s"}, SchemaDefinition=OTHER)
    by_id = glue.get_schema_version(SchemaVersionId=first["SchemaVersionId"])
    assert (by_id["SchemaDefinition"], by_id["VersionNumber"], by_id["DataFormat"]) == (FIRST, 1, "AVRO")
    schema = {"SchemaArn": first["SchemaArn"]}
    latest = glue.get_schema_version(SchemaId=schema, SchemaVersionNumber={"LatestVersion": True})
    assert (latest["SchemaDefinition"], latest["VersionNumber"]) == (WIDER, 2)
    failed = glue.get_schema_version(SchemaId=schema, SchemaVersionNumber={"VersionNumber": 3})
    assert failed["Status"] == "FAILURE"
    listed = glue.list_schema_versions(SchemaId=schema)["Schemas"]
    assert [(one["VersionNumber"], one["Status"]) for one in listed] == [
        (3, "FAILURE"),
        (2, "AVAILABLE"),
        (1, "AVAILABLE"),
    ]
    difference = glue.get_schema_versions_diff(
        SchemaId=schema,
        FirstSchemaVersionNumber={"VersionNumber": 1},
        SecondSchemaVersionNumber={"VersionNumber": 2},
        SchemaDiffType="SYNTAX_DIFF",
    )["Diff"]
    assert [line for line in difference.splitlines() if line[:1] in "+-"][2:] == [f"-{FIRST}", f"+{WIDER}"]


REFUSED = [
    (
        "get_registry",
        {"RegistryId": {"RegistryName": "x"}},
        "Registry is not found. RegistryName: x, RegistryArn: null",
    ),
    (
        "get_schema",
        {"SchemaId": {"SchemaName": "x"}},
        "Schema is not found. RegistryName: default-registry, SchemaName: x, SchemaArn: null",
    ),
    (
        "get_schema_version",
        {"SchemaId": {"SchemaName": "s"}, "SchemaVersionNumber": {"VersionNumber": 7}},
        (
            "Schema version is not found. RegistryName: default-registry, SchemaName: s, SchemaArn: null, "
            "VersionNumber: 7, isLatestVersion: false"
        ),
    ),
    ("get_schema_version", {"SchemaId": {"SchemaName": "s"}}, "One of version number (or) latest version is required."),
    (
        "create_schema",
        {"SchemaName": "s", "DataFormat": "AVRO", "SchemaDefinition": FIRST},
        "Schema already exists. SchemaName: s",
    ),
    (
        "create_schema",
        {"SchemaName": "t", "DataFormat": "AVRO", "SchemaDefinition": '{"type": "rec"}'},
        "Schema definition of AVRO data format is invalid: ",
    ),
    (
        "create_schema",
        {"SchemaName": "a b", "DataFormat": "AVRO", "SchemaDefinition": FIRST},
        "Value 'a b' at 'schemaName' failed to satisfy constraint",
    ),
]


@pytest.mark.parametrize(("verb", "arguments", "text"), REFUSED, ids=[f"{one[0]}: {one[2][:40]}" for one in REFUSED])
def test_what_is_refused_is_told_in_the_words_of_the_service(
    glue: Any, verb: str, arguments: dict[str, Any], text: str
) -> None:
    glue.create_schema(SchemaName="s", DataFormat="AVRO", SchemaDefinition=FIRST)
    with pytest.raises(glue.exceptions.ClientError) as caught:
        getattr(glue, verb)(**arguments)
    assert text in str(caught.value)


def test_registries_hold_schemas(glue: Any) -> None:
    made = glue.create_registry(RegistryName="r", Description="d", Tags={"team": "web"})
    glue.create_schema(RegistryId={"RegistryName": "r"}, SchemaName="s", DataFormat="AVRO", SchemaDefinition=FIRST)
    assert [
        one["SchemaName"] for one in glue.list_schemas(RegistryId={"RegistryArn": made["RegistryArn"]})["Schemas"]
    ] == ["s"]
    glue.update_registry(RegistryId={"RegistryName": "r"}, Description="other")
    assert glue.get_registry(RegistryId={"RegistryName": "r"})["Description"] == "other"
    with pytest.raises(glue.exceptions.AlreadyExistsException, match="Registry already exists"):
        glue.create_registry(RegistryName="r")
    pages = glue.get_paginator("list_registries").paginate(MaxResults=1)
    assert [one["RegistryName"] for page in pages for one in page["Registries"]] == ["r"]
    glue.delete_registry(RegistryId={"RegistryName": "r"})
    assert glue.list_schemas()["Schemas"] == []


def test_versions_are_deleted_but_for_the_checkpoint(glue: Any) -> None:
    schema = {"SchemaName": "s"}
    glue.create_schema(SchemaName="s", DataFormat="AVRO", Compatibility="BACKWARD", SchemaDefinition=FIRST)
    glue.register_schema_version(SchemaId=schema, SchemaDefinition=WIDER)
    problems = glue.delete_schema_versions(SchemaId=schema, Versions="1-3")["SchemaVersionErrors"]
    assert [(one["VersionNumber"], one["ErrorDetails"]["ErrorCode"]) for one in problems] == [
        (1, "InvalidInputException"),
        (3, "EntityNotFoundException"),
    ]
    assert [one["VersionNumber"] for one in glue.list_schema_versions(SchemaId=schema)["Schemas"]] == [1]


def test_versions_are_marked(glue: Any) -> None:
    made = glue.create_schema(SchemaName="s", DataFormat="AVRO", SchemaDefinition=FIRST)
    id_ = {"SchemaVersionId": made["SchemaVersionId"]}
    pair = {"MetadataKey": "stage", "MetadataValue": "test"}
    assert glue.put_schema_version_metadata(**id_, MetadataKeyValue=pair)["LatestVersion"] is True
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.put_schema_version_metadata(**id_, MetadataKeyValue=pair)
    found = glue.query_schema_version_metadata(**id_)["MetadataInfoMap"]
    assert found["stage"]["MetadataValue"] == "test"
    glue.remove_schema_version_metadata(**id_, MetadataKeyValue=pair)
    assert glue.query_schema_version_metadata(**id_)["MetadataInfoMap"] == {}


def test_a_definition_is_looked_at_alone(glue: Any) -> None:
    check = glue.check_schema_version_validity
    assert check(DataFormat="AVRO", SchemaDefinition=FIRST)["Valid"] is True
    found = check(DataFormat="AVRO", SchemaDefinition='{"type": "record"}')
    assert found["Valid"] is False
    assert found["Error"].startswith("Schema definition of AVRO data format is invalid: ")
    assert check(DataFormat="JSON", SchemaDefinition='{"type": "object"}')["Valid"] is True
    assert check(DataFormat="JSON", SchemaDefinition="{")["Valid"] is False


def test_the_registry_is_tables_too(connection: Connection, glue: Any) -> None:
    glue.create_schema(SchemaName="s", DataFormat="AVRO", Compatibility="BACKWARD", SchemaDefinition=FIRST)
    glue.register_schema_version(SchemaId={"SchemaName": "s"}, SchemaDefinition=OTHER)
    schemas = (
        "SELECT registry_name, schema_name, compatibility, latest_schema_version FROM schema_registry.system.schemas"
    )
    assert connection.execute(schemas).fetchall() == [("default-registry", "s", "BACKWARD", 1)]
    versions = "SELECT version_number, status, failure_reason LIKE 'not BACKWARD compatible with version 1: %'"
    found = connection.execute(f"{versions} FROM schema_registry.system.schema_versions ORDER BY 1").fetchall()
    assert found == [(1, "AVAILABLE", None), (2, "FAILURE", True)]
    connection.execute("CALL schema_registry.system.create_registry('r')")
    assert connection.execute("SELECT count(*) FROM schema_registry.system.registries").fetchall() == [(2,)]


# Records ---------------------------------------------------------------------------------------------------


def datum(definition: str, row: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    fastavro.schemaless_writer(sink, fastavro.parse_schema(json.loads(definition)), row)
    return sink.getvalue()


def test_records_name_their_schemas_in_a_header(connection: Connection, glue: Any) -> None:
    kinesis = connection.client("kinesis")
    first = glue.create_schema(SchemaName="s", DataFormat="AVRO", Compatibility="BACKWARD", SchemaDefinition=FIRST)
    second = glue.register_schema_version(SchemaId={"SchemaName": "s"}, SchemaDefinition=WITH_DEFAULT)
    connection.execute("CREATE STREAM events (id BIGINT, name VARCHAR) WITH (format = 'avro', schema_name = 's')")
    ids = [uuid.UUID(one["SchemaVersionId"]).bytes for one in (first, second)]
    plain = b"\x03\x00" + ids[0] + datum(FIRST, {"id": 1})
    packed = b"\x03\x05" + ids[1] + zlib.compress(datum(WITH_DEFAULT, {"id": 2, "name": "x"}))
    unknown = b"\x03\x00" + uuid.UUID(int=7).bytes + b"\x02"
    for record_ in (plain, packed, unknown, b"\x02", b"\x03\x05" + ids[1] + bytes(4)):
        kinesis.put_record(StreamName="events", Data=record_, PartitionKey="k")
    with pytest.raises(zlib.error) as caught:
        zlib.decompress(bytes(4))
    query = 'SELECT id, name, "$error" FROM kinesis.streams.events ORDER BY "$sequence_number"'
    assert connection.execute(query).fetchall() == [
        (1, None, None),
        (2, "x", None),
        (None, None, "Schema version is not found. SchemaVersionId: 00000000-0000-0000-0000-000000000007"),
        (None, None, "no header of the schema registry, and the stream has no avro_schema"),
        (None, None, f"not compressed as its header says: {caught.value}"),
    ]


def test_rows_are_written_with_the_latest_schema(connection: Connection, glue: Any) -> None:
    made = glue.create_schema(SchemaName="s", DataFormat="AVRO", SchemaDefinition=WITH_DEFAULT)
    connection.execute("CREATE STREAM events (id BIGINT, name VARCHAR) WITH (format = 'avro', schema_name = 's')")
    connection.execute("INSERT INTO kinesis.streams.events VALUES (7, 'x')")
    rows = connection.execute('SELECT id, name, "$data" FROM kinesis.streams.events').fetchall()
    header = b"\x03\x00" + uuid.UUID(made["SchemaVersionId"]).bytes
    assert rows == [(7, "x", header + datum(WITH_DEFAULT, {"id": 7, "name": "x"}))]
    with pytest.raises(owlake.Error, match="The row does not fit the Avro schema"):
        connection.execute("INSERT INTO kinesis.streams.events VALUES (NULL, 'x')")


def test_json_records_have_the_header_too(connection: Connection, glue: Any) -> None:
    kinesis = connection.client("kinesis")
    made = glue.create_schema(SchemaName="j", DataFormat="JSON", SchemaDefinition='{"type": "object"}')
    connection.execute("CREATE STREAM events (id BIGINT)")
    id_ = uuid.UUID(made["SchemaVersionId"]).bytes
    records = [b'{"id":1}', b"\x03\x00" + id_ + b'{"id":2}', b"\x03\x05" + id_ + zlib.compress(b'{"id":3}'), b"\x03"]
    for one in records:
        kinesis.put_record(StreamName="events", Data=one, PartitionKey="k")
    query = 'SELECT id, "$error" FROM kinesis.streams.events ORDER BY "$sequence_number"'
    assert connection.execute(query).fetchall() == [(1, None), (2, None), (3, None), (None, "not a JSON object")]


# JSON ------------------------------------------------------------------------------------------------------


OPEN = {"type": "object", "properties": {"a": {"type": "integer"}}}
JSON = [
    ({**OPEN, "required": ["a"]}, OPEN, False),
    (OPEN, {**OPEN, "required": ["a"]}, True),
    ({"type": ["string", "null"]}, {"type": "string"}, True),
    ({"type": "integer"}, {"type": "number"}, False),
    ({"type": "number"}, {"type": "integer"}, True),
    ({"enum": [1, 2]}, {"enum": [1]}, True),
    ({"enum": [1]}, {"enum": [1, 2]}, False),
    ({"minimum": 1}, {"minimum": 2}, True),
    ({"maximum": 1}, {"maximum": 2}, False),
    ({**OPEN, "additionalProperties": False}, OPEN, False),
    ({"type": "array", "items": {"type": "string"}}, {"type": "array"}, False),
    ({"pattern": "a"}, {"pattern": "b"}, False),
    ({}, {"anyOf": [{"type": "string"}]}, True),
    ({"type": "string", "title": "t"}, {"type": "string"}, True),
]


@pytest.mark.parametrize(("reader", "writer", "is_accepted"), JSON)
def test_json_schemas_are_compared_by_the_values_that_they_allow(
    reader: Any, writer: Any, *, is_accepted: bool
) -> None:
    assert (not_accepted(reader, writer) == []) is is_accepted
    problems = incompatibilities("JSON", "NONE", json.dumps(reader), [], 1)
    assert problems == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=5,
)
SCHEMAS = st.recursive(
    st.sampled_from([{}, {"type": "integer"}, {"type": "number"}, {"type": ["string", "null"]}, {"enum": [1, "a"]}])
    | st.builds(lambda least, most: {"minimum": least, "maxLength": most}, st.integers(-2, 2), st.integers(0, 2)),
    lambda inner: st.builds(lambda items: {"type": "array", "items": items}, inner)
    | st.builds(
        lambda properties, required, others: {
            "type": "object", "properties": properties, "required": required, "additionalProperties": others,
        },
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
        st.lists(st.sampled_from(["a", "b"]), max_size=2, unique=True),
        st.booleans() | inner,
    ),
    max_leaves=4,
)  # fmt: skip


@given(SCHEMAS, SCHEMAS, st.lists(VALUES, max_size=10))
def test_what_is_taken_for_accepted_is_accepted(reader: Any, writer: Any, values: list[Any]) -> None:
    if not_accepted(reader, writer):
        return
    for value in values:
        if jsonschema.Draft7Validator(writer).is_valid(value):
            assert jsonschema.Draft7Validator(reader).is_valid(value)
