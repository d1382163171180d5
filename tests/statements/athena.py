"""Runs DDL from its text in a home."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from owlake.catalog.model import Table
from owlake.dialect.parser import parse
from owlake.errors import OwlakeError, QueryWarning
from owlake.home import Home
from owlake.statements.context import StatementContext
from owlake.statements.output import Output
from owlake.statements.registry import execute

START = datetime(2026, 9, 27, 3, 41, 11, tzinfo=UTC)


@dataclass
class Athena:
    """Runs statements and keeps their warnings."""

    home: Home
    database: str | None = "default"
    strict: bool = False
    warnings: list[QueryWarning] = field(default_factory=list)

    def output(self, sql: str) -> Output:
        context = StatementContext(
            home=self.home,
            storage=self.home.storage,
            query_start=self.home.clock.now(),
            database=self.database,
            principal="me",
            strict=self.strict,
            text=sql,
            catalog_exists=lambda catalog: catalog in ("awsdatacatalog", "kinesis"),
            warn=self.warnings.append,
        )
        return execute(parse(sql, strict=self.strict), context)

    def run(self, sql: str) -> list[str]:
        """The answer as Athena's text, one string a row."""
        return list(self.output(sql).lines())

    def refused(self, sql: str) -> OwlakeError:
        with pytest.raises(OwlakeError) as refused:
            self.run(sql)
        return refused.value

    def table(self, name: str, database: str = "default") -> Table:
        with self.home.metastore.read() as catalog:
            return catalog.get_table(database, name)

    def change(self, name: str, **changes: object) -> None:
        """Change a table behind DDL's back."""
        with self.home.metastore.write() as catalog:
            catalog.update_table(replace(catalog.get_table("default", name), **changes))

    def put(self, *paths: str) -> None:
        """Empty files in the bucket b."""
        for path in paths:
            file = self.home.path / "buckets" / "b" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
