"""CREATE, ALTER and DROP DATABASE (https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html)."""

from __future__ import annotations

from dataclasses import replace

from owlake.catalog.errors import AlreadyExists
from owlake.catalog.model import Database
from owlake.dialect.nodes.hive import AlterDatabase, CreateDatabase, DropDatabase
from owlake.statements.context import StatementContext
from owlake.statements.failures import database_not_found, execution_error
from owlake.statements.locations import location
from owlake.statements.names import check_new_name, database_name
from owlake.statements.output import NOTHING, Output


def create_database(node: CreateDatabase, context: StatementContext) -> Output:
    """``CREATE DATABASE``."""
    name = database_name(node.name, context)
    check_new_name("Database", name)
    database = Database(
        name,
        description=node.comment,
        location_uri=location(node.location, context) if node.location else None,
        parameters=dict(node.properties),
    )
    try:
        with context.home.metastore.write() as catalog:
            catalog.create_database(database)
    except AlreadyExists as problem:
        if not node.if_not_exists:
            raise execution_error(f"Database {name} already exists", code="HIVE_DDL_METASTORE") from problem
    return NOTHING


def alter_database(node: AlterDatabase, context: StatementContext) -> Output:
    """``ALTER DATABASE ... SET DBPROPERTIES``: adds or overwrites."""
    name = database_name(node.name, context)
    with context.home.metastore.write() as catalog:
        database = catalog.find_database(name)
        if database is None:
            raise database_not_found(name, (known.name for known in catalog.list_databases()))
        catalog.update_database(replace(database, parameters={**database.parameters, **dict(node.properties)}))
    return NOTHING


def drop_database(node: DropDatabase, context: StatementContext) -> Output:
    """``DROP DATABASE``; with CASCADE the tables go too, their files stay."""
    name = database_name(node.name, context)
    with context.home.metastore.write() as catalog:
        if catalog.find_database(name) is None:
            if node.if_exists:
                return NOTHING
            raise database_not_found(name, (known.name for known in catalog.list_databases()))
        if not node.cascade and catalog.list_table_names(name):
            raise execution_error(
                f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)",
                hint="DROP DATABASE ... CASCADE drops the tables too",
            )
        catalog.delete_database(name)
    return NOTHING
