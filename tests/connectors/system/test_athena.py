"""``connection.client("athena")`` against AWS's own description of the API, and what it does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, Shape, StructureShape

import owlake
from owlake.dbapi import Connection
from owlake.operations.names import pascal_case
from owlake.operations.shapes import ListOf, Member, Structure
from owlake.operations.signature import Signature, signature_of
from owlake_connectors.system.connector import SystemConnector

OURS = {"DataUsageLimits"}
"""What owlake adds to AWS's settings."""

MODEL = botocore.session.Session().get_service_model("athena")


def _signatures() -> dict[str, Signature]:
    found = SystemConnector(None).operations()  # type: ignore[arg-type]
    return {one.name: signature_of(one) for one in found if one.service == "athena"}


SIGNATURES = _signatures()


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with owlake.connect(tmp_path / "home") as opened:
        yield opened


def test_the_operations_are_those_of_workgroups_queries_statements_and_executions() -> None:
    assert {pascal_case(name) for name in SIGNATURES} <= set(MODEL.operation_names)
    topics = ("WorkGroup", "NamedQuer", "PreparedStatement", "QueryExecution")
    theirs = {name for name in MODEL.operation_names if any(topic in name for topic in topics)}
    assert theirs - {pascal_case(name) for name in SIGNATURES} == {"StartQueryExecution"}


@pytest.mark.parametrize("name", SIGNATURES)
def test_parameters_and_results_have_the_apis_names(name: str) -> None:
    signature = SIGNATURES[name]
    model = MODEL.operation_model(pascal_case(name))
    given = {one.api_name: one for one in signature.parameters}
    assert set(given) == set(model.input_shape.members)
    assert {one for one, its in given.items() if its.required} == set(model.input_shape.required_members)
    _check_members(signature.parameters, model.input_shape)
    assert {one.api_name for one in signature.result.members} == set(model.output_shape.members)
    _check_members(signature.result.members, model.output_shape)


def _check_members(members: tuple[Member, ...], theirs: StructureShape) -> None:
    for one in members:
        if one.api_name not in OURS:
            assert one.api_name in theirs.members, one.api_name
            _check_shape(one.shape, theirs.members[one.api_name])


def _check_shape(ours: Any, theirs: Shape) -> None:
    if isinstance(ours, Structure):
        assert isinstance(theirs, StructureShape)
        _check_members(ours.members, theirs)
    elif isinstance(ours, ListOf):
        assert isinstance(theirs, ListShape)
        _check_shape(ours.element, theirs.member)


def test_a_workgroup_as_a_client_sees_it(connection: Connection) -> None:
    athena = connection.client("athena")
    athena.create_work_group(
        Name="etl",
        Configuration={
            "ResultConfiguration": {"OutputLocation": "s3://results/"},
            "EnforceWorkGroupConfiguration": False,
            "BytesScannedCutoffPerQuery": 10_000_000,
        },
        Tags=[{"Key": "team", "Value": "data"}],
    )
    found = athena.get_work_group(WorkGroup="etl")["WorkGroup"]
    # What clients look at: without these they break.
    assert found["Name"] == "etl"
    assert found["State"] == "ENABLED"
    assert "Description" not in found
    settings = found["Configuration"]
    assert settings["ResultConfiguration"] == {"OutputLocation": "s3://results/"}
    assert settings["EnforceWorkGroupConfiguration"] is False
    assert settings["BytesScannedCutoffPerQuery"] == 10_000_000
    assert settings["EngineVersion"] == {
        "SelectedEngineVersion": "AUTO",
        "EffectiveEngineVersion": "Athena engine version 3",
    }
    primary = athena.get_work_group(WorkGroup="primary")["WorkGroup"]
    assert primary["Configuration"]["ResultConfiguration"] == {}
    listed = athena.list_work_groups(MaxResults=1)
    assert [(one["Name"], one["Description"]) for one in listed["WorkGroups"]] == [("etl", "")]
    rest = athena.list_work_groups(NextToken=listed["NextToken"])
    assert [one["Name"] for one in rest["WorkGroups"]] == ["primary"]
    assert "NextToken" not in rest
    with pytest.raises(athena.exceptions.InvalidRequestException, match=r"WorkGroup is not found\."):
        athena.get_work_group(WorkGroup="nowhere")


def test_an_execution_as_a_client_sees_it(connection: Connection) -> None:
    athena = connection.client("athena")
    good = connection.execute("SELECT 1").query_execution
    with pytest.raises(owlake.Error):
        connection.execute("SELECT 1 / 0").fetchall()
    failed, succeeded = athena.list_query_executions()["QueryExecutionIds"]
    assert good is not None
    assert succeeded == good.id
    found = athena.batch_get_query_execution(QueryExecutionIds=[failed, succeeded, "x"])
    assert found["UnprocessedQueryExecutionIds"][0]["ErrorCode"] == "QUERY_EXECUTION_NOT_FOUND"
    broken, fine = found["QueryExecutions"]
    assert broken["Status"]["State"] == "FAILED"
    assert broken["Status"]["StateChangeReason"] == "DIVISION_BY_ZERO: Division by zero"
    assert broken["Status"]["AthenaError"] == {
        "ErrorCategory": 2,
        "ErrorType": 1001,
        "Retryable": False,
        "ErrorMessage": "DIVISION_BY_ZERO: Division by zero",
    }
    assert fine == athena.get_query_execution(QueryExecutionId=succeeded)["QueryExecution"]
    assert (fine["StatementType"], fine["SubstatementType"], fine["WorkGroup"]) == ("DML", "SELECT", "primary")
    assert fine["QueryExecutionContext"] == {"Database": "default", "Catalog": "awsdatacatalog"}
    assert "AthenaError" not in fine["Status"]
    athena.stop_query_execution(QueryExecutionId=succeeded)


def test_pages_of_executions_follow_each_other(connection: Connection) -> None:
    for _ in range(5):
        connection.execute("SELECT 1").fetchall()
    athena = connection.client("athena")
    pages = list(athena.get_paginator("list_query_executions").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["QueryExecutionIds"]) for page in pages] == [2, 2, 1]
    with pytest.raises(athena.exceptions.InvalidRequestException, match="less than or equal to 50"):
        athena.list_query_executions(MaxResults=51)
