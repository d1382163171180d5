"""CAST of geometries and tiles."""

from __future__ import annotations

from owlake.planning.cast_rules import Rule, kernel_rule, unchanged

RULES: dict[tuple[str, str], Rule] = {
    ("Geometry", "varchar"): kernel_rule("geospatial.constructors", "geometry_text"),
    ("BingTile", "bigint"): unchanged,
    ("bigint", "BingTile"): unchanged,
}
