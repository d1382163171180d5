"""Which classifier takes a file, and which columns it finds: the rules of Glue's guide, one case a rule.

https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import sys
import zipfile
from datetime import UTC, datetime
from decimal import Decimal

import bson
import fastavro
import pyarrow as pa
import pyarrow.orc
import pyarrow.parquet as pq
import pytest
from bson import Int64, ObjectId

from owlake_connectors.glue.crawlers.classification.sample import UnreadableFileError
from tests.connectors.glue.files import classified, columns, sample_of

APACHE = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326\n'
COMBINED = APACHE.rstrip("\n") + ' "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"\n'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A header: texts throughout, and a column below that is none.
        ("name,age\nann,3\nbob,4\n", "name:string, age:bigint"),
        # All texts: no header, and AWS's names.
        ("name,city\nann,oslo\nbob,bern\n", "col0:string, col1:string"),
        ("1,ann\n2,bob\n", "col0:bigint, col1:string"),
        # A header's name may be a number as little as empty, except for the last.
        ("a,2020\nx,1\ny,2\n", "col0:string, col1:bigint"),
        (",age\nann,3\n", "col0:string, col1:string"),
        ("name,age,\nann,3,\nbob,4,\n", "name:string, age:bigint, col2:string"),
        # 150 characters are too many for a name, except in the last column.
        (f"{'n' * 150},age\nann,3\n", "col0:string, col1:string"),
        # The delimiters.
        ("name|age\nann|3\n", "name:string, age:bigint"),
        ("name\tage\nann\t3\n", "name:string, age:bigint"),
        ("name;age\nann;3,5\n", "col0:string, col1:string"),
        ("name\u0001age\nann\u00013\n", "name:string, age:bigint"),
        # The one that parts rows evenly, not the most frequent one.
        ('when;what\n2024-01-01;"a,b"\n2024-01-02;c\n', "when:date, what:string"),
        # Windows' line ends and byte order mark.
        ("\ufeffname,age\r\nann,3\r\n", "name:string, age:bigint"),
        # Empty lines before a header are skipped with it.
        ("\n\r\nname,age\nann,3\n", "name:string, age:bigint"),
        # Names are in lower case, and each there once.
        ("Id,ID,id\n1,2,3\n", "id:bigint, id_1:bigint, id_2:bigint"),
    ],
)
def test_csv(text: str, expected: str) -> None:
    found = classified(text)
    assert found is not None
    assert (found.layout.classification, columns(found)) == ("csv", expected)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", ""], "bigint"),
        (["1", "2.5"], "double"),
        (["1e3", ".5", "NaN"], "double"),
        (["9223372036854775807"], "bigint"),
        (["9223372036854775808"], "string"),  # no integer holds it
        (["0.12345678901234567890"], "string"),  # nor a double these digits
        (["007"], "string"),  # a code, not a number
        ([" 7"], "string"),  # LazySimpleSerDe reads NULL
        (["+7"], "string"),
        (["1", "NA"], "string"),
        (["true", "FALSE"], "boolean"),
        (["true", "1"], "string"),
        (["2024-02-29"], "date"),
        (["2023-02-29"], "string"),  # no such day
        (["2024-1-1"], "string"),
        (["2024-01-01 10:00:00", "2024-01-01 10:00:00.123"], "timestamp"),
        (["2024-01-01 10:00:00.123456"], "string"),  # Athena's timestamps have milliseconds
        (["2024-01-01T10:00:00Z"], "string"),
        (["2024-01-01", "2024-01-01 10:00:00"], "string"),
        (["", ""], "string"),
    ],
)
def test_the_types_of_csv_are_those_that_the_serde_reads_back(values: list[str], expected: str) -> None:
    rows = "".join(f"x;{value}\n" for value in values)
    found = classified(f"a;1\n{rows}" if expected == "bigint" else f"k;v\n{rows}x;\n0;\n")
    assert found is not None
    assert columns(found).rpartition(":")[2] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":1,"b":"x"}\n{"a":2,"c":true}\n', "a:int, b:string, c:boolean"),
        ('{"a":1}\n{"a":2147483648}\n', "a:bigint"),
        ('{"a":1}\n{"a":1.5}\n', "a:double"),
        ('{"a":1}\n{"a":"x"}\n', "a:string"),
        ('{"a":99999999999999999999}\n', "a:string"),
        ('{"a":null}\n', "a:string"),
        ('{"a":[]}\n{"a":[1,null]}\n', "a:array<int>"),
        ('{"a":[1,"x"]}\n', "a:array<string>"),
        ('{"a":{}}\n', "a:string"),
        ('{"a":{"b":1}}\n{"a":{"c":[{"d":1.5}]}}\n', "a:struct<b:int,c:array<struct<d:double>>>"),
        ('{"a":{"b":1}}\n{"a":"x"}\n', "a:string"),
        ('{"A":1}\n{"a":2}\n', "a:int"),
        ('{"a":"2024-01-01"}\n', "a:string"),
        # A nested key that no type can write has a name that one can.
        ('{"a":{"b-c":1}}\n', "a:struct<b_c:int>"),
        # A whole array is one record.
        ('[{"a":1},{"a":2}]', "array:array<struct<a:int>>"),
    ],
)
def test_json(text: str, expected: str) -> None:
    found = classified(text)
    assert found is not None
    assert (found.layout.classification, columns(found)) == ("json", expected)


@pytest.mark.parametrize(
    "text",
    ['{"a":1}{"a":2}', '{\n  "a": 1\n}\n{\n  "a": 2\n}\n', '{"a":1}\n\n{"a":\n2}\n'],
    ids=["concatenated", "printed", "mixed"],
)
def test_json_that_is_not_a_document_a_line_is_marked(text: str) -> None:
    found = classified(text)
    assert found is not None
    assert (columns(found), found.records, found.flags) == ("a:int", 2, {"documents"})


@pytest.mark.parametrize("text", ['[{"a":1},{"a":2}]', '[\n{"a":1},\n{"a":2}\n]\n'], ids=["one line", "several"])
def test_a_whole_array_is_no_table_of_its_first_element(text: str) -> None:
    found = classified(text)
    assert found is not None
    assert (found.records, found.flags) == (1, {"documents"})
    assert found.notes == ("A whole array is one record; a classifier with the path $[*] makes rows of its elements",)


def test_an_object_with_a_member_called_array_is_a_row() -> None:
    found = classified('{"array":[1]}\n{"array":[2]}\n')
    assert found is not None
    assert (columns(found), found.flags, found.notes) == ("array:array<int>", set(), ())


def test_json_with_lines_that_are_none_is_json_and_says_so() -> None:
    found = classified('{"a":1}\n{"a":\n{"a":2}\n{"a":3}\n')
    assert found is not None
    assert (columns(found), found.notes) == ("a:int", ("1 lines are no JSON, the first of them line 2",))


def test_text_is_nothing() -> None:
    assert classified("Once upon a time, there was, as they say, a cat.\nIt slept.\nAnd, well, ate.\n") is None
    assert classified("one line, with a comma\n") is None
    assert classified(bytes(range(256)) * 4) is None


@pytest.mark.parametrize(
    ("line", "classification", "names"),
    [
        (
            COMBINED,
            "combined_apache",
            "clientip ident auth timestamp verb request httpversion rawrequest response bytes referrer agent",
        ),
        (APACHE, "apache", "clientip ident auth timestamp verb request httpversion rawrequest response bytes"),
        (
            "Feb 19 11:32:09 web1 kernel: [ 12.345678] eth0: link up\n",
            "linux_kernel",
            "timestamp host uptime message",
        ),
        (
            "D, [2016-11-03T16:05:19.123456 #1234] DEBUG -- app: hello, world\n",
            "ruby_logger",
            "severity timestamp pid loglevel progname message",
        ),
        (
            "1286536309.586 921 192.168.0.68 TCP_MISS/200 507 POST http://a.com/x - DIRECT/7.8.9.1 application/xml\n",
            "squid",
            "timestamp elapsed client cache_result status bytes method url user hierarchy server content_type",
        ),
        (
            '1339518083.107412 [0 127.0.0.1:60866] "keys" "*"\n',
            "redismonlog",
            "timestamp database client port command params",
        ),
        (
            "[4018] 14 Nov 07:01:22.119 * Background saving terminated with success\n",
            "redislog",
            "pid role day month year time message",
        ),
    ],
)
def test_logs(line: str, classification: str, names: str) -> None:
    found = classified(line * 3)
    assert found is not None
    assert found.layout.classification == classification
    assert " ".join(one.name for one in found.columns) == names


def test_logs_with_a_few_other_lines_are_logs() -> None:
    found = classified(COMBINED * 19 + "restarted\n")
    assert found is not None
    assert found.layout.classification == "combined_apache"
    assert found.notes == ("1 of the first 20 lines are none of the pattern's: rows of NULL",)


def test_xml() -> None:
    found = classified('<?xml version="1.0"?>\n<r><row id="1"><n>x</n></row><row id="2"><n>y</n><v>1.5</v></row></r>')
    assert found is not None
    assert (found.layout.classification, columns(found)) == ("xml", "_id:bigint, n:string, v:double")
    assert dict(found.layout.parameters) == {"rowTag": "row"}


BSON = [
    {"_id": ObjectId("0123456789abcdef01234567"), "N": 1, "at": datetime(2026, 1, 1, tzinfo=UTC), "tags": ["a"]},
    {"_id": ObjectId(), "N": Int64(2), "raw": b"x", "who": {"Name": "y", "none": None}, "ok": True, "x": 1.5},
]


def test_bson() -> None:
    found = classified(b"".join(map(bson.encode, BSON)))
    assert found is not None
    assert (found.layout.classification, found.records) == ("bson", 2)
    assert columns(found) == (
        "_id:string, n:bigint, at:timestamp, tags:array<string>, raw:binary, who:struct<name:string,none:string>,"
        " ok:boolean, x:double"
    )


def test_bson_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bson", None)
    with pytest.raises(UnreadableFileError, match=r"BSON files need the extra: pip install 'owlake\[bson\]'"):
        classified(bson.encode(BSON[0]))
    # What only begins with a length is something else.
    assert classified(b"\x08\0\0\0abc\0") is None


TABLE = pa.table(
    {
        "Id": pa.array([1, 2], pa.int64()),
        "price": pa.array([None, None], pa.decimal128(10, 2)),
        "day": pa.array([1, 2], pa.date32()),
        "at": pa.array([1, 2], pa.timestamp("us")),
        "tags": pa.array([["a"], []], pa.list_(pa.string())),
        "who": pa.array([{"Name": "x"}, None], pa.struct([("Name", pa.string())])),
    }
)
TABLE_COLUMNS = "id:bigint, price:decimal(10,2), day:date, at:timestamp, tags:array<string>, who:struct<name:string>"


def parquet_bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def test_parquet() -> None:
    found = classified(parquet_bytes(TABLE))
    assert found is not None
    assert (found.layout.classification, columns(found), found.records) == ("parquet", TABLE_COLUMNS, 2)


def test_orc() -> None:
    sink = io.BytesIO()
    pyarrow.orc.write_table(TABLE, sink)
    found = classified(sink.getvalue())
    assert found is not None
    assert (found.layout.classification, columns(found), found.records) == ("orc", TABLE_COLUMNS, 2)


def test_avro() -> None:
    schema = {
        "type": "record",
        "name": "r",
        "fields": [
            {"name": "Id", "type": "long"},
            {"name": "n", "type": ["null", "int"]},
            {"name": "p", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
            {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "kind", "type": {"type": "enum", "name": "k", "symbols": ["A"]}},
            {"name": "m", "type": {"type": "map", "values": "double"}},
            {"name": "other", "type": ["null", "k"]},
        ],
    }
    sink = io.BytesIO()
    record = {"Id": 1, "n": None, "p": Decimal("1.5"), "at": 0, "kind": "A", "m": {}, "other": "A"}
    fastavro.writer(sink, schema, [record] * 3)
    found = classified(sink.getvalue())
    expected = "id:bigint, n:int, p:decimal(9,2), at:timestamp, kind:string, m:map<string,double>, other:string"
    assert (columns(found), found.records if found else None) == (expected, 3)


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (parquet_bytes(TABLE)[:200], "x.parquet", "The Parquet file is damaged"),
        (b"ORC" + b"\x01" * 50, "x.orc", "The ORC file is damaged"),
        (b"Obj\x01" + b"\x00" * 20, "x.avro", "The Avro file is damaged"),
        (gzip.compress(b"a,b\n1,2\n")[:-12], "x.csv.gz", "Truncated compressed stream"),
        (gzip.compress(b"a,b\n1,2\n"), "x.csv", "a gzip file, whose name must end in .gz"),
        (b"no gzip", "x.gz", "incorrect header check"),
        (bson.encode(BSON[0]) + bson.encode(BSON[1])[:-9], "x.bson", "its last document is not whole"),
        (bson.encode(BSON[0]).replace(b"N\0", b"N\x99"), "x.bson", "The BSON file is damaged"),
    ],
)
def test_a_damaged_file_is_named_with_its_reason(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        classified(content, name)


def test_a_zip_is_refused() -> None:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("x.csv", "a,b\n1,2\n")
    with pytest.raises(UnreadableFileError, match="a ZIP archive, which tables do not read"):
        classified(sink.getvalue(), "x.csv")


@pytest.mark.parametrize(
    ("pack", "name", "compression"),
    [(gzip.compress, "x.gz", "gzip"), (bz2.compress, "x.bz2", "bzip2"), (bytes, "x", "none")],
)
def test_compression(pack: object, name: str, compression: str) -> None:
    text = "".join(f"{number},x{number}\n" for number in range(100))
    sample = sample_of(pack(text.encode()), name)  # type: ignore[operator]
    assert (sample.compression, sample.is_whole, sample.text) == (compression, True, text)


def test_a_sample_is_the_first_thousand_records_of_the_first_megabyte() -> None:
    lines = [json.dumps({"a": number}) for number in range(1000)] + ['{"a":"x"}']
    found = classified("\n".join(lines))
    assert columns(found) == "a:int"
    long = json.dumps({"a": "x" * 600_000})
    found = classified(f'{long}\n{long}\n{{"b":1}}\n')
    assert columns(found) == "a:string"


def test_json_reads_on_where_a_megabyte_has_no_whole_record() -> None:
    found = classified(json.dumps({"a": "x" * 1_500_000, "b": 1}))
    assert columns(found) == "a:string, b:int"
