"""Calls of the Trino side: functions with all that may follow them, and the functions written with keywords."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor, RecordingCursor
from owlake.dialect.keywords import NAMES, words
from owlake.dialect.nodes.base import Expression, Identifier, Position, QualifiedName
from owlake.dialect.nodes.expressions import (
    Dereference,
    Extract,
    FunctionCall,
    Grouping,
    Listagg,
    StringLiteral,
    Trim,
    WindowSpecification,
)
from owlake.dialect.nodes.relations import SortItem
from owlake.dialect.trino import expressions, primaries, windows
from owlake.dialect.trino.literals import STRINGS, string
from owlake.dialect.trino.names import identifier, qualified_name
from owlake.errors import refusal

# (https://trino.io/docs/current/functions/datetime.html#extract)
_EXTRACT_FIELDS = frozenset(
    words(
        """
    YEAR QUARTER MONTH WEEK DAY DAY_OF_MONTH DAY_OF_WEEK DOW DAY_OF_YEAR DOY YEAR_OF_WEEK YOW HOUR MINUTE SECOND
    TIMEZONE_MINUTE TIMEZONE_HOUR
    """
    )
)
_NORMAL_FORMS = ("NFD", "NFC", "NFKD", "NFKC")
_TRIM_SPECIFICATIONS = ("LEADING", "TRAILING", "BOTH")

# Functions that Trino builds into its tree: how many arguments they take, and what is said otherwise.
_BUILT_IN: dict[str, tuple[int, int, str]] = {
    "if": (2, 3, "Invalid number of arguments for 'if' function"),
    "nullif": (2, 2, "Invalid number of arguments for 'nullif' function"),
    "coalesce": (2, 1 << 30, "The 'coalesce' function must have at least two arguments"),
    "try": (1, 1, "The 'try' function must have exactly one argument"),
    "format": (2, 1 << 30, "The 'format' function must have at least two arguments"),
}


def is_call(cursor: Cursor, index: int) -> bool:
    """Whether ``a.b.c(`` stands at ``index``."""
    kinds = cursor.kinds
    index += 1
    while kinds[index] == "." and kinds[index + 1] in NAMES:
        index += 2
    return kinds[index] == "("


def processed_call(cursor: Cursor) -> Expression:
    """``RUNNING f(x)`` or ``FINAL f(x)``; either word may also be a name."""
    if cursor.peek() not in NAMES or not is_call(cursor, cursor.index + 1):
        return primaries.named(cursor)
    position = cursor.position
    mode = cursor.kind
    cursor.advance()
    return call(cursor, position, mode)


def call(cursor: Cursor, position: Position | None = None, processing_mode: str | None = None) -> FunctionCall:
    """``name(arguments)`` with FILTER, IGNORE NULLS and OVER."""
    start = cursor.index
    position = position or cursor.position
    name = qualified_name(cursor)
    undecided = cursor.undecided
    # In a select item Trino cannot tell `f(x)` from `f(x).*` before the end.
    cursor.undecided += start == cursor.star
    opening = cursor.expect("(")
    if cursor.kind == "*" or _is_label(cursor):
        label = None if cursor.kind == "*" else identifier(cursor)
        cursor.accept(".")
        cursor.expect("*", ")")
        arguments: tuple[Expression, ...] = ()
        order_by: tuple[SortItem, ...] = ()
        distinct, star = False, True
    else:
        label, star = None, False
        cursor.note("*")
        distinct, arguments = _arguments(cursor, opening)
        order_by = windows.order_by(cursor)
        cursor.expect(")")
    cursor.undecided = undecided
    filter_ = filter_clause(cursor)
    null_treatment = None if star else _null_treatment(cursor)
    window = _window(cursor, required=null_treatment is not None)
    result = FunctionCall(
        position,
        name,
        arguments,
        distinct=distinct,
        star=star,
        star_label=label,
        order_by=order_by,
        filter=filter_,
        window=window,
        null_treatment=null_treatment,
        processing_mode=processing_mode,
    )
    if len(name.parts) == 1 and name.parts[0].name in _BUILT_IN:
        _check_built_in(result)
    return result


def _is_label(cursor: Cursor) -> bool:
    """Whether the ``A.*`` of a row pattern's ``count(A.*)`` stands here."""
    return cursor.kind in NAMES and cursor.peek() == "." and cursor.peek(2) == "*"


def _arguments(cursor: Cursor, opening: int) -> tuple[bool, tuple[Expression, ...]]:
    """Whether DISTINCT was said, and the arguments."""
    cursor.note(")", "ORDER")
    if cursor.kind in (")", "ORDER"):
        return False, ()
    distinct = set_quantifier(cursor) == "DISTINCT"
    if isinstance(cursor, RecordingCursor) and cursor.kind in NAMES and cursor.target == opening + 2:
        # With one name read, `f(a` may still become `f(a.*)`.
        cursor.undecided += 1
    return distinct, expressions.expressions(cursor)


def set_quantifier(cursor: Cursor) -> str | None:
    """``DISTINCT`` or ``ALL``; the latter only where an expression (or a star) follows, as it may be a name."""
    if cursor.accept("DISTINCT"):
        return "DISTINCT"
    cursor.note("ALL")
    if cursor.kind == "ALL" and (cursor.peek() in primaries.EXPRESSION_STARTS or cursor.peek() in ("*", "DISTINCT")):
        cursor.advance()
        return "ALL"
    return None


def filter_clause(cursor: Cursor) -> Expression | None:
    """``FILTER (WHERE condition)``."""
    if cursor.kind != "FILTER" or cursor.peek() != "(":
        cursor.note("FILTER")
        return None
    cursor.expect("FILTER", "(", "WHERE")
    condition = expressions.expression(cursor)
    cursor.expect(")")
    return condition


def _null_treatment(cursor: Cursor) -> str | None:
    if cursor.kind in ("IGNORE", "RESPECT") and cursor.peek() == "NULLS":
        treatment = cursor.kind
        cursor.advance()
        cursor.expect("NULLS")
        return treatment
    cursor.note("IGNORE", "RESPECT")
    return None


def _window(cursor: Cursor, *, required: bool) -> WindowSpecification | Identifier | None:
    if cursor.kind == "OVER" and windows.begins_window(cursor, cursor.index):
        return windows.over(cursor)
    cursor.note("OVER")
    if required:
        cursor.fail("OVER")
    return None


def _check_built_in(call_: FunctionCall) -> None:
    name = call_.name.parts[0].name
    least, most, message = _BUILT_IN[name]
    for wrong, text in (
        (not least <= len(call_.arguments) <= most, message),
        (call_.window is not None, f"OVER clause not valid for '{name}' function"),
        (call_.distinct, f"DISTINCT not valid for '{name}' function"),
        (call_.null_treatment is not None, f"Null treatment clause not valid for '{name}' function"),
        (call_.processing_mode is not None, f"Running or final semantics not valid for '{name}' function"),
        (call_.filter is not None, f"FILTER not valid for '{name}' function"),
    ):
        if wrong:
            raise refusal(text, call_.position)


def _built(position: Position, name: str, *arguments: Expression, delimited: bool = False) -> FunctionCall:
    return FunctionCall(position, QualifiedName(position, (Identifier(position, name, delimited),)), arguments)


def position_call(cursor: Cursor) -> Expression:
    """``POSITION(x IN y)``, which is ``strpos(y, x)``."""
    if cursor.peek() != "(":
        return primaries.named(cursor)
    position = cursor.position
    name = qualified_name(cursor)
    cursor.expect("(")
    if cursor.accept(")"):
        return FunctionCall(position, name)
    first = expressions.value_expression(cursor)
    if cursor.accept("IN"):
        result = _built(position, "strpos", expressions.value_expression(cursor), first)
    else:
        result = FunctionCall(position, name, _further_arguments(cursor, first))
    cursor.expect(")")
    return result


def substring_call(cursor: Cursor) -> Expression:
    """``SUBSTRING(s FROM a FOR b)``, which is ``substr(s, a, b)``; or the function of that name."""
    if cursor.peek() != "(":
        return primaries.named(cursor)
    position = cursor.position
    name = qualified_name(cursor)
    cursor.expect("(")
    if cursor.accept(")"):
        return FunctionCall(position, name)
    first = expressions.value_expression(cursor)
    if cursor.accept("FROM"):
        arguments = [first, expressions.value_expression(cursor)]
        if cursor.accept("FOR"):
            arguments.append(expressions.value_expression(cursor))
        result = _built(position, "substr", *arguments)
    else:
        result = FunctionCall(position, name, _further_arguments(cursor, first))
    cursor.expect(")")
    return result


def _further_arguments(cursor: Cursor, first: Expression) -> tuple[Expression, ...]:
    arguments = [first]
    while cursor.accept(","):
        arguments.append(expressions.expression(cursor))
    return tuple(arguments)


def trim(cursor: Cursor) -> Trim:
    """``TRIM([LEADING | TRAILING | BOTH] [c] FROM s)``, ``TRIM(s)`` or ``TRIM(s, c)``."""
    position = cursor.position
    cursor.expect("TRIM", "(")
    specification = None
    cursor.note(*_TRIM_SPECIFICATIONS, "FROM")
    following = cursor.peek()
    if cursor.kind in _TRIM_SPECIFICATIONS and (following == "FROM" or following in primaries.EXPRESSION_STARTS):
        specification = cursor.kind
        cursor.advance()
    if cursor.accept("FROM"):
        if specification is None:
            raise refusal(
                "The 'trim' function must have specification, char or both arguments when it takes FROM", position
            )
        character = None
        source = expressions.value_expression(cursor)
    else:
        source = expressions.value_expression(cursor)
        character = None
        if specification is not None or cursor.kind == "FROM":
            cursor.expect("FROM")
            character, source = source, expressions.value_expression(cursor)
        elif cursor.accept(","):
            character = expressions.value_expression(cursor)
        else:
            cursor.note("FROM")
    cursor.expect(")")
    return Trim(position, specification or "BOTH", source, character)


def normalize_call(cursor: Cursor) -> FunctionCall:
    """``NORMALIZE(s [, NFD])``; the name is delimited, as the bare word is reserved for this form."""
    position = cursor.position
    cursor.expect("NORMALIZE", "(")
    value = expressions.value_expression(cursor)
    form = cursor.expect_one_of(*_NORMAL_FORMS) if cursor.accept(",") else "NFC"
    cursor.expect(")")
    return _built(position, "normalize", value, StringLiteral(position, form), delimited=True)


def extract(cursor: Cursor) -> Extract:
    """``EXTRACT(field FROM x)``."""
    position = cursor.position
    cursor.expect("EXTRACT", "(")
    spelling = cursor.spelling()
    identifier(cursor)
    field = spelling.upper()
    if field not in _EXTRACT_FIELDS:
        raise refusal(f"Invalid EXTRACT field: {spelling}", position)
    cursor.expect("FROM")
    source = expressions.value_expression(cursor)
    cursor.expect(")")
    return Extract(position, field, source)


def grouping(cursor: Cursor) -> Grouping:
    """``GROUPING(a, t.b)``."""
    position = cursor.position
    cursor.expect("GROUPING", "(")
    columns: list[Expression] = []
    if cursor.kind != ")":
        columns.append(_column(qualified_name(cursor)))
    while cursor.accept(","):
        columns.append(_column(qualified_name(cursor)))
    cursor.expect(")")
    return Grouping(position, tuple(columns))


def _column(name: QualifiedName) -> Expression:
    column: Expression = name.parts[0]
    for part in name.parts[1:]:
        column = Dereference(name.position, column, part)
    return column


def listagg(cursor: Cursor) -> Listagg:
    """``LISTAGG([DISTINCT] x [, sep] [ON OVERFLOW ...]) WITHIN GROUP (ORDER BY ...) [FILTER ...]``."""
    position = cursor.position
    cursor.expect("LISTAGG", "(")
    distinct = set_quantifier(cursor) == "DISTINCT"
    value = expressions.expression(cursor)
    separator = string(cursor).value if cursor.accept(",") else ""
    truncate, filler, count = _overflow(cursor)
    cursor.expect(")")
    cursor.expect("WITHIN", "GROUP", "(")
    if cursor.kind != "ORDER":
        cursor.fail("ORDER")
    order_by = windows.order_by(cursor)
    cursor.expect(")")
    return Listagg(position, value, separator, distinct, truncate, filler, count, order_by, filter_clause(cursor))


def _overflow(cursor: Cursor) -> tuple[bool, str, bool]:
    """Whether to truncate, with what filler, and whether to tell the count."""
    if not cursor.accept("ON"):
        return False, "...", False
    cursor.expect("OVERFLOW")
    if cursor.expect_one_of("ERROR", "TRUNCATE") == "ERROR":
        return False, "...", False
    filler = "..."
    if cursor.kind in STRINGS:
        filler = string(cursor).value
    else:
        cursor.note("<string>")
    count = cursor.expect_one_of("WITH", "WITHOUT") == "WITH"
    cursor.expect("COUNT")
    return True, filler, count
