"""Glue's operations on connections.

https://docs.aws.amazon.com/glue/latest/webapi/API_CreateConnection.html and on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from owlake.spi import Length, OwlakeError, operation
from owlake_connectors.glue.catalog import connection_shapes as shapes
from owlake_connectors.glue.catalog.connection_shapes import ConnectionInput, GetConnectionsFilter
from owlake_connectors.glue.catalog.connections import ConnectionStore, Kept, check_connects, is_secret
from owlake_connectors.glue.catalog.errors import detail, invalid_input
from owlake_connectors.glue.catalog.operations.base import OfCatalog, check_catalog, refuse
from owlake_connectors.glue.catalog.shapes import ErrorDetail, LongPage, NameText, Tags
from owlake_connectors.glue.pages import page_after

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class CreateConnectionResponse:
    """What state the connection is in."""

    create_connection_status: Literal["READY", "IN_PROGRESS", "FAILED"]


@dataclass(frozen=True, slots=True)
class GetConnectionOutput:
    """A connection."""

    connection: shapes.Connection


@dataclass(frozen=True, slots=True)
class GetConnectionsOutput:
    """A page of connections."""

    connection_list: list[shapes.Connection]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class BatchDeleteConnectionOutput:
    """Which connections were deleted, and why the others were not."""

    succeeded: list[NameText]
    errors: dict[str, ErrorDetail]


class Connections(OfCatalog):
    """Operations on connections."""

    _connections: ConnectionStore

    @operation
    def create_connection(
        self, connection_input: ConnectionInput, tags: Tags | None = None, catalog_id: NameText | None = None
    ) -> CreateConnectionResponse:
        """Keep how one connects to something; with ValidateCredentials it is tried first."""
        check_catalog(catalog_id)
        self._check(connection_input)
        self._connections.create(connection_input, tags or {}, self._home.clock.now())
        return CreateConnectionResponse("READY")

    @operation
    def get_connection(
        self,
        name: NameText,
        hide_password: bool | None = None,
        apply_override_for_compute_environment: shapes.ComputeEnvironment | None = None,
        catalog_id: NameText | None = None,
    ) -> GetConnectionOutput:
        """A connection, without its passwords if they are to be hidden."""
        check_catalog(catalog_id)
        kept = self._connections.get(name)
        return GetConnectionOutput(_shown(kept, apply_override_for_compute_environment, hide=bool(hide_password)))

    @operation
    def get_connections(
        self,
        filter_: GetConnectionsFilter | None = None,
        hide_password: bool | None = None,
        max_results: LongPage | None = None,
        next_token: str | None = None,
        catalog_id: NameText | None = None,
    ) -> GetConnectionsOutput:
        """The connections by name, or those that a filter asks for, a page at a time."""
        check_catalog(catalog_id)
        found = {one.definition.name: one for one in self._connections.all() if _matches(one, filter_)}
        names, following = page_after(list(found), max_results, next_token, most=_PAGE)
        return GetConnectionsOutput([_shown(found[one], hide=bool(hide_password)) for one in names], following)

    @operation
    def update_connection(
        self, name: NameText, connection_input: ConnectionInput, catalog_id: NameText | None = None
    ) -> None:
        """Replace a connection."""
        check_catalog(catalog_id)
        if connection_input.name != name:
            raise invalid_input("A connection cannot be renamed: Name and ConnectionInput.Name differ")
        self._check(connection_input)
        self._connections.update(connection_input, self._home.clock.now())

    @operation
    def delete_connection(self, connection_name: NameText, catalog_id: NameText | None = None) -> None:
        """Forget a connection."""
        check_catalog(catalog_id)
        self._connections.delete(connection_name)

    @operation
    def batch_delete_connection(
        self,
        connection_name_list: Annotated[Sequence[NameText], Length(0, 25)],
        catalog_id: NameText | None = None,
    ) -> BatchDeleteConnectionOutput:
        """Forget connections; those that cannot be forgotten are told."""
        check_catalog(catalog_id)
        succeeded, errors = [], {}
        for name in connection_name_list:
            try:
                self._connections.delete(name)
                succeeded.append(name)
            except OwlakeError as problem:
                errors[name] = detail(problem)
        return BatchDeleteConnectionOutput(succeeded, errors)

    @operation
    def test_connection(
        self,
        connection_name: NameText | None = None,
        test_connection_input: shapes.TestConnectionInput | None = None,
        catalog_id: NameText | None = None,
    ) -> None:
        """Connect, by the connector that is here for it: what is kept, or what is given."""
        check_catalog(catalog_id)
        if (connection_name is None) == (test_connection_input is None):
            raise invalid_input("Either ConnectionName or TestConnectionInput must be given")
        if test_connection_input is not None:
            _check_credentials(test_connection_input.authentication_configuration)
            check_connects(
                self._home, test_connection_input.connection_type, test_connection_input.connection_properties
            )
        elif connection_name is not None:
            self._test(connection_name)

    def _test(self, name: str) -> None:
        one = self._connections.get(name).definition
        try:
            check_connects(self._home, one.connection_type, one.connection_properties)
        except OwlakeError as problem:
            self._connections.set_status(name, "FAILED", problem.message, self._home.clock.now())
            raise
        self._connections.set_status(name, "READY", None, self._home.clock.now())

    def _check(self, given: ConnectionInput) -> None:
        _check_credentials(given.authentication_configuration)
        if given.validate_credentials:
            check_connects(self._home, given.connection_type, given.connection_properties)


def _check_credentials(given: shapes.AuthenticationConfigurationInput | None) -> None:
    if given is not None:
        refuse(
            OAuth2Properties=given.o_auth2_properties,
            BasicAuthenticationCredentials=given.basic_authentication_credentials,
            CustomAuthenticationCredentials=given.custom_authentication_credentials,
        )


def _matches(kept: Kept, wanted: GetConnectionsFilter | None) -> bool:
    if wanted is None:
        return True
    one = kept.definition
    return (
        (wanted.connection_type in (None, one.connection_type))
        and set(wanted.match_criteria or ()) <= set(one.match_criteria or ())
        and wanted.connection_schema_version in (None, _schema_version(one))
    )


def _schema_version(one: ConnectionInput) -> int:
    """Connections that say how one shows who one is are of the second form."""
    return 1 if one.authentication_configuration is None else 2


def _shown(kept: Kept, environment: shapes.ComputeEnvironment | None = None, *, hide: bool) -> shapes.Connection:
    one = kept.definition
    properties = {**one.connection_properties, **_overriding(one, environment)}
    return shapes.Connection(
        one.name,
        one.description,
        one.connection_type,
        one.match_criteria,
        {key: value for key, value in properties.items() if not (hide and is_secret(key))},
        one.spark_properties,
        one.athena_properties,
        one.python_properties,
        one.physical_connection_requirements,
        kept.created,
        kept.updated,
        kept.status,
        kept.status_reason,
        kept.validated,
        _authentication(one.authentication_configuration),
        _schema_version(one),
    )


def _authentication(
    given: shapes.AuthenticationConfigurationInput | None,
) -> shapes.AuthenticationConfiguration | None:
    if given is None:
        return None
    return shapes.AuthenticationConfiguration(given.authentication_type, given.secret_arn, given.kms_key_arn)


def _overriding(one: ConnectionInput, environment: shapes.ComputeEnvironment | None) -> dict[str, str]:
    """What is said for one kind of engine."""
    given = {"SPARK": one.spark_properties, "ATHENA": one.athena_properties, "PYTHON": one.python_properties}
    return dict((given[environment] if environment else None) or {})
