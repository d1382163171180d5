"""The dialect at work: URLs, SQL as Trino writes it, tables made and reflected, data frames."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from sqlalchemy import Column, Engine, MetaData, Table, create_engine, func, inspect, literal, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from owlake.sqlalchemy import MAP, ROW, OwlakeDialect

ROOT = Path(__file__).parents[2]


def test_the_entry_point_leads_to_the_dialect() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["sqlalchemy.dialects"]["owlake"] == "owlake.sqlalchemy.dialect:OwlakeDialect"


# Connecting ------------------------------------------------------------------------------------------------


def test_a_url_names_home_database_and_session_properties(tmp_path: Path) -> None:
    url = f"owlake:///{tmp_path / 'home'}?athena_strict=true&workgroup=etl&principal=ann"
    with create_engine(url).connect() as connection:
        session = connection.connection.dbapi_connection.session
        assert (session.properties.athena_strict, session.properties.workgroup) == (True, "etl")
        assert (session.principal, session.database, session.home.path) == ("ann", "default", tmp_path / "home")


def test_without_a_path_it_is_the_default_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWLAKE_HOME", str(tmp_path / "elsewhere"))
    with create_engine("owlake://").connect() as connection:
        assert connection.connection.dbapi_connection.home.path == tmp_path / "elsewhere"


def test_three_slashes_are_relative_as_in_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    create_engine("owlake:///here").connect().close()
    assert (tmp_path / "here" / "catalog.db").is_file()


@pytest.mark.parametrize(
    ("url", "kind", "message"),
    [
        ("owlake://server:1/home", sa.exc.ArgumentError, "a home is a directory"),
        ("owlake:///{}/home?athena_strikt=true", sa.exc.DBAPIError, "athena_strikt"),
        ("owlake:///{}/home?create=false", sa.exc.OperationalError, "There is no owlake home"),
    ],
)
def test_a_wrong_url_says_so(tmp_path: Path, url: str, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        create_engine(url.format(tmp_path)).connect()


def test_database_is_the_schema_that_names_are_looked_up_in(tmp_path: Path) -> None:
    home = f"owlake:///{tmp_path / 'home'}"
    with create_engine(home).begin() as connection:
        connection.execute(sa.schema.CreateSchema("sales"))
        connection.execute(text("CREATE TABLE sales.t AS SELECT 1 AS a"))
    other = create_engine(f"{home}?database=sales")
    assert inspect(other).get_table_names() == ["t"]
    with other.connect() as connection:
        assert connection.scalar(text("SELECT a FROM t")) == 1


def test_errors_are_the_drivers_own(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as caught:
        connection.execute(text("SELECT nam FROM (VALUES 1) AS t (name)"))
    assert (caught.value.orig.code, "name" in caught.value.orig.hint) == ("COLUMN_NOT_FOUND", True)


def test_arrow_is_reached_through_the_driver(engine: Engine) -> None:
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("SELECT x FROM UNNEST(sequence(1, 3)) AS t (x)")
        assert cursor.fetch_arrow_table().to_pydict() == {"x": [1, 2, 3]}


# SQL -------------------------------------------------------------------------------------------------------

T = Table("t", MetaData(), Column("a", sa.Integer), Column("select", sa.String), Column("d", sa.Date))


@pytest.mark.parametrize(
    ("statement", "sql"),
    [
        (select(T.c.a).limit(5).offset(2), "SELECT t.a FROM t OFFSET 2 LIMIT 5"),
        (select(T.c.select), 'SELECT t."select" FROM t'),
        (select(T.c.a / 2), "SELECT t.a / CAST(2 AS double) AS anon_1 FROM t"),
        (select(T.c.a // 2), "SELECT t.a / 2 AS anon_1 FROM t"),
        (select(T.c.d == dt.date(2020, 1, 31)), "SELECT t.d = DATE '2020-01-31' AS anon_1 FROM t"),
        (select(literal(Decimal("1.50"))), "SELECT DECIMAL '1.50' AS anon_1"),
        (select(literal(1.5)), "SELECT 1.5E0 AS anon_1"),
        (select(literal(b"\x00\xff")), "SELECT X'00ff' AS anon_1"),
        (select(literal(2**63)), "SELECT DECIMAL '9223372036854775808' AS anon_1"),
        (select(T.c.a).where(T.c.select.regexp_match("x+")), "SELECT t.a FROM t WHERE regexp_like(t.\"select\", 'x+')"),
        (select(func.char_length(T.c.select)), 'SELECT length(t."select") AS char_length_1 FROM t'),
        (select(T.c.a).with_for_update(), "SELECT t.a FROM t"),
        (sa.schema.DropTable(T, if_exists=True), "DROP TABLE IF EXISTS `t`"),
        (sa.schema.CreateSchema("s x", if_not_exists=True), "CREATE SCHEMA IF NOT EXISTS `s x`"),
        (
            sa.schema.CreateTable(Table("n", MetaData(), Column("a", sa.BigInteger), owlake_location="s3://b/n/")),
            (
                "CREATE TABLE n WITH (format = 'PARQUET', external_location = 's3://b/n/') "
                "AS SELECT CAST(NULL AS BIGINT) AS a WITH NO DATA"
            ),
        ),
    ],
)
def test_sql_is_trinos_for_queries_and_hives_for_ddl(statement: Any, sql: str) -> None:
    words = {"compile_kwargs": {"literal_binds": True}} if isinstance(statement, sa.Select) else {}
    assert " ".join(str(statement.compile(dialect=OwlakeDialect(), **words)).split()) == sql


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        (sa.Integer(), "INTEGER"),
        (sa.Float(), "double"),
        (sa.Float(24), "real"),
        (sa.Numeric(10, 2), "decimal(10, 2)"),
        (sa.String(5), "varchar(5)"),
        (sa.Text(), "varchar"),
        (sa.LargeBinary(), "varbinary"),
        (sa.DateTime(timezone=True), "timestamp(6) with time zone"),
        (sa.ARRAY(sa.BigInteger(), dimensions=2), "array(array(BIGINT))"),
        (MAP(sa.String(), sa.Double()), "map(varchar, double)"),
        (ROW([("x", sa.BigInteger()), (None, sa.Boolean())]), "row(x BIGINT, BOOLEAN)"),
    ],
)
def test_types_have_trinos_names(engine: Engine, type_: Any, name: str) -> None:
    assert type_.compile(engine.dialect) == name
    with engine.connect() as connection:
        assert connection.execute(text(f"SELECT CAST(NULL AS {name})")).scalar() is None


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        (select(literal(1) / literal(2)), Decimal("0.5")),
        (select(sa.cast(literal("2020-01-31"), sa.Date)), dt.date(2020, 1, 31)),
        (select(literal([1, 2], sa.ARRAY(sa.BigInteger))), [1, 2]),
        (select(func.aggregate_strings(sa.column("x"), ",")).select_from(text("(VALUES 'b', 'a') AS t (x)")), "a,b"),
        (select(literal(3).in_([])), False),
        (select(sa.true()), True),
    ],
)
def test_values_go_in_and_come_back(engine: Engine, statement: Any, value: object) -> None:
    with engine.connect() as connection:
        assert connection.scalar(statement) == value


# Tables ----------------------------------------------------------------------------------------------------


def test_tables_are_made_filled_reflected_and_dropped(engine: Engine) -> None:
    metadata = MetaData()
    made = Table(
        "all_types",
        metadata,
        Column("i", sa.Integer, primary_key=True),
        Column("n", sa.Numeric(12, 3), index=True),
        Column("s", sa.String(10), nullable=False),
        Column("t", sa.DateTime),
        Column("j", sa.JSON),
        Column("z", sa.ARRAY(sa.BigInteger)),
        Column("p", sa.Date),
        owlake_partitioned_by=["p"],
    )
    metadata.create_all(engine)
    row = (1, Decimal("1.500"), "a", dt.datetime(2020, 1, 1), {"k": [1, None]}, [1, 2], dt.date(2020, 1, 1))  # noqa: DTZ001
    with engine.begin() as connection:
        written = connection.execute(made.insert(), [dict(zip(made.c.keys(), row, strict=True))] * 3)
        assert written.rowcount == 3
        assert set(map(repr, connection.execute(select(made)))) == {repr(row)}
    reflected = Table("all_types", MetaData(), autoload_with=engine)
    assert {column.name: str(column.type) for column in reflected.columns} == {
        "i": "INTEGER",
        "n": "DECIMAL(12, 3)",
        "s": "VARCHAR(10)",
        "t": "TIMESTAMP",
        "j": "VARCHAR",
        "z": "ARRAY",
        "p": "DATE",
    }
    assert reflected.primary_key.columns.keys() == []
    metadata.drop_all(engine)
    assert not inspect(engine).has_table("all_types")


def test_a_table_that_is_made_again_is_empty(engine: Engine) -> None:
    table = Table("again", MetaData(), Column("a", sa.Integer))
    for _ in range(2):
        with engine.begin() as connection:
            table.create(connection)
            connection.execute(table.insert(), [{"a": 1}])
            assert connection.scalar(select(func.count()).select_from(table)) == 1
            table.drop(connection)


def test_reflection_of_views_comments_and_nested_types(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE EXTERNAL TABLE e (a int COMMENT 'first', m map<string,array<int>>, r struct<x:int,y:string>) "
            "COMMENT 'said' PARTITIONED BY (p string) LOCATION 's3://lake/e/'"
        )
        connection.exec_driver_sql("CREATE VIEW v AS SELECT 1 AS one, 'x' AS two")
    found = inspect(engine)
    assert (found.get_table_names(), found.get_view_names()) == (["e"], ["v"])
    assert {"default", "information_schema"} <= set(found.get_schema_names())
    columns = found.get_columns("e")
    assert [(column["name"], column["comment"]) for column in columns] == [
        ("a", "first"),
        ("m", None),
        ("r", None),
        ("p", None),
    ]
    assert columns[1]["type"].compile(engine.dialect) == "map(varchar, array(INTEGER))"
    assert columns[2]["type"].compile(engine.dialect) == "row(x INTEGER, y varchar)"
    assert found.get_table_comment("e") == {"text": "said"}
    assert found.get_table_comment("v") == {"text": None}
    assert [column["name"] for column in found.get_columns("v")] == ["one", "two"]
    assert "SELECT 1" in found.get_view_definition("v")
    assert (found.get_pk_constraint("e")["constrained_columns"], found.get_indexes("e")) == ([], [])
    with pytest.raises(sa.exc.NoSuchTableError):
        found.get_columns("nowhere")


def test_mapped_classes(engine: Engine) -> None:
    class Base(DeclarativeBase):
        pass

    class City(Base):
        __tablename__ = "cities"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str]

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([City(id=1, name="oslo"), City(id=2, name="lima")])
        session.commit()
        assert session.scalars(select(City.name).order_by(City.id)).all() == ["oslo", "lima"]


# Data frames -----------------------------------------------------------------------------------------------


def test_pandas_writes_appends_replaces_and_reads(engine: Engine) -> None:
    frame = pd.DataFrame(
        {
            "i": [1, 2, 3],
            "f": [1.5, None, 2.5],
            "s": ["a", None, "c"],
            "b": [True, False, True],
            "t": pd.to_datetime(["2020-01-01", "2021-06-01", "2022-01-01"]),
        }
    )
    assert frame.to_sql("frame", engine, index=False) == 3
    assert frame.to_sql("frame", engine, index=False, if_exists="append", chunksize=2) == 3
    assert pd.read_sql("SELECT count(*) AS n FROM frame", engine)["n"].tolist() == [6]
    assert frame.to_sql("frame", engine, index=False, if_exists="replace") == 3
    pd.testing.assert_frame_equal(
        pd.read_sql_table("frame", engine).sort_values("i", ignore_index=True), frame, check_dtype=False
    )
    found = pd.read_sql(text("SELECT s FROM frame WHERE i > :least ORDER BY i"), engine, params={"least": 2})
    assert found["s"].tolist() == ["c"]


def test_pandas_may_keep_its_index(engine: Engine) -> None:
    pd.DataFrame({"v": [1, 2]}, index=pd.Index([7, 8], name="k")).to_sql("indexed", engine)
    assert pd.read_sql("SELECT * FROM indexed ORDER BY k", engine, index_col="k")["v"].to_dict() == {7: 1, 8: 2}
