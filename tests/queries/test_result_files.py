"""Results as Athena leaves them in their location: names, bytes, and what is left when something fails."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pyarrow as pa
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

import owlake
from owlake.dbapi import Connection
from owlake.home import Home
from owlake.queries.column_info import ColumnInfo
from owlake.queries.model import QueryExecution, State
from owlake.queries.results.metadata import encode
from owlake.queries.workgroup import ResultConfiguration, WorkGroupConfiguration
from owlake.session import Session
from tests.s3_server import ask

# Two files that Athena wrote, kept by github.com/burtcorp/athena-jdbc (src/test/resources/protobuf).
ATHENAS_INTEGERS = bytes.fromhex(
    "0a1b32303139303531335f3135323233365f30303131345f6e3773777522250a0468697665"
    "22055f636f6c302a055f636f6c303207696e7465676572380a40004803500022250a0468697665"
    "22055f636f6c312a055f636f6c313207696e7465676572380a40004803500022250a0468697665"
    "22055f636f6c322a055f636f6c323207696e7465676572380a400048035000"
)
ATHENAS_ARRAY = bytes.fromhex(
    "0a1b32303139303432335f3132353132385f30303030315f656874757222190a0468697665"
    "22036172792a036172793205617272617948 03".replace(" ", "")
)


def schema_of_metadata() -> type:
    """The message as protobuf's own library reads it."""
    file = descriptor_pb2.FileDescriptorProto(name="metadata.proto", syntax="proto2")
    column = file.message_type.add(name="Column")
    names = ("catalog", "schema", "table", "name", "label", "type", "precision", "scale", "nullable", "case_sensitive")
    for number, name in enumerate(names, 1):
        kind = 9 if number <= 6 else 8 if name == "case_sensitive" else 5
        column.field.add(name=name, number=number, type=kind, label=1)
    message = file.message_type.add(name="Metadata")
    message.field.add(name="query_id", number=1, type=9, label=1)
    message.field.add(name="update_type", number=2, type=9, label=1)
    message.field.add(name="update_count", number=3, type=3, label=1)
    message.field.add(name="columns", number=4, type=11, type_name=".Column", label=3)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Metadata"))


METADATA = schema_of_metadata()


@pytest.fixture
def session(home: Home) -> Iterator[Session]:
    home.storage.create_bucket("results")
    with Session(home, properties={"output_location": "s3://results/a/"}) as opened:
        yield opened


def names(home: Home) -> list[str]:
    """What lies in the location of results."""
    return sorted(file.uri.removeprefix("s3://results/a/") for file in home.storage.list_files("s3://results/a/"))


def content(home: Home, uri: str) -> str:
    return home.storage.read(uri).decode()


def metadata(home: Home, uri: str):
    return METADATA.FromString(home.storage.read(uri))


# Forms --------------------------------------------------------------------------------------------------


def test_metadata_is_athenas_byte_for_byte() -> None:
    integers = [ColumnInfo(name, "integer", 10) for name in ("_col0", "_col1", "_col2")]
    assert encode("20190513_152236_00114_n7swu", integers) == ATHENAS_INTEGERS
    assert encode("20190423_125128_00001_ehtur", [ColumnInfo("ary", "array")]) == ATHENAS_ARRAY


def test_a_query_leaves_csv_and_metadata(home: Home, session: Session) -> None:
    result = session.execute(
        """SELECT 1 AS "Id", 'say "hi"' AS quote, CAST(NULL AS varchar) AS nothing, '' AS empty, 'a' || chr(10) || 'b'
        AS lines, ARRAY[1, NULL] AS a, MAP(ARRAY['k'], ARRAY[1.5E0]) AS m,
        CAST(ROW(1, 'x') AS row(n integer, s varchar)) AS r,
        TIMESTAMP '2020-01-01 01:02:03' AS t, 1E10 AS d, true AS b, X'68656c' AS bytes,
        DATE '2024-02-29' AS day"""
    )
    place = result.execution.output_location
    assert place == f"s3://results/a/{result.execution.id}.csv"
    assert content(home, place) == (
        '"Id","quote","nothing","empty","lines","a","m","r","t","d","b","bytes","day"\n'
        '"1","say ""hi""",,"","a\nb","[1, null]","{k=1.5}","{n=1, s=x}","2020-01-01 01:02:03","1.0E10","true",'
        '"68 65 6c","2024-02-29"\n'
    )
    found = metadata(home, place + ".metadata")
    assert [column.name for column in found.columns] == [column.name for column in result.columns]
    shown = {
        column.name: (column.type, column.precision, column.scale, column.HasField("precision"))
        for column in found.columns
    }
    assert shown["Id"] == ("integer", 10, 0, True)
    assert shown["quote"] == ("varchar", 8, 0, True)
    assert shown["a"] == ("array", 0, 0, False)
    assert shown["day"] == ("date", 0, 0, False)
    assert {(column.catalog, column.nullable) for column in found.columns} == {("hive", 3)}
    assert [column.name for column in found.columns if column.case_sensitive] == ["quote", "nothing", "empty", "lines"]
    assert names(home) == sorted([f"{result.execution.id}.csv", f"{result.execution.id}.csv.metadata"])


def test_no_rows_leave_the_line_of_names(home: Home, session: Session) -> None:
    execution = session.execute("SELECT 1 AS a WHERE false").execution
    assert content(home, execution.output_location) == '"a"\n'


def test_the_rows_are_given_as_well_and_the_execution_is_over_before_them(session: Session) -> None:
    result = session.execute("SELECT x, CAST(x AS varchar) AS s FROM UNNEST(sequence(1, 3)) AS t(x)")
    assert (result.execution.state, result.execution.rows) == (State.SUCCEEDED, 3)
    assert result.table().to_pylist() == [{"x": 1, "s": "1"}, {"x": 2, "s": "2"}, {"x": 3, "s": "3"}]


@pytest.mark.parametrize(
    ("statement", "text", "columns"),
    [
        ("SHOW DATABASES", "d\ndefault", ["database_name"]),
        (
            "DESCRIBE d.t",
            "a".ljust(20) + "\t" + "int".ljust(20) + "\t" + " " * 20,
            ["col_name", "data_type", "comment"],
        ),
        ("CREATE DATABASE other", "", None),
        ("EXPLAIN (TYPE VALIDATE) SELECT 1", "Valid\ntrue", ["Valid"]),
        ("DROP TABLE d.t", "", None),
        ("ALTER TABLE d.t ADD COLUMNS (b int)", "", []),
    ],
)
def test_what_is_no_query_leaves_text(
    home: Home, session: Session, statement: str, text: str, columns: list[str] | None
) -> None:
    session.execute("CREATE DATABASE d")
    session.execute("CREATE EXTERNAL TABLE d.t (a int) LOCATION 's3://results/t/'")
    execution = session.execute(statement).execution
    assert execution.output_location == f"s3://results/a/{execution.id}.txt"
    assert content(home, execution.output_location) == text
    if columns is None:
        assert f"{execution.id}.txt.metadata" not in names(home)
        return
    found = metadata(home, execution.output_location + ".metadata")
    assert [column.name for column in found.columns] == columns
    if not columns:
        assert (found.query_id, found.ByteSize()) == (execution.id, 38)


def test_functions_are_shown_as_csv(home: Home, session: Session) -> None:
    execution = session.execute("SHOW FUNCTIONS LIKE 'split_p%'").execution
    (line,) = csv.DictReader(io.StringIO(content(home, f"s3://results/a/{execution.id}.csv")))
    assert (line["Function"], line["Deterministic"]) == ("split_part", "true")


@pytest.mark.parametrize(
    ("statement", "place", "update_type", "count"),
    [
        ("CREATE TABLE n AS SELECT * FROM (VALUES 1, 2) AS v(x)", "tables/", "CREATE TABLE", 2),
        ("INSERT INTO t VALUES 2, 3, 4", "", "INSERT", 3),
        ("INSERT INTO t SELECT 1 WHERE false", "", "INSERT", 0),
        ("UNLOAD (SELECT 1 AS a) TO 's3://results/u/' WITH (format = 'PARQUET')", "", "UNLOAD", 1),
        ("EXECUTE p USING 9", "", "INSERT", 1),
    ],
)
def test_what_writes_files_leaves_their_list_and_a_count(
    home: Home, session: Session, statement: str, place: str, update_type: str, count: int
) -> None:
    session.execute("CREATE TABLE t AS SELECT 1 AS x")
    session.execute("PREPARE p FROM INSERT INTO t VALUES ?")
    execution = session.execute(statement).execution
    assert execution.output_location == f"s3://results/a/{place}{execution.id}"
    found = metadata(home, execution.output_location + ".metadata")
    assert (found.update_type, found.update_count, found.HasField("update_count")) == (update_type, count, True)
    assert [(column.name, column.type, column.precision) for column in found.columns] == [("rows", "bigint", 19)]
    manifest = execution.output_location + "-manifest.csv"
    assert execution.data_manifest_location == (manifest if count else None)
    if count:
        listed = content(home, manifest).splitlines()
        assert listed
        assert all(home.storage.file(line) for line in listed)
    else:
        assert home.storage.file(manifest) is None


def test_what_answers_with_rows_and_writes_leaves_its_count(home: Home, session: Session) -> None:
    session.execute("CREATE STREAM kinesis.streams.s (n bigint)")
    result = session.execute("INSERT INTO kinesis.streams.s VALUES 1, 2")
    execution = result.execution
    assert result.table().num_rows == 2
    assert (execution.state, execution.rows) == (State.SUCCEEDED, 2)
    found = metadata(home, f"s3://results/a/{execution.id}.metadata")
    assert (found.update_type, found.update_count) == ("INSERT", 2)
    assert execution.id not in names(home)


# Where --------------------------------------------------------------------------------------------------


def test_without_a_location_nothing_is_written(home: Home) -> None:
    with Session(home) as session:
        execution = session.execute("SELECT 1").execution
        assert execution.output_location == ""
        session.execute("SHOW DATABASES")
    assert home.storage.list_buckets() == []


def test_a_workgroup_that_enforces_its_location_wins(home: Home) -> None:
    home.storage.create_bucket("own")
    home.storage.create_bucket("given")
    home.workgroups.create("etl", WorkGroupConfiguration(ResultConfiguration("s3://own/etl/")))
    with Session(home, properties={"workgroup": "etl", "output_location": "s3://given/"}) as session:
        execution = session.execute("SELECT 1").execution
    assert [file.uri for file in home.storage.list_files("s3://given/")] == []
    assert content(home, f"s3://own/etl/{execution.id}.csv") == '"_col0"\n"1"\n'


def test_a_connection_says_where_and_the_api_tells_it(tmp_path: Path) -> None:
    with owlake.connect(tmp_path / "home", result_location="s3://results") as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x").close()
        shown = executions(connection)
        made, asked = shown["CREATE_TABLE_AS_SELECT"], shown["SELECT"]
    (made_id, asked_id) = (one["QueryExecutionId"] for one in (made, asked))
    assert asked["ResultConfiguration"]["OutputLocation"] == f"s3://results/{asked_id}.csv"
    assert "DataManifestLocation" not in asked["Statistics"]
    assert made["ResultConfiguration"]["OutputLocation"] == f"s3://results/tables/{made_id}"
    assert made["Statistics"]["DataManifestLocation"] == f"s3://results/tables/{made_id}-manifest.csv"


def executions(connection: Connection) -> dict[str, dict]:
    """Executions as the API shows them, by kind."""
    connection.execute("SELECT 1").fetchall()
    athena = connection.client("athena")
    ids = athena.list_query_executions()["QueryExecutionIds"]
    found = [athena.get_query_execution(QueryExecutionId=one)["QueryExecution"] for one in ids]
    return {one["SubstatementType"]: one for one in found}


def test_a_bucket_that_is_missing_is_made_in_a_home_and_refused_when_strict(home: Home) -> None:
    with Session(home, properties={"output_location": "s3://new/"}) as session:
        execution = session.execute("SELECT 1").execution
        (warning,) = execution.warnings
        assert "Unable to verify/create output bucket new" in warning.message
        assert session.execute("SELECT 1").execution.warnings == []
    strict = Session(home, properties={"output_location": "s3://newer/", "athena_strict": True})
    with strict, pytest.raises(owlake.Error, match=r"^Unable to verify/create output bucket newer$"):
        strict.execute("SELECT 1")
    assert not home.storage.bucket_exists("newer")
    assert len(list(home.history.executions())) == 2


# What fails ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statement", ["SELECT 1 / (x - 45000) FROM UNNEST(sequence(1, 50000)) AS t(x)", "SELECT nope"])
def test_a_query_that_fails_leaves_nothing(home: Home, session: Session, statement: str) -> None:
    with pytest.raises(owlake.Error):
        session.execute(statement)
    assert names(home) == []


def test_a_statement_of_hives_that_fails_leaves_its_reason(home: Home, session: Session) -> None:
    with pytest.raises(owlake.Error) as failed:
        session.execute("DROP TABLE nope")
    (name,) = names(home)
    assert content(home, f"s3://results/a/{name}") == str(failed.value)


def test_a_cancelled_query_leaves_nothing(home: Home, session: Session) -> None:
    sql = "SELECT x, sin(x) FROM UNNEST(sequence(1, 50000)) AS a(x), UNNEST(sequence(1, 50000)) AS b(y)"
    stops: list[threading.Thread] = []

    def began(stop) -> None:
        stops.append(threading.Timer(0.3, stop))
        stops[0].start()

    with pytest.raises(owlake.Error, match="USER_CANCELED"):
        session.execute(sql, began=began)
    stops[0].join()
    assert names(home) == []
    assert next(iter(home.history.executions())).state is State.CANCELLED


_ENDLESS = """
import sys, owlake
with owlake.connect(sys.argv[1], result_location="s3://results/a/") as connection:
    connection.execute("SELECT x, sin(y) FROM UNNEST(sequence(1, 50000)) AS a(x), UNNEST(sequence(1, 50000)) AS b(y)")
"""


def test_a_process_that_is_killed_leaves_nothing_that_looks_like_a_result(home: Home, session: Session) -> None:
    folder = home.storage.local_path("s3://results/a/")
    assert folder is not None
    process = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(home.path)])
    try:
        while not any(folder.glob(".*.csv.unfinished")):
            assert process.poll() is None
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()
    assert list(folder.glob("[!.]*")) == []
    session.execute("SELECT 1")
    assert not any(folder.glob(".*"))
    (killed,) = (one for one in home.history.executions() if "50000" in one.query)
    assert killed.state is State.FAILED


def test_a_place_that_cannot_be_written_to_is_named(home: Home, session: Session) -> None:
    folder = home.storage.local_path("s3://results/")
    assert folder is not None
    (folder / "a").write_text("no folder")
    with pytest.raises(owlake.Error, match=r"^Failed to write query results to Amazon S3: s3://results/a/.*\.csv: "):
        session.execute("SELECT 1")
    assert next(iter(home.history.executions())).state is State.FAILED


def test_a_full_disk_is_an_error_and_leaves_nothing(
    home: Home, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = home.storage.open_output

    def nearly_full(uri: str) -> pa.NativeFile:
        real(uri).close()
        return pa.OSFile("/dev/full", mode="wb")

    monkeypatch.setattr(home.storage, "open_output", nearly_full)
    with pytest.raises(owlake.Error, match=r"Failed to write query results to Amazon S3: .*No space left on device"):
        session.execute("SELECT x FROM UNNEST(sequence(1, 50000)) AS t(x)")
    monkeypatch.undo()
    assert names(home) == []


def test_what_was_written_stays_where_only_its_count_cannot_be(
    home: Home, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.execute("CREATE TABLE t WITH (external_location = 's3://results/t/') AS SELECT 1 AS x")
    real = home.storage.open_output

    def refused(uri: str) -> pa.NativeFile:
        return (
            pa.OSFile("/dev/full", mode="wb") if uri.endswith((".metadata.unfinished", "-manifest.csv")) else real(uri)
        )

    monkeypatch.setattr(home.storage, "open_output", refused)
    execution: QueryExecution = session.execute("INSERT INTO t VALUES 2").execution
    assert execution.state is State.SUCCEEDED
    assert any("No space left" in warning.message for warning in execution.warnings)
    monkeypatch.undo()
    assert session.execute("SELECT count(*) FROM t").table()[0].to_pylist() == [2]


def test_large_results_wait_on_disk_not_in_memory(home: Home, session: Session) -> None:
    sql = "SELECT x, rpad('', 400, 'x') AS s FROM UNNEST(sequence(1, 400)) AS a(x), UNNEST(sequence(1, 500)) AS b(y)"
    before = pa.total_allocated_bytes()
    result = session.execute(sql)
    assert pa.total_allocated_bytes() - before < 48 << 20
    assert sum(batch.num_rows for batch in result) == 200_000
    size = home.storage.file(result.execution.output_location)
    assert size is not None
    assert size.size > 80_000_000


# On a server --------------------------------------------------------------------------------------------


def test_results_go_to_a_server_as_well(s3_server: str, tmp_path: Path) -> None:
    ask(s3_server, "POST", "/moto-api/reset")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text(
        f'[storage.s3]\nendpoint_url = "{s3_server}"\naccess_key = "testing"\nsecret_key = "testing"\n'
    )
    s3 = boto3.client(
        "s3",
        endpoint_url=s3_server,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106  (of a server that asks for none)
        region_name="us-east-1",
    )
    with owlake.connect(tmp_path / "home", result_location="s3://answers/x/") as connection:
        with pytest.raises(owlake.Error, match="Unable to verify/create output bucket answers"):
            connection.execute("SELECT 1")
        s3.create_bucket(Bucket="answers")
        cursor = connection.execute("SELECT x FROM UNNEST(sequence(1, 3)) AS t(x) ORDER BY x")
        assert cursor.fetchall() == [(1,), (2,), (3,)]
        with pytest.raises(owlake.Error, match="DIVISION_BY_ZERO"):
            connection.execute("SELECT 1 / (x - 45000) FROM UNNEST(sequence(1, 50000)) AS t(x)")
        (execution, *_) = (one for one in connection.home.history.executions() if one.state is State.SUCCEEDED)
    found = [each["Key"] for each in s3.list_objects_v2(Bucket="answers")["Contents"]]
    # Arrow keeps the folder of what it deletes.
    keys = [key for key in found if key != "x/"]
    assert keys == [f"x/{execution.id}.csv", f"x/{execution.id}.csv.metadata"]
    assert s3.get_object(Bucket="answers", Key=keys[0])["Body"].read() == b'"x"\n"1"\n"2"\n"3"\n'
