"""Tags of databases, connections and crawlers."""

from __future__ import annotations

import pytest

from tests.connectors.glue.checked import Checked, refused
from tests.connectors.glue.lake import Lake


@pytest.fixture
def glue(lake: Lake) -> Checked:
    found = Checked(lake.glue)
    found.batch_delete_connection(ConnectionNameList=["tagged"])
    tags = {"team": "sales", "stage": "test"}
    found.create_database(DatabaseInput={"Name": "db"}, Tags=tags)
    connection = {"Name": "tagged", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    found.create_connection(ConnectionInput=connection, Tags=tags)
    lake.create("t/", name="tagged", tags=tags)
    return found


@pytest.mark.parametrize("resource", ["database/db", "connection/tagged", "crawler/tagged"])
def test_tags_are_added_and_taken_away(glue: Checked, resource: str) -> None:
    arn = f"arn:aws:glue:us-east-1:123456789012:{resource}"
    assert glue.get_tags(ResourceArn=arn) == {"Tags": {"team": "sales", "stage": "test"}}
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"stage": "production", "cost": "1"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["team", "none"])
    assert glue.get_tags(ResourceArn=arn) == {"Tags": {"stage": "production", "cost": "1"}}
    many = {f"key{number}": "" for number in range(49)}
    assert refused(glue.tag_resource, ResourceArn=arn, TagsToAdd=many)[0] == "InvalidInputException"
    assert refused(glue.get_tags, ResourceArn=f"{arn}x")[0] == "EntityNotFoundException"


def test_tags_stay_when_the_rest_is_replaced(lake: Lake, glue: Checked) -> None:
    glue.update_database(Name="db", DatabaseInput={"Name": "db", "Description": "new"})
    lake.sql("ALTER DATABASE db SET DBPROPERTIES ('a' = 'b')")
    arn = "arn:aws:glue:us-east-1:123456789012:database/db"
    assert glue.get_tags(ResourceArn=arn) == {"Tags": {"team": "sales", "stage": "test"}}
    lake.sql("DROP DATABASE db")
    lake.sql("CREATE DATABASE db")
    assert glue.get_tags(ResourceArn=arn) == {"Tags": {}}


def test_tagged_crawlers_are_listed(glue: Checked) -> None:
    glue.tag_resource(ResourceArn="arn:aws:glue:us-east-1:123456789012:crawler/tagged", TagsToAdd={"stage": "late"})
    assert glue.list_crawlers(Tags={"stage": "late"})["CrawlerNames"] == ["tagged"]
    assert glue.get_crawler(Name="tagged")["Crawler"]["Version"] == 1


def test_what_cannot_be_tagged_is_refused(glue: Checked) -> None:
    for arn in ("arn:aws:glue:us-east-1:123456789012:job/j", "arn:aws:glue:what"):
        assert refused(glue.get_tags, ResourceArn=arn)[0] == "InvalidInputException"
    assert refused(glue.get_tags, ResourceArn="database/db")[0] == "ValidationException"
