"""Trees back to SQL, in Trino's layout."""

from owlake.dialect.formatter import relations as _relations
from owlake.dialect.formatter.expressions import format_expression
from owlake.dialect.formatter.queries import format_create_table_as, format_query

__all__ = ["format_create_table_as", "format_expression", "format_query"]

# The modules register what they write with one function; this one is imported for that alone.
del _relations
