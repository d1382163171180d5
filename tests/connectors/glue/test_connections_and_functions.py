"""Connections and functions by Glue's operations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

import owlake
from owlake.spi import Connector, ConnectorContext, ConnectorFactory, Property, Table, error, hookimpl
from tests.connectors.glue.checked import Checked, refused
from tests.connectors.glue.lake import Lake

URL = "jdbc:doored://host:5432/shop"


class Doored(Connector):
    """A database that lets in who knows the word."""

    def __init__(self, context: ConnectorContext) -> None:
        self._properties = context.properties

    def schema_names(self) -> Sequence[str]:
        if self._properties["connection-password"] != "open":
            raise error("GENERIC_EXTERNAL", f"{self._properties['connection-url']} is shut")
        return ("public",)

    def table_names(self, _: str) -> Sequence[str]:
        return ()

    def table(self, *_: str) -> Table | None:
        return None


class Plugin:
    @hookimpl
    def register_connectors(self) -> Sequence[ConnectorFactory]:
        properties = (
            Property("connection-url", "", required=True),
            Property("connection-user", ""),
            Property("connection-password", "", secret=True),
        )
        return [ConnectorFactory("doored", Doored, "", properties)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[owlake.Connection]:
    with owlake.connect(tmp_path_factory.mktemp("glue") / "home", plugins={"doored": Plugin()}) as opened:
        opened.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
        yield opened


@pytest.fixture
def glue(home: owlake.Connection) -> Iterator[Checked]:
    found = Checked(home.client("glue"))
    yield found
    names = [one["Name"] for one in found.get_connections()["ConnectionList"]]
    found.batch_delete_connection(ConnectionNameList=names)


def connection(name: str = "shop", word: str = "open", **more: Any) -> dict[str, Any]:
    properties = {"JDBC_CONNECTION_URL": URL, "USERNAME": "reader", "PASSWORD": word}
    return {"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": properties, **more}


def test_a_connection_is_what_it_was_made_as(glue: Checked) -> None:
    given = connection(
        Description="what is sold",
        MatchCriteria=["sales"],
        PhysicalConnectionRequirements={"SubnetId": "subnet-1", "SecurityGroupIdList": ["sg-1"]},
        SparkProperties={"dbtable": "orders"},
    )
    assert glue.create_connection(ConnectionInput=given) == {"CreateConnectionStatus": "READY"}
    assert glue.get_connection(Name="shop")["Connection"] == {
        **given,
        "CreationTime": datetime(2026, 1, 1, tzinfo=UTC),
        "LastUpdatedTime": datetime(2026, 1, 1, tzinfo=UTC),
        "Status": "READY",
        "ConnectionSchemaVersion": 1,
    }
    for_spark = glue.get_connection(Name="shop", ApplyOverrideForComputeEnvironment="SPARK")["Connection"]
    assert for_spark["ConnectionProperties"] == {**given["ConnectionProperties"], "dbtable": "orders"}


def test_passwords_can_be_hidden(home: owlake.Connection, glue: Checked) -> None:
    glue.create_connection(ConnectionInput=connection())
    inside = "jdbc:doored://reader:open@host:5432/shop?ssl=true&password=open"
    glue.create_connection(
        ConnectionInput=connection("inside", ConnectionProperties={"JDBC_CONNECTION_URL": inside, "PORT": "5432"})
    )
    assert "PASSWORD" in glue.get_connection(Name="shop")["Connection"]["ConnectionProperties"]
    hidden = glue.get_connection(Name="shop", HidePassword=True)["Connection"]["ConnectionProperties"]
    assert hidden == {"JDBC_CONNECTION_URL": URL, "USERNAME": "reader"}
    listed = glue.get_connections(HidePassword=True)["ConnectionList"]
    assert ["PASSWORD" in one["ConnectionProperties"] for one in listed] == [False, False]
    assert home.execute("SELECT connection_properties FROM glue.system.connections ORDER BY name").fetchall() == [
        ({"JDBC_CONNECTION_URL": "jdbc:doored://reader:***@host:5432/shop?ssl=true&password=***", "PORT": "5432"},),
        ({"JDBC_CONNECTION_URL": URL, "USERNAME": "reader", "PASSWORD": "***"},),
    ]


def test_connections_are_filtered_and_come_in_pages(glue: Checked) -> None:
    for name, kind, criteria in (("a", "JDBC", ["x"]), ("b", "KAFKA", ["x", "y"]), ("c", "JDBC", [])):
        glue.create_connection(ConnectionInput=connection(name, ConnectionType=kind, MatchCriteria=criteria))

    def names(**arguments: Any) -> list[str]:
        return [one["Name"] for one in glue.get_connections(**arguments)["ConnectionList"]]

    assert names() == ["a", "b", "c"]
    assert names(Filter={"ConnectionType": "JDBC"}) == ["a", "c"]
    assert names(Filter={"MatchCriteria": ["x"]}) == ["a", "b"]
    assert names(Filter={"MatchCriteria": ["x", "y"], "ConnectionType": "KAFKA"}) == ["b"]
    assert names(Filter={"ConnectionSchemaVersion": 2}) == []
    token = glue.get_connections(MaxResults=2)["NextToken"]
    assert names(MaxResults=2, NextToken=token) == ["c"]


def test_a_connection_is_replaced(glue: Checked) -> None:
    glue.create_connection(ConnectionInput=connection(Description="old"))
    glue.update_connection(Name="shop", ConnectionInput=connection(MatchCriteria=["new"]))
    changed = glue.get_connection(Name="shop")["Connection"]
    assert (changed.get("Description"), changed["MatchCriteria"]) == (None, ["new"])


def test_a_connection_is_tried_by_its_connector(glue: Checked) -> None:
    glue.create_connection(ConnectionInput=connection())
    glue.test_connection(ConnectionName="shop")
    tested = glue.get_connection(Name="shop")["Connection"]
    assert (tested["Status"], tested["LastConnectionValidationTime"]) == ("READY", datetime(2026, 1, 1, tzinfo=UTC))

    glue.create_connection(ConnectionInput=connection("shut", "wrong"))
    code, text = refused(glue.test_connection, ConnectionName="shut")
    assert code == "InvalidInputException"
    assert "doored://host:5432/shop is shut" in text
    failed = glue.get_connection(Name="shut")["Connection"]
    assert (failed["Status"], failed["StatusReason"]) == ("FAILED", text)

    separate = {"HOST": "host", "PORT": "1", "DATABASE": "shop", "PASSWORD": "open"}
    glue.test_connection(TestConnectionInput={"ConnectionType": "DOORED", "ConnectionProperties": separate})
    unkept = connection("unkept", "wrong", ValidateCredentials=True)
    assert "is shut" in refused(glue.create_connection, ConnectionInput=unkept)[1]


def test_refusals_of_connections(glue: Checked) -> None:
    glue.create_connection(ConnectionInput=connection())
    assert refused(glue.create_connection, ConnectionInput=connection()) == (
        "AlreadyExistsException",
        "Connection already exists.",
    )
    not_found = ("EntityNotFoundException", "Connection none not found.")
    assert refused(glue.get_connection, Name="none") == not_found
    assert refused(glue.delete_connection, ConnectionName="none") == not_found
    assert refused(glue.update_connection, Name="none", ConnectionInput=connection("none")) == not_found
    assert glue.batch_delete_connection(ConnectionNameList=["none", "shop"]) == {
        "Succeeded": ["shop"],
        "Errors": {"none": {"ErrorCode": not_found[0], "ErrorMessage": not_found[1]}},
    }
    invalid = "InvalidInputException"
    other = {"ConnectionType": "KAFKA", "ConnectionProperties": {}}
    assert refused(glue.test_connection, TestConnectionInput=other)[0] == invalid
    assert refused(glue.test_connection)[0] == invalid
    secret = {"AuthenticationType": "BASIC", "BasicAuthenticationCredentials": {"Username": "u", "Password": "p"}}
    assert refused(glue.create_connection, ConnectionInput=connection(AuthenticationConfiguration=secret)) == (
        invalid,
        "BasicAuthenticationCredentials is not supported",
    )
    assert (
        refused(glue.create_connection, ConnectionInput=connection(ConnectionType="jdbc"))[0] == "ValidationException"
    )


# Functions ----------------------------------------------------------------------------------------------


def test_a_function_lives_and_goes_with_its_database(lake: Lake) -> None:
    glue = Checked(lake.glue)
    lake.home.scheduler.set(datetime(2026, 1, 1, tzinfo=UTC))
    glue.create_database(DatabaseInput={"Name": "db"})
    given = {
        "ClassName": "com.example.Clean",
        "OwnerName": "team",
        "OwnerType": "GROUP",
        "FunctionType": "REGULAR_FUNCTION",
        "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://lake/clean.jar"}],
    }
    glue.create_user_defined_function(DatabaseName="DB", FunctionInput={"FunctionName": "Clean", **given})
    assert glue.get_user_defined_function(DatabaseName="db", FunctionName="CLEAN")["UserDefinedFunction"] == {
        "FunctionName": "clean",
        "DatabaseName": "db",
        **given,
        "CreateTime": datetime(2026, 1, 1, tzinfo=UTC),
        "CatalogId": "123456789012",
    }
    assert refused(glue.create_user_defined_function, DatabaseName="db", FunctionInput={"FunctionName": "CLEAN"}) == (
        "AlreadyExistsException",
        "Function already exists.",
    )
    lake.sql("DROP DATABASE db CASCADE")
    glue.create_database(DatabaseInput={"Name": "db"})
    assert refused(glue.get_user_defined_function, DatabaseName="db", FunctionName="clean") == (
        "EntityNotFoundException",
        "Function clean not found.",
    )


def test_functions_are_found_by_patterns(lake: Lake) -> None:
    glue = Checked(lake.glue)
    glue.create_database(DatabaseInput={"Name": "db"})
    for name, kind in (("clean", "REGULAR_FUNCTION"), ("clear", "AGGREGATE_FUNCTION"), ("mean", "AGGREGATE_FUNCTION")):
        glue.create_user_defined_function(
            DatabaseName="db", FunctionInput={"FunctionName": name, "FunctionType": kind, "ClassName": "c"}
        )

    def names(**arguments: Any) -> list[str]:
        found = glue.get_user_defined_functions(**arguments)
        return [one["FunctionName"] for one in found["UserDefinedFunctions"]]

    assert names(DatabaseName="db", Pattern="cle*") == ["clean", "clear"]
    assert names(Pattern="*") == ["clean", "clear", "mean"]
    assert names(Pattern="*", FunctionType="AGGREGATE_FUNCTION") == ["clear", "mean"]
    token = glue.get_user_defined_functions(Pattern="*", MaxResults=2)["NextToken"]
    assert names(Pattern="*", MaxResults=2, NextToken=token) == ["mean"]
    glue.update_user_defined_function(
        DatabaseName="db", FunctionName="mean", FunctionInput={"FunctionName": "average", "ClassName": "d"}
    )
    assert names(Pattern=".*") == ["average", "clean", "clear"]
    glue.delete_user_defined_function(DatabaseName="db", FunctionName="average")
    not_found = ("EntityNotFoundException", "Function average not found.")
    assert refused(glue.delete_user_defined_function, DatabaseName="db", FunctionName="average") == not_found
