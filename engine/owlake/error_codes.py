"""Every error code: where it stands in PEP 249's tree and in AthenaError's, what it means, what to do.

A code that is not here is another service's own (``ResourceInUseException``), raised by its connector.
The page docs/errors.md is written from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

SYSTEM: Final = 1
"""AthenaError's ErrorCategory of what is not the statement's fault."""
USER: Final = 2


class ErrorClass(StrEnum):
    """PEP 249's classes, by their names."""

    PROGRAMMING = "ProgrammingError"
    NOT_SUPPORTED = "NotSupportedError"
    DATA = "DataError"
    INTEGRITY = "IntegrityError"
    OPERATIONAL = "OperationalError"
    INTERFACE = "InterfaceError"
    INTERNAL = "InternalError"


class ErrorCode(NamedTuple):
    """What is known of a code.

    Attributes:
        kind: The class of PEP 249.
        category: AthenaError's ErrorCategory: 1 system, 2 user.
        type: AthenaError's ErrorType.
        meaning: What happened.
        remedy: What to do.
    """

    kind: ErrorClass
    category: int
    type: int
    meaning: str
    remedy: str


def _codes(kind: ErrorClass, category: int, type_: int, entries: Mapping[str, tuple[str, str]]) -> dict[str, ErrorCode]:
    return {code: ErrorCode(kind, category, type_, *texts) for code, texts in entries.items()}


OTHER: Final = ErrorCode(ErrorClass.PROGRAMMING, USER, 1006, "Another service's own error.", "See its documentation.")
"""What holds for codes that are not in the table."""

_NAMES = {
    "COLUMN_NOT_FOUND": ("No column of this name can be seen here.", "See the hint; DESCRIBE shows the table."),
    "CATALOG_NOT_FOUND": ("There is no catalog of this name.", "`system.metadata.catalogs` lists them."),
    "DATACATALOG_NOT_FOUND": (
        "A DDL statement names a catalog that is not there.",
        "`system.metadata.catalogs` lists them.",
    ),
    "CONNECTOR_NOT_FOUND": ("No plugin brings this kind of connector.", "Install it; see `system.runtime.plugins`."),
    "SERVICE_NOT_FOUND": ("`connection.client` knows no such service.", "The text lists those that there are."),
    "AMBIGUOUS_NAME": ("The name fits several columns.", "Write the table's name or alias before it."),
    "AMBIGUOUS_FUNCTION_CALL": ("The call fits several overloads.", "CAST its arguments."),
    "MISSING_SCHEMA_NAME": ("A name without a database, in a session without one.", "Write database.table."),
    "MISSING_CATALOG_NAME": ("A name without a catalog, in a session without one.", "Write catalog.database.table."),
    "COLUMN_ALREADY_EXISTS": ("A column that is added is there already.", "ADD COLUMN IF NOT EXISTS."),
    "DUPLICATE_COLUMN_NAME": ("Two columns have one name where names must differ.", "Give one an alias."),
    "DUPLICATE_COLUMN_OR_PATH_NAME": ("Two columns or paths of JSON_TABLE have one name.", "Rename one."),
    "DUPLICATE_NAMED_QUERY": ("Two queries of WITH have one name.", "Rename one."),
    "DUPLICATE_PARAMETER_NAME": ("Two parameters of PASSING have one name.", "Rename one."),
    "DUPLICATE_WINDOW_NAME": ("Two windows of WINDOW have one name.", "Rename one."),
    "MISMATCHED_COLUMN_ALIASES": ("There are not as many aliases as columns.", "Name each column once."),
    "MISSING_COLUMN_ALIASES": ("A recursive query does not name its columns.", "Write WITH RECURSIVE t (a, b) AS ..."),
    "INVALID_CATALOG_NAME": ("A name that catalogs cannot have.", "Use letters, digits and underscores."),
    "INVALID_CATALOG_PROPERTY": ("A catalog's property is unknown, missing or wrong.", "See the connector's page."),
    "CATALOG_ALREADY_EXISTS": ("There is a catalog of this name.", "Choose another, or drop_catalog first."),
}

_SYNTAX = {
    "SYNTAX_ERROR": ("The text is understood up to the place named.", "Look at what stands at the caret."),
    "MALFORMED_QUERY": (
        "Refused before it runs: not Athena's SQL.",
        'See the text; reserved words stand in "" in queries, in `` in DDL.',
    ),
    "INVALID_INPUT": ("Refused before it runs, by the catalog or a workgroup's settings.", "See the text."),
    "HIVE_DDL": ("A DDL statement that Hive refuses (FAILED: SemanticException ...).", "See the text."),
    "INVALID_LITERAL": ("The constant is no value of its type.", "Write for instance DATE '2024-02-29'."),
    "INVALID_LIMIT_CLAUSE": ("LIMIT or FETCH that cannot be there, or counts nothing.", "Give a whole number, or ALL."),
    "INVALID_COLUMN_REFERENCE": ("A column cannot be referred to from here.", "See the text."),
    "OPERATOR_NOT_FOUND": ("The type has no such operation.", "CAST to one that has it."),
    "EXPRESSION_NOT_AGGREGATE": (
        "A column is neither grouped nor aggregated.",
        "Add it to GROUP BY, or take any_value.",
    ),
    "EXPRESSION_NOT_SCALAR": ("An aggregate or window call where none can be.", "Use HAVING, or a subquery."),
    "EXPRESSION_NOT_CONSTANT": ("A value depends on columns where it must not.", "Give a constant or a parameter."),
    "EXPRESSION_NOT_IN_DISTINCT": ("DISTINCT is ordered by what it does not select.", "Select it too."),
    "FUNCTION_NOT_AGGREGATE": ("FILTER, DISTINCT or ORDER BY in a call of no aggregate.", "Leave it out."),
    "FUNCTION_NOT_WINDOW": ("OVER after what is no window function.", "Leave it out."),
    "NESTED_AGGREGATION": ("An aggregate of an aggregate.", "Aggregate in a subquery first."),
    "NESTED_WINDOW": ("A window call where none can be.", "Compute it in a subquery first."),
    "NESTED_RECURSIVE": ("A recursive query inside another.", "Put it into the outer WITH."),
    "INVALID_RECURSIVE_REFERENCE": (
        "A recursive query names itself where it cannot.",
        "Name it once, in the step's FROM.",
    ),
    "NULL_TREATMENT_NOT_ALLOWED": ("IGNORE or RESPECT NULLS with a function that has none.", "Leave it out."),
    "MISSING_OVER": ("A window function without a window.", "Add OVER (...)."),
    "MISSING_ORDER_BY": ("A window function or frame that needs an order.", "Add ORDER BY to the window."),
    "INVALID_ORDER_BY": ("The window has an order twice, or one that its frame cannot use.", "See the text."),
    "INVALID_PARTITION_BY": ("PARTITION BY beside a named window.", "Leave it to the named one."),
    "INVALID_WINDOW_FRAME": ("A frame with bounds that cannot be.", "See the text."),
    "INVALID_WINDOW_REFERENCE": ("A window's name is not defined, or cannot be extended.", "See the WINDOW clause."),
    "INVALID_WINDOW_MEASURE": ("A measure that the window does not define.", "Define it under MEASURES."),
    "TOO_MANY_GROUPING_SETS": ("GROUP BY comes to more grouping sets than Trino's limit.", "Name those needed."),
    "TOO_MANY_ARGUMENTS": ("More arguments than Trino takes.", "Nest the calls."),
    "MISSING_ARGUMENT": ("A table function lacks an argument.", "The hint shows its signature."),
}

_PATTERNS = {
    "INVALID_LABEL": ("A name is no variable of the row pattern.", "Use those of PATTERN."),
    "INVALID_ROW_PATTERN": ("The pattern has a part that it cannot have here.", "See the text."),
    "INVALID_RANGE": ("A quantifier's lower bound is above its upper one.", "Write {1,3}, not {3,1}."),
    "INVALID_NAVIGATION_NESTING": ("PREV, NEXT, FIRST, LAST nested as they cannot be.", "Write PREV(LAST(a.x))."),
    "INVALID_PATTERN_RECOGNITION_FUNCTION": ("A pattern's function with OVER, FILTER or the like.", "Leave it out."),
    "INVALID_PROCESSING_MODE": ("RUNNING or FINAL where there is no such thing.", "Leave it out."),
    "NESTED_ROW_PATTERN_RECOGNITION": ("A row pattern inside a row pattern.", "Match in a subquery first."),
    "MISSING_ROW_PATTERN": ("A window with MEASURES or DEFINE but no PATTERN.", "Add it."),
    "MISSING_VARIABLE_DEFINITIONS": ("A PATTERN without DEFINE.", "Define at least one variable."),
    "INVALID_PATH": ("A JSON path that cannot be read, or cannot have a name.", "Write for instance 'lax $.a'."),
    "INVALID_PLAN": ("JSON_TABLE's PLAN does not fit its paths.", "Name every path once, at its level."),
}

_REQUESTS = {
    "InvalidRequestException": ("Athena's API refuses the request.", "See the text."),
    "ValidationException": ("A service's API refuses a value.", "See the text."),
}

_PARAMETERS = {
    "MISSING_COLUMN_NAME": ("A column of a new table or view has no name.", "Give it an alias."),
    "INVALID_PARAMETER_USAGE": ("There are not as many values as ?, or no such value.", "Give one for each ?."),
    "INVALID_ARGUMENTS": ("The arguments do not fit the procedure or table function.", "The hint shows its signature."),
    "INVALID_PROCEDURE_ARGUMENT": ("A procedure's argument cannot be this.", "The hint shows its signature."),
}

_EXISTING = {
    "UNSUPPORTED_TABLE_TYPE": ("A procedure for tables of another kind.", "Look at table_type: SHOW TBLPROPERTIES."),
    "TABLE_ALREADY_EXISTS": ("There is a table or view of this name.", "Choose another, or add IF NOT EXISTS."),
    "ALREADY_EXISTS": ("There is one of this name.", "Choose another."),
}

_SHELL = {
    "INVALID_SETTING": ("`~/.owlakerc` or a command of the prompt has an unknown setting or value.", "See the hint."),
    "INVALID_COMMAND": ("The prompt has no such command.", "`\\?` lists them."),
}

_MIGRATIONS = {
    "MIGRATION_INVALID": ("A migration's file cannot be read as one.", "See the text; docs/migrations.md."),
    "MIGRATION_REFUSED": ("Files and history disagree, so nothing is run.", "`owlake migrate status` shows where."),
}

_UNSUPPORTED = {
    "NOT_SUPPORTED": ("Understood, but Athena or owlake does not do it.", "The text says which."),
    "UNSUPPORTED_SUBQUERY": ("A correlated subquery of a kind that Trino refuses too.", "Write it as a join."),
    "HIVE_UNSUPPORTED_FORMAT": (
        "The table has no format that is read, such as one that a crawler made of XML.",
        "Write its files in another format.",
    ),
    "HIVE_SERDE_NOT_FOUND": ("There is no such SerDe.", "See docs/tables.md for those that are read."),
}

_VALUES = {
    "INVALID_RECORD": (
        "A record of a stream cannot be read.",
        "See the text; on_error = 'null' gives NULL and the reason.",
    ),
    "INVALID_CAST_ARGUMENT": ("The value cannot be turned into the type.", "TRY_CAST gives NULL instead."),
    "NUMERIC_VALUE_OUT_OF_RANGE": (
        "A number that the type cannot hold.",
        "CAST to a wider type first; TRY gives NULL.",
    ),
}

_RUNNING = {
    "DIVISION_BY_ZERO": ("A whole number or decimal is divided by zero.", "Divide by nullif(x, 0)."),
    "SUBQUERY_MULTIPLE_ROWS": ("A subquery that stands for a value has more than one row.", "Aggregate, or LIMIT 1."),
    "EXCEEDED_FUNCTION_MEMORY_LIMIT": ("LISTAGG gives a text beyond its limit.", "Add ON OVERFLOW TRUNCATE."),
    "JSON_INPUT_CONVERSION_ERROR": (
        "The text is no JSON.",
        "Leave ERROR ON ERROR out, or check with TRY(json_parse(x)).",
    ),
    "JSON_OUTPUT_CONVERSION_ERROR": ("What the path found is no value of the type.", "Leave ERROR ON ERROR out."),
    "JSON_VALUE_RESULT_ERROR": ("The path found several items, or none that is a value.", "Leave ERROR ON ERROR out."),
    "PATH_EVALUATION_ERROR": (
        "A JSON path in strict mode does not fit the document.",
        "Use lax, or leave ERROR ON ERROR out.",
    ),
    "HIVE_BAD_DATA": ("A file's content does not fit the table.", "Text and hint name file and line or column."),
    "HIVE_CURSOR_ERROR": ("A compressed or encoded file cannot be read to its end.", "Look at the file named."),
    "HIVE_INVALID_PARTITION_VALUE": (
        "A partition's value is none of its column's type.",
        "ALTER TABLE DROP PARTITION.",
    ),
}

_METADATA = {
    "HIVE_PARTITION_SCHEMA_MISMATCH": (
        "A partition's column cannot become the table's type.",
        "Recreate the partition, or the table with the old type.",
    ),
    "HIVE_INVALID_METADATA": ("What the catalog says of the table makes no sense.", "ALTER TABLE ... SET."),
    "ICEBERG_BAD_DATA": ("A file of an Iceberg table does not fit its schema, or is damaged.", "The text names it."),
    "ICEBERG_INVALID_METADATA": (
        "Metadata or a manifest of an Iceberg table makes no sense.",
        "Register the table with an older metadata file.",
    ),
    "DELTA_LAKE_INVALID_SCHEMA": (
        "A Delta table has no log, or one that cannot be read.",
        "Look at the table's location: it must hold _delta_log.",
    ),
    "DELTA_LAKE_BAD_DATA": ("A file of a Delta table does not fit its log, or is damaged.", "The text names it."),
}

_WRITING = {
    "HIVE_COLUMN_ORDER_MISMATCH": ("Partition columns must come last in a CTAS.", "Select them last, in their order."),
    "HIVE_TOO_MANY_OPEN_PARTITIONS": ("Athena writes 100 partitions a statement.", "Write in several INSERTs."),
    "HIVE_PATH_ALREADY_EXISTS": ("The folder of a new table has files.", "Choose another, or empty it."),
    "HIVE_EXCEEDED_PARTITION_LIMIT": (
        "Projection comes to too many partitions.",
        "Add conditions on partition columns.",
    ),
}

_STORAGE = {
    "HIVE_CANNOT_OPEN_SPLIT": ("A file cannot be opened, or went away in between.", "Run again; see access rights."),
    "HIVE_FILESYSTEM_ERROR": ("Storage refuses: listing, reading, or a location that is none.", "See the text."),
    "ICEBERG_MISSING_METADATA": (
        "A metadata file, manifest list or manifest of an Iceberg table is not there.",
        "Restore it, or register the table anew.",
    ),
    "ICEBERG_CANNOT_OPEN_SPLIT": ("A file of an Iceberg table is not there.", "Restore it, or go back to a snapshot."),
    "DELTA_LAKE_CANNOT_OPEN_SPLIT": ("A file of a Delta table is not there.", "Restore it."),
}

_WARNINGS = {
    "PARTITION_NOT_PROJECTED": ("A warning: rows written to a partition that no query reads.", "Widen the projection."),
    "STALE_STATISTICS": ("A warning: statistics of files that are others by now.", "Run ANALYZE again."),
}

_LOST_WRITES = {
    "HIVE_WRITER_DATA_ERROR": ("Writing a file failed in the middle.", "See the text; nothing of it is seen."),
    "HIVE_WRITER_CLOSE_ERROR": ("Finishing a file failed.", "See the text; nothing of it is seen."),
}

_WORLD = {
    "GENERIC_USER_ERROR": ("A connector or a pattern failed on this data.", "The text names the catalog."),
    "JDBC_ERROR": ("An attached database refuses, or went away.", "The text is the database's own."),
    "HIVE_CONCURRENT_MODIFICATION_DETECTED": ("Another statement changed the same thing first.", "Run it again."),
    "HOME_ERROR": ("The home cannot be opened or its config.toml read.", "See the hint."),
    "INPUT_ERROR": ("A file of statements cannot be read.", "See the text."),
    "OUTPUT_ERROR": ("The file of `\\o` cannot be written.", "See the text."),
    "MIGRATION_FAILED": ("A statement of a migration failed.", "`owlake migrate repair` goes on after it."),
    "MIGRATION_LOCKED": ("Another run of migrations holds the lock.", "Wait for it; the text names it."),
}

_PROGRAMMING = ErrorClass.PROGRAMMING

# AthenaError types as measured; where nothing was measured, the nearest documented type
# (https://docs.aws.amazon.com/athena/latest/ug/error-reference.html).
CODES: Final[Mapping[str, ErrorCode]] = {
    **_codes(_PROGRAMMING, USER, 1006, {**_NAMES, **_SYNTAX, **_PATTERNS, **_REQUESTS, **_SHELL, **_WRITING}),
    **_codes(_PROGRAMMING, USER, 1000, {**_MIGRATIONS, **_WARNINGS}),
    **_codes(
        _PROGRAMMING,
        USER,
        1301,
        {
            "TABLE_NOT_FOUND": ("There is no table or view of this name.", "See the hint; SHOW TABLES."),
            "SCHEMA_NOT_FOUND": ("There is no database of this name.", "SHOW DATABASES lists them."),
        },
    ),
    **_codes(
        _PROGRAMMING,
        USER,
        1300,
        {
            "NOT_FOUND": ("No such prepared statement or task.", "See `system.runtime`."),
            "ResourceNotFoundException": ("Athena's API knows no such thing.", "See the text."),
        },
    ),
    **_codes(
        _PROGRAMMING,
        USER,
        1303,
        {
            "PROCEDURE_NOT_FOUND": ("There is no procedure of this name.", "SHOW PROCEDURES lists them."),
            "FUNCTION_NOT_FOUND": ("No function has this name, or takes these types.", "The text lists its overloads."),
        },
    ),
    **_codes(
        _PROGRAMMING,
        USER,
        1002,
        {
            "TYPE_MISMATCH": ("The types do not go together.", "CAST one side."),
            "TYPE_NOT_FOUND": (
                "There is no such type, or not of this size.",
                "Trino's types in queries, Hive's in DDL.",
            ),
        },
    ),
    **_codes(_PROGRAMMING, USER, 1100, _PARAMETERS),
    **_codes(
        _PROGRAMMING,
        USER,
        1103,
        {
            "INVALID_TABLE_PROPERTY": (
                "A table's property is unknown or has a wrong value.",
                "See docs/properties.md.",
            ),
            "DUPLICATE_PROPERTY": ("A property is given twice.", "Leave one out."),
            "INVALID_ANALYZE_PROPERTY": (
                "A property of ANALYZE is unknown, or names no column or partition of the table.",
                "See docs/upkeep.md.",
            ),
        },
    ),
    **_codes(
        _PROGRAMMING,
        USER,
        1101,
        {
            "INVALID_SESSION_PROPERTY": (
                "A session property is unknown or has a wrong value.",
                "See docs/properties.md.",
            )
        },
    ),
    **_codes(
        _PROGRAMMING,
        USER,
        1107,
        {
            "INVALID_VIEW": ("A view's text does not run any more, or is not readable.", "Create or replace it."),
            "VIEW_IS_STALE": ("The columns below a view changed.", "Create or replace it."),
            "VIEW_IS_RECURSIVE": ("A view is made of itself.", "Create or replace it."),
        },
    ),
    **_codes(_PROGRAMMING, USER, 1110, _EXISTING),
    **_codes(
        _PROGRAMMING,
        USER,
        1500,
        {"PERMISSION_DENIED": ("The principal may not do this here.", "Reading is all that system schemas allow.")},
    ),
    **_codes(
        _PROGRAMMING,
        SYSTEM,
        1003,
        {"HIVE_DDL_TASK": ("A DDL statement that Hive began and could not do.", "See the text.")},
    ),
    **_codes(
        _PROGRAMMING,
        SYSTEM,
        1502,
        {"HIVE_DDL_METASTORE": ("The catalog refuses a DDL statement.", "See the text.")},
    ),
    **_codes(ErrorClass.NOT_SUPPORTED, USER, 1200, _UNSUPPORTED),
    **_codes(ErrorClass.DATA, USER, 1100, _VALUES),
    **_codes(
        ErrorClass.DATA,
        USER,
        1106,
        {"INVALID_FUNCTION_ARGUMENT": ("A function cannot take this value.", "Filter such rows, or use TRY.")},
    ),
    **_codes(ErrorClass.DATA, USER, 1001, _RUNNING),
    **_codes(ErrorClass.DATA, USER, 1004, _METADATA),
    **_codes(
        ErrorClass.INTEGRITY,
        USER,
        1000,
        {"CONSTRAINT_VIOLATION": ("An injected partition column has no value in WHERE.", "Compare it with constants.")},
    ),
    **_codes(
        ErrorClass.OPERATIONAL,
        SYSTEM,
        204,
        {"HIVE_METASTORE_ERROR": ("The catalog cannot answer, or has what cannot be.", "See the text.")},
    ),
    **_codes(ErrorClass.OPERATIONAL, USER, 1109, _STORAGE),
    **_codes(
        ErrorClass.OPERATIONAL,
        SYSTEM,
        401,
        {
            "HIVE_WRITER_OPEN_ERROR": ("A file cannot be made.", "See the text: rights, space."),
            "RESULT_WRITE_ERROR": ("The file of a result cannot be written.", "See the text: space, the server."),
        },
    ),
    **_codes(ErrorClass.OPERATIONAL, SYSTEM, 402, _LOST_WRITES),
    **_codes(ErrorClass.OPERATIONAL, USER, 1000, _WORLD),
    **_codes(
        ErrorClass.OPERATIONAL,
        USER,
        1501,
        {"RESULT_ACCESS_DENIED": ("The result location is not yours to write to.", "Name another, or ask for rights.")},
    ),
    **_codes(
        ErrorClass.OPERATIONAL,
        USER,
        1011,
        {"USER_CANCELED": ("The statement was cancelled.", "Run it again.")},
    ),
    **_codes(
        ErrorClass.OPERATIONAL,
        SYSTEM,
        1,
        {"EXCEEDED_LOCAL_MEMORY_LIMIT": ("The query needs more than memory_limit.", "Raise it, or read less at once.")},
    ),
    **_codes(
        ErrorClass.OPERATIONAL,
        USER,
        1014,
        {"EXCEEDED_SCAN_LIMIT": ("The workgroup's bytes for a query are used up.", "Read less, or raise the cutoff.")},
    ),
    **_codes(
        ErrorClass.INTERFACE,
        SYSTEM,
        0,
        {"INTERFACE_ERROR": ("The driver is used as it cannot be: a closed cursor, no rows.", "See the hint.")},
    ),
    **_codes(
        ErrorClass.INTERNAL,
        SYSTEM,
        9999,
        {"GENERIC_INTERNAL_ERROR": ("A fault of owlake, or of a connector.", "Tell its authors, with the statement.")},
    ),
}
