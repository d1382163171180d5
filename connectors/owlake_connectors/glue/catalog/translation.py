"""The engine's model of the catalog from Glue's shapes, and Glue's shapes of it.

What the shapes can say and the lake cannot do is refused; what has no effect here is kept as it was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from owlake.spi import ACCOUNT, catalog_model
from owlake_connectors.glue.catalog import shapes
from owlake_connectors.glue.catalog.errors import invalid_input, not_supported

_OPEN = (catalog_model.Permissions("IAM_ALLOWED_PRINCIPALS", ("ALL",)),)
"""Who may do what with new tables, as long as nobody manages permissions: everybody, everything."""


def database_of(given: shapes.DatabaseInput) -> catalog_model.Database:
    """A database of the engine. Errors: InvalidInputException for what is not supported."""
    if given.target_database is not None:
        raise not_supported("TargetDatabase (a resource link)")
    if given.federated_database is not None:
        raise not_supported("FederatedDatabase")
    permissions = given.create_table_default_permissions
    return catalog_model.Database(
        _folded(given.name),
        given.description,
        given.location_uri,
        dict(given.parameters or {}),
        table_permissions=None if permissions is None else tuple(map(_permissions_of, permissions)),
    )


def database_shape(one: catalog_model.Database) -> shapes.Database:
    """A database as Glue shows it."""
    return shapes.Database(
        one.name,
        one.description,
        one.location_uri,
        dict(one.parameters),
        one.create_time,
        [_permissions_shape(each) for each in (_OPEN if one.table_permissions is None else one.table_permissions)],
        ACCOUNT,
    )


def _permissions_of(given: shapes.PrincipalPermissions) -> catalog_model.Permissions:
    principal = given.principal or shapes.DataLakePrincipal()
    return catalog_model.Permissions(principal.data_lake_principal_identifier, tuple(given.permissions or ()))


def _permissions_shape(one: catalog_model.Permissions) -> shapes.PrincipalPermissions:
    # It is one of Glue's: nothing else was taken.
    return shapes.PrincipalPermissions(shapes.DataLakePrincipal(one.principal), list(one.permissions))  # type: ignore[arg-type]


def table_of(database: str, given: shapes.TableInput) -> catalog_model.Table:
    """A table of the engine. Errors: InvalidInputException for what is not supported."""
    for name, value in (
        ("TargetTable (a resource link)", given.target_table),
        ("FederatedTable", given.federated_table),
        ("ViewDefinition (a view of several dialects)", given.view_definition),
    ):
        if value is not None:
            raise not_supported(name)
    return catalog_model.Table(
        _folded(database),
        _folded(given.name),
        storage_of(given.storage_descriptor),
        columns_of(given.partition_keys),
        given.table_type or "",
        dict(given.parameters or {}),
        given.description,
        given.owner,
        given.view_original_text,
        given.view_expanded_text,
        given.retention or 0,
        last_access_time=given.last_access_time,
        last_analyzed_time=given.last_analyzed_time,
    )


def table_shape(one: catalog_model.Table) -> shapes.Table:
    """A table as Glue shows it."""
    return shapes.Table(
        one.name,
        one.database,
        one.description,
        one.owner,
        one.create_time,
        one.update_time,
        one.last_access_time,
        one.last_analyzed_time,
        one.retention,
        storage_shape(one.storage),
        column_shapes(one.partition_keys),
        one.view_original_text,
        one.view_expanded_text,
        one.table_type or None,
        dict(one.parameters),
        one.created_by,
        is_registered_with_lake_formation=False,
        catalog_id=ACCOUNT,
        version_id=str(one.version_id),
    )


def partition_of(given: shapes.PartitionInput) -> catalog_model.Partition:
    """A partition of the engine. Errors: InvalidInputException without values, or for what is not supported."""
    if not given.values:
        raise invalid_input("Values of a partition must be given")
    return catalog_model.Partition(
        tuple(given.values),
        storage_of(given.storage_descriptor),
        dict(given.parameters or {}),
        last_access_time=given.last_access_time,
        last_analyzed_time=given.last_analyzed_time,
    )


def partition_shape(
    database: str, table: str, one: catalog_model.Partition, *, with_columns: bool = True
) -> shapes.Partition:
    """A partition as Glue shows it; without its columns where they are not asked for (ExcludeColumnSchema)."""
    return shapes.Partition(
        list(one.values),
        database.lower(),
        table.lower(),
        one.create_time,
        one.last_access_time,
        storage_shape(one.storage, with_columns=with_columns),
        dict(one.parameters),
        one.last_analyzed_time,
        ACCOUNT,
    )


def storage_of(given: shapes.StorageDescriptor | None) -> catalog_model.StorageDescriptor:
    """A storage descriptor of the engine. Errors: InvalidInputException for what is not supported."""
    if given is None:
        return catalog_model.StorageDescriptor()
    if given.additional_locations:
        raise not_supported("AdditionalLocations")
    if given.schema_reference is not None:
        raise not_supported("SchemaReference")
    serde = given.serde_info or shapes.SerDeInfo()
    return catalog_model.StorageDescriptor(
        columns_of(given.columns),
        given.location or "",
        given.input_format or "",
        given.output_format or "",
        given.compressed or False,
        given.number_of_buckets or 0,
        catalog_model.SerDeInfo(serde.serialization_library or "", dict(serde.parameters or {}), serde.name),
        tuple(map(_folded, given.bucket_columns or ())),
        tuple(catalog_model.SortColumn(_folded(one.column), one.sort_order) for one in given.sort_columns or ()),
        dict(given.parameters or {}),
        given.stored_as_sub_directories or False,
        _skewed_of(given.skewed_info),
    )


def storage_shape(one: catalog_model.StorageDescriptor, *, with_columns: bool = True) -> shapes.StorageDescriptor:
    """A storage descriptor as Glue shows it."""
    return shapes.StorageDescriptor(
        column_shapes(one.columns) if with_columns else None,
        one.location,
        None,
        one.input_format or None,
        one.output_format or None,
        one.compressed,
        one.number_of_buckets,
        shapes.SerDeInfo(one.serde.name, one.serde.library or None, dict(one.serde.parameters)),
        list(one.bucket_columns),
        [shapes.Order(each.column, each.sort_order) for each in one.sort_columns],
        dict(one.parameters),
        _skewed_shape(one.skewed),
        one.stored_as_sub_directories,
    )


def columns_of(given: Sequence[shapes.Column] | None) -> tuple[catalog_model.Column, ...]:
    """Columns of the engine: names in lower case, as SQL has them, and as they were given."""
    return tuple(
        catalog_model.Column(
            _folded(one.name),
            one.type or "",
            one.comment,
            dict(one.parameters or {}),
            None if one.name == _folded(one.name) else one.name,
        )
        for one in given or ()
    )


def column_shapes(columns: Sequence[catalog_model.Column]) -> list[shapes.Column]:
    """Columns as Glue shows them."""
    return [shapes.Column(_spelled(one), one.type or None, one.comment, _or_none(one.parameters)) for one in columns]


def _spelled(column: catalog_model.Column) -> str:
    """The name as it was given, unless the column was given another one since."""
    spelled = column.spelled or column.name
    return spelled if _folded(spelled) == column.name else column.name


def _skewed_of(given: shapes.SkewedInfo | None) -> catalog_model.SkewedInfo:
    if given is None:
        return catalog_model.NOT_SKEWED
    return catalog_model.SkewedInfo(
        tuple(given.skewed_column_names or ()),
        tuple(given.skewed_column_values or ()),
        dict(given.skewed_column_value_location_maps or {}),
    )


def _skewed_shape(one: catalog_model.SkewedInfo) -> shapes.SkewedInfo:
    return shapes.SkewedInfo(list(one.column_names), list(one.column_values), dict(one.locations))


def _or_none(parameters: Mapping[str, str]) -> dict[str, str] | None:
    return dict(parameters) if parameters else None


def _folded(name: str) -> str:
    """Names are kept in lower case, as Hive has them."""
    return name.lower()
