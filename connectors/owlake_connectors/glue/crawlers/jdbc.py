"""Tables of databases: what a catalog of this home has, as crawlers enter it in the Data Catalog.

The connection of a target is the name of a catalog (``system.metadata.create_catalog``), whose connector says which
tables there are. https://docs.aws.amazon.com/glue/latest/dg/define-crawler.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from owlake.spi import Column, Connector, Home, OwlakeError, Type, catalog_model, error, hive_type, types
from owlake_connectors.glue.crawlers.building import DEPRECATED_BY, UPDATED_BY
from owlake_connectors.glue.crawlers.exclusions import exclusion_filter
from owlake_connectors.glue.crawlers.model import JdbcTarget

_ANY = "%"
_ONLY_SCHEMA = ["default"]
_COMMENTS = "COMMENTS"


@dataclass(frozen=True, slots=True)
class JdbcTables:
    """The tables that a target takes in, by what the Data Catalog has for a location: ``db.schema.table``.

    Attributes:
        engine: What kind of database it is: the tables' classification.
    """

    path: str
    connection: str
    engine: str
    pattern: re.Pattern[str]
    columns: Mapping[str, tuple[catalog_model.Column, ...]]

    @property
    def places(self) -> Sequence[str]:
        """The tables, by name."""
        return sorted(self.columns)

    def covers(self, place: str) -> bool:
        """Whether a table would be one of the target's, exclusions apart."""
        return self.pattern.fullmatch(place) is not None

    def table(self, place: str, database: str, name: str, crawler: str) -> catalog_model.Table:
        """A table without a SerDe: it is read by its own catalog."""
        parameters = {
            "classification": self.engine,
            "connectionName": self.connection,
            "typeOfData": "table",
            "CrawlerSchemaSerializerVersion": "1.0",
            "CrawlerSchemaDeserializerVersion": "1.0",
            UPDATED_BY: crawler,
        }
        storage = catalog_model.StorageDescriptor(self.columns[place], place)
        return catalog_model.Table(database, name, storage, parameters=parameters, owner="owner")

    def updated(self, before: catalog_model.Table, found: catalog_model.Table) -> catalog_model.Table:
        """With the columns that it has now."""
        if before.storage.columns == found.storage.columns and DEPRECATED_BY not in before.parameters:
            return before
        return replace(before, storage=found.storage, parameters=found.parameters)


def jdbc_tables(home: Home, target: JdbcTarget) -> JdbcTables:
    """The tables of a target. Errors: InvalidInputException, EntityNotFoundException; what the database says."""
    connection = (target.connection_name or "").lower()
    attached = home.catalogs.attached().get(connection)
    if attached is None:
        raise error(
            "EntityNotFoundException",
            f"Connection {target.connection_name} not found: there is no catalog of this name in the home",
        )
    connector = home.catalogs.connector(connection)
    database = (connector.database_name() or connection).lower()
    parts = (target.path or "").lower().strip("/").split("/")
    if parts[0] != database:
        raise error(
            "InvalidInputException",
            f"The include path {target.path} must begin with the name of the database, {database}",
        )
    has_schemas = list(connector.schema_names()) != _ONLY_SCHEMA
    parts = _all_parts(parts, 3 if has_schemas else 2, target.path)
    start = len([*_fixed(parts)])
    # Catalogs have names in lower case.
    is_excluded = exclusion_filter([one.lower() for one in target.exclusions or ()])
    has_comments = _COMMENTS in (target.enable_additional_metadata or ())
    columns = {
        ".".join(names): tuple(_column(one, has_comments=has_comments) for one in found if not one.hidden)
        for names, found in _tables(connector, database, parts, has_schemas=has_schemas)
        if not is_excluded("/".join(names[start:]) or names[-1])
    }
    pattern = re.compile(r"\.".join(map(_expression, parts)))
    return JdbcTables(target.path or "", connection, attached.connector, pattern, columns)


def _all_parts(parts: list[str], count: int, path: str | None) -> list[str]:
    """Schema and table that are not named are any."""
    if len(parts) > count or _ANY in parts[0]:
        form = "database/schema/table" if count > 2 else "database/table"
        raise error("InvalidInputException", f"The include path {path} is not {form}, with % for all but the database")
    return [*parts, *[_ANY] * (count - len(parts))]


def _fixed(parts: Sequence[str]) -> Iterator[str]:
    """What stands before the first wildcard: exclusions are relative to it."""
    for one in parts:
        if _ANY in one:
            return
        yield one


def _tables(
    connector: Connector, database: str, parts: Sequence[str], *, has_schemas: bool
) -> Iterator[tuple[list[str], Sequence[Column]]]:
    """The tables of an include path, with their columns."""
    schema_pattern = re.compile(_expression(parts[1])) if has_schemas else re.compile(".*")
    table_pattern = re.compile(_expression(parts[-1]))
    for schema in filter(schema_pattern.fullmatch, sorted(connector.schema_names())):
        for name in filter(table_pattern.fullmatch, sorted(connector.table_names(schema))):
            table = connector.table(schema, name)
            if table is not None:
                yield [database, *([schema] if has_schemas else []), name], table.columns


def _expression(part: str) -> str:
    return ".*".join(map(re.escape, part.split(_ANY)))


def _column(column: Column, *, has_comments: bool) -> catalog_model.Column:
    return catalog_model.Column(column.name, _type(column.type), column.comment if has_comments else None)


def _type(type_: Type) -> str:
    """As far as the Data Catalog has it; what it has not is text."""
    if isinstance(type_, types.TimestampWithTimeZone):
        return "timestamp"
    try:
        return hive_type(type_)
    except OwlakeError:
        return "string"
