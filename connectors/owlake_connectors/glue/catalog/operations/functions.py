"""Glue's operations on functions: kept for engines that load code, and run by none here.

https://docs.aws.amazon.com/glue/latest/webapi/API_CreateUserDefinedFunction.html and on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from owlake.spi import ACCOUNT, Length, catalog_model, operation
from owlake_connectors.glue.catalog.errors import invalid_input, not_found
from owlake_connectors.glue.catalog.operations.base import OfCatalog, name_pattern
from owlake_connectors.glue.catalog.shapes import NameText, Page, Uri
from owlake_connectors.glue.pages import page_after

_PAGE = 100
FunctionType = Literal["REGULAR_FUNCTION", "AGGREGATE_FUNCTION", "STORED_PROCEDURE"]


@dataclass(frozen=True, slots=True)
class ResourceUri:
    """A file that a function needs."""

    resource_type: Literal["JAR", "FILE", "ARCHIVE"] | None = None
    uri: Uri | None = None
    last_modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class UserDefinedFunctionInput:
    """A function, as it is created and updated."""

    function_name: NameText | None = None
    class_name: NameText | None = None
    owner_name: NameText | None = None
    function_type: FunctionType | None = None
    owner_type: Literal["USER", "ROLE", "GROUP"] | None = None
    resource_uris: Annotated[Sequence[ResourceUri], Length(0, 1000)] | None = None
    artifact_location: Uri | None = None
    governance_mode: Literal["IAM_ONLY", "LAKE_FORMATION"] | None = None


@dataclass(frozen=True, slots=True)
class UserDefinedFunction:
    """A function."""

    function_name: NameText | None = None
    database_name: NameText | None = None
    class_name: NameText | None = None
    owner_name: NameText | None = None
    function_type: str | None = None
    owner_type: str | None = None
    create_time: datetime | None = None
    resource_uris: Sequence[ResourceUri] | None = None
    artifact_location: Uri | None = None
    governance_mode: str | None = None
    catalog_id: NameText | None = None


@dataclass(frozen=True, slots=True)
class GetUserDefinedFunctionOutput:
    """A function."""

    user_defined_function: UserDefinedFunction


@dataclass(frozen=True, slots=True)
class GetUserDefinedFunctionsOutput:
    """A page of functions."""

    user_defined_functions: list[UserDefinedFunction]
    next_token: str | None = None


class UserDefinedFunctions(OfCatalog):
    """Operations on functions."""

    @operation
    def create_user_defined_function(
        self, database_name: NameText, function_input: UserDefinedFunctionInput, catalog_id: NameText | None = None
    ) -> None:
        """Keep a function."""
        function = _function(database_name, function_input)
        with self._writing(catalog_id) as catalog:
            catalog.create_function(function)

    @operation
    def get_user_defined_function(
        self, database_name: NameText, function_name: NameText, catalog_id: NameText | None = None
    ) -> GetUserDefinedFunctionOutput:
        """A function."""
        with self._reading(catalog_id) as catalog:
            catalog.get_database(database_name)
            found = catalog.find_function(database_name, function_name)
        if found is None:
            raise not_found(f"Function {function_name.lower()} not found.")
        return GetUserDefinedFunctionOutput(_shape(found))

    @operation
    def get_user_defined_functions(
        self,
        pattern: NameText,
        database_name: NameText | None = None,
        function_type: FunctionType | None = None,
        max_results: Page | None = None,
        next_token: str | None = None,
        catalog_id: NameText | None = None,
    ) -> GetUserDefinedFunctionsOutput:
        """The functions of a database, or of all, whose names a pattern asks for, a page at a time."""
        wanted = name_pattern(pattern)
        with self._reading(catalog_id) as catalog:
            if database_name is not None:
                catalog.get_database(database_name)
            listed = catalog.list_functions(database_name)
        # A database's name cannot have a line's end: so the names are in the order of the functions.
        found = {
            f"{one.database}\n{one.name}": one
            for one in listed
            if wanted.fullmatch(one.name) and function_type in (None, one.function_type)
        }
        names, following = page_after(sorted(found), max_results, next_token, most=_PAGE)
        return GetUserDefinedFunctionsOutput([_shape(found[name]) for name in names], following)

    @operation
    def update_user_defined_function(
        self,
        database_name: NameText,
        function_name: NameText,
        function_input: UserDefinedFunctionInput,
        catalog_id: NameText | None = None,
    ) -> None:
        """Replace a function; its name too, if another one is given."""
        function = _function(database_name, function_input, function_name)
        with self._writing(catalog_id) as catalog:
            catalog.update_function(function_name, function)

    @operation
    def delete_user_defined_function(
        self, database_name: NameText, function_name: NameText, catalog_id: NameText | None = None
    ) -> None:
        """Forget a function."""
        with self._writing(catalog_id) as catalog:
            catalog.delete_function(database_name, function_name)


def _function(database: str, given: UserDefinedFunctionInput, name: str | None = None) -> catalog_model.Function:
    called = given.function_name or name
    if called is None:
        raise invalid_input("FunctionName must be given")
    return catalog_model.Function(
        database,
        called,
        given.class_name,
        given.owner_name,
        given.owner_type,
        given.function_type,
        tuple(
            catalog_model.ResourceUri(one.resource_type, one.uri, one.last_modified)
            for one in given.resource_uris or ()
        ),
        given.artifact_location,
        given.governance_mode,
    )


def _shape(one: catalog_model.Function) -> UserDefinedFunction:
    resources = [
        # It is one of the three: nothing else was taken.
        ResourceUri(each.resource_type, each.uri, each.last_modified)  # type: ignore[arg-type]
        for each in one.resources
    ]
    return UserDefinedFunction(
        one.name,
        one.database,
        one.class_name,
        one.owner_name,
        one.function_type,
        one.owner_type,
        one.create_time,
        resources,
        one.artifact_location,
        one.governance_mode,
        ACCOUNT,
    )
