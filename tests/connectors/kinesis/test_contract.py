"""The ``kinesis`` catalog passes what every connector must."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from owlake.home import Home
from owlake.testing import ConnectorContract


class TestKinesis(ConnectorContract):
    setup = (
        "CALL kinesis.system.create_stream('clicks', 2, tags => MAP(ARRAY['team'], ARRAY['web']))",
        "CALL kinesis.system.create_stream('orders', stream_mode_details => ROW('ON_DEMAND'))",
        "CALL kinesis.system.split_shard('clicks', 'shardId-0', '1000')",
        "CALL kinesis.system.register_stream_consumer('arn:aws:kinesis:us-east-1:123456789012:stream/clicks', 'app')",
        "CALL kinesis.system.enable_enhanced_monitoring('clicks', ARRAY['ALL'])",
        "CALL kinesis.system.put_record('clicks', X'00', 'a')",
        "CALL kinesis.system.poll('readers', 'clicks', 'one')",
    )
    tables = (
        "kinesis.system.checkpoints",
        "kinesis.system.consumers",
        "kinesis.system.leases",
        "kinesis.system.metrics",
        "kinesis.system.settings",
        "kinesis.system.shards",
        "kinesis.system.streams",
    )

    @pytest.fixture
    def home(self, home: Home) -> Home:
        """With a clock that stands still."""
        home.scheduler.set(datetime(2026, 2, 28, 12, tzinfo=UTC))
        return home
