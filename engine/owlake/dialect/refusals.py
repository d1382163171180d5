"""Athena's own texts for what its DDL parser refuses.

Athena answers these from StartQueryExecution: a quoted name, a name of four parts, a form of ALTER TABLE that it
does not have. The shapes are ANTLR's; which statement gets which was found by asking Athena.
"""

from __future__ import annotations

from collections.abc import Sequence

from owlake.dialect.keywords import words
from owlake.dialect.tokens import END, Tokens
from owlake.errors import OwlakeError, refusal

NOT_SUPPORTED = "Queries of this type are not supported"

# Tokens that ANTLR names without quotes, as each has several spellings.
_UNQUOTED = frozenset(words("NOT RLIKE TEMPORARY DATABASE DATABASES IDENTIFIER BACKQUOTED_IDENTIFIER STRING <EOF>"))

# What Athena's DDL parser says may stand where a name is wanted.
_NAME_STARTS = words("""
    SELECT FROM ADD AS ALL DISTINCT WHERE GROUP BY GROUPING SETS CUBE ROLLUP ORDER HAVING LIMIT AT OR AND IN NOT
    NO EXISTS BETWEEN LIKE RLIKE IS NULL TRUE FALSE NULLS ASC DESC FOR INTERVAL CASE WHEN THEN ELSE END JOIN
    CROSS OUTER INNER LEFT SEMI RIGHT FULL NATURAL ON LATERAL WINDOW OVER PARTITION RANGE ROWS UNBOUNDED
    PRECEDING FOLLOWING CURRENT ROW WITH VALUES CREATE TABLE VIEW REPLACE INSERT DELETE INTO DESCRIBE EXPLAIN
    FORMAT LOGICAL CODEGEN CAST SHOW TABLES COLUMNS COLUMN USE PARTITIONS FUNCTIONS DROP UNION EXCEPT INTERSECT
    TO TABLESAMPLE STRATIFY ALTER RENAME ARRAY MAP STRUCT COMMENT SET RESET DATA START TRANSACTION COMMIT
    ROLLBACK MACRO FIRST AFTER IF DIV PERCENT BUCKET OUT OF SORT CLUSTER DISTRIBUTE OVERWRITE TRANSFORM REDUCE
    USING SERDE SERDEPROPERTIES RECORDREADER RECORDWRITER DELIMITED FIELDS TERMINATED COLLECTION ITEMS KEYS
    ESCAPED LINES SEPARATED FUNCTION EXTENDED REFRESH CLEAR CACHE UNCACHE LAZY FORMATTED TEMPORARY OPTIONS UNSET
    TBLPROPERTIES DBPROPERTIES BUCKETS SKEWED STORED DIRECTORIES LOCATION EXCHANGE ARCHIVE UNARCHIVE FILEFORMAT
    TOUCH COMPACT CONCATENATE CHANGE CASCADE RESTRICT CLUSTERED SORTED PURGE INPUTFORMAT OUTPUTFORMAT DATABASE
    DATABASES DFS TRUNCATE ANALYZE COMPUTE LIST STATISTICS PARTITIONED EXTERNAL DEFINED REVOKE GRANT LOCK UNLOCK
    MSCK REPAIR EXPORT IMPORT LOAD ROLE ROLES COMPACTIONS PRINCIPALS TRANSACTIONS INDEX INDEXES LOCKS OPTION
    ANTI LOCAL INPATH IDENTIFIER BACKQUOTED_IDENTIFIER
""")

# What it says may stand behind the name in CREATE TABLE.
CREATE_TABLE_CLAUSES = words(
    "<EOF> ( SELECT FROM AS ROW WITH VALUES TABLE INSERT MAP COMMENT REDUCE TBLPROPERTIES SKEWED STORED LOCATION "
    "CLUSTERED PARTITIONED"
)

# What Athena says it expects where no statement begins.
STATEMENT_STARTS = words(
    "ALTER ANALYZE CALL COMMENT COMMIT CREATE DEALLOCATE DELETE DENY DESC DESCRIBE DROP EXECUTE EXPLAIN GRANT INSERT "
    "MERGE PREPARE REFRESH RESET REVOKE ROLLBACK SET SHOW START TRUNCATE UNLOAD UPDATE USE <query>"
)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(token if token in _UNQUOTED else f"'{token}'" for token in names)


def _one_line(text: str) -> str:
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def not_supported(hint: str | None = None) -> OwlakeError:
    """A kind of statement that Athena does not have."""
    return refusal(NOT_SUPPORTED, hint=hint)


def no_viable_alternative(tokens: Tokens, index: int, start: int = 0, hint: str | None = None) -> OwlakeError:
    """The token at ``index`` fits nothing; the text shown goes back to the token ``start``."""
    text = tokens.text[tokens.starts[start] : tokens.ends[index]]
    if index >= tokens.count:
        text = tokens.text[tokens.starts[start] : tokens.ends[max(index - 1, start)]] + END
    return refusal(f"no viable alternative at input '{_one_line(text)}'", tokens.position(index), hint=hint)


def mismatched_name(tokens: Tokens, index: int) -> OwlakeError:
    """A name was wanted."""
    return mismatched(tokens, index, _NAME_STARTS)


def mismatched(tokens: Tokens, index: int, expecting: Sequence[str]) -> OwlakeError:
    """One of these tokens was wanted."""
    spelling = _one_line(tokens.spelling(index)) or END
    return refusal(f"mismatched input '{spelling}' expecting {{{_quoted(expecting)}}}", tokens.position(index))


def mismatched_one(tokens: Tokens, index: int, expecting: str) -> OwlakeError:
    """This token was wanted; ANTLR writes a single one without braces."""
    spelling = _one_line(tokens.spelling(index)) or END
    return refusal(f"mismatched input '{spelling}' expecting {_quoted([expecting])}", tokens.position(index))


def extraneous(tokens: Tokens, index: int, expecting: Sequence[str]) -> OwlakeError:
    """The token is one too many."""
    return refusal(
        f"extraneous input '{tokens.spelling(index)}' expecting {{{_quoted(expecting)}}}", tokens.position(index)
    )


def missing(tokens: Tokens, index: int, wanted: str) -> OwlakeError:
    """A token is missing before the one at ``index``."""
    return refusal(f"missing '{wanted}' at '{tokens.spelling(index)}'", tokens.position(index))


def trino_mismatched(tokens: Tokens, index: int, *expecting: str) -> OwlakeError:
    """The text of the other parser, which Athena shows where both refuse."""
    spelling = tokens.spelling(index) or END
    listed = ", ".join(name if name.startswith("<") else f"'{name}'" for name in expecting)
    return refusal(f"mismatched input '{spelling}'. Expecting: {listed}", tokens.position(index))


def invalid_table_name(parts: tuple[str, ...]) -> OwlakeError:
    """A name of more than three parts."""
    return refusal(f"Invalid table name {'.'.join(parts)}")


def only_one_statement(text: str) -> OwlakeError:
    """Several statements where Athena runs one."""
    return refusal(f"Only one sql statement is allowed. Got: {text.rstrip()}")


def no_statement(text: str) -> OwlakeError:
    """No statement at all."""
    return refusal(f"Empty sql statement: {text.strip() or ';'}")


def too_long() -> OwlakeError:
    """A statement of more than 262,144 bytes."""
    return refusal(
        "1 validation error detected: Value at 'queryString' failed to satisfy constraint: "
        "Member must have length less than or equal to 262144"
    )
