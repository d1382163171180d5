"""A process may end at any moment of a query: it ends with its own status, whatever the engine's threads were doing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from owlake.home import Home
from owlake.session import Session

_CHILD = """
import sys
from owlake.home import Home
from owlake.session import Session
session = Session(Home.open(sys.argv[1]))
{body}
print("done")
"""

ENDINGS = {
    "rows left in a text file": "session.execute('SELECT upper(name), x FROM texts WHERE x > 5').next()",
    "a query not read at all": "answer = session.execute('SELECT count(*), sum(x) FROM texts')",
    "a LIMIT reached": "session.execute('SELECT * FROM texts LIMIT 5').table()",
    "everything read": "session.execute('SELECT count(*), sum(x) FROM texts').table()",
    "rows left in a Parquet file": "session.execute('SELECT upper(name) FROM numbers').next()",
    "a kernel at work": "session.execute('SELECT soundex(name) FROM numbers').next()",
    "an error": """
try:
    session.execute('SELECT 1 / (id - 7) FROM texts').table()
except Exception as problem:
    assert "DIVISION_BY_ZERO" in str(problem), problem
""",
    "cancelled": """
import threading
answer = session.execute('SELECT count(*), max(reverse(name)) FROM texts')
threading.Timer(0.05, session.cancel).start()
try:
    answer.table()
except Exception as problem:
    assert "USER_CANCELED" in str(problem), problem
""",
}


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("end") / "home"
    with Home.open(path) as home, Session(home) as session:
        folder = path / "buckets" / "lake" / "texts"
        folder.mkdir(parents=True)
        lines = "".join(f"{number},name {number},{number}.5\n" for number in range(300_000))
        for number in range(8):
            (folder / f"{number}.csv").write_text(lines)
        session.execute(
            "CREATE EXTERNAL TABLE texts (id int, name string, x double) "
            "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://lake/texts/'"
        )
        session.execute("CREATE TABLE numbers AS SELECT id, name FROM texts WHERE id < 100000")
    return path


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_process_ends_well(ending: str, lake: Path) -> None:
    for _ in range(2):
        command = [sys.executable, "-c", _CHILD.format(body=ENDINGS[ending]), str(lake)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-2000:]
