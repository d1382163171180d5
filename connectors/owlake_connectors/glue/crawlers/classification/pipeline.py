"""Which classifier a file is left to: custom ones first, in their order, then the built-in ones in Glue's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from owlake_connectors.glue.crawlers.classification import avro, bson, csv, ion, json, logs, orc, parquet, xml
from owlake_connectors.glue.crawlers.classification.found import Classified, Classify
from owlake_connectors.glue.crawlers.classification.sample import Sample

BUILT_IN: Sequence[Classify] = (
    avro.classify,
    orc.classify,
    parquet.classify,
    json.classify,
    bson.classify,
    xml.classify,
    ion.classify,
    *map(logs.classifier, logs.BUILT_IN),
    csv.classify,
)
"""Glue's order, without the classifiers of databases."""


def classify(sample: Sample, custom: Iterable[Classify] = ()) -> Classified | None:
    """What the first classifier that is certain says; where none is, the one that is surest; None: nobody knows it.

    Errors: UnreadableFileError.
    """
    best: Classified | None = None
    for each in (*custom, *BUILT_IN):
        found = each(sample)
        if found is None:
            continue
        if found.certainty == 1:
            return found
        if best is None or found.certainty > best.certainty:
            best = found
    return best
