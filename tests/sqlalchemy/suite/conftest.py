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
    "NumericTest": "each test deletes rows, which Hive's tables do not do; test_dialect.py has numbers",
    "ComponentReflectionTest": "its tables are made of keys, indexes and temporary tables; a module of ours reflects",
}


def pytest_collection_modifyitems(items):
    for item in items:
        reason = next(
            (why for name, why in _SKIPPED.items() if item.nodeid.split("::")[1].startswith(f"{name}_")), None
        )
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))
