"""Random queries over PostgreSQL's tables and over copies of them in the lake, both answered by owlake.

    python -m tests.campaigns.federation [--seconds 120] [--seed 1]

What the database does for a query must be what the lake does with the same rows: conditions, limits, groups, extremes,
order. The rows have what the two may take differently: NULL, NaN, infinity, negative zero, texts of several
collations, padding, quotes, backslashes, time zones. Every difference is printed with its
query; the exit status tells whether there was one.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from owlake.errors import OwlakeError
from owlake.home import Home
from owlake.session import Session
from tests.connectors.postgresql.server import Server, attached, running_server

_TEXTS = (
    "",
    "a",
    "A",
    "b",
    "B",
    "ab",
    "a ",
    "Z",
    "é",
    "e",
    "ß",
    "_",
    "%",
    "it's",
    "a\\b",
    '"',
    "\t",
    "zz top",
    "😀",
    "ﬀ",
)
_INSTANTS = (
    "1969-12-31 23:59:59.999",
    "2024-01-01 00:00:00",
    "2024-01-01 00:00:00.001",
    "0001-01-01 00:00:00",
    "9999-12-31 23:59:59.999",
)


@dataclass(frozen=True)
class Kind:
    """Columns of one type: how PostgreSQL and the lake declare it, its values as both write them."""

    remote: str
    trino: str
    lake: str
    values: tuple[str, ...]


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_STRINGS = tuple(_text(text) for text in _TEXTS)
KINDS = {
    "i": Kind("integer", "integer", "integer", ("-2147483648", "-1", "0", "1", "2", "3", "2147483647")),
    "b": Kind("bigint", "bigint", "bigint", ("-9223372036854775807", "-1", "0", "1", "4000000000")),
    "h": Kind("smallint", "smallint", "smallint", ("-32768", "0", "1", "2")),
    "f": Kind("float8", "double", "double", ("'NaN'", "'Infinity'", "'-Infinity'", "'-0.0'", "'0.0'", "'1.5'", "'-2'")),
    "r": Kind("float4", "real", "real", ("'NaN'", "'Infinity'", "'-0.0'", "'0.0'", "'0.1'", "'1.5'", "'-2'")),
    "n": Kind("numeric(10,2)", "decimal(10,2)", "decimal(10,2)", ("'-1.50'", "'0.00'", "'1.00'", "'99999999.99'")),
    "w": Kind("numeric(38,0)", "decimal(38,0)", "decimal(38,0)", (f"'{'9' * 38}'", "'0'", "'1'", f"'-{'9' * 38}'")),
    "s": Kind("text", "varchar", "varchar", _STRINGS),
    "v": Kind("varchar(9)", "varchar(9)", "varchar(9)", _STRINGS),
    "e": Kind('text COLLATE "C"', "varchar", "varchar", _STRINGS),
    "c": Kind("char(4)", "char(4)", "char(4)", tuple(_text(text) for text in _TEXTS if len(text) <= 4)),
    "d": Kind("date", "date", "date", ("'0001-01-01'", "'1969-12-31'", "'2024-02-29'", "'9999-12-31'")),
    "t": Kind("timestamp(3)", "timestamp(3)", "timestamp(3)", tuple(f"'{one}'" for one in _INSTANTS)),
    "z": Kind("timestamptz(3)", "timestamp(3) with time zone", "", tuple(f"'{one} UTC'" for one in _INSTANTS)),
    "o": Kind("boolean", "boolean", "boolean", ("'true'", "'false'")),
    "y": Kind("bytea", "varbinary", "varbinary", ("''", "'\\x00'", "'\\x00ff'", "'\\x61'")),
}
_TABLES = ("t1", "t2", "t3")
_SIZES = (40, 12, 0)


class Databases:
    """The same rows in PostgreSQL and in the lake."""

    def __init__(self, chance: random.Random, server: Server, folder: Path) -> None:
        self.home = Home.open(folder / "home")
        self.session = Session(self.home)
        attached(self.home, server.url)
        for name, size in zip(_TABLES, _SIZES, strict=True):
            columns = ", ".join(f"{letter} {kind.remote}" for letter, kind in KINDS.items())
            server.run(f"CREATE TABLE {name} ({columns})")
            for _ in range(size):
                values = ", ".join(
                    "NULL" if chance.random() < 0.2 else chance.choice(kind.values) for kind in KINDS.values()
                )
                server.run(f"INSERT INTO {name} VALUES ({values})")
            # Instants keep no zone in files.
            stored = ", ".join(
                letter if kind.lake else f"to_unixtime({letter}) AS {letter}" for letter, kind in KINDS.items()
            )
            self._run(f"CREATE TABLE stored_{name} AS SELECT {stored} FROM pg.public.{name}")
            read = ", ".join(
                f"CAST({letter} AS {kind.trino}) AS {letter}"
                if kind.lake
                else f"CAST(from_unixtime({letter}) AS {kind.trino}) AS {letter}"
                for letter, kind in KINDS.items()
            )
            self._run(f"CREATE VIEW {name} AS SELECT {read} FROM stored_{name}")

    def compare(self, query: str) -> tuple[str, str]:
        """What came of the query, and the difference if there is one."""
        remote, lake = self._answer(query.replace("$", "pg.public.")), self._answer(query.replace("$", ""))
        if isinstance(remote, str) and isinstance(lake, str):
            alike = remote.split(":")[0] == lake.split(":")[0]
            return ("failed in both", "") if alike else ("different errors", f"{query}\n  pg: {remote}\n  lake: {lake}")
        if isinstance(remote, str) or isinstance(lake, str):
            failed = remote if isinstance(remote, str) else lake
            return f"only {'pg' if isinstance(remote, str) else 'the lake'} fails", f"{query}\n  {failed}"
        if remote == lake:
            return "equal", ""
        only_remote, only_lake = list((remote - lake).elements()), list((lake - remote).elements())
        return "different", f"{query}\n  only pg: {only_remote[:5]}\n  only the lake: {only_lake[:5]}"

    def _answer(self, query: str) -> Counter[tuple[object, ...]] | str:
        try:
            table = self.session.execute(query).table()
        except OwlakeError as problem:
            return str(problem)
        columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
        return Counter(zip(*columns, strict=True))

    def _run(self, statement: str) -> None:
        self.session.execute(statement).table()


def _plain(value: object) -> object:
    """NaN is itself; zeros have no sign, as groups keep whichever came first."""
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else value + 0.0
    return value["instant"] if isinstance(value, dict) else value


class Writer:
    """Writes random queries; ``$`` stands before the name of a table."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def query(self) -> str:
        """A whole query whose answer is determined."""
        shapes = (
            self._plain, self._plain, self._grouped, self._grouped, self._joined, self._joined, self._limited,
            self._united, self._shared, self._correlated, self._distinct, self._windowed, self._pages,
        )  # fmt: skip
        return self._chance.choice(shapes)()

    # Shapes ---------------------------------------------------------------------------------------------

    def _plain(self) -> str:
        return f"SELECT {self._columns()} FROM {self._table()}{self._where()}"

    def _distinct(self) -> str:
        return f"SELECT DISTINCT {self._columns(2)} FROM {self._table()}{self._where()}"

    def _grouped(self, source: str | None = None) -> str:
        keys = self._chance.sample(list(KINDS), self._chance.choice((0, 1, 1, 2)))
        measures = ", ".join(self._measure() for _ in range(self._chance.randint(1, 3)))
        groups = f" GROUP BY {', '.join(keys)}" if keys else ""
        having = f" HAVING {self._measure()} IS NOT NULL" if self._chance.random() < 0.2 else ""
        having = f" HAVING count(*) > {self._chance.randint(0, 2)}" if self._chance.random() < 0.2 else having
        return f"SELECT {', '.join([*keys, measures])} FROM {source or self._table()}{self._where()}{groups}{having}"

    def _joined(self) -> str:
        kind = self._chance.choice(("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"))
        key = self._chance.choice(list(KINDS))
        on = f"x.{key} = y.{key}"
        for side in "xy":
            if self._chance.random() < 0.3:
                on += f" AND {self._term(side + '.')}"
        tables = f"{self._table()} x {kind} {self._table()} y ON {on}"
        where = f" WHERE {self._condition(self._chance.choice(('x.', 'y.')))}" if self._chance.random() < 0.6 else ""
        if self._chance.random() < 0.3:
            return f"SELECT count(*), count(x.{self._letter()}), count(y.{self._letter()}) FROM {tables}{where}"
        return f"SELECT x.{self._letter()}, y.{self._letter()} FROM {tables}{where}"

    def _limited(self) -> str:
        """Which rows there are is not determined, how many is."""
        offset = f" OFFSET {self._chance.randint(0, 5)}" if self._chance.random() < 0.4 else ""
        inner = (
            f"SELECT {self._columns()} FROM {self._table()}{self._where()}{offset} LIMIT {self._chance.randint(0, 9)}"
        )
        if self._chance.random() < 0.5:
            return f"SELECT count(*) FROM ({inner})"
        return f"SELECT count(*) FROM ({inner}) CROSS JOIN (SELECT count(*) AS k FROM {self._table()}{self._where()})"

    def _pages(self) -> str:
        """In an order that is total: by every column."""
        offset = f" OFFSET {self._chance.randint(0, 5)}" if self._chance.random() < 0.5 else ""
        letters = self._chance.sample(list(KINDS), self._chance.randint(1, 3))
        order = ", ".join(f"{letter} {self._chance.choice(('ASC', 'DESC NULLS FIRST'))}" for letter in letters)
        select = f"SELECT {', '.join(letters)} FROM {self._table()}{self._where()}"
        return f"{select} ORDER BY {order}{offset} LIMIT {self._chance.randint(0, 9)}"

    def _united(self) -> str:
        letters = ", ".join(self._chance.sample(list(KINDS), 2))
        operator = self._chance.choice(("UNION ALL", "UNION", "EXCEPT", "INTERSECT"))
        sides = [f"SELECT {letters} FROM {self._table()}{self._where()}" for _ in range(2)]
        if self._chance.random() < 0.3:
            limits = [f"(SELECT 1 AS one FROM {self._table()}{self._where()} LIMIT {n})" for n in (2, 30)]
            return f"SELECT count(*) FROM ({limits[0]} UNION ALL {limits[1]})"
        return f" {operator} ".join(sides)

    def _shared(self) -> str:
        """A named query used twice: what one use pushes must not change the other."""
        letters = self._chance.sample(list(KINDS), 3)
        named = f"WITH q AS (SELECT {', '.join(letters)} FROM {self._table()}{self._where()})"
        first, second, third = letters
        uses = (
            f"SELECT count(*), CAST(NULL AS varchar) FROM q UNION ALL SELECT 0, CAST({first} AS varchar) FROM q",
            f"SELECT (SELECT count(*) FROM (SELECT 1 FROM q LIMIT 2)), (SELECT count({first}) FROM q)",
            f"SELECT {first}, n FROM q LEFT JOIN (SELECT {second} k, count(*) n FROM q GROUP BY 1) ON {second} = k",
            f"SELECT {third} FROM q WHERE {third} IN (SELECT {third} FROM q WHERE {first} IS NOT NULL)",
            f"SELECT count({third}), max({second}) FROM q WHERE EXISTS (SELECT 1 FROM q WHERE {first} IS NULL)",
        )
        return f"{named} {self._chance.choice(uses)}"

    def _correlated(self) -> str:
        key = self._letter()
        inner = f"SELECT {self._chance.choice(('count(*)', f'max(y.{self._letter()})', f'count(y.{self._letter()})'))}"
        below = f"FROM {self._table()} y WHERE y.{key} = x.{key}"
        if self._chance.random() < 0.5:
            below += f" AND {self._term('y.')}"
        where = f" WHERE {self._condition('x.')}" if self._chance.random() < 0.5 else ""
        if self._chance.random() < 0.4:
            negation = self._chance.choice(("", "NOT "))
            return f"SELECT x.{self._letter()} FROM {self._table()} x WHERE {negation}EXISTS (SELECT 1 {below})"
        return f"SELECT x.{key}, ({inner} {below}) FROM {self._table()} x{where}"

    def _windowed(self) -> str:
        key, value = self._chance.sample(list(KINDS), 2)
        return (
            f"SELECT {key}, count({value}) OVER (PARTITION BY {key}), max({value}) OVER (PARTITION BY {key})"
            f" FROM {self._table()}{self._where()}"
        )

    # Parts ----------------------------------------------------------------------------------------------

    def _table(self) -> str:
        return "$" + self._chance.choice((*_TABLES, "t1", "t1"))

    def _letter(self) -> str:
        return self._chance.choice(list(KINDS))

    def _columns(self, most: int = 4) -> str:
        return ", ".join(self._chance.sample(list(KINDS), self._chance.randint(1, most)))

    def _measure(self) -> str:
        letter = self._letter()
        summed = self._chance.choice(("i", "h", "n"))
        choices = (
            "count(*)", f"count({letter})", f"count(DISTINCT {letter})", f"min({letter})", f"max({letter})",
            f"sum({summed})", f"avg({summed})", f"count(*) FILTER (WHERE {self._term()})", f"sum(DISTINCT {summed})",
        )  # fmt: skip
        return self._chance.choice(choices)

    def _where(self) -> str:
        return f" WHERE {self._condition()}" if self._chance.random() < 0.7 else ""

    def _condition(self, side: str = "", depth: int = 2) -> str:
        roll = self._chance.random()
        if depth == 0 or roll < 0.45:
            return self._term(side)
        if roll < 0.55:
            return f"NOT ({self._condition(side, depth - 1)})"
        operator = self._chance.choice(("AND", "OR"))
        return f"({self._condition(side, depth - 1)} {operator} {self._condition(side, depth - 1)})"

    def _term(self, side: str = "") -> str:
        letter = self._letter()
        kind, column = KINDS[letter], f"{side}{letter}"
        value = self._value(kind)
        others = ", ".join(self._value(kind) for _ in range(self._chance.randint(1, 3)))
        choices = [
            f"{column} {self._chance.choice(('=', '<>', '<', '<=', '>', '>='))} {value}",
            f"{value} {self._chance.choice(('=', '<', '>='))} {column}",
            f"{column} {self._chance.choice(('', 'NOT '))}IN ({others})",
            f"{column} {self._chance.choice(('', 'NOT '))}IN ({others}, NULL)",
            f"{column} BETWEEN {value} AND {self._value(kind)}",
            f"{column} IS {self._chance.choice(('', 'NOT '))}NULL",
            f"{column} IS {self._chance.choice(('', 'NOT '))}DISTINCT FROM {value}",
            f"({column} = {value} OR {column} IS NULL)",
            f"coalesce({column}, {value}) = {value}",
        ]
        if letter in "ibh":
            choices += [f"{column} > 0.5", f"{column} IN (1, DOUBLE '1.5', 3)", f"{column} % 2 = 1", f"{column} < 1e0"]
        if letter in "fr":
            choices += [f"{column} > 1", f"is_nan({column})", f"{column} IN (1, DECIMAL '1.5')", f"{column} <> nan()"]
        if letter in "nw":
            choices += [f"{column} = 1", f"{column} < 1.005", f"{column} > DOUBLE '0.5'"]
        if letter in "sve":
            text = self._chance.choice(_STRINGS)
            pattern = self._chance.choice(("a%", "_", "%b", "%\\%", "", "A_", "é%", "it''s"))
            choices += [f"{column} LIKE '{pattern}'", f"{column} LIKE '!%' ESCAPE '!'", f"lower({column}) = {text}",
                        f"{column} > 'a' || chr(0) || 'b'", f"{column} <= 'a' || chr(0)", f"{column} = 'a' || chr(0)",
                        f"{column} >= chr(0)", f"{column} BETWEEN chr(0) AND chr(1114111)"]  # fmt: skip
        if letter == "c":
            choices += [f"{column} = 'a'", f"{column} LIKE 'a%'", f"length({column}) = 4", f"{column} < 'B'"]
        if letter in "dtz":
            choices += [f"{column} >= TIMESTAMP '2024-01-01 00:00:00.0005'", f"{column} < current_timestamp",
                        f"{column} = DATE '2024-01-01'", f"year({column}) = 2024",
                        f"{column} > TIMESTAMP '2024-01-01 01:00:00 Europe/Berlin'"]  # fmt: skip
        return self._chance.choice(choices)

    def _value(self, kind: Kind) -> str:
        written = self._chance.choice(kind.values)
        if kind.trino == "varbinary":
            return f"X'{written.strip(chr(39)).removeprefix(chr(92) + 'x')}'"
        if kind.trino == "varchar" or not written.startswith("'"):
            return written
        return f"CAST({written} AS {kind.trino})"


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
    with tempfile.TemporaryDirectory() as folder, running_server() as server:
        chance = random.Random(seed)
        databases = Databases(chance, server.database("federation"), Path(folder))
        end = time.monotonic() + given.seconds
        while time.monotonic() < end:
            outcome, text = databases.compare(Writer(chance).query())
            counts[outcome] += 1
            if text and counts[outcome] <= given.show:
                print(f"--- {outcome}\n{text}\n", flush=True)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    return int(set(counts) - {"equal", "failed in both"} != set())


if __name__ == "__main__":
    sys.exit(main())
