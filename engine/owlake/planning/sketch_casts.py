"""CAST between sketches and their bytes."""

from __future__ import annotations

from owlake.planning.cast_rules import Rule, kernel_rule, unchanged

_READERS = {
    "HyperLogLog": "to_hyperloglog",
    "P4HyperLogLog": "to_dense_hyperloglog",
    "tdigest": "to_tdigest",
    "qdigest": "to_qdigest",
    "SetDigest": "to_set_digest",
}

RULES: dict[tuple[str, str], Rule] = {
    **{(sketch, "varbinary"): unchanged for sketch in _READERS},
    **{("varbinary", sketch): kernel_rule("sketches.conversions", name) for sketch, name in _READERS.items()},
    ("HyperLogLog", "P4HyperLogLog"): kernel_rule("sketches.conversions", "to_dense_hyperloglog"),
    ("P4HyperLogLog", "HyperLogLog"): unchanged,
    ("SetDigest", "HyperLogLog"): kernel_rule("sketches.conversions", "sketch_of_set"),
}
