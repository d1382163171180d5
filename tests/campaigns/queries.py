"""Random queries over small Parquet tables, answered by owlake and by DuckDB.

    python -m tests.campaigns.queries [--seconds 120] [--seed 1]

Joins of every kind, groups, HAVING, filters over NULLs, subqueries, set operations, windows, DISTINCT, LIMIT. Numbers
are integers, decimals and halves, so that both engines compute exactly. Every difference is printed with its query;
the exit status tells whether there was one.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session

_KINDS = {
    "i": "integer",
    "b": "bigint",
    "d": "double",
    "s": "varchar",
    "t": "date",
    "f": "boolean",
    "n": "decimal(10,2)",
}
_HIVE = {**_KINDS, "i": "int", "s": "string"}
_TABLES = ("t1", "t2", "t3")
_LONGEST_QUERY = 20.0
_WORDS = ("'a'", "'b'", "'B'", "''", "'abc'", "'é'", "'zz top'")
_DAYS = ("2023-12-31", "2024-01-01", "2024-02-29", "2024-03-01")


@dataclass(frozen=True)
class Column:
    """A column in scope: how it is written, and its kind."""

    text: str
    kind: str


class Tables:
    """The same rows for both engines."""

    def __init__(self, chance: random.Random, folder: Path) -> None:
        self.duck = duckdb.connect()
        self.home = Home.open(folder / "home")
        self.session = Session(self.home)
        for name in _TABLES:
            self._create(chance, name)

    def _create(self, chance: random.Random, name: str) -> None:
        target = self.home.path / "buckets" / "lake" / name
        target.mkdir(parents=True)
        columns = ", ".join(f"{kind} {type_}" for kind, type_ in _KINDS.items())
        self.duck.execute(f"CREATE TABLE {name} ({columns})")
        for _ in range(chance.choice((0, 1, 7, 40)) if name == "t3" else 30):
            row = ", ".join(_literal(chance, kind, nulls=0.2) for kind in _KINDS)
            self.duck.execute(f"INSERT INTO {name} VALUES ({row})")
        for part in range(2):
            rows = f"SELECT * FROM {name} WHERE rowid % 2 = {part}"
            self.duck.execute(f"COPY ({rows}) TO '{target}/{part}.parquet' (FORMAT parquet)")
        described = ", ".join(f"{kind} {type_}" for kind, type_ in _HIVE.items())
        self.session.execute(
            f"CREATE EXTERNAL TABLE {name} ({described}) STORED AS PARQUET LOCATION 's3://lake/{name}/'"
        )


def _literal(chance: random.Random, kind: str, nulls: float = 0.0) -> str:
    if chance.random() < nulls:
        return "NULL"
    match kind:
        case "i":
            return str(chance.randint(-3, 6))
        case "b":
            return f"CAST({chance.choice((-5, 0, 1, 2, 3, 4_000_000_000))} AS bigint)"
        case "d":
            return f"CAST({chance.randint(-6, 6)} AS double) / 2e0"
        case "s":
            return f"CAST({chance.choice(_WORDS)} AS varchar)"
        case "t":
            return f"DATE '{chance.choice(_DAYS)}'"
        case "f":
            return chance.choice(("true", "false"))
        case _:
            return f"CAST('{chance.randint(-5, 5)}.{chance.choice(('00', '25', '50'))}' AS decimal(10,2))"


class Writer:
    """Writes random queries in the SQL that both engines read alike."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self._aliases = 0
        self._budget = 20
        self._tables = 4

    def query(self, depth: int = 2) -> str:
        """A whole query; its rows are compared as a multiset, in order where it has a total one."""
        if depth and self.chance.random() < 0.25:
            return self._set_operation(depth)
        text, kinds = self.select(depth)
        if self.chance.random() < 0.2:
            order = ", ".join(
                f"{index + 1} {self.chance.choice(('ASC', 'DESC'))} NULLS {self.chance.choice(('FIRST', 'LAST'))}"
                for index in range(len(kinds))
            )
            text += f" ORDER BY {order}"
            if self.chance.random() < 0.6:
                text += f" LIMIT {self.chance.randint(0, 8)}"
        return text

    def select(self, depth: int, kinds: str | None = None) -> tuple[str, str]:
        """A SELECT and the kinds of its columns."""
        source, columns = self._source(depth)
        where = f" WHERE {self._condition(columns, depth)}" if self.chance.random() < 0.6 else ""
        if self.chance.random() < 0.35:
            return self._grouped(source, where, columns, kinds, depth)
        wanted = kinds or "".join(self.chance.choices(list(_KINDS), k=self.chance.randint(1, 4)))
        items = [f"{self._value(columns, kind, 2)} AS c{index}" for index, kind in enumerate(wanted)]
        if kinds is None and self.chance.random() < 0.15:
            items.append(f"{self._window(columns)} AS c{len(items)}")
            wanted += "b"
        if not any(column.text in item for column in columns for item in items):
            # DuckDB 2.0 gives no row for constants over an aggregate of none: one item is about the source.
            literal = _literal(self.chance, wanted[0])
            items[0] = f"CASE WHEN {columns[0].text} IS NULL THEN {literal} ELSE {literal} END AS c0"
        distinct = "DISTINCT " if self.chance.random() < 0.2 else ""
        return f"SELECT {distinct}{', '.join(items)} FROM {source}{where}", wanted

    def _alias(self) -> str:
        self._aliases += 1
        return f"a{self._aliases}"

    def _source(self, depth: int) -> tuple[str, list[Column]]:
        text, columns = self._table(depth)
        for _ in range(self.chance.choice((0, 0, 1, 1, 2))):
            if self._tables <= 0:
                break
            other, more = self._table(depth)
            kind = self.chance.choice(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"))
            if kind == "CROSS JOIN":
                text, columns = f"{text} CROSS JOIN {other}", columns + more
                continue
            condition = self._equality(columns, more)
            if kind != "FULL JOIN" and self.chance.random() < 0.4:
                condition += f" AND {self._condition(columns + more, 0)}"
            text, columns = f"{text} {kind} {other} ON {condition}", columns + more
        return text, columns

    def _table(self, depth: int) -> tuple[str, list[Column]]:
        alias = self._alias()
        self._tables -= 1
        if depth and self._tables > 0 and self.chance.random() < 0.3:
            query, kinds = self.select(depth - 1)
            return f"({query}) AS {alias}", [Column(f"{alias}.c{index}", kind) for index, kind in enumerate(kinds)]
        name = self.chance.choice(_TABLES)
        return f"{name} AS {alias}", [Column(f"{alias}.{kind}", kind) for kind in _KINDS]

    def _equality(self, left: list[Column], right: list[Column]) -> str:
        pairs = [(one, other) for one in left for other in right if one.kind == other.kind and one.kind != "d"]
        if not pairs:
            return "1 = 1"
        one, other = self.chance.choice(pairs)
        return f"{one.text} = {other.text}"

    def _grouped(
        self, source: str, where: str, columns: list[Column], kinds: str | None, depth: int
    ) -> tuple[str, str]:
        keys = self.chance.sample(columns, k=min(len(columns), self.chance.choice((0, 1, 1, 2))))
        wanted = kinds or "".join(self.chance.choices("ibdstn", k=self.chance.randint(1, 3)))
        items, result = [], ""
        for kind in wanted:
            key = next((one for one in keys if one.kind == kind), None)
            value = key.text if key and self.chance.random() < 0.6 else self._aggregate(columns, kind)
            items.append(f"{value} AS c{len(items)}")
            result += kind
        group = f" GROUP BY {', '.join(key.text for key in keys)}" if keys else ""
        having = ""
        if keys and self.chance.random() < 0.3:
            having = f" HAVING {self._aggregate(columns, 'b')} {self.chance.choice(('>', '<=', '<>'))} 1"
        _ = depth
        return f"SELECT {', '.join(items)} FROM {source}{where}{group}{having}", result

    def _aggregate(self, columns: list[Column], kind: str) -> str:
        value = self._value(columns, kind, 1)
        match kind:
            case "b":
                other = self._value(columns, self.chance.choice(list(_KINDS)), 1)
                condition = f" FILTER (WHERE {self._condition(columns, 0)})" if self.chance.random() < 0.2 else ""
                call = self.chance.choice((f"count({other})", f"count(DISTINCT {other})", "count(*)"))
                return call + condition
            case "d":
                return self.chance.choice((f"min({value})", f"max({value})", f"sum({value})", f"avg({value})"))
            case "f":
                return self.chance.choice((f"bool_and({value})", f"bool_or({value})"))
            case _:
                return self.chance.choice((f"min({value})", f"max({value})"))

    def _window(self, columns: list[Column]) -> str:
        part = self.chance.choice(columns).text
        order = ", ".join(
            f"{column.text} {self.chance.choice(('ASC', 'DESC'))} NULLS LAST"
            for column in self.chance.sample(columns, k=min(2, len(columns)))
        )
        call = self.chance.choice(("rank()", "dense_rank()", f"count({self.chance.choice(columns).text})"))
        return f"{call} OVER (PARTITION BY {part} ORDER BY {order})"

    def _value(self, columns: list[Column], kind: str, depth: int) -> str:
        own = [column.text for column in columns if column.kind == kind]
        choice = self.chance.random()
        if own and (depth == 0 or choice < 0.55):
            return self.chance.choice(own)
        if depth == 0 or choice < 0.65 or self._budget <= 0:
            return _literal(self.chance, kind)
        inner = lambda: self._value(columns, kind, depth - 1)  # noqa: E731
        if choice < 0.8:
            return self.chance.choice(
                (
                    f"coalesce({inner()}, {inner()})",
                    f"nullif({inner()}, {inner()})",
                    f"CASE WHEN {self._condition(columns, 0)} THEN {inner()} ELSE {inner()} END",
                    f"CASE WHEN {self._condition(columns, 0)} THEN {inner()} END",
                )
            )
        match kind:
            case "i":
                return self.chance.choice(
                    (
                        f"({inner()} + {inner()})",
                        f"({inner()} - {inner()})",
                        f"abs({inner()})",
                        f"CAST(length({self._value(columns, 's', 0)}) AS integer)",
                    )
                )
            case "d":
                return f"({inner()} {self.chance.choice('+-*')} {inner()})"
            case "s":
                return self.chance.choice(
                    (f"upper({inner()})", f"lower({inner()})", f"({inner()} || {inner()})", f"trim({inner()})")
                )
            case "f":
                return f"({self._condition(columns, 0)})"
            case _:
                return inner()

    def _condition(self, columns: list[Column], depth: int) -> str:
        self._budget -= 1
        choice = self.chance.uniform(0 if self._budget > 0 else 0.45, 1)
        if choice < 0.2:
            return f"({self._condition(columns, depth)} AND {self._condition(columns, depth)})"
        if choice < 0.35:
            return f"({self._condition(columns, depth)} OR {self._condition(columns, depth)})"
        if choice < 0.45:
            return f"NOT ({self._condition(columns, depth)})"
        kind = self.chance.choice(list(_KINDS))
        value = self._value(columns, kind, 1)
        if choice < 0.55:
            return f"{value} IS {self.chance.choice(('', 'NOT '))}NULL"
        if choice < 0.65:
            items = ", ".join(_literal(self.chance, kind, nulls=0.1) for _ in range(self.chance.randint(1, 4)))
            return f"{value} {self.chance.choice(('', 'NOT '))}IN ({items})"
        if choice < 0.7 and kind != "f":
            return f"{value} BETWEEN {_literal(self.chance, kind)} AND {_literal(self.chance, kind)}"
        if choice < 0.75:
            return f"{value} IS {self.chance.choice(('', 'NOT '))}DISTINCT FROM {self._value(columns, kind, 1)}"
        if choice < 0.88 and depth:
            return self._subquery(columns, value, kind)
        operator = self.chance.choice(("=", "<>", "<", "<=", ">", ">="))
        return f"{value} {operator} {self._value(columns, kind, 1)}"

    def _subquery(self, columns: list[Column], value: str, kind: str) -> str:
        name, alias = self.chance.choice(_TABLES), self._alias()
        inner = [Column(f"{alias}.{one}", one) for one in _KINDS]
        where = f" WHERE {self._condition(inner, 0)}" if self.chance.random() < 0.5 else ""
        choice = self.chance.random()
        if choice < 0.4:
            negated = self.chance.choice(("", "NOT "))
            return f"{value} {negated}IN (SELECT {alias}.{kind} FROM {name} AS {alias}{where})"
        outer = self.chance.choice(columns)
        correlation = f"{alias}.{outer.kind} = {outer.text}"
        if choice < 0.75:
            negated = self.chance.choice(("", "NOT "))
            return f"{negated}EXISTS (SELECT 1 FROM {name} AS {alias} WHERE {correlation})"
        if kind == "f":
            return f"(SELECT count(*) FROM {name} AS {alias} WHERE {correlation}) > 1"
        return f"{value} = (SELECT max({alias}.{kind}) FROM {name} AS {alias} WHERE {correlation})"

    def _set_operation(self, depth: int) -> str:
        kinds = "".join(self.chance.choices("ibstfn", k=self.chance.randint(1, 3)))
        parts = [self.select(depth - 1, kinds)[0] for _ in range(self.chance.choice((2, 2, 3)))]
        text = f"({parts[0]})"
        for part in parts[1:]:
            operator = self.chance.choice(("UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"))
            text = f"({text} {operator} ({part}))"
        return f"SELECT * FROM {text} AS u"


Row = tuple[object, ...]


def _plain(value: object) -> object:
    match value:
        case bool():
            return value
        case float() if math.isnan(value):
            return "NaN"
        case float():
            return float(f"{value:.12g}") + 0.0
        case Decimal():
            return float(value)
        case datetime():
            return value.date() if value.time() == datetime.min.time() else value
        case date() | int() | str() | None:
            return value
    return str(value)


def _rows(rows: list[Row]) -> list[Row]:
    return [tuple(_plain(value) for value in row) for row in rows]


def main() -> int:
    """Compare until the time is over."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=120)
    options.add_argument("--seed", type=int, default=None)
    options.add_argument("--show", type=int, default=10, help="differences to print in full")
    given = options.parse_args()
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(1 << 30)
    print(f"seed {seed}")
    counts: Counter[str] = Counter()
    end = time.monotonic() + given.seconds
    with tempfile.TemporaryDirectory() as folder:
        chance = random.Random(seed)
        tables = Tables(chance, Path(folder))
        while time.monotonic() < end:
            outcome, text = _compare(tables, Writer(chance).query())
            counts[outcome] += 1
            if outcome in ("different", "only owlake fails") and counts[outcome] <= given.show:
                print(f"--- {outcome}\n{text}\n", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    return int(bool(counts["different"] or counts["only owlake fails"]))


def _compare(tables: Tables, query: str) -> tuple[str, str]:
    try:
        expected = _rows(tables.duck.execute(query).fetchall())
    except duckdb.Error as problem:
        expected, duck_problem = [], str(problem)
    else:
        duck_problem = ""
    watch = threading.Timer(_LONGEST_QUERY, tables.session.cancel)
    watch.start()
    try:
        table = tables.session.execute(query).table()
        found = _rows(list(zip(*(column.to_pylist() for column in table.columns), strict=True)))
    except OwlakeError as problem:
        if duck_problem:
            return "failed in both", ""
        return "only owlake fails", f"{query}\n{problem.report}"
    finally:
        watch.cancel()
    if duck_problem:
        return "failed in DuckDB", duck_problem
    if Counter(found) == Counter(expected):
        return "equal", ""
    tables.duck.execute("PRAGMA disable_optimizer")
    again = _rows(tables.duck.execute(query).fetchall())
    tables.duck.execute("PRAGMA enable_optimizer")
    if Counter(again) != Counter(expected):
        return "DuckDB has two answers", ""
    missing, extra = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    return "different", f"{query}\nDuckDB has {list(missing)[:5]}\nowlake has {list(extra)[:5]}"


if __name__ == "__main__":
    sys.exit(main())
