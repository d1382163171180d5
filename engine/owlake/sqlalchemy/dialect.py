"""Connecting and looking around."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any, cast

from sqlalchemy import exc, text
from sqlalchemy import types as sa
from sqlalchemy.engine import URL, Connection, default, reflection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.schema import Table

from owlake.analysis.types import resolve_type
from owlake.dbapi import Connection as OwlakeConnection
from owlake.dialect.parser import parse_type
from owlake.errors import InterfaceError
from owlake.sqlalchemy.compiler import OwlakeCompiler, OwlakePreparer
from owlake.sqlalchemy.ddl import OwlakeDDLCompiler
from owlake.sqlalchemy.types import COLUMN_SPECIFICATIONS, OwlakeTypeCompiler, sqlalchemy_type

_OF_CONNECT = ("database", "catalog", "principal")


class OwlakeExecutionContext(default.DefaultExecutionContext):
    """Remembers how many rows an INSERT wrote: pandas.to_sql gives it back."""

    _rowcount: int | None

    def post_exec(self) -> None:
        """The cursor is closed next."""
        if self.isinsert:
            self._rowcount = self.cursor.rowcount


class OwlakeDialect(default.DefaultDialect):
    """``owlake:///home?database=sales&athena_strict=true``.

    The path is the home's directory, relative to the working directory; with four slashes absolute; without one the
    default home. ``database``, ``catalog``, ``principal`` and ``create`` are those of ``owlake.connect``; other
    options are session properties.
    """

    name = "owlake"
    driver = "owlake"
    default_paramstyle = "qmark"
    execution_ctx_cls = OwlakeExecutionContext
    statement_compiler = OwlakeCompiler
    ddl_compiler = OwlakeDDLCompiler
    type_compiler_cls = OwlakeTypeCompiler
    preparer = OwlakePreparer
    colspecs = COLUMN_SPECIFICATIONS
    construct_arguments = [(Table, {"location": None, "format": None, "partitioned_by": None})]  # noqa: RUF012

    max_identifier_length = 255
    supports_statement_cache = True
    supports_native_boolean = True
    supports_native_decimal = True
    supports_alter = False
    supports_comments = False
    supports_sane_rowcount = False
    supports_sane_multi_rowcount = False
    supports_default_values = False
    supports_multivalues_insert = True
    supports_is_distinct_from = True
    use_insertmanyvalues = False
    postfetch_lastrowid = False
    insert_null_pk_still_autoincrements = False
    requires_name_normalize = False
    div_is_floordiv = True
    cte_follows_insert = True

    def __init__(
        self,
        json_serializer: Callable[[Any], str] | None = None,
        json_deserializer: Callable[[str], Any] | None = None,
        **words: Any,
    ) -> None:
        super().__init__(**words)
        self._json_serializer = json_serializer
        self._json_deserializer = json_deserializer

    # Connecting -----------------------------------------------------------------------------------------

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """The driver."""
        import owlake  # noqa: PLC0415  (SQLAlchemy's own protocol)

        return owlake

    def create_connect_args(self, url: URL) -> tuple[list[Any], dict[str, Any]]:
        """What ``owlake.connect`` takes. Errors: ArgumentError for a URL with a host, which no home has."""
        if url.host or url.username or url.port:
            raise exc.ArgumentError(
                f"{url.render_as_string()} names a server: a home is a directory, owlake:///relative or owlake:////absolute"
            )
        given = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
        words: dict[str, Any] = {name: given.pop(name) for name in _OF_CONNECT if name in given}
        words["create"] = given.pop("create", "true").lower() != "false"
        words["session_properties"] = given
        return ([url.database] if url.database else []), words

    def initialize(self, connection: Connection) -> None:
        """What is asked of a first connection: its database."""
        super().initialize(connection)
        self.default_schema_name = self._get_default_schema_name(connection)

    def _get_default_schema_name(self, connection: Connection) -> str:
        return _raw(connection).session.database or "default"

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:  # noqa: ARG002
        import owlake  # noqa: PLC0415

        return tuple(int(part) for part in owlake.__version__.split(".") if part.isdecimal())

    def _check_max_identifier_length(self, connection: Connection) -> int | None:  # noqa: ARG002
        return None

    def get_isolation_level_values(self, dbapi_connection: DBAPIConnection) -> list[Any]:  # noqa: ARG002
        """Every statement is a transaction of its own."""
        return ["AUTOCOMMIT"]

    def get_isolation_level(self, dbapi_connection: DBAPIConnection) -> Any:  # noqa: ARG002
        """The one there is."""
        return "AUTOCOMMIT"

    def get_default_isolation_level(self, dbapi_conn: DBAPIConnection) -> Any:  # noqa: ARG002
        """The one there is."""
        return "AUTOCOMMIT"

    def set_isolation_level(self, dbapi_connection: DBAPIConnection, level: Any) -> None:
        """Nothing to set."""

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:  # noqa: ARG002
        """Run a statement; what DDL leaves out is an empty one."""
        if statement:
            cursor.execute(statement, parameters)

    def do_rollback(self, dbapi_connection: Any) -> None:
        """What statements did stays done: the pool calls this for every connection that it takes back."""

    def do_ping(self, dbapi_connection: Any) -> bool:
        """Whether the connection is open: there is no server to be lost."""
        dbapi_connection.cursor()
        return True

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:  # noqa: ARG002
        """Whether the error says that the connection was closed."""
        return isinstance(e, InterfaceError) and "connection is closed" in str(e)

    # Looking around -------------------------------------------------------------------------------------

    @reflection.cache
    def get_schema_names(self, connection: Connection, **_: Any) -> list[str]:
        """The databases of the catalog."""
        return _names(connection, "SELECT schema_name FROM information_schema.schemata ORDER BY 1")

    @reflection.cache
    def get_table_names(self, connection: Connection, schema: str | None = None, **_: Any) -> list[str]:
        """The tables of a database."""
        return self._of_type(connection, "BASE TABLE", schema)

    @reflection.cache
    def get_view_names(self, connection: Connection, schema: str | None = None, **_: Any) -> list[str]:
        """The views of a database."""
        return self._of_type(connection, "VIEW", schema)

    def _of_type(self, connection: Connection, kind: str, schema: str | None) -> list[str]:
        sql = """
            SELECT table_name FROM information_schema.tables
            WHERE table_schema = :schema AND table_type = :kind ORDER BY 1
        """
        return _names(connection, sql, schema=self._schema(schema), kind=kind)

    def _schema(self, schema: str | None) -> str:
        return (schema or self.default_schema_name or "default").lower()

    @reflection.cache
    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **_: Any) -> bool:
        """Whether there is such a table or view."""
        sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = :schema AND table_name = :name"
        return bool(_names(connection, sql, schema=self._schema(schema), name=table_name.lower()))

    def has_schema(self, connection: Connection, schema_name: str, **_: Any) -> bool:
        """Whether there is such a database."""
        sql = "SELECT schema_name FROM information_schema.schemata WHERE schema_name = :name"
        return bool(_names(connection, sql, name=schema_name.lower()))

    @reflection.cache
    def get_columns(
        self, connection: Connection, table_name: str, schema: str | None = None, **words: Any
    ) -> list[Any]:
        """The columns of a table or view, those that partition it last. Errors: NoSuchTableError."""
        sql = """
            SELECT column_name, data_type, comment FROM information_schema.columns
            WHERE table_schema = :schema AND table_name = :name ORDER BY ordinal_position
        """
        found = connection.execute(text(sql), {"schema": self._schema(schema), "name": table_name.lower()})
        columns = [
            {"name": name, "type": _type(shown), "nullable": True, "default": None, "comment": comment}
            for name, shown, comment in found
        ]
        if not columns:
            self._check_table(connection, table_name, schema, **words)
        return columns

    @reflection.cache
    def get_table_comment(
        self, connection: Connection, table_name: str, schema: str | None = None, **words: Any
    ) -> Any:
        """The table's comment."""
        self._check_table(connection, table_name, schema, **words)
        if table_name.lower() in self.get_view_names(connection, schema, **words):
            return {"text": None}
        name = f"`{self._schema(schema)}`.`{table_name.lower()}`"
        properties = connection.exec_driver_sql(f"SHOW TBLPROPERTIES {name}").all()
        return {"text": next((value for key, value in properties if key == "comment"), None)}

    @reflection.cache
    def get_view_definition(self, connection: Connection, view_name: str, schema: str | None = None, **_: Any) -> str:
        """The view's query. Errors: NoSuchTableError."""
        sql = """
            SELECT view_definition FROM information_schema.views
            WHERE table_schema = :schema AND table_name = :name
        """
        found = _names(connection, sql, schema=self._schema(schema), name=view_name.lower())
        if not found:
            raise exc.NoSuchTableError(f"{schema}.{view_name}" if schema else view_name)
        return found[0]

    def _check_table(self, connection: Connection, table_name: str, schema: str | None, **_: Any) -> None:
        if not self.has_table(connection, table_name, schema):
            raise exc.NoSuchTableError(f"{schema}.{table_name}" if schema else table_name)

    @reflection.cache
    def get_pk_constraint(
        self, connection: Connection, table_name: str, schema: str | None = None, **words: Any
    ) -> Any:
        """None: Athena has no keys."""
        self._check_table(connection, table_name, schema, **words)
        return {"constrained_columns": [], "name": None}

    def _nothing(self, connection: Connection, table_name: str, schema: str | None = None, **words: Any) -> list[Any]:
        """None: Athena has no keys, constraints and indexes."""
        self._check_table(connection, table_name, schema, **words)
        return []

    get_foreign_keys = get_indexes = get_unique_constraints = get_check_constraints = _nothing


def _raw(connection: Connection) -> OwlakeConnection:
    """The owlake connection under one of SQLAlchemy's."""
    return cast("OwlakeConnection", connection.connection.dbapi_connection)


def _names(connection: Connection, sql: str, **values: str) -> list[str]:
    return [row[0] for row in connection.execute(text(sql), values)]


def _type(shown: str) -> sa.TypeEngine[Any]:
    return sqlalchemy_type(resolve_type(parse_type(shown)))
