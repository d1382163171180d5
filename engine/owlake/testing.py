"""What every connector must pass: a suite of tests that a plugin's own tests take over.

    class TestSquares(ConnectorContract):
        plugins = {"squares": smallest}
        tables = ("squares.default.squares",)

Each table is read a few dozen times and compared with itself in memory, so name small ones, of every type that the
connector has, with NULLs in them. Needs pytest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from owlake.connector.table import Capability, Column, Scan, Table
from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.operations.listing import procedures
from owlake.plugins import Plugins
from owlake.session import Session
from owlake.types.arrow import arrow_type
from owlake.types.model import BIGINT, DATE, DOUBLE, INTEGER, SMALLINT, TINYINT, Decimal, Timestamp, Type, Varchar

_NUMBERS = (TINYINT, SMALLINT, INTEGER, BIGINT)


class ConnectorContract:
    """The suite. A subclass says which plugins there are and which tables to try.

    Attributes:
        plugins: The plugins to load, by name; None for the installed ones.
        setup: Statements that prepare a new home: ``CALL system.metadata.create_catalog(...)``, for one. What they
            cannot say, a fixture ``home`` of the subclass does to the one that it gets.
        tables: The tables to try, as ``catalog.schema.table``.
        writable: One of the tables that rows may be added to, if there is such a one.
    """

    plugins: ClassVar[Mapping[str, object] | None] = None
    setup: Sequence[str] = ()
    tables: ClassVar[Sequence[str]] = ()
    writable: ClassVar[str | None] = None

    @pytest.fixture
    def home(self, tmp_path: Path) -> Iterator[Home]:
        """A new home with the plugins."""
        with Home.open(tmp_path / "home", plugins=None if self.plugins is None else Plugins(self.plugins)) as home:
            yield home

    @pytest.fixture
    def session(self, home: Home) -> Iterator[Session]:
        """A session in it, after ``setup``."""
        with Session(home) as session:
            for statement in self.setup:
                session.execute(statement).table()
            yield session

    # What there is --------------------------------------------------------------------------------------

    def test_every_plugin_loads(self, home: Home) -> None:
        """A plugin that cannot be imported or registered says so here."""
        assert [plugin.error for plugin in home.plugins.found() if plugin.error] == []

    def test_tables_are_listed_and_found_by_lower_case_names(self, session: Session) -> None:
        """Everything that is listed is there, and nothing else is."""
        for name in self.tables:
            catalog, schema, table = name.split(".")
            connector = session.home.catalogs.connector(catalog)
            schemas, names = list(connector.schema_names()), list(connector.table_names(schema))
            assert schema in schemas
            assert table in names
            assert all(one == one.lower() for one in (*schemas, *names))
            assert len(set(names)) == len(names)
            assert connector.table(schema, "no_such_table") is None
            assert connector.table("no_such_schema", table) is None
            assert list(connector.table_names("no_such_schema")) == []

    def test_columns_have_names_and_types_of_their_own(self, session: Session) -> None:
        """Names differ and are lower case; hidden ones begin with ``$`` and come last."""
        for name in self.tables:
            columns = list(self._table(session, name).columns)
            names = [column.name for column in columns]
            assert columns
            assert len(set(names)) == len(names)
            assert all(one == one.lower() for one in names)
            assert [column.hidden for column in columns] == [one.startswith("$") for one in names]
            assert [column.hidden for column in columns] == sorted(column.hidden for column in columns)
            for column in columns:
                arrow_type(column.type)

    def test_what_is_missing_is_an_error_that_names_it(self, session: Session) -> None:
        """A table, and a column, that are not there."""
        for name in self.tables:
            place = name.rpartition(".")[0]
            assert _failure(session, f"SELECT * FROM {place}.no_such_table").code == "TABLE_NOT_FOUND"
            assert _failure(session, f"SELECT no_such_column FROM {name}").code == "COLUMN_NOT_FOUND"

    # Operations -----------------------------------------------------------------------------------------

    def test_operations_have_types_in_sql_and_a_description(self, session: Session) -> None:
        """``SHOW PROCEDURES`` lists every operation, with what it is for."""

        def refuse(_: str, problem: OwlakeError) -> None:
            raise problem

        for procedure in procedures(session.home.catalogs, unavailable=refuse):
            assert procedure.description, procedure.name

    def test_a_wrong_argument_is_an_error_that_shows_the_signature(self, session: Session) -> None:
        """Each operation refuses an argument that it does not know, and does nothing."""
        for one in procedures(session.home.catalogs):
            name = f'{one.catalog}."{one.schema}"."{one.name}"'
            problem = _failure(session, f"CALL {name}(no_such_argument => 1)")
            assert problem.code == "INVALID_ARGUMENTS"
            assert f"{one.name}({one.arguments})" in (problem.hint or "")

    # Reading --------------------------------------------------------------------------------------------

    def test_a_table_is_read_the_same_twice_whole_and_column_by_column(self, session: Session) -> None:
        """Every subset of the columns is given as it is in the whole."""
        for name in self.tables:
            whole = _rows(session, f"SELECT * FROM {name}")
            assert _multiset(_rows(session, f"SELECT * FROM {name}")) == _multiset(whole)
            assert _rows(session, f"SELECT count(*) FROM {name}").column(0).to_pylist() == [whole.num_rows]
            for column in whole.column_names:
                read = _rows(session, f"SELECT {_quoted(column)} FROM {name}")
                assert _multiset(read) == _multiset(whole.select([column])), column
            backwards = ", ".join(_quoted(column) for column in reversed(whole.column_names))
            assert _multiset(_rows(session, f"SELECT {backwards} FROM {name}").select(whole.column_names)) == _multiset(
                whole
            )

    def test_conditions_leave_the_rows_that_they_are_true_for(self, session: Session) -> None:
        """Whether the connector applies them or the engine does."""
        for name in self.tables:
            whole = _rows(session, f"SELECT * FROM {name}")
            for column in self._constrained(session, name):
                for condition, expected in _conditions(column, whole):
                    found = _rows(session, f"SELECT * FROM {name} WHERE {condition}")
                    assert _multiset(found) == _multiset(expected), condition

    def test_a_limit_gives_as_many_rows_as_there_are(self, session: Session) -> None:
        """LIMIT alone, with a condition, and beyond the table's end."""
        for name in self.tables:
            rows = _rows(session, f"SELECT * FROM {name}").num_rows
            for limit in (0, 1, 2, rows, rows + 10):
                assert _rows(session, f"SELECT * FROM {name} LIMIT {limit}").num_rows == min(limit, rows)
            assert _rows(session, f"SELECT * FROM {name} OFFSET 1 LIMIT 1").num_rows == max(0, min(1, rows - 1))

    def test_groups_are_those_of_the_rows(self, session: Session) -> None:
        """Whether the connector makes them or the engine does."""
        for name in self.tables:
            whole = _rows(session, f"SELECT * FROM {name}")
            for column in self._constrained(session, name):
                values = whole.column(column.name)
                key = _quoted(column.name)
                found = _rows(
                    session, f"SELECT count(*), count({key}), count(DISTINCT {key}), min({key}), max({key}) FROM {name}"
                )
                least = pc.min_max(values).as_py() if whole.num_rows else {"min": None, "max": None}
                counts = [whole.num_rows, len(values) - values.null_count, len(set(values.drop_null().to_pylist()))]
                assert list(found.to_pylist()[0].values()) == [*counts, least["min"], least["max"]], column.name
                groups = _rows(session, f"SELECT {key} AS k, count(*) AS n FROM {name} GROUP BY {key}")
                expected = whole.group_by(column.name).aggregate([([], "count_all")])
                assert _multiset(groups) == _multiset(expected.rename_columns(["k", "n"])), column.name
                if column.type in _NUMBERS:
                    total = _rows(session, f"SELECT sum({key}) FROM {name}").column(0).to_pylist()
                    assert total == [pc.sum(values.cast(pa.int64())).as_py()], column.name

    def test_a_table_joins_itself(self, session: Session) -> None:
        """Two scans of one table at once."""
        for name in self.tables:
            rows = _rows(session, f"SELECT * FROM {name}").num_rows
            pairs = _rows(session, f"SELECT count(*) FROM {name} a CROSS JOIN (SELECT * FROM {name} LIMIT 3) b")
            assert pairs.column(0).to_pylist() == [rows * min(3, rows)]

    def test_a_scan_that_is_not_read_to_its_end_is_let_go_of(self, session: Session) -> None:
        """Closing a result after its first rows; the next statement finds all in order."""
        for name in self.tables:
            result = session.execute(f"SELECT a.* FROM {name} a CROSS JOIN {name} b CROSS JOIN {name} c")
            next(iter(result), None)
            result.close()
            rows = _rows(session, f"SELECT * FROM {name}").num_rows
            assert _rows(session, f"SELECT count(*) FROM {name}").column(0).to_pylist() == [rows]

    # What is declared -----------------------------------------------------------------------------------

    def test_limit_is_kept_where_it_is_declared(self, session: Session) -> None:
        """LIMIT: no more rows than were asked for."""
        for name, table in self._declaring(session, Capability.LIMIT):
            columns = tuple(column.name for column in table.columns if not column.hidden)
            found = sum(batch.num_rows for batch in table.scan(Scan(columns, limit=1)))
            assert found == min(1, _rows(session, f"SELECT count(*) FROM {name}").column(0)[0].as_py())

    def test_parts_are_the_whole_where_they_are_declared(self, session: Session) -> None:
        """PARTS: together the rows of the scan, each once."""
        for name, table in self._declaring(session, Capability.PARTS):
            columns = tuple(column.name for column in table.columns if not column.hidden)
            for most in (1, 2, 7):
                parts = table.parts(Scan(columns), most)
                found = [batch.select(list(columns)) for part in parts for batch in part()]
                whole = _rows(session, f"SELECT * FROM {name}")
                assert sum(batch.num_rows for batch in found) == whole.num_rows

    def test_rows_are_added_where_insert_is_declared_and_refused_elsewhere(self, session: Session) -> None:
        """INSERT: all of a statement's rows are there after it, none after one that fails."""
        for name in self.tables:
            if Capability.INSERT not in self._table(session, name).capabilities:
                problem = _failure(session, f"INSERT INTO {name} SELECT * FROM {name}")
                assert problem.code == "NOT_SUPPORTED"
        if self.writable is None:
            return
        before = _rows(session, f"SELECT * FROM {self.writable}")
        session.execute(f"INSERT INTO {self.writable} SELECT * FROM {self.writable} WHERE false").table()
        assert _rows(session, f"SELECT * FROM {self.writable}").num_rows == before.num_rows
        session.execute(f"INSERT INTO {self.writable} SELECT * FROM {self.writable}").table()
        after = _rows(session, f"SELECT * FROM {self.writable}")
        assert _multiset(after) == sorted([*_multiset(before), *_multiset(before)])
        failing = f"INSERT INTO {self.writable} SELECT * FROM {self.writable} WHERE 1 / (SELECT 0) = 1"
        assert _failure(session, failing).code == "DIVISION_BY_ZERO"
        assert _multiset(_rows(session, f"SELECT * FROM {self.writable}")) == _multiset(after)

    def test_table_functions_have_types_and_a_description(self, session: Session) -> None:
        """Each has a line of documentation and a typed signature."""
        for catalog in {name.split(".")[0] for name in self.tables}:
            for function in session.home.catalogs.connector(catalog).table_functions():
                assert function.description, function.name
                for parameter in function.signature.parameters.values():
                    assert parameter.annotation is not parameter.empty, f"{function.name}({parameter.name})"

    # ----------------------------------------------------------------------------------------------------

    def _table(self, session: Session, name: str) -> Table:
        catalog, schema, table = name.split(".")
        found = session.home.catalogs.connector(catalog).table(schema, table)
        assert found is not None, name
        return found

    def _declaring(self, session: Session, capability: Capability) -> Iterator[tuple[str, Table]]:
        for name in self.tables:
            table = self._table(session, name)
            if capability in table.capabilities:
                yield name, table

    def _constrained(self, session: Session, name: str) -> list[Column]:
        """The columns whose values compare alike in Python."""
        return [column for column in self._table(session, name).columns if not column.hidden and _compares(column.type)]


def _compares(type_: Type) -> bool:
    return type_ in _NUMBERS or type_ in (DATE, DOUBLE) or isinstance(type_, Decimal | Varchar | Timestamp)


def _conditions(column: Column, whole: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Conditions on a column, with the rows that each leaves."""
    name, values = _quoted(column.name), whole.column(column.name)
    yield f"{name} IS NULL", whole.filter(pc.is_null(values))
    yield f"{name} IS NOT NULL", whole.filter(pc.is_valid(values))
    present = [value for value in values.drop_null().to_pylist() if value == value]  # noqa: PLR0124  (no NaN)
    if not present:
        return
    ordered = sorted(set(present))
    low, middle, high = ordered[0], ordered[len(ordered) // 2], ordered[-1]
    literal = {value: f"CAST('{str(value).replace(chr(39), chr(39) * 2)}' AS {column.type})" for value in ordered}
    scalar = pa.scalar(middle, values.type)
    for operator, compare in (("=", pc.equal), ("<", pc.less), (">=", pc.greater_equal), ("<>", pc.not_equal)):
        yield f"{name} {operator} {literal[middle]}", whole.filter(compare(values, scalar))
    either = pc.is_in(values, pa.array([low, high], values.type))
    yield f"{name} IN ({literal[low]}, {literal[high]})", whole.filter(either)
    yield (
        f"{name} = {literal[low]} OR {name} IS NULL",
        whole.filter(pc.or_kleene(pc.equal(values, pa.scalar(low, values.type)), pc.is_null(values))),
    )
    yield (
        f"{name} = {literal[low]} AND {name} = {literal[high]}",
        whole.filter(
            pc.and_kleene(pc.equal(values, pa.scalar(low, values.type)), pc.equal(values, pa.scalar(high, values.type)))
        ),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rows(session: Session, statement: str) -> pa.Table:
    return session.execute(statement).table()


def _multiset(table: pa.Table) -> list[str]:
    return sorted(repr(list(row.values())) for row in table.to_pylist())


def _failure(session: Session, statement: str) -> OwlakeError:
    with pytest.raises(OwlakeError) as caught:
        session.execute(statement).table()
    return caught.value
