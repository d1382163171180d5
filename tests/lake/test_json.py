"""The JSON SerDes, as their documentation pages, rcongiu's sources (OpenX) and Trino's deserializers have them."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.catalog.model import SerDeInfo
from owlake.errors import OwlakeError
from owlake.lake.formats import scans
from owlake.lake.formats.json.alike import read_alike, read_alike_records
from owlake.lake.formats.json.fast import FastParser
from owlake.lake.formats.json.lenient import MalformedError, parse_first
from owlake.types.arrow import arrow_type
from owlake.types.hive import parse_hive_type
from tests.lake.engine import hive_table, read, request, rows

OPENX = "org.openx.data.jsonserde.JsonSerDe"
HIVE = "org.apache.hive.hcatalog.data.JsonSerDe"
NOT_NUMERIC = "not numeric, can not use numeric value accessors"
JSON_OBJECT = "org.openx.data.jsonserde.json.JSONObject"


def openx(**parameters: str) -> SerDeInfo:
    return SerDeInfo(OPENX, {key.replace("_", "."): value for key, value in parameters.items()})


def hive(**parameters: str) -> SerDeInfo:
    return SerDeInfo(HIVE, {key.replace("_", "."): value for key, value in parameters.items()})


def put(storage, *lines: str | bytes, name: str = "a.json") -> None:
    encoded = [line.encode() if isinstance(line, str) else line for line in lines]
    storage.write(f"s3://lake/t/{name}", b"".join(line + b"\n" for line in encoded))


def one(storage, type_: str, *values: str, serde: SerDeInfo) -> list:
    """The values of column ``c``, given as JSON texts."""
    put(storage, *(f'{{"c":{value}}}' for value in values))
    found = read(hive_table({"c": type_}, serde), storage)
    assert found.schema.field("c").type == arrow_type(parse_hive_type(type_))
    return found.column("c").to_pylist()


def failure_of(storage, columns: dict[str, str], serde: SerDeInfo) -> OwlakeError:
    (scan,) = scans(request(hive_table(columns, serde), storage))
    with pytest.raises(OwlakeError):
        scan.dataset.to_table()
    return scan.dataset.failure


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


BOTH = pytest.mark.parametrize("serde", [openx(), hive()], ids=["openx", "hive"])


class TestBoth:
    @BOTH
    def test_fields_are_found_by_name_without_case(self, storage, serde):
        put(storage, '{"Id":1,"NAME":"x"}', '{"Id":2}', '{"NAME":null,"Id":3}')
        assert rows(hive_table({"id": "int", "name": "string"}, serde), storage) == [(1, "x"), (2, None), (3, None)]

    @BOTH
    def test_keys_may_be_spelled_differently_from_line_to_line(self, storage, serde):
        put(storage, '{"userId":1}', '{"userid":2}', '{"USERID":3}')
        assert rows(hive_table({"userid": "int"}, serde), storage) == [(1,), (2,), (3,)]

    @BOTH
    def test_keys_that_are_no_column_are_read_over(self, storage, serde):
        put(storage, '{"a":1,"z":{"deep":[1,"x",null]}}', '{"z":5,"a":2}', '{"z":"text","a":3}')
        assert rows(hive_table({"a": "int"}, serde), storage) == [(1,), (2,), (3,)]

    @BOTH
    def test_only_what_is_asked_for_has_to_fit(self, storage, serde):
        put(storage, '{"a":1,"b":"no number"}')
        assert rows(hive_table({"a": "int", "b": "int"}, serde), storage, ["a"]) == [(1,)]

    @BOTH
    def test_rows_are_counted(self, storage, serde):
        put(storage, '{"a":1}', "{}", '{"b":[]}')
        assert read(hive_table({"a": "int"}, serde), storage, []).num_rows == 3

    @BOTH
    def test_values_of_every_kind(self, storage, serde):
        columns = {
            "a": "boolean", "b": "tinyint", "c": "bigint", "d": "float", "e": "double", "f": "decimal(5,2)",
            "g": "string", "h": "date", "i": "timestamp", "j": "array<int>", "k": "map<string,double>",
            "l": "struct<x:int,y:array<struct<z:string>>>", "m": "varchar(2)", "n": "char(3)",
        }  # fmt: skip
        put(
            storage,
            json.dumps(
                {
                    "a": True, "b": -5, "c": 2**60, "d": 1.5, "e": 1, "f": 12.5, "g": 'ä\n"q"', "h": "2020-02-29",
                    "i": "2020-01-02 03:04:05.678", "j": [1, None], "k": {"p": 1.5, "q": None},
                    "l": {"x": 1, "y": [{"z": "w"}, None]}, "m": "xyz", "n": "ab ",
                }
            ),
            "{}",
        )  # fmt: skip
        assert rows(hive_table(columns, serde), storage) == [
            (
                True, -5, 2**60, 1.5, 1.0, Decimal("12.50"), 'ä\n"q"', dt.date(2020, 2, 29),
                moment("2020-01-02 03:04:05.678"), [1, None], [("p", 1.5), ("q", None)],
                {"x": 1, "y": [{"z": "w"}, None]}, "xy", "ab",
            ),
            (None,) * 14,
        ]  # fmt: skip

    @BOTH
    def test_empty_files_and_zero_rows(self, storage, serde):
        storage.write("s3://lake/t/empty.json", b"")
        assert rows(hive_table({"a": "int"}, serde), storage) == []
        put(storage, '{"a":1}')
        assert rows(hive_table({"a": "int"}, serde), storage) == [(1,)]

    @BOTH
    def test_compressed_files_and_every_rows_file(self, storage, serde):
        storage.write("s3://lake/t/a.json.gz", pa.compress(b'{"a":1}\n', codec="gzip", asbytes=True))
        put(storage, '{"a":2}', name="b.json")
        (scan,) = scans(request(hive_table({"a": "int"}, serde), storage))
        assert scan.dataset.to_table().to_pylist() == [
            {"a": 1, "$file": "s3://lake/t/a.json.gz"},
            {"a": 2, "$file": "s3://lake/t/b.json"},
        ]

    @BOTH
    def test_a_thousand_columns(self, storage, serde):
        put(storage, json.dumps({f"C{number}": number for number in range(1000)}))
        table = hive_table({f"c{number}": "int" for number in range(1000)}, serde)
        assert rows(table, storage) == [tuple(range(1000))]

    @BOTH
    def test_bytes_that_are_no_utf8_become_the_replacement_character(self, storage, serde):
        put(storage, b'{"a":"x\xffy"}', b'{"a":"ok"}')
        assert rows(hive_table({"a": "string"}, serde), storage) == [("x\ufffdy",), ("ok",)]

    @BOTH
    def test_half_a_surrogate_pair_is_replaced(self, storage, serde):
        assert one(storage, "string", '"\\ud83d"', '"\\ud83d\\ude00"', serde=serde) == ["\ufffd", "😀"]

    @BOTH
    def test_own_forms_of_timestamps(self, storage, serde):
        own = SerDeInfo(serde.library, {"timestamp.formats": "dd/MMM/yyyy:HH:mm:ss"})
        values = ['"04/Mar/2021:05:06:07"', '"2020-01-02 03:04:05"']
        assert one(storage, "timestamp", *values, serde=own) == [
            moment("2021-03-04 05:06:07"), moment("2020-01-02 03:04:05"),
        ]  # fmt: skip

    @BOTH
    def test_malformed_lines_may_be_rows_of_nulls(self, storage, serde):
        put(storage, '{"a":1}', '{"a":', '{"a":3}')
        ignoring = SerDeInfo(serde.library, {"ignore.malformed.json": "true"})
        assert rows(hive_table({"a": "int"}, ignoring), storage) == [(1,), (None,), (3,)]


class TestOpenX:
    SCALARS = (
        ("int", ['"5"', "0x1F", '"-7"', "null"], [5, 31, -7, None]),
        ("double", ['"1.5"', '"NaN"', "1e3", '"-Infinity"'], [1.5, math.nan, 1000.0, -math.inf]),
        ("decimal(5,2)", ['"1.005"', "1.005", "1e2"], [Decimal("1.01"), Decimal("1.01"), Decimal("100.00")]),
        ("boolean", ["true", '"TRUE"', '"yes"', "1", "{}"], [True, True, False, False, False]),
        ("string", ["1", "1.10", "1e3", "true", "null", '"x"', "12345678901234567890", "1E-7"],
         ["1", "1.1", "1000.0", "true", None, "x", "12345678901234567890", "1.0E-7"]),
        ("string", ['{"B": [1, 2.50, "x/y", "</z>"], "c": null}', "[ ]", '{"d": "\\t"}'],
         ['{"b":[1,2.5,"x/y","<\\/z>"],"c":null}', "[]", '{"d":"\\t"}']),
        ("date", ['"2020-01-02"', "18276", '"2020-01-02 10:00:00"'],
         [dt.date(2020, 1, 2), dt.date(2020, 1, 15), dt.date(2020, 1, 2)]),
        ("timestamp", ['"2020-01-02T03:04:05Z"', '"2020-01-02T03:04:05.678+0100"', "1577934245", "1577934245678",
                       "1577934245.5", '"2020-01-02 03:04:05.6785"'],
         [moment("2020-01-02 03:04:05"), moment("2020-01-02 02:04:05.678"), moment("2020-01-02 03:04:05"),
          moment("2020-01-02 03:04:05.678"), moment("2020-01-02 03:04:05.500"), moment("2020-01-02 03:04:05.679")]),
        ("binary", ['"AP8="'], [b"\x00\xff"]),
        ("array<int>", ["[1]", "2", '""', "null"], [[1], [2], None, None]),
        ("array<struct<a:int>>", ['{"A":1}', "[]"], [[{"a": 1}], []]),
        ("map<string,int>", ['{"A":1,"b":null}', '" "', "{}"], [[("a", 1), ("b", None)], None, []]),
        ("map<int,string>", ['{"1":"x"}'], [[(1, "x")]]),
        ("struct<a:int,b:string>", ['{"B":"x"}', "[1]", '""', "[]"],
         [{"a": None, "b": "x"}, {"a": 1, "b": None}, None, None]),
    )  # fmt: skip

    @pytest.mark.parametrize("case", range(len(SCALARS)))
    def test_values_are_read_as_openx_reads_them(self, storage, case):
        type_, values, expected = self.SCALARS[case]
        found = one(storage, type_, *values, serde=openx())
        assert found == expected or str(found) == str(expected)

    @pytest.mark.parametrize(
        ("type_", "value", "told"),
        [
            ("int", '"x"', "Error parsing field value 'x' for field 0: For input string: \"x\""),
            ("int", "1.5", "Error parsing field value '1.5' for field 0: For input string: \"1.5\""),
            ("int", '""', "Error parsing field value '' for field 0: For input string: \"\""),
            ("tinyint", "128", "Error parsing field value '128' for field 0: For input string: \"128\""),
            ("double", '"x"', "Error parsing field value 'x' for field 0: For input string: \"x\""),
            (
                "struct<a:int>",
                '"text"',
                f"Error parsing field value for field 0: java.lang.String cannot be cast to {JSON_OBJECT}",
            ),
            (
                "int",
                "{}",
                f"Error parsing field value for field 0: {JSON_OBJECT} cannot be cast to java.lang.Integer",
            ),
        ],
    )
    def test_what_does_not_fit_fails_the_query_in_athenas_words(self, storage, type_, value, told):
        put(storage, '{"c":null}', f'{{"c":{value}}}')
        failure = failure_of(storage, {"c": type_}, openx())
        assert str(failure) == f"HIVE_BAD_DATA: {told}"
        assert failure.hint == "Line 2 of s3://lake/t/a.json"

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('{"url":1,"URL":2}', 'Duplicate key "url"'),
            ('{"a":1', "Expected a ',' or '}' at 7 [character 8 line 1]"),
            ("{", "A JSONObject text must end with '}' at 2 [character 3 line 1]"),
            ('{"a"', "Expected a ':' after a key at 5 [character 6 line 1]"),
        ],
    )
    def test_a_malformed_line_fails_the_query_in_athenas_words(self, storage, line, reason):
        put(storage, '{"a":1}', line)
        failure = failure_of(storage, {"a": "int"}, openx())
        assert str(failure) == f"HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: {reason}"
        assert failure.hint == "Line 2 of s3://lake/t/a.json"

    def test_lines_that_hold_no_object_are_rows_of_nulls(self, storage):
        put(storage, '{"a":1}', "", "   ", "text", '{"a":2}')
        assert rows(hive_table({"a": "int"}, openx()), storage) == [(1,), (None,), (None,), (None,), (2,)]

    def test_of_several_objects_on_a_line_the_first_is_read(self, storage):
        put(storage, '{"a":1}{"a":2}', '{"a":3} and more')
        assert rows(hive_table({"a": "int"}, openx()), storage) == [(1,), (3,)]

    def test_an_array_is_read_by_position(self, storage):
        put(storage, '[1,"x"]', "[2]", "[]")
        assert rows(hive_table({"a": "int", "b": "string"}, openx()), storage) == [(1, "x"), (2, None), (None, None)]
        assert rows(hive_table({"a": "int", "b": "string"}, openx()), storage, ["b"]) == [("x",), (None,), (None,)]

    def test_much_is_forgiven(self, storage):
        put(storage, "{a:1,'b'=>text;c=[1,,2],}", '{"a":2,"b":"tab\there"}')
        table = hive_table({"a": "int", "b": "string", "c": "array<int>"}, openx())
        assert rows(table, storage) == [(1, "text", [1, None, 2]), (2, "tab\there", None)]

    def test_mappings_go_before_names_at_every_level(self, storage):
        put(storage, '{"ts":1,"Time:Stamp":2,"s":{"Time:Stamp":3}}')
        mapped = SerDeInfo(OPENX, {"mapping.stamp": "time:stamp"})
        assert rows(hive_table({"stamp": "int", "s": "struct<stamp:int>"}, mapped), storage) == [(2, {"stamp": 3})]

    def test_keys_with_case(self, storage):
        put(storage, '{"Time":1,"time":2,"M":{"A":1}}')
        cased = SerDeInfo(OPENX, {"case.insensitive": "false", "mapping.one": "Time", "mapping.m": "M"})
        table = hive_table({"one": "int", "time": "int", "m": "map<string,int>"}, cased)
        assert rows(table, storage) == [(1, 2, [("A", 1)])]

    def test_dots_in_keys_are_underscores_in_names(self, storage):
        put(storage, '{"a.b":1}', '{"a_b":2}')
        table = hive_table({"a_b": "int"}, openx(dots_in_keys="true"))
        assert rows(table, storage) == [(1,), (2,)]
        assert rows(hive_table({"a_b": "int"}, openx()), storage) == [(None,), (2,)]


class TestHive:
    SCALARS = (
        ("int", ["5", "1.9", "-1.9"], [5, 1, -1]),
        ("double", ["1", "1e3"], [1.0, 1000.0]),
        ("decimal(5,2)", ['"1.005"', "1.005"], [Decimal("1.01"), Decimal("1.01")]),
        ("boolean", ["true", '"TRUE"', "1"], [True, True, False]),
        ("string", ["1.10", "true", '"x"', "007e1"[2:]], ["1.10", "true", "x", "7e1"]),
        ("binary", ['"ä"'], ["ä".encode()]),
        ("date", ['"2020-01-02"'], [dt.date(2020, 1, 2)]),
        ("timestamp", ['"2020-01-02T03:04:05.5"'], [moment("2020-01-02 03:04:05.5")]),
        ("map<int,string>", ['{"1":"x","1":"y"}'], [[(1, "y")]]),
        ("struct<a:int>", ['{"A":1,"a":2}', "{}"], [{"a": 2}, {"a": None}]),
    )  # fmt: skip

    @pytest.mark.parametrize("case", range(len(SCALARS)))
    def test_values_are_read_as_hive_reads_them(self, storage, case):
        type_, values, expected = self.SCALARS[case]
        assert one(storage, type_, *values, serde=hive()) == expected

    @pytest.mark.parametrize(
        ("type_", "value", "told"),
        [
            ("int", '"5"', f" '5' for field 0: Current token (VALUE_STRING) {NOT_NUMERIC}"),
            ("tinyint", "300", " '300' for field 0: Numeric value (300) out of range of Java byte"),
            ("int", "1e999999999", " '1e999999999' for field 0: Numeric value (1e999999999) out of range of int"),
            ("string", "{}", " for field 0: Invalid JSON: value must be a scalar json value"),
            ("array<int>", "1", " for field 0: Invalid JSON: start of array expected"),
            ("map<string,int>", "[]", " for field 0: Invalid JSON: start of object expected"),
        ],
    )  # fmt: skip
    def test_what_does_not_fit_fails_the_query(self, storage, type_, value, told):
        put(storage, f'{{"c":{value}}}')
        failure = failure_of(storage, {"c": type_}, hive())
        assert str(failure) == f"HIVE_BAD_DATA: Error parsing field value{told}"

    def test_a_line_that_is_cut_off_fails_the_query_in_athenas_words(self, storage):
        put(storage, '{"a":1}', '{"a":')
        failure = failure_of(storage, {"a": "int"}, hive())
        assert str(failure) == (
            "HIVE_CURSOR_ERROR: org.codehaus.jackson.JsonParseException: Unexpected end-of-input: expected close marker"
            " for OBJECT"
        )
        assert failure.hint == "Line 2 of s3://lake/t/a.json"

    @pytest.mark.parametrize("line", ["", "[1]", "{a:1}", "{'a':1}", '{"a":NaN}'])
    def test_nothing_is_forgiven(self, storage, line):
        put(storage, line)
        assert failure_of(storage, {"a": "int"}, hive()).code == "HIVE_CURSOR_ERROR"

    def test_of_keys_that_come_twice_the_last_counts(self, storage):
        put(storage, '{"a":1,"A":2}', '{"a":1,"a":3}')
        assert rows(hive_table({"a": "int"}, hive()), storage) == [(2,), (3,)]

    def test_internal_names_stand_for_positions(self, storage):
        put(storage, '{"_col0":1,"_col1":"x"}')
        assert rows(hive_table({"a": "int", "b": "string"}, hive()), storage) == [(1, "x")]


class TestFastWay:
    """Blocks read whole give what reading line by line gives."""

    def both(self, storage, monkeypatch, columns, serde):
        fast = self.outcome(storage, columns, serde)
        with monkeypatch.context() as patch:
            patch.setattr(FastParser, "parse", lambda _self, _data: None)
            slow = self.outcome(storage, columns, serde)
        return fast, slow

    def outcome(self, storage, columns, serde):
        (scan,) = scans(request(hive_table(columns, serde), storage))
        try:
            return str(scan.dataset.to_table(list(columns)).to_pylist())
        except OwlakeError as problem:
            return str(problem), problem.hint

    def test_plain_objects_are_read_whole(self, storage, monkeypatch):
        put(
            storage,
            *(json.dumps({"userId": number, "s": {"Name": "x"}, "t": "2020-01-01T00:00:00Z"}) for number in range(9)),
        )
        parsed = []
        original = FastParser.parse
        monkeypatch.setattr(FastParser, "parse", lambda self, data: parsed.append(original(self, data)) or parsed[-1])
        columns = {"userid": "int", "s": "struct<name:string>", "t": "timestamp"}
        assert rows(hive_table(columns, openx()), storage)[3] == (3, {"name": "x"}, moment("2020-01-01"))
        assert parsed[0] is not None

    def test_numbers_in_text_and_text_in_numbers_are_read_whole(self, storage, monkeypatch):
        put(storage, *(f'{{"s":{number},"n":"{number}","f":"1.5"}}' for number in range(9)))
        parsed = []
        original = FastParser.parse
        monkeypatch.setattr(FastParser, "parse", lambda self, data: parsed.append(original(self, data)) or parsed[-1])
        table = hive_table({"s": "string", "n": "int", "f": "double"}, openx())
        assert rows(table, storage)[3] == ("3", 3, 1.5)
        assert parsed[0] is not None

    LINES = (
        '{"a":1,"b":"x"}', '{"A":2,"b":"y"}', '{"a":3,"a":4}', '{"a":1}{"a":2}', "", '{"a":"5"}', '{"a":1.5}',
        '{"b":7}', '{"b":{"K":[1]}}', '{"c":{"D":1,"e":"x"}}', '{"c":{"d":2}}', '{"c":null,"z":1}', '{"z":"q"}',
        '{"Z":0,"z":1}', '{"_col0":7}', '{"b":-0}', '{"b":1.5}', '{"h":"1.5"}', '{"h":2}', '{"a":"0x1f"}', '{"h":"x"}',
        "{}",
        '{"f":[1,null]}', '{"f":[]}', '{"f":"8"}', ' {"a":9}', '{"a":', '{"t":"2020-01-01 00:00:00.0005"}',
        '{"t":"2020-01-01T00:00:00Z"}', '{"t":"2020-01-01"}', '{"t":1577934245}', '{"b":"\\ud83d"}',
        '{"c":{"d":1,"D":2}}',
        '{"y":{"D":1,"d":2}}', '{"f":[{"a":1}]}', '{"a":99999999999}', '{"g":1.25}', '{"g":1.255}', '{"g":"2"}',
    )  # fmt: skip
    COLUMNS = {  # noqa: RUF012
        "a": "int", "b": "string", "c": "struct<d:bigint,e:varchar(1)>", "f": "array<double>", "t": "timestamp",
        "g": "decimal(5,2)", "h": "float",
    }  # fmt: skip

    @settings(max_examples=300, deadline=None)
    @given(
        st.lists(st.sampled_from(LINES), min_size=1, max_size=4),
        st.lists(st.sampled_from(sorted(COLUMNS)), unique=True, max_size=3),
        st.sampled_from([OPENX, HIVE]),
        st.sampled_from(["false", "true"]),
    )
    def test_any_lines(self, tmp_path_factory, lines, names, library, ignore):
        from owlake.lake.storage import Storage  # noqa: PLC0415

        storage = Storage(tmp_path_factory.getbasetemp() / "json")
        storage.create_bucket("lake")
        put(storage, *lines)
        columns = {name: self.COLUMNS[name] for name in names}
        serde = SerDeInfo(library, {"ignore.malformed.json": ignore})
        with pytest.MonkeyPatch.context() as patch:
            fast, slow = self.both(storage, patch, columns, serde)
        assert fast == slow

    TOKENS = (
        "1", "-1", "0", "-0", "-0.0", "007", "-07", "0x1f", "1.5", "0.5", ".5", "5.", "1e5", "1E+5", "0e1", "1.e5",
        "5e-324", "1e999", "nan", "NaN", "Infinity", "-", "+1", "1_0", "99999999999", "9223372036854775807", "1e400",
        "16777217.0", "null", "true", "false", "True", '"x"', '""', '"a,b"', '"null"', '"}"', '"{"', '"\\n"', '"ünï"',
        '"\\u00e9"', '"', '"""', '"a"b"', "", " 1", "1 ", "[1]", "{}", "'x'", '"2020-02-29"', '"7"', '"1.25"',
        '"2020-01-01 00:00:00.5"',
    )  # fmt: skip
    LAYOUTS = ('"{0}":{1}', '"{0}": {1}', ' "{0}" : {1}', '"{0}": {1} ')
    ENDS = ("}", "}", "}", "} ", "}}", "", "}x", "}\t")

    @settings(max_examples=100, deadline=None)
    @given(st.data(), st.sampled_from([OPENX, HIVE]), st.sampled_from(["false", "true"]))
    def test_any_lines_that_are_almost_alike(self, tmp_path_factory, data, library, ignore):
        from owlake.lake.storage import Storage  # noqa: PLC0415

        storage = Storage(tmp_path_factory.getbasetemp() / "alike")
        storage.create_bucket("lake")
        keys = data.draw(st.lists(st.sampled_from(["a", "b", "c", "A", "_col0", "é"]), min_size=1, max_size=3))
        layout, end = data.draw(st.sampled_from(self.LAYOUTS)), data.draw(st.sampled_from(self.ENDS))
        usual = data.draw(st.lists(st.sampled_from(self.TOKENS), min_size=len(keys), max_size=len(keys)))
        pairs = st.tuples(*(st.sampled_from((token, token, token, *self.TOKENS)) for token in usual))
        lines = [
            "{" + ",".join(layout.format(*pair) for pair in zip(keys, values, strict=True)) + end
            for values in data.draw(st.lists(pairs, min_size=1, max_size=4))
        ]
        put(storage, *lines)
        kinds = [
            "int",
            "bigint",
            "string",
            "double",
            "float",
            "boolean",
            "decimal(5,2)",
            "date",
            "timestamp",
            "varchar(1)",
        ]
        names = data.draw(st.lists(st.sampled_from(["a", "b", "c", "é"]), unique=True, max_size=3))
        columns = {name: data.draw(st.sampled_from(kinds)) for name in names}
        serde = SerDeInfo(library, {"ignore.malformed.json": ignore})
        with pytest.MonkeyPatch.context() as patch:
            fast, slow = self.both(storage, patch, columns, serde)
        assert fast == slow

    def test_lines_that_are_alike_are_cut_at_their_commas(self):
        lines = b'{"a": 1, "b": "x", "c": null}\n{"a": -2.5e-3, "b": null, "c": true}\n'
        found = {one.key: one for one in read_alike(lines)}
        assert found["a"].as_type(pa.float64()).to_pylist() == [1.0, -0.0025]
        assert found["b"].as_type(pa.string()).to_pylist() == ["x", None]
        assert found["c"].as_type(pa.bool_()).to_pylist() == [None, True]

    def test_records_are_cut_as_lines_are(self):
        lines = [f'{{"a": "v{n}", "b": {n}.5, "c": null}}'.encode() for n in range(20)]
        for records in (pa.array(lines), pa.array([b"no line", *lines]).slice(1)):
            found = read_alike_records(records)
            assert [(one.key, one.is_text) for one in found] == [("a", True), ("b", False), ("c", False)]
            assert found[0].values.to_pylist() == [b"v%d" % n for n in range(20)]
            assert found[1].as_type(pa.float64()).to_pylist() == [n + 0.5 for n in range(20)]

    @pytest.mark.parametrize(
        "records",
        [
            # As many commas as if all were alike, but not each.
            [b'{"a": 1, "b": 2}', b'{"a": 1}', b'{"a": 1, "b": 2, "c": 3}'],
            [b'{"a": 1, "b": 2}', b'{"a": 1,\n "b": 2}'],
            [b'{"a": 1}', b'{"a": 1}{"a": 1}'],
            [b'{"a": 1}', b'{"a": 1} '],
            [b'{"a": 1}', b""],
            [b"", b'{"a": 1}'],
            [b'{"a": "x"}', b'{"a": "}'],
        ],
    )
    def test_records_that_are_not_alike_are_left_to_others(self, records):
        found = read_alike_records(pa.array(records))
        assert found is None or found[0].as_type(pa.int64()) is None

    @pytest.mark.parametrize("line", ['{"a": "1, 2"}', '{"a": "\\n"}', '{"b": 1}', '{"a":1}', "[1]", "", '{"a": "1"'])
    def test_one_line_that_is_not_alike_leaves_the_block_to_others(self, line):
        assert read_alike(f'{{"a": "1"}}\n{line}\n'.encode()) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abC_", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(values)
def test_proper_json_is_read_by_the_forgiving_parser_too(value):
    found, _ = parse_first(json.dumps(value), dict)
    assert json.dumps(as_python(found)) == json.dumps(value)


def as_python(node):
    if isinstance(node, dict):
        return {key: as_python(one) for key, one in node.items()}
    if isinstance(node, list):
        return [as_python(one) for one in node]
    return int(node) if type(node).__name__ == "Literal" else node


@pytest.mark.parametrize("text", ["{", "[1", '"open', '{"a" 1}', '{"a":}', "", '{"a":"\\q"}', '{"a":"\\u12"}'])
def test_what_even_the_forgiving_parser_refuses(text):
    with pytest.raises(MalformedError):
        parse_first(text, dict)
