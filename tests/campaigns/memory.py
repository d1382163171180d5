"""Queries over data of four times their memory limit finish: what does not fit is written to disk meanwhile.

    python -m tests.campaigns.memory [--megabytes 400]

The answers are compared with those of the same queries without a limit; the process's own memory is printed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time

import owlake
from tests.benchmarks.measuring import anonymous_memory

_ROW = 200
_CREATE = """
CREATE TABLE big WITH (format = 'PARQUET', external_location = 's3://lake/big/') AS
SELECT x * 1000 + y AS id, to_hex(sha256(CAST(CAST(x * 1000 + y AS varchar) AS varbinary))) AS k,
    to_hex(sha512(CAST(CAST(y AS varchar) AS varbinary))) AS v
FROM UNNEST(sequence(1, {thousands})) AS a(x), UNNEST(sequence(0, 999)) AS b(y)
"""
QUERIES = {
    "sort": "SELECT id, k FROM big ORDER BY k, v",
    "group": "SELECT count(*), sum(c), max(k) FROM (SELECT k, min(v) AS v, count(*) AS c FROM big GROUP BY k)",
}
"""A window over all rows is not among them: it holds them, and ends with EXCEEDED_LOCAL_MEMORY_LIMIT."""


def main(words: list[str]) -> int:
    """Each query with and without the limit."""
    parser = argparse.ArgumentParser(prog="tests.campaigns.memory", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=400, help="how much data")
    arguments = parser.parse_args(words)
    limit, faults = (arguments.megabytes << 20) // 4, 0
    with tempfile.TemporaryDirectory() as folder, owlake.connect(folder) as connection:
        connection.home.storage.create_bucket("lake")
        connection.execute(_CREATE.format(thousands=(arguments.megabytes << 20) // _ROW // 1000))
        for name, query in QUERIES.items():
            with owlake.connect(folder, session_properties={"memory_limit": str(limit)}) as limited:
                began = time.monotonic()
                found = limited.execute(query).fetchall()
                seconds, memory = time.monotonic() - began, anonymous_memory() >> 20
            equal = found == connection.execute(query).fetchall()
            faults += not equal
            sizes = f"{limit >> 20} MB for {arguments.megabytes} MB: {seconds:.1f} s, {memory} MB in all"
            print(f"{name:10} {sizes}, {'equal' if equal else f'DIFFERENT: {found}'}", flush=True)
    return min(faults, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
