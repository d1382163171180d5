"""The page of docs/ that lists the tables of the ``system`` catalog."""

from __future__ import annotations

from owlake_connectors.system.connector import SCHEMAS

_GENERATED = "<!-- Written by `python -m tests.documentation`; a test holds it to the connector. -->\n"

_INTRODUCTION = """\
The engine's own state is a catalog, `system`: what its [procedures](procedures.md) change, these tables show. They are
queried as any others, and joined with them. Which statements of today cost most, and what became of background work:

```sql
SELECT query, state, bytes_scanned, cost_usd
FROM system.runtime.queries
WHERE submitted > now() - INTERVAL '1' DAY
ORDER BY cost_usd DESC, submitted DESC
LIMIT 10;

SELECT name, state, due, error_message
FROM system.runtime.tasks
WHERE last_failed > now() - INTERVAL '1' DAY;
```

How a session is set, which is seen by that session alone:

```sql
SELECT name, value, description
FROM system.runtime.settings
WHERE scope = 'SESSION' AND name LIKE 'athena%';
```

```text
name           value    description
-------------  -------  ---------------------------------------------------------------------
athena_strict  false    Athena's limits, reserved words and refusals are errors, not warnings
```
"""


def system_tables_page() -> str:
    """docs/system-tables.md: each table with its columns."""
    lines = ["# System tables", "", _GENERATED, _INTRODUCTION.rstrip()]
    for schema, tables in sorted(SCHEMAS.items()):
        for name, table in sorted(tables.items()):
            lines += ["", f"## system.{schema}.{name}", "", "| column | type | |", "| --- | --- | --- |"]
            lines += [f"| `{one.name}` | `{one.type}` | {one.comment} |" for one in table.columns]
    return "\n".join(lines) + "\n"
