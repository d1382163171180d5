"""The ``system`` catalog passes what every connector must."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from owlake.home import Home
from owlake.queries.data_usage import Alarm
from owlake.runtime.tasks import TaskDefinition
from owlake.testing import ConnectorContract


class TestSystem(ConnectorContract):
    setup = (
        "CALL system.runtime.create_work_group('etl', NULL, 'nightly', ARRAY[ROW('team', NULL)])",
        "CALL system.runtime.create_named_query('q', 'default', 'SELECT 1')",
        "PREPARE p FROM SELECT 1",
    )
    tables = (
        "system.runtime.alarms",
        "system.runtime.clock",
        "system.runtime.named_queries",
        "system.runtime.plugins",
        "system.runtime.prepared_statements",
        "system.runtime.settings",
        "system.runtime.tasks",
        "system.runtime.workgroups",
        "system.metadata.catalogs",
        "system.metadata.catalog_properties",
        "system.migrations.history",
    )

    @pytest.fixture
    def home(self, home: Home) -> Home:
        """With an alarm, and a clock that stands still."""
        noon = datetime(2024, 2, 29, 12, tzinfo=UTC)
        home.scheduler.set(noon)
        home.scheduler.schedule(TaskDefinition("hourly", "nothing", "tests", {"a": 1}, "rate(1 hour)"))
        home.history.raise_alarm(Alarm(noon, "etl", 5, 60, 6, "x"))
        return home
