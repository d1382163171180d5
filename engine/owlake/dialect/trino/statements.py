"""Statements of the Trino side: queries, views, prepared statements, EXPLAIN, CALL, grants."""

from __future__ import annotations

from collections.abc import Callable

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES, words
from owlake.dialect.nodes.base import Expression, Identifier, Statement
from owlake.dialect.nodes.statements import (
    Analyze,
    Call,
    CallArgument,
    CreateTableAs,
    CreateView,
    Deallocate,
    DropView,
    Execute,
    ExecuteImmediate,
    Explain,
    ExternalFunction,
    Prepare,
    Property,
    QueryStatement,
    ShowCreateView,
    ShowFunctions,
    ShowProcedures,
    ShowStats,
    UsingExternalFunction,
)
from owlake.dialect.nodes.types import DataType
from owlake.dialect.refusals import STATEMENT_STARTS, not_supported
from owlake.dialect.trino import changes, expressions, grants, queries, streams
from owlake.dialect.trino.literals import STRINGS, string
from owlake.dialect.trino.names import (
    accept_word,
    expect_word_of,
    identifier,
    identifiers,
    is_word,
    qualified_name,
)
from owlake.dialect.trino.parentheses import QUERY_STARTS
from owlake.dialect.trino.types import data_type

_FORMATS = ("TEXT", "GRAPHVIZ", "JSON")
_TYPES = ("LOGICAL", "DISTRIBUTED", "VALIDATE", "IO", "DATAFUSION", "COST")
_SHOWN = words("CATALOGS COLUMNS CREATE CURRENT FUNCTIONS GRANTS ROLE ROLES SCHEMAS SESSION STATS TABLES")


def statement(cursor: Cursor) -> Statement:
    """Any statement of the Trino side."""
    if cursor.kind in QUERY_STARTS or cursor.kind == "(":
        return QueryStatement(cursor.position, queries.query(cursor))
    read = _STATEMENTS.get(cursor.spelling().upper())
    if read is None:
        _refuse_unsupported(cursor, *STATEMENT_STARTS)
        cursor.fail(*STATEMENT_STARTS)
    return read(cursor)


def _refuse_unsupported(cursor: Cursor, *kinds: str) -> None:
    """Refuse what begins a statement, but not one that stands inside EXPLAIN or PREPARE, or at all."""
    if cursor.kind in kinds:
        raise not_supported()
    cursor.note(*kinds)


def properties(cursor: Cursor) -> tuple[Property, ...]:
    """``(name = value, ...)``."""
    cursor.expect("(")
    items = listed_properties(cursor)
    cursor.expect(")")
    return items


def listed_properties(cursor: Cursor) -> tuple[Property, ...]:
    """``name = value, ...``."""
    items = [_property(cursor)]
    while cursor.accept(","):
        items.append(_property(cursor))
    return tuple(items)


def _property(cursor: Cursor) -> Property:
    position = cursor.position
    name = identifier(cursor)
    cursor.expect("=")
    return Property(position, name, expressions.expression(cursor))


def if_not_exists(cursor: Cursor) -> bool:
    """``IF NOT EXISTS``, or nothing."""
    if not (cursor.kind == "IF" and cursor.peek() == "NOT"):
        cursor.note("IF")
        return False
    cursor.expect("IF", "NOT", "EXISTS")
    return True


def if_exists(cursor: Cursor) -> bool:
    """``IF EXISTS``, or nothing."""
    if not (cursor.kind == "IF" and cursor.peek() == "EXISTS"):
        cursor.note("IF")
        return False
    cursor.expect("IF", "EXISTS")
    return True


def or_replace(cursor: Cursor) -> bool:
    """``OR REPLACE``, or nothing."""
    if not cursor.accept("OR"):
        return False
    cursor.expect("REPLACE")
    return True


def _create(cursor: Cursor) -> Statement:
    if cursor.peek() == "TABLE":
        return _create_table_as(cursor)
    distance = 3 if cursor.peek() == "OR" else 1
    if is_word(cursor, "STREAM", 1):
        return streams.create_stream(cursor)
    if is_word(cursor, "PUMP", distance):
        return streams.create_pump(cursor)
    return _create_view(cursor)


def _create_table_as(cursor: Cursor) -> CreateTableAs:
    position = cursor.position
    cursor.expect("CREATE", "TABLE")
    exists = if_not_exists(cursor)
    name = qualified_name(cursor)
    columns = identifiers(cursor) if cursor.kind == "(" else ()
    cursor.note("COMMENT")
    table_properties = properties(cursor) if cursor.accept("WITH") else ()
    cursor.expect("AS")
    if cursor.kind == "(" and cursor.peek() == "WITH":
        query = queries.parenthesized_query(cursor)
    else:
        query = queries.query(cursor)
    with_data = True
    if cursor.accept("WITH"):
        with_data = not cursor.accept("NO")
        cursor.expect("DATA")
    return CreateTableAs(position, name, exists, columns, table_properties, query, with_data)


def _create_view(cursor: Cursor) -> CreateView:
    position = cursor.position
    cursor.expect("CREATE")
    replace = or_replace(cursor)
    cursor.note("MATERIALIZED", "MULTI", "PROTECTED")
    if not replace:
        cursor.own("STREAM")
        _refuse_unsupported(cursor, "MATERIALIZED", "ROLE", "SCHEMA")
        cursor.note("TABLE")
    cursor.expect("VIEW")
    name = qualified_name(cursor)
    comment = string(cursor).value if cursor.accept("COMMENT") else None
    security = cursor.expect_one_of("DEFINER", "INVOKER") if cursor.accept("SECURITY") else None
    cursor.expect("AS")
    start = cursor.index
    query = queries.query(cursor)
    return CreateView(position, name, replace, query, cursor.text_from(start), comment, security)


def _alter(cursor: Cursor) -> Statement:
    if not is_word(cursor, "STREAM", 1):
        cursor.expect("ALTER")
        cursor.own("STREAM")
        _refuse_unsupported(cursor, "MATERIALIZED", "SCHEMA", "TABLE", "VIEW")
        cursor.fail()
    return streams.alter_stream(cursor)


def _drop(cursor: Cursor) -> Statement:
    if is_word(cursor, "STREAM", 1):
        return streams.drop_stream(cursor)
    if is_word(cursor, "PUMP", 1):
        return streams.drop_pump(cursor)
    position = cursor.position
    cursor.expect("DROP")
    cursor.own("STREAM")
    _refuse_unsupported(cursor, "MATERIALIZED", "ROLE", "SCHEMA", "TABLE")
    cursor.expect("VIEW")
    exists = if_exists(cursor)
    return DropView(position, qualified_name(cursor), exists)


def _show(cursor: Cursor) -> Statement:
    if is_word(cursor, "STREAMS", 1):
        return streams.show_streams(cursor)
    if cursor.peek() == "CREATE" and is_word(cursor, "STREAM", 2):
        return streams.show_create_stream(cursor)
    position = cursor.position
    cursor.expect("SHOW")
    if cursor.accept("CREATE"):
        cursor.own("STREAM")
        _refuse_unsupported(cursor, "MATERIALIZED", "SCHEMA", "TABLE")
        cursor.expect("VIEW")
        return ShowCreateView(position, qualified_name(cursor))
    if cursor.accept("FUNCTIONS"):
        pattern = string(cursor).value if cursor.accept("LIKE") else None
        escape = string(cursor).value if pattern is not None and cursor.accept("ESCAPE") else None
        return ShowFunctions(position, pattern, escape)
    if is_word(cursor, "STATS") and not cursor.strict:
        cursor.advance()
        cursor.expect("FOR")
        return ShowStats(position, qualified_name(cursor))
    if not is_word(cursor, "PROCEDURES"):
        cursor.own("PROCEDURES", "STREAMS")
        _refuse_unsupported(cursor, *_SHOWN)
        cursor.fail()
    cursor.advance()
    catalog = None
    if cursor.kind in ("FROM", "IN"):
        cursor.advance()
        catalog = qualified_name(cursor)
    return ShowProcedures(position, catalog)


def _analyze(cursor: Cursor) -> Analyze:
    position = cursor.position
    cursor.expect("ANALYZE")
    table = qualified_name(cursor)
    given = properties(cursor) if cursor.accept("WITH") else ()
    return Analyze(position, table, given)


def _prepare(cursor: Cursor) -> Prepare:
    position = cursor.position
    cursor.expect("PREPARE")
    name = identifier(cursor)
    cursor.expect("FROM")
    start = cursor.index
    inner = statement(cursor)
    return Prepare(position, name, inner, cursor.text_from(start))


def _execute(cursor: Cursor) -> Execute | ExecuteImmediate:
    position = cursor.position
    cursor.expect("EXECUTE")
    if cursor.kind == "IMMEDIATE" and cursor.peek() in STRINGS:
        cursor.advance()
        text = string(cursor).value
        return ExecuteImmediate(position, text, _using(cursor))
    cursor.note("IMMEDIATE")
    name = identifier(cursor)
    return Execute(position, name, _using(cursor))


def _using(cursor: Cursor) -> tuple[Expression, ...]:
    return expressions.expressions(cursor) if cursor.accept("USING") else ()


def _deallocate(cursor: Cursor) -> Deallocate:
    position = cursor.position
    cursor.expect("DEALLOCATE", "PREPARE")
    return Deallocate(position, identifier(cursor))


def _explain(cursor: Cursor) -> Explain:
    position = cursor.position
    cursor.expect("EXPLAIN")
    analyze = cursor.accept("ANALYZE")
    verbose = analyze and cursor.accept("VERBOSE")
    options = _explain_options(cursor, analyze=analyze)
    return Explain(position, statement(cursor), analyze, verbose, options.get("FORMAT"), options.get("TYPE"))


def _explain_options(cursor: Cursor, *, analyze: bool) -> dict[str, str]:
    options: dict[str, str] = {}
    if cursor.kind != "(" or cursor.peek() not in ("FORMAT", "TYPE"):
        return options
    cursor.expect("(")
    while True:
        name = cursor.expect_one_of("FORMAT") if analyze else cursor.expect_one_of("FORMAT", "TYPE")
        options[name] = expect_word_of(cursor, *(_FORMATS if name == "FORMAT" else _TYPES))
        if not cursor.accept(","):
            cursor.expect(")")
            return options


def _call(cursor: Cursor) -> Call:
    position = cursor.position
    cursor.expect("CALL")
    name = qualified_name(cursor)
    cursor.expect("(")
    arguments = []
    cursor.note(")")
    if cursor.kind != ")":
        arguments.append(_call_argument(cursor))
        while cursor.accept(","):
            arguments.append(_call_argument(cursor))
    cursor.expect(")")
    return Call(position, name, tuple(arguments))


def _call_argument(cursor: Cursor) -> CallArgument:
    position = cursor.position
    name = None
    if cursor.peek() == "=>" and cursor.kind in NAMES:
        name = identifier(cursor)
        cursor.expect("=>")
    elif cursor.peek() == "=>" and not cursor.strict and cursor.spelling().isidentifier():
        # Trino has reserved words in quotes; nothing else can be meant here.
        name = Identifier(position, cursor.spelling())
        cursor.expect(cursor.kind, "=>")
    return CallArgument(position, name, expressions.expression(cursor))


def _using_external_function(cursor: Cursor) -> UsingExternalFunction:
    position = cursor.position
    cursor.expect("USING")
    if not is_word(cursor, "EXTERNAL"):
        cursor.fail("EXTERNAL")
    functions = [_external_function(cursor)]
    while cursor.accept(","):
        functions.append(_external_function(cursor))
    return UsingExternalFunction(position, tuple(functions), statement(cursor))


def _external_function(cursor: Cursor) -> ExternalFunction:
    position = cursor.position
    accept_word(cursor, "EXTERNAL")
    cursor.expect("FUNCTION")
    name = identifier(cursor)
    cursor.expect("(")
    parameters: list[tuple[Identifier, DataType]] = []
    cursor.note(")")
    if cursor.kind != ")":
        parameters.append((identifier(cursor), data_type(cursor)))
        while cursor.accept(","):
            parameters.append((identifier(cursor), data_type(cursor)))
    cursor.expect(")", "RETURNS")
    returns = data_type(cursor)
    kind = expect_word_of(cursor, "LAMBDA", "SAGEMAKER")
    return ExternalFunction(position, name, tuple(parameters), returns, kind, string(cursor).value)


_STATEMENTS: dict[str, Callable[[Cursor], Statement]] = {
    "ALTER": _alter,
    "ANALYZE": _analyze,
    "CALL": _call,
    "CREATE": _create,
    "DEALLOCATE": _deallocate,
    "DELETE": changes.delete,
    "DROP": _drop,
    "EXECUTE": _execute,
    "EXPLAIN": _explain,
    "GRANT": grants.grant,
    "INSERT": changes.insert,
    "MERGE": changes.merge,
    "OPTIMIZE": changes.optimize,
    "PREPARE": _prepare,
    "REVOKE": grants.revoke,
    "SHOW": _show,
    "UNLOAD": changes.unload,
    "UPDATE": changes.update,
    "USING": _using_external_function,
    "VACUUM": changes.vacuum,
}
