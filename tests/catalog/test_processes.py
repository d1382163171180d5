"""Several processes share a home, and some of them are killed."""

import signal
import subprocess
import threading
from collections.abc import Callable

from owlake.catalog.errors import AlreadyExists
from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
from owlake.catalog.store import Metastore
from owlake.catalog.writes import WriteState
from owlake.home import Home

Spawn = Callable[[str], "subprocess.Popen[str]"]

CREATE_AT_SIGNAL = """
    from owlake.catalog.model import Table
    from owlake.catalog.errors import AlreadyExists
    print("ready", flush=True)
    input()
    try:
        with metastore.write() as catalog:
            catalog.create_table(Table("default", "t", owner="{owner}"))
        print("won", flush=True)
    except AlreadyExists:
        print("lost", flush=True)
"""


def line(child: subprocess.Popen[str]) -> str:
    assert child.stdout
    return child.stdout.readline().strip()


def say(child: subprocess.Popen[str]) -> None:
    assert child.stdin
    child.stdin.write("\n")
    child.stdin.flush()


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()


def test_of_processes_that_create_one_table_exactly_one_wins(metastore: Metastore, spawn: Spawn) -> None:
    children = [spawn(CREATE_AT_SIGNAL.format(owner=owner)) for owner in "abcd"]
    assert [line(child) for child in children] == ["ready"] * 4
    for child in children:
        say(child)
    answers = [line(child) for child in children]
    assert sorted(answers) == ["lost", "lost", "lost", "won"]
    with metastore.read() as catalog:
        assert catalog.get_table("default", "t").owner == "abcd"[answers.index("won")]


def test_processes_that_write_all_the_time_do_not_lock_each_other_out(metastore: Metastore, spawn: Spawn) -> None:
    with metastore.write() as catalog:
        catalog.create_table(Table("default", "t", StorageDescriptor(), (Column("k", "string"),)))
    children = [
        spawn(f"""
            from owlake.catalog.model import Partition, StorageDescriptor
            for number in range(50):
                with metastore.write() as catalog:
                    catalog.get_table("default", "t")
                    partition = Partition((f"{child}-{{number}}",), StorageDescriptor())
                    catalog.create_partitions("default", "t", [partition])
            print("done", flush=True)
        """)
        for child in range(4)
    ]
    assert [line(child) for child in children] == ["done"] * 4
    with metastore.read() as catalog:
        assert len(catalog.list_partition_values("default", "t")) == 200


def test_threads_share_a_metastore(metastore: Metastore) -> None:
    winners: list[int] = []

    def create(number: int) -> None:
        try:
            with metastore.write() as catalog:
                catalog.create_table(Table("default", "t"))
            winners.append(number)
        except AlreadyExists:
            pass

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(winners) == 1


def test_a_reader_does_not_wait_for_a_writer(metastore: Metastore, spawn: Spawn) -> None:
    child = spawn("""
        from owlake.catalog.model import Database
        with metastore.write() as catalog:
            catalog.create_database(Database("half"))
            print("in the middle", flush=True)
            input()
    """)
    assert line(child) == "in the middle"
    with metastore.snapshot() as snapshot:
        assert snapshot.find_database("half") is None
    say(child)
    child.wait()
    with metastore.snapshot() as snapshot:
        assert snapshot.find_database("half")


def test_a_snapshot_stays_the_same_while_others_commit(metastore: Metastore) -> None:
    with metastore.snapshot() as snapshot:
        with metastore.write() as catalog:
            catalog.create_table(Table("default", "t"))
        assert snapshot.find_table("default", "t") is None


def test_ddl_killed_in_the_middle_leaves_nothing(metastore: Metastore, spawn: Spawn) -> None:
    child = spawn("""
        from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
        with metastore.write() as catalog:
            catalog.create_table(Table("default", "t", StorageDescriptor(), (Column("k", "string"),)))
            partitions = [Partition((str(number),), StorageDescriptor()) for number in range(20_000)]
            catalog.create_partitions("default", "t", partitions)
            print("in the middle", flush=True)
            input()
    """)
    assert line(child) == "in the middle"
    kill(child)
    with metastore.write() as catalog:
        assert catalog.find_table("default", "t") is None
        catalog.create_table(Table("default", "t", StorageDescriptor(), (Column("k", "string"),)))
        assert catalog.list_partition_values("default", "t") == []


def test_what_a_killed_process_had_committed_stays(metastore: Metastore, spawn: Spawn) -> None:
    child = spawn("""
        from owlake.catalog.model import Column, Partition, StorageDescriptor, Table
        with metastore.write() as catalog:
            catalog.create_table(Table("default", "t", StorageDescriptor(), (Column("k", "string"),)))
            catalog.create_partitions("default", "t", [Partition(("1",), StorageDescriptor())])
        print("committed", flush=True)
        input()
    """)
    assert line(child) == "committed"
    kill(child)
    with metastore.read() as catalog:
        assert catalog.list_partition_values("default", "t") == [("1",)]


BEGIN_WRITE = """
    write = metastore.begin_write("default", "t", ["s3://b/t"])
    print(write.token, flush=True)
    input()
"""


def test_the_write_of_a_killed_process_is_swept_when_the_home_is_opened(home: Home, spawn: Spawn) -> None:
    child = spawn(BEGIN_WRITE)
    token = line(child)
    home.storage.create_bucket("b")
    home.storage.write(f"s3://b/t/{token}.parquet", b"half")
    kill(child)
    with home.metastore.snapshot() as snapshot:
        assert not snapshot.is_visible(f"s3://b/t/{token}.parquet")
    with Home.open(home.path) as again:
        assert again.metastore.list_writes() == []
        assert not again.storage.has_files("s3://b/t/")


def test_the_write_of_a_living_process_is_left_alone(home: Home, spawn: Spawn) -> None:
    child = spawn(BEGIN_WRITE)
    token = line(child)
    with Home.open(home.path) as again:
        assert [write.token for write in again.metastore.list_writes(WriteState.OPEN)] == [token]
        assert again.metastore.list_writes(WriteState.ABORTED) == []


def test_a_long_running_process_can_sweep_too(home: Home, spawn: Spawn) -> None:
    child = spawn(BEGIN_WRITE)
    line(child)
    kill(child)
    home.sweep()
    assert home.metastore.list_writes() == []


def test_a_process_that_closes_its_home_leaves_no_lease(home: Home, spawn: Spawn) -> None:
    child = spawn("home.close()\nprint('closed', flush=True)\ninput()")
    assert line(child) == "closed"
    assert len([lease for lease in (home.path / "leases").iterdir() if lease.name != ".lock"]) == 1


def test_many_processes_may_make_one_home_at_once(home: Home, spawn: Spawn) -> None:
    path = home.path.parent / "new"
    children = [
        spawn(f"from owlake.home import Home\nprint(Home.open({str(path)!r}).metastore.home_id, flush=True)")
        for _ in range(4)
    ]
    ids = {line(child) for child in children}
    assert len(ids) == 1


def test_kills_at_any_moment_leave_whole_transactions(metastore: Metastore, spawn: Spawn) -> None:
    """Each transaction adds two partitions; after a kill both halves of a pair are there, or none."""
    with metastore.write() as catalog:
        catalog.create_table(Table("default", "t", StorageDescriptor(), (Column("k", "string"),)))
    for number in range(5):
        child = spawn(f"""
            from owlake.catalog.model import Partition, StorageDescriptor
            print("go", flush=True)
            for count in range(100_000):
                with metastore.write() as catalog:
                    for half in "ab":
                        values = (f"{number}-{{count}}-{{half}}",)
                        catalog.create_partitions("default", "t", [Partition(values, StorageDescriptor())])
        """)
        line(child)
        threading.Event().wait(0.01 + 0.02 * number)
        kill(child)
        with metastore.read() as catalog:
            values = {value for (value,) in catalog.list_partition_values("default", "t")}
        assert {value[:-1] + "a" for value in values} == {value for value in values if value.endswith("a")}
        assert {value[:-1] + "b" for value in values} == {value for value in values if value.endswith("b")}


def test_more_partitions_than_one_batch_are_added(metastore: Metastore) -> None:
    with metastore.write() as catalog:
        catalog.create_table(Table("default", "t", StorageDescriptor(), (Column("k", "int"),)))
        many = [Partition((str(number),), StorageDescriptor(location=f"s3://b/{number}")) for number in range(25_000)]
        assert len(catalog.create_partitions("default", "t", many)) == 25_000
        assert catalog.get_partition("default", "t", ("24999",)).storage.location == "s3://b/24999"
