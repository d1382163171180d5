"""Which folders and files are tables, and which are partitions of one; what tables and keys are called."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.connectors.glue.lake import Lake

AB = '{"a":1,"b":2}\n'
CD = '{"c":3,"d":4}\n'
COMBINE = '{"Version":1.0,"Grouping":{"TableGroupingPolicy":"CombineCompatibleSchemas"}}'


def level(depth: int) -> str:
    return json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": depth}})


@pytest.mark.parametrize(
    ("files", "tables"),
    [
        # One folder is one table, whatever its files are called.
        ({"t/x": AB, "t/y": AB}, ["t(a int, b int)"]),
        # The guide's example of keys.
        (
            {f"sales/year=2019/month={month}/day={day}/f": AB for month in ("Jan", "Feb") for day in (1, 2)},
            ["sales(a int, b int) [year, month, day]"],
        ),
        # Its example of folders that are named for no key.
        (
            {f"folder1/table{one}/partition{two}/f": AB for one, two in ((1, 1), (1, 2), (2, 4))},
            ["folder1(a int, b int) [partition_0, partition_1]"],
        ),
        ({"t/2024/month=1/f": AB, "t/2025/month=1/f": AB}, ["t(a int, b int) [partition_0, month]"]),
        # Its example of columns that have nothing in common.
        (
            {"t/year=2017/f": AB, "t/year=2018/f": CD},
            ["year_2017(a int, b int)", "year_2018(c int, d int)"],
        ),
        # Columns that are mostly the same are one table's.
        (
            {"t/k=1/f": '{"a":1,"b":1,"c":1}', "t/k=2/f": '{"a":1,"b":1,"c":1,"d":1}'},
            ["t(a int, b int, c int, d int) [k]"],
        ),
        # One folder of four is another: three of four are more than 70 %, two of three are not.
        (
            {**{f"t/k={number}/f": AB for number in range(3)}, "t/k=9/f": CD},
            ["t(a int, b int, c int, d int) [k]"],
        ),
        (
            {"t/k=0/f": AB, "t/k=1/f": AB, "t/k=9/f": CD},
            ["k_0(a int, b int)", "k_1(a int, b int)", "k_9(c int, d int)"],
        ),
        # Files of other formats, compressions, delimiters or headers are not taken together.
        ({"t/k=1/f": AB, "t/k=2/f": "x,y\n1,2\n"}, ["k_1(a int, b int)", "k_2(x bigint, y bigint)"]),
        ({"t/k=1/f": AB, "t/k=2/f.gz": gzip.compress(AB.encode())}, ["k_1(a int, b int)", "k_2(a int, b int)"]),
        ({"t/k=1/f": "x,y\n1,2\n", "t/k=2/f": "x;y\n1;2\n"}, ["k_1(x bigint, y bigint)", "k_2(x bigint, y bigint)"]),
        # Keys that differ, and depths that differ.
        ({"t/k=1/f": AB, "t/j=2/f": AB}, ["j_2(a int, b int)", "k_1(a int, b int)"]),
        ({"t/k=1/f": AB, "t/k=2/j=1/f": AB, "t/k=2/j=2/f": AB}, ["k_1(a int, b int)", "k_2(a int, b int) [j]"]),
        # Files that are unlike each other are a table each.
        (
            {"t/a.csv": "x,y\n1,2\n", "t/b.json": AB},
            ["a_csv(x bigint, y bigint)", "b_json(a int, b int)"],
        ),
        # As are files beside folders.
        ({"t/x.json": AB, "t/k=1/f": AB}, ["k_1(a int, b int)", "x_json(a int, b int)"]),
        # CSV is read by place: columns that are elsewhere are another table's.
        (
            {"t/k=1/f": "x,y\n1,2\n", "t/k=2/f": "x,z,y\n1,2,3\n"},
            ["k_1(x bigint, y bigint)", "k_2(x bigint, z bigint, y bigint)"],
        ),
        ({"t/k=1/f": "x,y\n1,2\n", "t/k=2/f": "x,y,z\n1,2,3\n"}, ["t(x bigint, y bigint, z bigint) [k]"]),
        # A key that is a column too: columns that have names yield, columns that have places get another name.
        ({"t/a=1/f": AB, "t/a=2/f": AB}, ["t(b int) [a]"]),
        ({"t/x=1/f": "x,y\n1,2\n", "t/x=2/f": "x,y\n1,2\n"}, ["t(x_1 bigint, y bigint) [x]"]),
        # Names of tables.
        ({"My Table-2/f": AB}, ["my_table_2(a int, b int)"]),
        # What Athena does not see is not looked at.
        ({"t/f": AB, "t/_SUCCESS": "", "t/.hidden/f": CD, "t/_temporary/f": CD}, ["t(a int, b int)"]),
    ],
)
def test_tables(lake: Lake, files: dict[str, str], tables: list[str]) -> None:
    lake.put(files)
    assert lake.crawl(next(iter(files)).split("/")[0] + "/") == tables


@pytest.mark.parametrize(
    ("configuration", "files", "tables"),
    [
        (COMBINE, {"t/year=2017/f": AB, "t/year=2018/f": CD}, ["t(a int, b int, c int, d int) [year]"]),
        (COMBINE, {"t/x": AB, "t/y": CD}, ["t(a int, b int, c int, d int)"]),
        (COMBINE, {"t/k=1/f": AB, "t/k=2/f": "x,y\n1,2\n"}, ["k_1(a int, b int)", "k_2(x bigint, y bigint)"]),
        # Files beside folders, all alike: one table without partitions, as it is read whatever lies how deep.
        (COMBINE, {"t/x": AB, "t/k=1/f": AB}, ["t(a int, b int)"]),
        # Tables lie on the third level: the bucket is the first.
        (level(3), {"t/one/p1/f": AB, "t/one/p2/f": CD, "t/two/p1/f": AB, "t/two/p2/f": AB}, [
            "one(a int, b int, c int, d int) [partition_0]",
            "two(a int, b int) [partition_0]",
        ]),
        (level(2), {"t/one/p1/f": AB, "t/two/p1/f": AB}, ["t(a int, b int) [partition_0, partition_1]"]),
    ],
)  # fmt: skip
def test_tables_by_configuration(lake: Lake, configuration: str, files: dict[str, str], tables: list[str]) -> None:
    lake.put(files)
    assert lake.crawl("t/", configuration=configuration) == tables


def test_more_than_five_kinds_of_columns_are_tables(lake: Lake) -> None:
    lake.put({f"t/k={number:02}/f": AB for number in range(30)})
    lake.put({f"t/x={number}/f": AB for number in range(0)})
    lake.put({f"t/k=9{number}/f": json.dumps({f"x{number}": 1}) for number in range(4)})
    assert lake.crawl("t/") == ["t(a int, b int, x0 int, x1 int, x2 int, x3 int) [k]"]
    lake.put({"t/k=99/f": json.dumps({"y": 1})})
    lake.create("t/", name="again", table_prefix="n_")
    lake.start("again")
    assert len([one for one in lake.tables() if one.startswith("n_k_")]) == 35


def test_a_table_of_a_file_has_that_files_rows(lake: Lake) -> None:
    lake.put({"t/a.csv": "x,y\n1,2\n", "t/b.json": AB})
    lake.crawl("t/")
    assert lake.sql("SELECT * FROM db.a_csv") == [(1, 2)]
    assert lake.sql("SELECT * FROM db.b_json") == [(1, 2)]
    path = "s3://lake/t/a.csv"
    assert lake.sql(f'SELECT x, "$path" FROM db.a_csv WHERE "$path" = \'{path}\'') == [(1, path)]


def test_two_folders_of_one_name_are_two_tables(lake: Lake) -> None:
    lake.put({"one/t/f": AB, "two/t/f": CD})
    targets = {"S3Targets": [{"Path": "s3://lake/one/t/"}, {"Path": "s3://lake/two/t/"}]}
    lake.crawl(targets=targets)
    # MD5 of s3://lake/two/t/.
    assert lake.tables() == ["t(a int, b int)", "t_16d83f221d31798ff59ec17080d24878(c int, d int)"]


def test_a_target_may_be_one_file(lake: Lake) -> None:
    lake.put({"t/data.csv": "x,y\n1,2\n", "t/other.csv": "z,y\n1,2\n"})
    assert lake.crawl("t/data.csv") == ["data_csv(x bigint, y bigint)"]
    assert lake.sql("SELECT * FROM db.data_csv") == [(1, 2)]


def test_the_values_of_keys_are_unescaped(lake: Lake) -> None:
    lake.put({"t/k=a%2Fb/f": AB, "t/k=__HIVE_DEFAULT_PARTITION__/f": AB, "t/k=x y/f": AB})
    lake.crawl("t/")
    assert lake.sql("SELECT k, a FROM db.t ORDER BY k") == [("a/b", 1), ("x y", 1), (None, 1)]


def test_why_folders_are_tables_stands_in_the_log(lake: Lake) -> None:
    lake.put({"t/k=1/f": AB, "t/k=2/f.gz": gzip.compress(AB.encode())})
    lake.crawl("t/")
    assert lake.log("kind = 'GROUP'") == ["Folders are tables: their compression differs: none and gzip"]
