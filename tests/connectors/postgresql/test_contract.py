"""A PostgreSQL database as a connector like any other."""

from __future__ import annotations

import pytest

from owlake.home import Home
from owlake.session import Session
from owlake.testing import ConnectorContract
from tests.connectors.postgresql.server import Server, attached

COLUMNS = """
    id bigint, small smallint, whole integer, flag boolean, price numeric(10,2), ratio double precision, single real,
    name text, word varchar(20), day date, at timestamp(3), moment timestamptz, raw bytea, time_of_day time(0),
    document jsonb, key uuid, letters char(4), numbers integer[], mood mood
"""
ROWS = """
    (1, 1, -5, true, 1.50, 0.5, 0.25, 'a', 'Zebra', '2024-02-29', '2024-01-01 10:00:00.123', '2024-01-01 10:00+02',
     '\\x00ff', '10:11:12', '{"b": 1, "a": [1, 2]}', '5b6e8a52-7a2e-4a55-9a2b-0d7a1c3f9e10', 'ab', '{1,NULL}', 'sad'),
    (2, 1, 7, false, -3.00, -0.0, 1e30, 'Z', '', '0001-01-01', '1950-01-01', '1950-01-01 00:00+00', '\\x', '00:00', '1',
     '00000000-0000-0000-0000-000000000000', '', '{}', 'fine'),
    (3, -9, 7, NULL, 99999999.99, 2.5, 2.5, 'é''x', 'zebra', '9999-12-31', NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
"""


@pytest.fixture(scope="module")
def database(server: Server) -> Server:
    database = server.database("contract")
    database.run(
        "CREATE TYPE mood AS ENUM ('sad', 'fine')",
        f"CREATE TABLE every_type ({COLUMNS})",
        f"INSERT INTO every_type VALUES {ROWS}",
        "CREATE TABLE empty (id bigint, name text)",
        "CREATE VIEW seen AS SELECT name, id FROM every_type WHERE id < 3",
        "CREATE MATERIALIZED VIEW kept AS SELECT DISTINCT small FROM every_type",
        'CREATE SCHEMA "Other"',
        'CREATE TABLE "Other"."Mixed" ("Key" integer, "a ""b""" text)',
        """INSERT INTO "Other"."Mixed" VALUES (1, 'x'), (2, 'back\\slash')""",
    )
    return database


class TestPostgresql(ConnectorContract):
    tables = ("pg.public.every_type", "pg.public.empty", "pg.public.seen", "pg.public.kept", "pg.other.mixed")
    writable = "pg.public.every_type"

    @pytest.fixture
    def home(self, home: Home, database: Server) -> Home:
        attached(home, database.url)
        return home

    @pytest.fixture(autouse=True)
    def _nothing_is_left(self, session: Session, database: Server) -> None:
        del session
        database.run("DELETE FROM every_type", f"INSERT INTO every_type VALUES {ROWS}")
