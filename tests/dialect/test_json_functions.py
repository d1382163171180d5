"""The SQL/JSON functions."""

import pytest

from owlake.dialect.parser import parse_expression
from tests.dialect.rendering import render

PATH = "path:(json-path-invocation input:(json-argument value:a) path:'lax $')"

TREES = [
    ("JSON_EXISTS(a, 'lax $')", f"(json-exists {PATH})"),
    ("JSON_EXISTS(a, 'lax $' UNKNOWN ON ERROR)", f"(json-exists {PATH} on_error:(json-behavior kind:UNKNOWN))"),
    (
        "JSON_EXISTS(a FORMAT JSON ENCODING UTF8, 'lax $' AS p PASSING 1 AS x, b FORMAT JSON AS \"Y\")",
        (
            "(json-exists path:(json-path-invocation input:(json-argument value:a format:UTF8) path:'lax $' "
            "path_name:p "
            'arguments:[(json-argument value:1 name:x) (json-argument value:b format:JSON name:"Y")]))'
        ),
    ),
    ("JSON_VALUE(a, 'lax $')", f"(json-value {PATH})"),
    (
        "JSON_VALUE(a, 'lax $' RETURNING bigint DEFAULT 1 + 1 ON EMPTY NULL ON ERROR)",
        (
            f"(json-value {PATH} returning:bigint on_empty:(json-behavior kind:DEFAULT default:(+ 1 1)) "
            "on_error:(json-behavior kind:NULL))"
        ),
    ),
    ("JSON_VALUE(a, 'lax $' ERROR ON ERROR)", f"(json-value {PATH} on_error:(json-behavior kind:ERROR))"),
    ("JSON_QUERY(a, 'lax $')", f"(json-query {PATH} wrapper:WITHOUT)"),
    ("JSON_QUERY(a, 'lax $' WITHOUT ARRAY WRAPPER)", f"(json-query {PATH} wrapper:WITHOUT)"),
    ("JSON_QUERY(a, 'lax $' WITH WRAPPER)", f"(json-query {PATH} wrapper:UNCONDITIONAL)"),
    ("JSON_QUERY(a, 'lax $' WITH CONDITIONAL ARRAY WRAPPER)", f"(json-query {PATH} wrapper:CONDITIONAL)"),
    (
        "JSON_QUERY(a, 'lax $' RETURNING varchar FORMAT JSON OMIT QUOTES ON SCALAR STRING EMPTY OBJECT ON EMPTY)",
        (
            f"(json-query {PATH} returning:varchar output_format:JSON wrapper:WITHOUT quotes:OMIT "
            "on_empty:(json-behavior kind:EMPTY OBJECT))"
        ),
    ),
    ("JSON_OBJECT()", "(json-object null_on_null)"),
    (
        "JSON_OBJECT('a' : 1, KEY b VALUE c, d VALUE e FORMAT JSON)",
        (
            "(json-object members:[(json-object-member key:'a' value:(json-argument value:1)) "
            "(json-object-member key:b value:(json-argument value:c)) "
            "(json-object-member key:d value:(json-argument value:e format:JSON))] null_on_null)"
        ),
    ),
    (
        "JSON_OBJECT(key VALUE value, KEY value VALUE key)",
        (
            "(json-object members:[(json-object-member key:key value:(json-argument value:value)) "
            "(json-object-member key:value value:(json-argument value:key))] null_on_null)"
        ),
    ),
    (
        "JSON_OBJECT('a' : 1 ABSENT ON NULL WITH UNIQUE KEYS RETURNING varchar)",
        (
            "(json-object members:[(json-object-member key:'a' value:(json-argument value:1))] unique_keys "
            "returning:varchar)"
        ),
    ),
    (
        "JSON_OBJECT(RETURNING varbinary FORMAT JSON ENCODING UTF32)",
        "(json-object null_on_null returning:varbinary output_format:UTF32)",
    ),
    ("JSON_ARRAY()", "(json-array)"),
    (
        "JSON_ARRAY(1, null NULL ON NULL)",
        "(json-array items:[(json-argument value:1) (json-argument value:null)] null_on_null)",
    ),
    (
        "JSON_ARRAY(returning FORMAT JSON ABSENT ON NULL RETURNING varchar)",
        "(json-array items:[(json-argument value:returning format:JSON)] returning:varchar)",
    ),
]


@pytest.mark.parametrize(("text", "tree"), TREES)
def test_a_json_function_has_the_tree_that_the_standard_gives_it(text: str, tree: str) -> None:
    assert render(parse_expression(text)) == tree
