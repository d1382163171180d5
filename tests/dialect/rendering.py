"""Trees as short S-expressions, so that a test can write down the tree that it expects.

Names, numbers and strings stand as in SQL. A node is ``(word parts...)``: what is absent is left out, what is one of
several things of a kind is called by its field, as in ``(call f x filter:y)``. Positions are not shown.
"""

from __future__ import annotations

import re
from functools import singledispatch

from owlake.dialect.nodes import base, expressions, patterns, relations, types

_HIDDEN = {"position", "operator_position"}


@singledispatch
def render(value: object) -> str:
    raise NotImplementedError(type(value))


@render.register
def _node(node: base.Node) -> str:
    return form(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(node).__name__).lower(), **_fields(node))


def _fields(node: base.Node) -> dict[str, object]:
    return {name: getattr(node, name) for name in node.compared if name not in _HIDDEN}


def form(word: str, *parts: object, **fields: object) -> str:
    """``(word part part field:value)``; fields that are None, False or empty are left out, true ones stand alone."""
    texts = [word, *map(render, parts)]
    for name, value in fields.items():
        if value is True:
            texts.append(name.rstrip("_"))
        elif value is not None and value is not False and value != ():
            texts.append(f"{name.rstrip('_')}:{render(value)}")
    return f"({' '.join(texts)})" if len(texts) > 1 else f"({word})"


@render.register
def _text(value: str) -> str:
    return value


@render.register
def _number(value: int) -> str:
    return str(value)


@render.register
def _bytes(value: bytes) -> str:
    return f"X'{value.hex()}'"


@render.register
def _sequence(value: tuple) -> str:
    return f"[{' '.join('-' if item is None else render(item) for item in value)}]"


@render.register
def _identifier(node: base.Identifier) -> str:
    return f'"{node.value}"' if node.delimited else node.value


@render.register
def _name(node: base.QualifiedName) -> str:
    return ".".join(map(render, node.parts))


@render.register
def _null(_: expressions.NullLiteral) -> str:
    return "null"


@render.register
def _boolean(node: expressions.BooleanLiteral) -> str:
    return str(node.value).lower()


@render.register
def _long(node: expressions.LongLiteral) -> str:
    return str(node.value)


@render.register(expressions.DecimalLiteral)
@render.register(expressions.DoubleLiteral)
def _digits(node: expressions.DecimalLiteral | expressions.DoubleLiteral) -> str:
    kind = "decimal" if isinstance(node, expressions.DecimalLiteral) else "double"
    return f"({kind} {node.text})"


@render.register
def _string(node: expressions.StringLiteral) -> str:
    return f"'{node.value}'"


@render.register
def _binary(node: expressions.BinaryLiteral) -> str:
    return render(node.value)


@render.register
def _typed(node: expressions.GenericLiteral) -> str:
    return f"({node.type} '{node.value}')"


@render.register
def _parameter(node: expressions.Parameter) -> str:
    return f"?{node.index}"


@render.register
def _dereference(node: expressions.Dereference) -> str:
    return f"{render(node.base)}.{render(node.field)}"


@render.register
def _subscript(node: expressions.Subscript) -> str:
    return f"{render(node.base)}[{render(node.index)}]"


@render.register
def _unary(node: expressions.ArithmeticUnary) -> str:
    return form(node.operator, node.value)


@render.register(expressions.ArithmeticBinary)
@render.register(expressions.Comparison)
def _operator(node: expressions.ArithmeticBinary | expressions.Comparison) -> str:
    return form(node.operator.lower().replace(" ", "-"), node.left, node.right)


@render.register
def _logical(node: expressions.Logical) -> str:
    return form(node.operator.lower(), *node.terms)


@render.register
def _not(node: expressions.Not) -> str:
    return form("not", node.value)


@render.register
def _is_null(node: expressions.IsNull) -> str:
    return form("is-not-null" if node.negated else "is-null", node.value)


@render.register
def _in(node: expressions.InList) -> str:
    return form("in", node.value, *node.items)


@render.register
def _between(node: expressions.Between) -> str:
    return form("between", node.value, node.low, node.high)


@render.register
def _like(node: expressions.Like) -> str:
    return form("like", node.value, node.pattern, escape=node.escape)


@render.register
def _call(node: expressions.FunctionCall) -> str:
    fields = {
        name: value for name, value in _fields(node).items() if name not in ("name", "arguments", "star", "star_label")
    }
    arguments: tuple[object, ...] = node.arguments
    if node.star:
        arguments = ("*" if node.star_label is None else f"{render(node.star_label)}.*",)
    return form(render(node.name), *arguments, **fields)


@render.register
def _lambda(node: expressions.Lambda) -> str:
    return form("->", node.parameters, node.body)


@render.register
def _row(node: expressions.Row) -> str:
    return form("row", *node.items)


@render.register
def _array(node: expressions.Array) -> str:
    return form("array", *node.items)


@render.register
def _cast(node: expressions.Cast) -> str:
    return form("try-cast" if node.safe else "cast", node.value, node.type)


@render.register
def _when(node: expressions.WhenClause) -> str:
    return form("when", node.condition, node.result)


@render.register
def _simple_case(node: expressions.SimpleCase) -> str:
    return form("case", node.operand, *node.whens, else_=node.default)


@render.register
def _searched_case(node: expressions.SearchedCase) -> str:
    return form("case", *node.whens, else_=node.default)


@render.register
def _scalar(node: expressions.ScalarSubquery) -> str:
    return form("scalar", node.query)


@render.register
def _exists(node: expressions.Exists) -> str:
    return form("exists", node.query)


@render.register
def _in_query(node: expressions.InSubquery) -> str:
    return form("in-query", node.value, node.query)


@render.register
def _generic(node: types.GenericDataType) -> str:
    return f"{node.name}({','.join(map(render, node.arguments))})" if node.arguments else node.name


@render.register
def _row_type(node: types.RowDataType) -> str:
    return f"row({','.join(map(render, node.fields))})"


@render.register
def _row_field(node: types.RowFieldType) -> str:
    return f"{render(node.name)}:{render(node.type)}" if node.name else render(node.type)


@render.register
def _date_time(node: types.DateTimeDataType) -> str:
    precision = "" if node.precision is None else f"({node.precision})"
    return f"{node.name}{precision}{'-with-time-zone' if node.with_time_zone else ''}"


@render.register
def _interval_type(node: types.IntervalDataType) -> str:
    return f"interval-{node.start}-to-{node.end}"


@render.register
def _query(node: relations.Query) -> str:
    fields = _fields(node)
    body = fields.pop("body")
    if all(value in (None, ()) for value in fields.values()):
        return render(body)
    return form("query", body, **fields)


@render.register
def _select(node: relations.QuerySpecification) -> str:
    fields = _fields(node)
    items = " ".join(map(render, fields.pop("select")))
    word = "select-distinct" if fields.pop("distinct") else "select"
    return form(word, items, **fields)


@render.register
def _column(node: relations.SingleColumn) -> str:
    return form("as", node.expression, node.alias) if node.alias else render(node.expression)


@render.register
def _all(node: relations.AllColumns) -> str:
    star = f"{render(node.target)}.*" if node.target else "*"
    return form("as", star, node.aliases) if node.aliases else star


@render.register
def _values(node: relations.Values) -> str:
    return form("values", *node.rows)


@render.register
def _set_operation(node: relations.SetOperation) -> str:
    word = node.operator.lower() + ("" if node.distinct else "-all")
    return form(word, *node.relations)


@render.register
def _with(node: relations.With) -> str:
    return form("recursive" if node.recursive else "with", *node.queries)


@render.register
def _with_query(node: relations.WithQuery) -> str:
    return form(render(node.name), node.query, columns=node.columns)


@render.register
def _sort_item(node: relations.SortItem) -> str:
    nulls = f" nulls-{'first' if node.nulls_first else 'last'}" if node.nulls_written else ""
    text = render(node.key) + ("" if node.ascending else " desc") + nulls
    return f"({text})" if " " in text[len(render(node.key)) :] else text


@render.register
def _group_by(node: relations.GroupBy) -> str:
    text = " ".join(map(render, node.elements))
    return f"(distinct {text})" if node.distinct else f"[{text}]"


@render.register
def _grouping_element(node: relations.GroupingElement) -> str:
    if node.kind == "SIMPLE":
        (only,) = node.sets
        return render(only[0]) if len(only) == 1 else render(only)
    return form(node.kind.lower(), *node.sets)


@render.register
def _limit(node: relations.Limit) -> str:
    count = "all" if node.count is None else render(node.count)
    if not node.fetch:
        return count
    return form("fetch", count, with_ties=node.with_ties)


@render.register
def _table(node: relations.Table) -> str:
    return form("table", node.name, node.period) if node.period else render(node.name)


@render.register
def _period(node: relations.QueryPeriod) -> str:
    return form(f"{node.kind.lower()}-as-of", node.end)


@render.register
def _aliased(node: relations.AliasedRelation) -> str:
    return form("alias", node.relation, node.alias, *([node.columns] if node.columns else []))


@render.register
def _join(node: relations.Join) -> str:
    word = f"{'natural-' if node.natural else ''}{node.kind.lower()}-join"
    return form(word, node.left, node.right, on=node.on, using=node.using)


@render.register
def _subquery(node: relations.TableSubquery) -> str:
    return form("subquery", node.query)


@render.register
def _lateral(node: relations.Lateral) -> str:
    return form("lateral", node.query)


@render.register
def _unnest(node: relations.Unnest) -> str:
    return form("unnest", *node.expressions, with_ordinality=node.with_ordinality)


@render.register
def _sampled(node: relations.SampledRelation) -> str:
    return form(node.method.lower(), node.relation, node.percentage)


@render.register
def _bound(node: relations.FrameBound) -> str:
    word = node.kind.lower().replace(" ", "-")
    return form(word, node.value) if node.value else word


@render.register
def _frame(node: relations.WindowFrame) -> str:
    fields = _fields(node)
    unit, start, end = (fields.pop(name) for name in ("unit", "start", "end"))
    return form(str(unit).lower(), start, *([end] if end else []), **fields)


@render.register
def _window(node: expressions.WindowSpecification) -> str:
    return form("window", **_fields(node))


@render.register
def _definition(node: relations.WindowDefinition) -> str:
    return form(render(node.name), node.window)


@render.register
def _variable(node: patterns.PatternVariable) -> str:
    return render(node.name)


@render.register
def _empty(_: patterns.EmptyPattern) -> str:
    return "()"


@render.register
def _anchor(node: patterns.PatternAnchor) -> str:
    return "^" if node.at_start else "$"


@render.register
def _concatenation(node: patterns.PatternConcatenation) -> str:
    return form("seq", *node.terms)


@render.register
def _alternation(node: patterns.PatternAlternation) -> str:
    return form("or", *node.terms)


@render.register
def _permutation(node: patterns.PatternPermutation) -> str:
    return form("permute", *node.terms)


@render.register
def _excluded(node: patterns.ExcludedPattern) -> str:
    return form("exclude", node.pattern)


@render.register
def _quantified(node: patterns.QuantifiedPattern) -> str:
    most = "" if node.at_most is None else node.at_most
    return form(f"{{{node.at_least},{most}}}{'' if node.greedy else '?'}", node.pattern)


@render.register
def _measure(node: patterns.MeasureDefinition) -> str:
    return form("as", node.expression, node.name)


@render.register
def _subset(node: patterns.SubsetDefinition) -> str:
    return form("=", node.name, *node.labels)


@render.register
def _variable_definition(node: patterns.VariableDefinition) -> str:
    return form("define", node.name, node.condition)


@render.register
def _skip(node: patterns.SkipTo) -> str:
    word = node.kind.lower().replace(" ", "-")
    return form(word, node.label) if node.label else word
