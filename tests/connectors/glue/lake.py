"""A home with a bucket that is filled, crawled and asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from owlake.catalog.model import Table
from owlake.dbapi import Connection

BUCKET = "s3://lake"


class Lake:
    """One bucket, and a database ``db`` for what crawlers find in it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.home = connection.home
        self.home.storage.create_bucket("lake")

    def clear(self) -> None:
        """Forget everything."""
        self.home.scheduler.reset()
        for name in self.glue.list_crawlers()["CrawlerNames"]:
            self.glue.delete_crawler(Name=name)
        for found in self.glue.get_classifiers()["Classifiers"]:
            self.glue.delete_classifier(Name=next(iter(found.values()))["Name"])
        self.home.storage.delete_files([one.uri for one in self.home.storage.list_files(BUCKET)])
        with self.home.metastore.write() as catalog:
            for one in catalog.list_databases():
                if one.name != "default":
                    catalog.delete_database(one.name)

    @cached_property
    def glue(self) -> Any:
        """The client, in boto3's shape."""
        return self.connection.client("glue")

    def put(self, files: Mapping[str, str | bytes]) -> None:
        """Write files, by their place in the bucket."""
        for name, content in files.items():
            self.home.storage.write(f"{BUCKET}/{name}", content.encode() if isinstance(content, str) else content)

    def delete(self, *names: str) -> None:
        self.home.storage.delete_files([f"{BUCKET}/{name}" for name in names])

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        cursor = self.connection.execute(text)
        return cursor.fetchall() if cursor.description else []

    def create(self, path: str = "", *, name: str = "c", s3: Mapping[str, Any] | None = None, **more: Any) -> None:
        """A crawler of a folder of the bucket. ``more``: in SQL's names."""
        targets = {"S3Targets": [{"Path": f"{BUCKET}/{path}", **(s3 or {})}]}
        arguments = {"targets": targets, "database_name": "db", **more}
        given = {key.title().replace("_", ""): value for key, value in arguments.items()}
        self.glue.create_crawler(Name=name, **given)

    def start(self, name: str = "c") -> None:
        self.glue.start_crawler(Name=name)

    def crawl(self, path: str = "", **more: Any) -> list[str]:
        """Crawl a folder for the first time; the tables."""
        self.create(path, **more)
        self.start()
        return self.tables()

    def tables(self) -> list[str]:
        """``name(column type, ...) [key, ...]`` of every table."""
        return [described(one) for one in self.catalog_tables()]

    def catalog_tables(self) -> Sequence[Table]:
        with self.home.metastore.read() as catalog:
            return list(catalog.list_tables(["db"]))

    def table(self, name: str) -> Table:
        with self.home.metastore.read() as catalog:
            return catalog.get_table("db", name)

    def partitions(self, name: str) -> dict[str, Any]:
        with self.home.metastore.read() as catalog:
            return {"/".join(one.values): one for one in catalog.list_partitions("db", name)}

    def last(self) -> dict[str, Any]:
        """The last run as a row."""
        cursor = self.connection.execute("SELECT * FROM glue.system.crawls")
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchall()[-1], strict=True))

    def problems(self) -> dict[str, str]:
        """What the last run could make nothing of, by its place in the bucket."""
        return {one["path"].removeprefix(f"{BUCKET}/"): one["message"] for one in self.last()["problems"]}

    def log(self, condition: str = "true") -> list[str]:
        return [row[0] for row in self.sql(f"SELECT message FROM glue.system.crawl_log WHERE {condition}")]


def described(table: Table) -> str:
    columns = ", ".join(f"{one.name} {one.type}" for one in table.storage.columns)
    keys = ", ".join(one.name for one in table.partition_keys)
    return f"{table.name}({columns})" + (f" [{keys}]" if keys else "")
