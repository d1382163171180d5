"""The home's clock: where it stands, and who sees it. What runs while it moves: ``test_scheduler``."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from owlake.errors import DataError, OperationalError
from owlake.home import Home
from owlake.runtime.clock import FixedClock

NOON = datetime(2024, 2, 29, 12, tzinfo=UTC)


def test_a_new_homes_clock_is_the_machines(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        before = datetime.now(UTC)
        assert before <= home.clock.now() <= datetime.now(UTC)
        assert not home.clock.is_virtual


def test_a_clock_that_is_set_stands_still(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        home.scheduler.set(NOON)
        assert (home.clock.now(), home.clock.now(), home.clock.is_virtual) == (NOON, NOON, True)


def test_a_time_is_set_in_its_own_zone(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        home.scheduler.set(datetime(2024, 2, 29, 14, tzinfo=timezone(timedelta(hours=2))))
        assert home.clock.now() == NOON
        assert home.clock.now().tzinfo == UTC


def test_a_time_without_a_zone_is_utcs(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        home.scheduler.set(NOON.replace(tzinfo=None))
        assert home.clock.now() == NOON


def test_advancing_moves_the_clock_to_the_microsecond(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        home.scheduler.set(NOON)
        assert home.scheduler.advance(timedelta(days=1, microseconds=1)) == datetime(2024, 3, 1, 12, 0, 0, 1, UTC)
        assert home.clock.now() == datetime(2024, 3, 1, 12, 0, 0, 1, UTC)


def test_advancing_a_real_clock_makes_it_virtual(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        before = datetime.now(UTC)
        stands = home.scheduler.advance(timedelta(days=1))
        assert before + timedelta(days=1) <= stands <= datetime.now(UTC) + timedelta(days=1)
        assert home.clock.now() == stands


def test_the_clock_does_not_go_back(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home, pytest.raises(DataError, match="forward only"):
        home.scheduler.advance(timedelta(seconds=-1))


def test_a_reset_clock_is_the_machines_again(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        home.scheduler.set(NOON)
        home.scheduler.reset()
        assert not home.clock.is_virtual
        assert home.clock.now() > NOON


def test_everyone_who_has_the_home_open_sees_the_same_clock(tmp_path: Path) -> None:
    with Home.open(tmp_path) as one, Home.open(tmp_path) as other:
        one.scheduler.set(NOON)
        other.scheduler.advance(timedelta(hours=1))
        assert one.clock.now() == datetime(2024, 2, 29, 13, tzinfo=UTC)


def test_a_fixed_clock_says_the_same_for_ever() -> None:
    assert FixedClock(NOON).now() == NOON


def test_a_closed_home_has_no_clock(tmp_path: Path) -> None:
    with Home.open(tmp_path) as home:
        home.clock.now()
    with pytest.raises(OperationalError, match=r"HOME_ERROR: The home of .* is closed"):
        home.clock.now()


_FORKED = """
import os, sys
from datetime import UTC, datetime, timedelta
from owlake.home import Home

home = Home.open(sys.argv[1])
home.scheduler.set(datetime(2024, 2, 29, 12, tzinfo=UTC))
home.clock.now()
reads, writes = os.pipe()
if os.fork() == 0:
    os.read(reads, 1)
    print(home.clock.now().isoformat(), flush=True)
    os._exit(0)
home.scheduler.advance(timedelta(hours=1))
os.write(writes, b"x")
os.wait()
"""


def test_a_process_that_was_forked_sees_the_clock_move(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _FORKED, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{(NOON + timedelta(hours=1)).isoformat()}\n"
