"""EXPLAIN (TYPE IO): what a statement reads and writes, as Trino's JSON with the files beside it.

https://trino.io/docs/current/sql/explain.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from owlake.dialect.nodes import statements as nodes
from owlake.dialect.nodes.base import Statement
from owlake.lake.model import Domain, Range, Value
from owlake.planning.domains import domain_of
from owlake.planning.plan import Plan, TableRequest
from owlake.queries.estimate import Estimate
from owlake.statements.context import DEFAULT_CATALOG, DEFAULT_DATABASE, StatementContext


def io_json(statement: Statement, plan: Plan, estimate: Estimate, context: StatementContext) -> str:
    """Tables with what the conditions let their columns be, the table that is written, files, and bytes."""
    requests = list({id(request): request for request in plan.requests.values()}.values())
    shown: dict[str, Any] = {"inputTableColumnInfos": [_input(request) for request in requests]}
    output = _output(statement, context)
    if output is not None:
        shown["outputTable"] = output
    files = [file for scan in plan.scans.values() for file in scan.files]
    shown["files"] = [{"path": file.uri, "bytes": file.size} for file in files]
    shown["totalBytes"] = sum(file.size for file in files)
    shown["estimate"] = {"bytesScanned": estimate.bytes, "bound": estimate.bound}
    return json.dumps(shown, indent=2)


def _input(request: TableRequest) -> dict[str, Any]:
    source = request.source
    table = _table(source.catalog, source.schema, source.name)
    return {"table": table, "constraint": {"none": False, "columnConstraints": list(_constraints(request))}}


def _output(statement: Statement, context: StatementContext) -> dict[str, Any] | None:
    if not isinstance(statement, nodes.Insert | nodes.CreateTableAs):
        return None
    parts = statement.table.names if isinstance(statement, nodes.Insert) else statement.name.names
    known = [context.catalog or DEFAULT_CATALOG, context.database or DEFAULT_DATABASE]
    return _table(*known[: 3 - len(parts)], *parts)


def _table(catalog: str, schema: str, name: str) -> dict[str, Any]:
    return {"catalog": catalog, "schemaTable": {"schema": schema, "table": name}}


def _constraints(request: TableRequest) -> Iterator[dict[str, Any]]:
    for name, field in request.fields.items():
        domain = domain_of(request.conjuncts, field)
        if domain is not None:
            shown = {"nullsAllowed": domain.null_allowed, "ranges": [_range(one) for one in _ranges(domain)]}
            yield {"columnName": name, "type": str(field.type), "domain": shown}


def _ranges(domain: Domain) -> Sequence[Range]:
    if domain.values is None:
        return domain.ranges or ()
    return [Range(value, value) for value in sorted(domain.values, key=lambda value: (str(type(value)), value))]


def _range(one: Range) -> dict[str, Any]:
    return {
        "low": _marker(one.low, "ABOVE", is_exact=one.low_inclusive),
        "high": _marker(one.high, "BELOW", is_exact=one.high_inclusive),
    }


def _marker(value: Value | None, beside: str, *, is_exact: bool) -> dict[str, str]:
    if value is None:
        return {"bound": beside}
    return {"value": str(value), "bound": "EXACTLY" if is_exact else beside}
