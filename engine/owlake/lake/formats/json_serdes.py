"""The two JSON SerDes: OpenX's, which forgives much, and Hive's own.

https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html,
https://docs.aws.amazon.com/athena/latest/ug/hive-json-serde.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from owlake.lake.formats.base import ScanRequest, is_true
from owlake.lake.formats.json.fast import FastColumn, FastParser, give_up, is_fast
from owlake.lake.formats.json.hive import HiveRow, hive_decoder
from owlake.lake.formats.json.lenient import Node
from owlake.lake.formats.json.openx import OpenXOptions, OpenXRow, openx_decoder
from owlake.lake.formats.json.reader import JsonColumn, JsonRules, json_scans
from owlake.lake.formats.json.rows import hive_parser, openx_parser
from owlake.lake.formats.text.timestamps import custom_timestamps
from owlake.lake.formats.text.values import dates, timestamps
from owlake.lake.model import FileScan
from owlake.types.arrow import arrow_type
from owlake.types.model import Type

_MAPPING = "mapping."


class OpenXJsonFormat:
    """``org.openx.data.jsonserde.JsonSerDe``."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan over all files."""
        properties = request.properties
        options = openx_options(properties)
        columns = _columns(request, partial(openx_decoder, options=options))
        row = OpenXRow({column.name: column.decode for column in columns}, options)
        fast = partial(_fast_openx, {column.name: column.type for column in request.columns}, options)
        rules = JsonRules(
            openx_parser(is_case_insensitive=options.is_case_insensitive),
            partial(_select_openx, row),
            lambda reason: f"Row is not a valid JSON Object - JSONException: {reason}",
            is_true(properties, "ignore.malformed.json"),
            fast,
        )
        return json_scans(request, columns, rules)


class HiveJsonFormat:
    """``org.apache.hive.hcatalog.data.JsonSerDe``."""

    def scans(self, request: ScanRequest) -> list[FileScan]:
        """One scan over all files."""
        properties = request.properties
        read_timestamp = own_timestamps(properties)
        columns = _columns(request, partial(hive_decoder, read_timestamp=read_timestamp))
        ordinals = {number: column.name for number, column in enumerate(request.table.storage.columns)}
        row = HiveRow({column.name: column.decode for column in columns}, ordinals)
        types = {column.name: column.type for column in request.columns}
        rules = JsonRules(
            hive_parser(),
            partial(_select_hive, row),
            lambda reason: f"org.codehaus.jackson.JsonParseException: {reason}",
            is_true(properties, "ignore.malformed.json"),
            partial(_new_fast_parser, types, {}, is_openx=False, hasown_timestamps=read_timestamp is not None),
        )
        return json_scans(request, columns, rules)


def openx_options(properties: Mapping[str, str]) -> OpenXOptions:
    """From the SerDe's properties."""
    return OpenXOptions(
        is_case_insensitive=is_true(properties, "case.insensitive", default=True),
        has_dots=is_true(properties, "dots.in.keys"),
        mappings={
            key.removeprefix(_MAPPING).lower(): value for key, value in properties.items() if key.startswith(_MAPPING)
        },
        read_timestamp=own_timestamps(properties),
    )


def is_fast_openx(options: OpenXOptions) -> bool:
    """Whether Arrow's parser finds the keys that the options have."""
    return not options.has_dots and not any("|" in key for key in options.mappings.values())


def own_timestamps(properties: Mapping[str, str]) -> Callable[[str], int | None] | None:
    """The table's own forms of timestamps; None without any. Errors: HIVE_INVALID_METADATA."""
    formats = properties.get("timestamp.formats", "")
    return custom_timestamps(formats) if formats else None


def _columns(request: ScanRequest, decoder: Callable[[Type], Callable[[Node], object]]) -> list[JsonColumn]:
    return [
        JsonColumn(column.name, request.ordinal(column.name), arrow_type(column.type), decoder(column.type))
        for column in request.columns
    ]


def _select_openx(row: OpenXRow, node: Node, columns: Sequence[JsonColumn]) -> list[Node]:
    """Of an object by key, of an array by position; a line that is neither has no values."""
    if isinstance(node, dict):
        return [row.find(node, column.name) for column in columns]
    if isinstance(node, list):
        return [node[column.ordinal] if column.ordinal < len(node) else None for column in columns]
    return [None] * len(columns)


def _select_hive(row: HiveRow, node: Node, columns: Sequence[JsonColumn]) -> list[Node]:
    found = row.select(node)
    return [found[column.name] for column in columns]


def _fast_openx(types: Mapping[str, Type], options: OpenXOptions, columns: Sequence[JsonColumn]) -> FastParser | None:
    if not is_fast_openx(options):
        return None
    return _new_fast_parser(
        types, options.mappings, columns, is_openx=True, is_case_insensitive=options.is_case_insensitive,
        hasown_timestamps=options.read_timestamp is not None,
    )  # fmt: skip


def _new_fast_parser(
    types: Mapping[str, Type],
    mappings: Mapping[str, str],
    columns: Sequence[JsonColumn],
    *,
    is_openx: bool,
    is_case_insensitive: bool = True,
    hasown_timestamps: bool,
) -> FastParser | None:
    if not all(is_fast(types[column.name]) for column in columns):
        return None
    keys = {column.name: mappings.get(column.name, column.name) for column in columns}
    fast = [FastColumn(name, key.lower() if is_case_insensitive else key, types[name]) for name, key in keys.items()]
    return FastParser(
        fast,
        mappings,
        dates(give_up),
        timestamps(give_up, is_usual=not hasown_timestamps),
        is_openx=is_openx,
        is_case_insensitive=is_case_insensitive,
    )
