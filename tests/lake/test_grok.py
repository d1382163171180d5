"""Grok SerDe: https://docs.aws.amazon.com/athena/latest/ug/grok-serde.html."""

from __future__ import annotations

import pytest

from owlake.errors import OwlakeError
from owlake.lake.formats.grok import expanded

TEXT = (
    "STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.TextInputFormat' "
    "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'"
)


def table(lake, columns: str, pattern: str, custom: str = "") -> None:
    given = f"'input.format' = '{pattern}'" + (f", 'input.grokCustomPatterns' = '{custom}'" if custom else "")
    lake.table(columns, f"ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe' WITH SERDEPROPERTIES ({given}) {TEXT}")


def test_the_second_example_of_the_page(lake):
    lake.put(
        "a.log",
        b"2017-09-12 12:10:34,972 INFO - processType=AZ, processId=ABCDEFG614B6F5E49, executionTime=7290, "
        b"action=receive, hostname=1.abc.def.com\nnonsense\n",
    )
    table(
        lake,
        "ts string, loglevel string, kind string, processid string, executiontime int, action string, host string",
        "%{TIMESTAMP_ISO8601:timestamp} %{LOGLEVEL:loglevel} - processType=%{NOTSPACE:processtype}, "
        "processId=%{NOTSPACE:processid}, executionTime=%{POSINT:executiontime}, action=%{C_ACTION:action}, "
        "hostname=%{HOSTNAME:hostname}",
        "C_ACTION receive|send",
    )
    assert lake.rows() == [
        ("2017-09-12 12:10:34,972", "INFO", "AZ", "ABCDEFG614B6F5E49", 7290, "receive", "1.abc.def.com"),
        (None,) * 7,
    ]


def test_the_third_example_of_the_page(lake):
    """Several custom patterns, a line each; its access log has quotes around some values."""
    lake.put(
        "a.log",
        b'79a5 bucket [06/Feb/2014:00:00:38 +0000] 192.0.2.3 79a5 3E57 REST.GET - "GET /b?v HTTP/1.1" 200 - 113 - 7 - '
        b'"-" "S3Console/0.4" -\n',
    )
    table(
        lake,
        "owner string, bucket string, t string, ip string, requester string, id string, operation string, key string, "
        "uri string, status int, error string, sent bigint, size string, total int, turn string, referrer string, "
        "agent string, version string",
        r"%{NOTSPACE:bucket_owner} %{NOTSPACE:bucket} \\[%{INSIDE_BRACKETS:time}\\] %{NOTSPACE:remote_ip} "
        r"%{NOTSPACE:requester} %{NOTSPACE:request_id} %{NOTSPACE:operation} %{NOTSPACE:key} "
        r"\"?%{INSIDE_QS:request_uri}\"? %{NOTSPACE:http_status} %{NOTSPACE:error_code} %{NOTSPACE:bytes_sent} "
        r"%{NOTSPACE:object_size} %{NOTSPACE:total_time} %{NOTSPACE:turnaround_time} "
        r"\"?%{INSIDE_QS:referrer}\"? \"?%{INSIDE_QS:user_agent}\"? %{NOTSPACE:version_id}",
        r"INSIDE_QS ([^\"]*)\nINSIDE_BRACKETS ([^\\]]*)",
    )
    assert lake.rows("SELECT bucket, t, ip, uri, status, sent, total, referrer, agent, version FROM t") == [
        (
            "bucket",
            "06/Feb/2014:00:00:38 +0000",
            "192.0.2.3",
            "GET /b?v HTTP/1.1",
            200,
            113,
            7,
            "-",
            "S3Console/0.4",
            "-",
        )
    ]


def test_a_combined_access_log(lake):
    lake.put(
        "a.log",
        b'198.51.100.7 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif HTTP/1.0" 200 2326 "http://e.com" "M/4 [en]"\n'
        b'host.example - - [10/Oct/2000:13:55:36 -0700] "-" 400 - "-" "-"\n',
    )
    table(
        lake,
        "ip string, ident string, auth string, ts string, verb string, request string, version string, raw string, "
        "response int, bytes bigint, referrer string, agent string",
        "%{COMBINEDAPACHELOG}",
    )
    assert lake.rows() == [
        (
            "198.51.100.7", "-", "frank", "10/Oct/2000:13:55:36 -0700", "GET", "/a.gif", "1.0", None, 200, 2326,
            "http://e.com", "M/4 [en]",
        ),
        ("host.example", "-", "-", "10/Oct/2000:13:55:36 -0700", None, None, None, "-", 400, None, "-", "-"),
    ]  # fmt: skip


def test_the_first_match_counts_wherever_it_is(lake):
    lake.put("a.log", b"xx 12 ab 34\n12 b\n\n  \n")
    table(lake, "n int, w string", "%{INT:n} %{WORD:w}")
    assert lake.rows() == [(12, "ab"), (12, "b"), (None, None), (None, None)]


def test_so_it_does_where_no_engine_is_needed_at_the_beginning(lake):
    lake.put("a.log", b"a b x\nb x\nx\n\n  c x y\n")
    table(lake, "s string", "%{NOTSPACE:s} x")
    assert lake.rows() == [("b",), ("b",), (None,), (None,), ("c",)]
    table(lake, "s string", "%{GREEDYDATA:s}")
    assert lake.rows() == [("a b x",), ("b x",), ("x",), (None,), ("  c x y",)]


def test_values_that_do_not_parse_are_null_and_quotes_go(lake):
    lake.put("a.log", b'x "quoted text"\n5 \'y\'\n6 "\n')
    table(lake, "n int, s string", "%{NOTSPACE:n} %{GREEDYDATA:s}")
    assert lake.rows() == [(None, "quoted text"), (5, "y"), (6, "")]


def test_one_name_twice_is_one_column(lake):
    lake.put("a.log", b"a=1\nb=2\n")
    table(lake, "n int", "a=%{INT:n}|b=%{INT:n}")
    assert lake.rows() == [(1,), (2,)]


def test_definitions_may_stand_in_the_pattern():
    assert expanded("%{HEX:h=[0-9a-f]+} (x)", "").pattern == "([0-9a-f]+) (?:x)"
    assert expanded("%{A:a:int}", "A (b)|[(]").names == ("a",)
    assert expanded("%{A:a}", "A (b)|[(]").pattern == "((?:b)|[(])"


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("%{NO_SUCH_PATTERN:x}", "Grok compilation failure: Pattern NO_SUCH_PATTERN is not defined."),
        ("%{LOOP}", "Grok compilation failure: Deep recursion pattern compilation"),
        ("(", "Grok compilation failure: end pattern with unmatched parenthesis"),
    ],
)
def test_patterns_that_mean_nothing(lake, pattern, reason):
    lake.put("a.log", b"a\n")
    table(lake, "s string", pattern, "LOOP a%{LOOP}")
    with pytest.raises(OwlakeError) as caught:
        lake.rows()
    assert str(caught.value) == f"HIVE_INVALID_METADATA: {reason}"


def test_a_table_without_a_pattern(lake):
    lake.put("a.log", b"a\n")
    lake.table("c string", f"ROW FORMAT SERDE 'com.amazonaws.glue.serde.GrokSerDe' {TEXT}")
    with pytest.raises(OwlakeError, match=r"HIVE_INVALID_METADATA: Schema does not have required 'input\.format'"):
        lake.rows()
