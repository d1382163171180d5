"""The SQL/JSON functions are analysed by ``owlake.analysis.sql_json``, which is loaded when a query has one."""

from __future__ import annotations

from typing import Any

from owlake.analysis.expressions import ExpressionAnalyzer, analyses
from owlake.dialect.nodes import json as nodes
from owlake.ir import expressions as ir


@analyses(nodes.JsonExists, nodes.JsonValue, nodes.JsonQuery, nodes.JsonObject, nodes.JsonArray)
def _sql_json(analyzer: ExpressionAnalyzer, node: Any) -> ir.Expression:
    from owlake.analysis.sql_json import ANALYSES  # noqa: PLC0415  (paths, kernels and msgspec, on use)

    return ANALYSES[type(node)](analyzer, node)
