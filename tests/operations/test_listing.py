"""The procedures as completion and documentation see them."""

from __future__ import annotations

from owlake.dbapi import Connection
from owlake.errors import OwlakeError
from owlake.operations.listing import ProcedureParameter, procedures


def test_a_procedure_has_everything_that_completion_needs(connection: Connection) -> None:
    found = {(one.catalog, one.schema, one.name): one for one in procedures(connection.home.catalogs)}
    create = found["example", "system", "create_stream"]
    assert create.description == "Create a stream."
    assert create.parameters[:3] == (
        ProcedureParameter("stream_name", "varchar", None),
        ProcedureParameter("shard_count", "bigint", "1"),
        ProcedureParameter("mode", "varchar", "'PROVISIONED'", ("PROVISIONED", "ON_DEMAND")),
    )
    assert [one.required for one in create.parameters] == [True, False, False, False, False]
    assert found["example", "system", "list_streams"].arguments == "limit bigint = 2, next_token varchar = NULL"


def test_procedures_of_some_catalogs(connection: Connection) -> None:
    assert {one.catalog for one in procedures(connection.home.catalogs, ["example"])} == {"example"}
    assert list(procedures(connection.home.catalogs, [])) == []


def test_what_cannot_be_listed_is_told(connection: Connection) -> None:
    connection.home.catalogs.create_catalog("down", "broken", {})
    told: dict[str, OwlakeError] = {}
    found = list(procedures(connection.home.catalogs, unavailable=told.__setitem__))
    assert {one.catalog for one in found} >= {"example", "system"}
    assert set(told) == {"down", "example"}
    assert "shapeless" in told["example"].message
