"""The shapes of the Data Catalog are those of its API, and say all that the engine's model knows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import botocore.model
import botocore.session
import pytest

from owlake.catalog import model
from owlake.operations.constraints import Bounds, Length, Pattern
from owlake.operations.declaration import Operation, operations_of
from owlake.operations.shapes import Choice, Document, ListOf, MapOf, Shape, Structure, shape_of
from owlake.operations.signature import signature_of
from owlake.types.model import VARCHAR
from owlake_connectors.glue.catalog import shapes, translation
from owlake_connectors.glue.connector import GlueConnector

GLUE = botocore.session.get_session().get_service_model("glue")
NOT_SHOWN = {
    # Of Lake Formation, other dialects' views and federation: nothing of it is ever kept here.
    "Database": {"TargetDatabase", "FederatedDatabase"},
    "Table": {
        "TargetTable",
        "FederatedTable",
        "ViewDefinition",
        "IsMultiDialectView",
        "IsMaterializedView",
        "IcebergTableMetadata",
        "Status",
        "RLSProperties",
    },
    "DatabaseList[]": {"TargetDatabase", "FederatedDatabase"},
    "Connection": {"LastUpdatedBy", "CompatibleComputeEnvironments"},
    "ConnectionList[]": {"LastUpdatedBy", "CompatibleComputeEnvironments"},
    "AuthenticationConfiguration": {"OAuth2Properties"},
    # Of the machines that AWS would run it on.
    "ColumnStatisticsTaskRun": {"NumberOfWorkers", "WorkerType", "DPUSeconds"},
    "ColumnStatisticsTaskRuns[]": {"NumberOfWorkers", "WorkerType", "DPUSeconds"},
}
NOT_SHOWN["TableList[]"] = NOT_SHOWN["Table"]
OPERATIONS = [
    one
    for one in operations_of(object.__new__(GlueConnector))
    if one.method.__module__.startswith("owlake_connectors.glue.catalog")
    and one.name not in ("compute_column_statistics", "restore_table_version")
]
BOTH = [shapes.DatabaseInput, shapes.Database, shapes.TableInput, shapes.Table, shapes.PartitionInput, shapes.Partition]
MOMENT = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


def differences(ours: Shape, theirs: botocore.model.Shape, path: str) -> list[str]:
    match ours:
        case Structure():
            known = {one.api_name: one for one in ours.members}
            found = [f"{path}.{name} is missing" for name in theirs.members if name not in known]
            found += [f"{path}.{name} is not Glue's" for name in known if name not in theirs.members]
            found += [
                f"{path}.{name} is not required as in Glue's model"
                for name, one in known.items()
                if not one.required and name in theirs.required_members
            ]
            for name in known.keys() & theirs.members.keys():
                found += differences(known[name].shape, theirs.members[name], f"{path}.{name}")
            return found
        case ListOf():
            return differences(ours.element, theirs.member, f"{path}[]")
        case MapOf():
            return differences(ours.key, theirs.key, f"{path}.key") + differences(
                ours.value, theirs.value, f"{path}.value"
            )
        case Document():
            return []
        case Choice():
            return [] if list(ours.values) == theirs.enum else [f"{path} has other values"]
    return [f"{path} has another constraint: {one}" for one in ours.constraints if not is_of(one, theirs.metadata)]


def is_of(constraint: object, metadata: dict) -> bool:
    match constraint:
        case Length(least, most):
            return (least, most) == (metadata.get("min"), metadata.get("max"))
        case Bounds(least, most):
            return (least, most) == (metadata.get("min"), metadata.get("max"))
        case Pattern(text, shown) if "pattern" in metadata:
            return (shown or text) == metadata["pattern"]
        case Pattern(text):
            # New kinds of connections come with every version of the API.
            return all(re.fullmatch(text, one) for one in metadata["enum"])
    return False


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.__name__)
def test_shapes_have_the_members_and_constraints_of_the_api(kind: type) -> None:
    found = differences(shape_of(kind), GLUE.shape_for(kind.__name__), kind.__name__)
    left_out = {f"{kind.__name__}.{name} is missing" for name in NOT_SHOWN.get(kind.__name__, ())}
    assert set(found) == left_out


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_operations_have_the_parameters_and_answers_of_the_api(operation: Operation) -> None:
    model = GLUE.operation_model("".join(part.title() for part in operation.name.split("_")))
    signature = signature_of(operation)
    found = differences(Structure(VARCHAR, members=signature.parameters), model.input_shape, "")
    if signature.result.shape is None:
        assert not model.output_shape.members
    else:
        found += differences(signature.result.shape, model.output_shape, "")
    left_out = {f"{kind}.{name}" for kind, names in NOT_SHOWN.items() for name in names}
    assert [one for one in found if not any(one.endswith(f"{name} is missing") for name in left_out)] == []


def test_a_table_keeps_all_that_its_input_says() -> None:
    column = shapes.Column("a", "bigint", "number", {"iceberg.field.id": "1"})
    storage = shapes.StorageDescriptor(
        [column],
        "s3://lake/t/",
        None,
        "org.apache.hadoop.mapred.TextInputFormat",
        "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        True,
        4,
        shapes.SerDeInfo("csv", "org.apache.hadoop.hive.serde2.OpenCSVSerde", {"separatorChar": ";"}),
        ["a"],
        [shapes.Order("a", 0)],
        {"typeOfData": "file"},
        shapes.SkewedInfo(["a"], ["1"], {"1": "s3://lake/t/one/"}),
        True,
    )
    given = shapes.TableInput(
        "T",
        "what it is",
        "owner",
        MOMENT,
        MOMENT,
        7,
        storage,
        [shapes.Column("day", "date")],
        "original",
        "expanded",
        "EXTERNAL_TABLE",
        {"classification": "csv"},
    )
    shown = translation.table_shape(translation.table_of("D", given))
    kept = {
        name: getattr(given, name)
        for name in shapes.TableInput.__slots__
        if name not in ("target_table", "federated_table", "view_definition")
    }
    assert {name: getattr(shown, name) for name in kept} == kept | {"name": "t"}
    assert (shown.database_name, shown.version_id) == ("d", "0")


def test_a_partition_keeps_all_that_its_input_says() -> None:
    storage = shapes.StorageDescriptor(
        [shapes.Column("a", "int")], "s3://lake/t/day=1/", serde_info=shapes.SerDeInfo(None, "serde", {"a": "b"})
    )
    given = shapes.PartitionInput(["1", "x"], MOMENT, storage, {"recordCount": "3"})
    shown = translation.partition_shape("D", "T", translation.partition_of(given))
    assert (shown.values, shown.last_access_time, shown.parameters) == (["1", "x"], MOMENT, {"recordCount": "3"})
    assert (shown.database_name, shown.table_name) == ("d", "t")
    assert shown.storage_descriptor is not None
    assert shown.storage_descriptor.columns == storage.columns
    assert shown.storage_descriptor.serde_info == storage.serde_info
    bare = translation.partition_shape("d", "t", translation.partition_of(given), with_columns=False)
    assert bare.storage_descriptor is not None
    assert bare.storage_descriptor.columns is None


@pytest.mark.parametrize(
    "given",
    [
        shapes.TableInput("t", target_table={"DatabaseName": "d", "Name": "other"}),
        shapes.TableInput("t", view_definition={"IsProtected": True}),
        shapes.TableInput("t", storage_descriptor=shapes.StorageDescriptor(additional_locations=["s3://lake/more/"])),
        shapes.TableInput("t", storage_descriptor=shapes.StorageDescriptor(schema_reference={"SchemaVersionId": "1"})),
    ],
)
def test_what_cannot_be_done_is_refused(given: shapes.TableInput) -> None:
    with pytest.raises(Exception, match=r"InvalidInputException: .* is not supported"):
        translation.table_of("d", given)


def test_what_ddl_leaves_out_has_hives_defaults() -> None:
    shown = translation.table_shape(model.Table("d", "t"))
    assert shown.storage_descriptor is not None
    assert shown.storage_descriptor.number_of_buckets == -1
    assert shown.storage_descriptor.skewed_info == shapes.SkewedInfo([], [], {})
