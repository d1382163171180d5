"""SQLAlchemy's own plugin; it changes how pytest works, so the suite runs in a process of its own."""

import pytest
from sqlalchemy.dialects import registry

for name in ("owlake", "owlake.owlake"):
    registry.register(name, "owlake.sqlalchemy.dialect", "OwlakeDialect")
pytest.register_assert_rewrite("sqlalchemy.testing.assertions")

from sqlalchemy.testing import provision  # noqa: E402
from sqlalchemy.testing.plugin.pytestplugin import *  # noqa: E402, F403


@provision.delete_from_all_tables.for_db("owlake")
def delete_from_all_tables(connection, _cfg, metadata):
    """Between tests rows are deleted, which Hive's tables do not do: they are made anew."""
    metadata.drop_all(connection)
    metadata.create_all(connection)


_SKIPPED = {
    "LongNameBlowoutTest": "names of keys and indexes, of which there are none",
    "NumericTest": "each test deletes rows, which Hive's tables do not do; test_dialect.py has numbers",
    "ComponentReflectionTest": "its tables are made of keys, indexes and comments; test_dialect.py reflects",
    "ComponentReflectionTestExtra": "columns are never NOT NULL; test_dialect.py reflects types",
}


_SKIPPED_TESTS = {
    "test_truediv_divisor[numeric_38_digit": "a number in the text of a statement is a bigint at most, as in Trino",
}


def pytest_collection_modifyitems(items):
    for item in items:
        names = item.nodeid.split("::")
        reason = _SKIPPED.get(names[1].split("_")[0])
        reason = reason or next((why for name, why in _SKIPPED_TESTS.items() if names[-1].startswith(name)), None)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))
