"""Where Athena puts what a statement gives, below the folder of results.

https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
"""

from __future__ import annotations

MANIFEST = "-manifest.csv"
"""What the name of a list of written files ends with."""
METADATA = ".metadata"

_WRITING = frozenset({"INSERT", "UNLOAD"})
_CTAS = "CREATE_TABLE_AS_SELECT"
_ROWS = frozenset(
    {"SELECT", "EXECUTE", "EXECUTE_IMMEDIATE", "CALL", "SHOW_FUNCTIONS", "SHOW_PROCEDURES", "UPDATE", "DELETE", "MERGE"}
)


def result_place(folder: str, query_id: str, substatement_type: str) -> str:
    """The file of a statement's result; of one that writes files, how the names of its manifest and metadata begin.

    ``folder`` ends with a slash.
    """
    if substatement_type == _CTAS:
        return f"{folder}tables/{query_id}"
    if substatement_type in _WRITING:
        return f"{folder}{query_id}"
    return f"{folder}{query_id}{'.csv' if substatement_type in _ROWS else '.txt'}"


def writes_files(substatement_type: str) -> bool:
    """Whether the statement's result is files of rows, which a manifest lists."""
    return substatement_type == _CTAS or substatement_type in _WRITING
