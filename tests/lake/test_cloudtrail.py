"""CloudTrail's log files: https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html."""

from __future__ import annotations

import gzip
import json

import pytest

from owlake.errors import OwlakeError

INPUT = (
    "STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' "
    "OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'"
)
SERDES = [
    "com.amazon.emr.hive.serde.CloudTrailSerde",
    "org.apache.hive.hcatalog.data.JsonSerDe",
    "org.openx.data.jsonserde.JsonSerDe",
]
RECORDS = [
    {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/r/s",
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}, "sessionIssuer": {"userName": "r"}},
        },
        "eventTime": "2024-01-02T03:04:05Z",
        "eventName": "PutObject",
        "requestParameters": {"bucketName": "b", "n": 1.50},
        "responseElements": None,
        "additionalEventData": {"x": [1, "é"]},
        "readOnly": False,
        "resources": [{"ARN": "arn:1", "accountId": "1", "type": "t"}],
    },
    {"eventVersion": "1.08", "eventName": "ListBuckets", "readOnly": True, "requestParameters": None},
]
COLUMNS = """
    eventversion string,
    useridentity struct<type:string,arn:string,
        sessioncontext:struct<attributes:struct<mfaauthenticated:string>,sessionissuer:struct<username:string>>>,
    eventname string, requestparameters string, responseelements string, additionaleventdata string, readonly string,
    resources array<struct<arn:string,accountid:string,type:string>>"""


def table(lake, serde: str, columns: str = COLUMNS) -> None:
    lake.table(columns, f"ROW FORMAT SERDE '{serde}' {INPUT}")


@pytest.mark.parametrize("serde", SERDES)
def test_each_record_is_a_row(lake, serde):
    content = json.dumps({"Records": RECORDS}, separators=(",", ":"), ensure_ascii=False).encode()
    lake.put("a.json.gz", gzip.compress(content))
    lake.put("b.json", content)
    table(lake, serde)
    sql = """
        SELECT eventname, readonly, requestparameters, responseelements, additionaleventdata, useridentity.arn,
            useridentity.sessioncontext.attributes.mfaauthenticated, useridentity.sessioncontext.sessionissuer.username,
            resources[1].arn, resources[1].accountid
        FROM t WHERE "$path" LIKE '%.gz' AND eventname = 'PutObject'"""
    assert lake.rows(sql) == [
        (
            "PutObject", "false", '{"bucketName":"b","n":1.5}', None, '{"x":[1,"é"]}',
            "arn:aws:sts::111122223333:assumed-role/r/s", "false", "r", "arn:1", "1",
        )
    ]  # fmt: skip
    assert lake.rows("SELECT eventname, count(*) FROM t GROUP BY 1 ORDER BY 1") == [
        ("ListBuckets", 2),
        ("PutObject", 2),
    ]


def test_what_has_no_schema_is_text_to_extract_from(lake):
    lake.put("a.json", json.dumps({"Records": RECORDS}).encode())
    table(lake, SERDES[0], "requestparameters string, useridentity_as_string string")
    sql = """
        SELECT json_extract_scalar(requestparameters, '$.bucketName'),
            json_extract_scalar(useridentity_as_string, '$.sessionContext.sessionIssuer.userName') FROM t ORDER BY 1"""
    assert lake.rows(sql) == [("b", "r"), (None, None)]


def test_files_without_records_have_no_rows(lake):
    lake.put("digest.json", b'{"awsAccountId": "1", "digestStartTime": "x"}')
    lake.put("empty.json", b'{"Records": []}')
    lake.put("one.json", b'\n{"Records": [{"eventName": "x"}]}\n{"Records": [{"eventName": "y"}]}\n')
    table(lake, SERDES[0], "eventname string")
    assert lake.rows("SELECT * FROM t ORDER BY 1") == [("x",), ("y",)]
    assert lake.rows("SELECT count(*) FROM t") == [(2,)]


def test_a_file_that_is_no_log(lake):
    lake.put("a.json", b'{"Records": [{"eventName": "x"}')
    table(lake, SERDES[0], "eventname string")
    with pytest.raises(OwlakeError, match="HIVE_CURSOR_ERROR"):
        lake.rows()


def test_a_value_that_does_not_fit_names_its_record(lake):
    lake.put("a.json", b'{"Records": [{"n": 1}, {"n": "x"}]}')
    table(lake, SERDES[0], "n int")
    with pytest.raises(OwlakeError) as caught:
        lake.rows()
    assert caught.value.code == "HIVE_BAD_DATA"
    assert caught.value.hint == f"Record 2 of {lake.location}a.json"
