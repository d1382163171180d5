"""What Athena's SQL and tables have of what SQLAlchemy's suite asks for; what they lack, by the reason."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

_MISSING: dict[str, str] = {
    "tables have no keys, constraints, indexes and defaults": """
        named_constraints implicitly_named_constraints primary_key_constraint_reflection
        foreign_key_constraint_reflection unique_constraint_reflection check_constraint_reflection
        inline_check_constraint_reflection index_reflection index_ddl_if_exists server_defaults
        duplicate_key_raises_integrity_error expression_server_defaults unique_constraints_reflect_as_index
        on_update_cascade non_updating_cascade deferrable_fks on_update_or_deferrable_fks reflects_pk_names
    """,
    "values are not made by tables": """
        autoincrement_insert implements_get_lastrowid dbapi_lastrowid emulated_lastrowid empty_inserts
        empty_inserts_executemany sequences identity_columns computed_columns autoincrement_without_sequence
    """,
    "there are no temporary tables and views": """
        temporary_tables temporary_views temp_table_names has_temp_table temp_table_reflection
        temp_table_reflect_indexes temp_table_comment_reflection
    """,
    "a statement is a transaction": "savepoints two_phase_transactions default_schema_name_switch",
    "rows of Hive tables are not changed, and nothing is returned by INSERT": """
        sane_rowcount sane_multi_rowcount sane_rowcount_w_returning delete_returning insert_returning update_returning
        insert_executemany_returning insertmanyvalues ctes_with_update_delete ctes_on_dml update_from delete_from
        update_where_target_in_subquery
    """,
    "tables cannot hold the type": """
        time time_microseconds time_timezone datetime_timezone uuid_data_type json_type datetime_interval
    """,
    "a table of Hive counts milliseconds": "datetime_microseconds timestamp_microseconds",
    "comments are made by Hive's DDL, not by CTAS": "comment_reflection comment_reflection_full_unicode",
    "LIMIT takes a number or a parameter": "sql_expression_limit_offset fetch_expression fetch_percent",
    "names are in lower case": "denormalized_names unicode_ddl",
    "there is no collation": "order_by_collation column_collation_reflection",
}

_THERE = """
    ctes window_functions intersect except_ regexp_match regexp_replace fetch_first fetch_no_order_by fetch_ties
    supports_is_distinct_from tuple_in table_ddl_if_exists datetime_literals schemas schema_create_delete views
    view_column_reflection order_by_label_with_expression table_value_constructor mod_operator_as_percent_sign
    binary_literals
"""
"""What the suite takes few databases to have."""


def _closed() -> Iterator[tuple[str, str]]:
    for reason, names in _MISSING.items():
        for name in names.split():
            yield name, reason


class Requirements(SuiteRequirements):
    """Those of the suite, without what is missing."""


for _name, _reason in _closed():
    setattr(Requirements, _name, property(lambda _, reason=_reason: exclusions.skip_if(lambda *_: True, reason)))

for _name in _THERE.split():
    setattr(Requirements, _name, property(lambda _: exclusions.open()))
