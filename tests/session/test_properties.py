"""Session properties: what they may be."""

from __future__ import annotations

import pytest

from owlake.errors import ProgrammingError
from owlake.properties import SessionProperties


@pytest.mark.parametrize("size", ["512MB", "0.5GB", "512M", 512 << 20])
def test_memory_is_limited_by_a_size(size: object) -> None:
    assert SessionProperties().with_values({"memory_limit": size}).memory_limit == 512 << 20


@pytest.mark.parametrize("size", ["", "much", "-5", "0", "1", "15MB"])
def test_too_little_memory_is_refused(size: str) -> None:
    with pytest.raises(ProgrammingError, match=f"Session property 'memory_limit' cannot be '{size}'"):
        SessionProperties().with_values({"memory_limit": size})


@pytest.mark.parametrize("count", ["0", "-1", "two", "²", "1.5"])
def test_partitions_are_counted(count: str) -> None:
    with pytest.raises(ProgrammingError, match="Session property 'target_partitions' cannot be"):
        SessionProperties().with_values({"target_partitions": count})
