"""JSON: both path languages read as written, extraction against reading token by token, casts there and back."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from owlake.errors import OwlakeError
from owlake.functions.json.construction import in_hash_order
from owlake.functions.json.documents import MAX_DEPTH, NotJsonError, normal_text, read, read_exactly, write
from owlake.functions.json.extraction import copied, extracted, json_extract_scalar
from owlake.functions.json.invocation import BAD_INPUT, Input, Invocation, json_values, outcomes
from owlake.functions.json.legacy_paths import parse_legacy_path
from owlake.functions.json.path import nodes
from owlake.functions.json.path.evaluation import compiled_path
from owlake.functions.json.path.items import PathError, Typed
from owlake.functions.json.path.parser import PathSyntaxError, parse_path
from owlake.functions.json.reading import column, from_json_kernel
from owlake.functions.json.scanning import MalformedError, find
from owlake.functions.json.writing import json_texts
from owlake.types.arrow import arrow_type
from owlake.types.model import BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR, Array, Decimal, Map, Row, RowField, Varchar

# Paths of json_extract ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("$", []),
        ("$.foo", ["foo"]),
        ('$["foo"]', ["foo"]),
        ('$["foo.bar"]', ["foo.bar"]),
        ("$[42]", ["42"]),
        ("$.42.63", ["42", "63"]),
        ("$.foo.42.bar.63", ["foo", "42", "bar", "63"]),
        ('$.x["foo"]', ["x", "foo"]),
        ("$.foo_42._bar63", ["foo_42", "_bar63"]),
        ("$[foo_42][_bar63]", ["foo_42", "_bar63"]),
        ("$.foo:42.:bar63", ["foo:42", ":bar63"]),
        ('$["!@#$%^&*(){}[]<>?/|.,`~"]', ["!@#$%^&*(){}[]<>?/|.,`~"]),
        ('$["a\\\\b\\""]', ['a\\b"']),
        ('$["ab\t\n"]', ["ab\t\n"]),
    ],
)
def test_a_legacy_path_leads_through_names(path: str, names: list[str]) -> None:
    assert [name for name, _ in parse_legacy_path(path)] == names


@pytest.mark.parametrize(
    "path",
    ["", " ", "a", " $.x", "$. x", "$ .x", "$.x [42]", "$.x[ 42]", "$.x[42 ]", '$.x["foo" ]', "$.", "$..a", "$.*",
     "$[*]", "$[]", '$["a', '$["a\\ "]', "$[foo:bar]", "$.x-y", "$.x]"],
)  # fmt: skip
def test_other_legacy_paths_are_refused(path: str) -> None:
    with pytest.raises(OwlakeError, match="Invalid JSON path") as caught:
        parse_legacy_path(path)
    assert caught.value.code == "INVALID_FUNCTION_ARGUMENT"


def test_a_number_in_a_legacy_path_is_a_place_as_well() -> None:
    assert parse_legacy_path('$[3].x["-1"]["99999999999"]') == (("3", 3), ("x", -1), ("-1", -1), ("99999999999", -1))


# Paths of SQL/JSON --------------------------------------------------------------------------------------

_ROOT = nodes.ContextItem()
_ONE = nodes.Literal(INTEGER, 1)


@pytest.mark.parametrize(
    ("path", "tree"),
    [
        ("$", _ROOT),
        ("$.a", nodes.Member(_ROOT, "a")),
        ('$."a b"', nodes.Member(_ROOT, "a b")),
        ("$.*", nodes.Member(_ROOT, None)),
        ("$..a", nodes.Descendants(_ROOT, "a")),
        ("$[*]", nodes.Elements(_ROOT, ())),
        ("$[1]", nodes.Elements(_ROOT, (nodes.Subscript(_ONE, None),))),
        ("$[1 to last]", nodes.Elements(_ROOT, (nodes.Subscript(_ONE, nodes.LastIndex()),))),
        ("$.size()", nodes.Method(_ROOT, "size")),
        ("$.size", nodes.Member(_ROOT, "size")),
        ("$x", nodes.Variable("x")),
        ('"a""b"', nodes.Literal(Varchar(3), 'a"b')),
        ("-1", nodes.Literal(INTEGER, -1)),
        ("-$", nodes.Unary("-", _ROOT)),
        ("1 + $ * 1", nodes.Binary("+", _ONE, nodes.Binary("*", _ROOT, _ONE))),
        ("(1 + $) * 1", nodes.Binary("*", nodes.Binary("+", _ONE, _ROOT), _ONE)),
        ("1 - 1 - 1", nodes.Binary("-", nodes.Binary("-", _ONE, _ONE), _ONE)),
        ("-$ + 1", nodes.Binary("+", nodes.Unary("-", _ROOT), _ONE)),
        ("$?(@ != 1)", nodes.Filter(_ROOT, nodes.Comparison("<>", nodes.CurrentItem(), _ONE))),
        ("$?((@ + 1) > 1)", nodes.Filter(
            _ROOT, nodes.Comparison(">", nodes.Binary("+", nodes.CurrentItem(), _ONE), _ONE))),
        ("$?(exists(@) || @ == 1 && !(@ == 1))", nodes.Filter(_ROOT, nodes.Disjunction(
            nodes.Exists(nodes.CurrentItem()),
            nodes.Conjunction(
                nodes.Comparison("==", nodes.CurrentItem(), _ONE),
                nodes.Negation(nodes.Comparison("==", nodes.CurrentItem(), _ONE)))))),
        ("$?((@ == 1) is unknown)", nodes.Filter(
            _ROOT, nodes.IsUnknown(nodes.Comparison("==", nodes.CurrentItem(), _ONE)))),
        ("$.exists", nodes.Member(_ROOT, "exists")),
    ],
)  # fmt: skip
def test_a_path_is_read_as_the_tree_that_it_means(path: str, tree: nodes.Path) -> None:
    assert parse_path(f"lax {path}") == nodes.JsonPath(lax=True, root=tree)


@pytest.mark.parametrize(
    ("path", "offset"),
    [("", 0), ("certainly", 0), ("LAX $", 0), ("lax", 3), ("lax $[", 6), ("lax $[1", 7), ("lax $.", 6), ("lax $ $", 6),
     ("lax $?(@)", 8), ("lax $?(@ >)", 10), ("lax $?@", 6), ("strict 1 +", 10), ('lax "a', 4), ("lax $.a()", 7)],
)  # fmt: skip
def test_an_error_in_a_path_has_its_place(path: str, offset: int) -> None:
    with pytest.raises(PathSyntaxError) as caught:
        parse_path(path)
    assert caught.value.offset == offset


# Properties ---------------------------------------------------------------------------------------------

_names = st.sampled_from(["a", "b", "id", "x y", "0", "1", "é", 'q"', "a\\b", ""])
_scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=6)
_documents = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_names, inner, max_size=4), max_leaves=12
)


@st.composite
def _texts(draw: st.DrawFn) -> str:
    """A document, its members perhaps repeated, perhaps with blanks, perhaps cut off or followed by something."""
    text = json.dumps(draw(_documents), ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    if draw(st.booleans()):
        text = text.replace('"b"', '"a"').replace('"x y"', '"id"')
    if draw(st.booleans()):
        text = text[: draw(st.integers(0, len(text)))]
    return text + draw(st.sampled_from(["", "", "x", " 1", "}"]))


_paths = st.lists(st.sampled_from(["a", "id", "0", "1", "é", "b"]), max_size=3)


@given(st.lists(_texts(), min_size=1, max_size=6), _paths)
@settings(max_examples=400, deadline=None)
def test_whole_columns_are_extracted_as_documents_read_token_by_token(texts: list[str], names: list[str]) -> None:
    path = "$" + "".join(f'["{name}"]' for name in names)
    assert extracted(pa.array(texts), path) == [_scanned(text, path) for text in texts]


def _scanned(text: str, path: str) -> bytes | None:
    try:
        found = find(text, parse_legacy_path(path))
    except MalformedError:
        return None
    return None if found is None else found.encode()


@given(_documents)
def test_the_normal_form_is_that_of_the_standard_library_with_sorted_keys(value: Any) -> None:
    text = json.dumps(value, indent=1)
    shown = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert json.loads(normal_text(text)) == value
    assert normal_text(text).encode() == _with_java_escapes(shown).encode()


def _with_java_escapes(text: str) -> str:
    found = []
    rest = iter(text)
    for character in rest:
        found.append(character)
        if character == "\\":
            found.append(following := next(rest))
            if following == "u":
                found.append("".join(next(rest) for _ in range(4)).upper())
    return "".join(found)


@given(_documents)
def test_a_copied_text_means_the_same(value: Any) -> None:
    assert json.loads(copied(json.dumps(value, indent=2))) == value
    assert copied(write(read(json.dumps(value)))) == write(read(json.dumps(value)))


@given(_documents, _paths)
def test_lax_members_and_places_are_those_of_a_python_model(value: Any, names: list[str]) -> None:
    path = "lax $" + "".join(f"[{name}]" if name.isdigit() else f'."{name}"' for name in names)
    assert compiled_path(path).evaluate(value, {}) == _model(value, names)


def _model(value: Any, names: list[str]) -> list[Any]:
    found = [value]
    for name in names:
        step: list[Any] = []
        for item in found:
            if name.isdigit():
                array = item if isinstance(item, list) else [item]
                step += array[int(name) : int(name) + 1]
            else:
                objects = item if isinstance(item, list) else [item]
                step += [one[name] for one in objects if isinstance(one, dict) and name in one]
        found = step
    return found


@given(
    st.lists(_texts(), min_size=1, max_size=6), st.lists(st.sampled_from(["a", "id", "b", "é"]), min_size=1, max_size=3)
)
@settings(max_examples=300, deadline=None)
def test_members_are_found_as_in_whole_documents(texts: list[str], names: list[str]) -> None:
    for mode in ("lax", "strict"):
        path = f"{mode} $" + "".join(f'."{name}"' for name in names)
        call = Invocation("JSON_VALUE", path, Input(VARCHAR, "JSON"))
        whole = [None if one is BAD_INPUT else _outcome(path, one) for one in json_values(pa.array(texts), "JSON")]
        found = [None if isinstance(one, ValueError) else one for one in outcomes(call, [pa.array(texts)])]
        assert found == whole


def _outcome(path: str, document: Any) -> Any:
    try:
        return compiled_path(path).evaluate(document, {})
    except PathError:
        return None


@given(st.lists(st.integers(-50, 50) | st.none() | st.text(max_size=2), max_size=6), st.integers(-50, 50))
def test_a_filter_keeps_what_compares(values: list[Any], bound: int) -> None:
    found = compiled_path(f"lax $?(@ > {bound})").evaluate(values, {})
    assert found == [value for value in values if isinstance(value, int) and value > bound]


@given(st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.sampled_from("+-*"))
def test_arithmetic_is_that_of_integers(left: int, right: int, operator: str) -> None:
    exact = {"+": left + right, "-": left - right, "*": left * right}[operator]
    path = compiled_path(f"lax $[0] {operator} $[1]")
    if -(2**31) <= exact < 2**31:
        assert path.evaluate([left, right], {}) == [Typed(INTEGER, exact)]
    else:
        with pytest.raises(PathError):
            path.evaluate([left, right], {})


_ROUND_TRIPS = [
    (BIGINT, st.integers(-(2**63), 2**63 - 1)),
    (BOOLEAN, st.booleans()),
    (DOUBLE, st.floats(allow_nan=False)),
    (VARCHAR, st.text(max_size=8)),
    (Decimal(20, 4), st.decimals(-(10**15), 10**15, places=4, allow_nan=False)),
]


@pytest.mark.parametrize(("type_", "values"), _ROUND_TRIPS, ids=lambda one: str(one) if hasattr(one, "base") else "")
def test_casts_to_json_and_back_keep_every_value(type_: Any, values: st.SearchStrategy[Any]) -> None:
    nested = Map(VARCHAR, Array(Row((RowField("f", type_), RowField("g", Array(type_))))))

    @given(st.dictionaries(_names, st.lists(st.tuples(values | st.none(), st.lists(values | st.none())) | st.none())))
    @settings(max_examples=60, deadline=None)
    def there_and_back(maps: dict[str, Any]) -> None:
        rows = {key: [row and {"f": row[0], "g": row[1]} for row in rows] for key, rows in maps.items()}
        column_ = pa.array([list(rows.items()), None], arrow_type(nested))
        texts = json_texts(column_, nested)
        back = from_json_kernel(nested)(texts, pa.scalar(value=False))
        assert [dict(one) if one is not None else None for one in back.to_pylist()] == [
            dict(one) if one is not None else None for one in column_.to_pylist()
        ]

    there_and_back()


# Single claims ------------------------------------------------------------------------------------------


def test_the_first_of_equal_keys_is_found_whatever_stands_around_it() -> None:
    texts = [
        '{"a":1,"a":12}',
        '{"a":12,"a":1}',
        '{"x":"a","a":3}',
        '{"x":{"a":2},"a":1,"a":2}',
        '{"a":1,"b":"\\"a\\":2"}',
    ]
    assert json_extract_scalar(pa.array(texts), pa.scalar("$.a")).to_pylist() == ["1", "12", "3", "1", "1"]


def test_a_slice_of_a_column_is_extracted_like_a_column_of_its_own() -> None:
    texts = pa.array(['{"a":1,"a":2}', '{"a":3}', '{"\\u0061":4}', None, '{"a":5}']).slice(1, 4)
    assert json_extract_scalar(texts, pa.scalar("$.a")).to_pylist() == ["3", "4", None, "5"]


def test_objects_list_their_members_as_javas_hash_tables_do() -> None:
    # The first of Trino's tests of JSON_OBJECT; the hash codes of single letters are their numbers.
    assert in_hash_order(["key_1", "key_2"]) == ["key_2", "key_1"]
    assert in_hash_order(["c", "a", "b"]) == ["a", "b", "c"]


def test_a_document_nested_too_deeply_is_refused_and_does_not_end_the_process() -> None:
    text = "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    with pytest.raises(OwlakeError, match="nested deeper"):
        normal_text(text)
    with pytest.raises(OwlakeError, match="nested deeper"):
        extracted(pa.array([text]), "$[0]")
    assert normal_text('"' + "[" * 5000 + '"') == '"' + "[" * 5000 + '"'


@pytest.mark.parametrize("text", ["", " ", "[1,]", "{'a':1}", "01", "+1", ".5", "1.", "NaN", '"\x01"', "[1] 2", "tru"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(NotJsonError):
        normal_text(text)


def test_numbers_beyond_a_double_are_infinite_and_decimals_are_exact() -> None:
    assert column([read_exactly("1e400")], DOUBLE).to_pylist() == [float("inf")]
    texts = pa.array(["12345678901234567890.123456789012345678"])
    kernel = from_json_kernel(Decimal(38, 18))
    assert str(kernel(texts, pa.scalar(value=False))[0]) == "12345678901234567890.123456789012345678"
