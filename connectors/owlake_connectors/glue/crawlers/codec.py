"""Folders as JSON, so that what was found in them need not be found again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from owlake_connectors.glue.crawlers.classification.found import Layout, Pairs
from owlake_connectors.glue.crawlers.folders import Evidence, Folder, Found
from owlake_connectors.glue.crawlers.inference.types import Array, Decimal, Field, FoundType, Map, Scalar, Struct
from owlake_connectors.glue.crawlers.model import Problem


def encode_folder(folder: Folder) -> str:
    """The folder's members, problems and notes; path and digest are kept beside it."""
    document = {
        "members": [[path, _encode_found(found)] for path, found in folder.members],
        "problems": [[one.path, one.message] for one in folder.problems],
        "notes": [[one.path, one.message] for one in folder.notes],
        "reason": folder.reason,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


class FolderReader:
    """Reads folders again. What many have in common, they share."""

    def __init__(self) -> None:
        self._layouts: dict[str, Layout] = {}
        self._columns: dict[str, tuple[Field, ...]] = {}

    def folder(self, path: str, digest: str, text: str) -> Folder:
        """What ``encode_folder`` wrote."""
        document = json.loads(text)
        return Folder(
            path,
            digest,
            tuple((where, self._found(found)) for where, found in document["members"]),
            tuple(Problem(*one) for one in document["problems"]),
            tuple(Problem(*one) for one in document["notes"]),
            document["reason"],
        )

    def _found(self, document: Mapping[str, Any]) -> Found:
        return Found(
            self._layout(document["layout"]),
            document["compression"],
            self._fields(document["columns"]),
            document["files"],
            document["size"],
            document["records"],
            frozenset(document["flags"]),
            _pairs(document["mappings"]),
            document["schema"],
            {
                column: {text: Evidence(*evidence) for text, evidence in types.items()}
                for column, types in document["reasons"].items()
            },
        )

    def _layout(self, parts: list[Any]) -> Layout:
        key = json.dumps(parts)
        if key not in self._layouts:
            classification, format_, serde, serde_parameters, parameters, is_positional, has_schema = parts
            self._layouts[key] = Layout(
                classification, format_, serde, _pairs(serde_parameters), _pairs(parameters), is_positional, has_schema
            )
        return self._layouts[key]

    def _fields(self, parts: list[Any]) -> tuple[Field, ...]:
        key = json.dumps(parts)
        if key not in self._columns:
            self._columns[key] = tuple(Field(name, _decode_type(type_)) for name, type_ in parts)
        return self._columns[key]


def _encode_found(found: Found) -> dict[str, Any]:
    layout = found.layout
    return {
        "layout": [
            layout.classification,
            layout.format,
            layout.serde,
            layout.serde_parameters,
            layout.parameters,
            layout.is_positional,
            layout.has_schema,
        ],
        "compression": found.compression,
        "columns": [[one.name, _encode_type(one.type)] for one in found.columns],
        "files": found.files,
        "size": found.size,
        "records": found.records,
        "flags": sorted(found.flags),
        "mappings": found.mappings,
        "schema": found.schema,
        "reasons": {
            column: {text: [evidence.file, evidence.files] for text, evidence in types.items()}
            for column, types in found.reasons.items()
        },
    }


def _encode_type(type_: FoundType) -> Any:
    match type_:
        case Scalar(name):
            return name
        case Decimal(precision, scale):
            return ["decimal", precision, scale]
        case Array(element):
            return ["array", _encode_type(element)]
        case Map(key, value):
            return ["map", _encode_type(key), _encode_type(value)]
        case Struct(fields):
            return ["struct", [[one.name, _encode_type(one.type)] for one in fields]]


def _decode_type(document: Any) -> FoundType:
    match document:
        case ["decimal", precision, scale]:
            return Decimal(precision, scale)
        case ["array", element]:
            return Array(_decode_type(element))
        case ["map", key, value]:
            return Map(_decode_type(key), _decode_type(value))
        case ["struct", fields]:
            return Struct(tuple(Field(name, _decode_type(type_)) for name, type_ in fields))
    return Scalar(document)


def _pairs(document: list[list[str]]) -> Pairs:
    return tuple((key, value) for key, value in document)
