"""Hive's type strings, as Glue keeps them: ``struct<a:int,b:array<string>>`` to and from Trino's types.

Which Hive type is which Trino type: https://docs.aws.amazon.com/athena/latest/ug/data-types.html. A string that
does not parse gives the text that Athena takes over from Hive's parser (positions count from 0).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple, NoReturn

from owlake.errors import OwlakeError, error
from owlake.types.model import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INTEGER,
    REAL,
    SMALLINT,
    TINYINT,
    UNKNOWN,
    VARBINARY,
    VARCHAR,
    Array,
    Char,
    Decimal,
    Map,
    Row,
    RowField,
    Timestamp,
    TimestampWithTimeZone,
    Type,
    Varchar,
)

MAX_VARCHAR_LENGTH = 65535
MAX_CHAR_LENGTH = 255

_SIMPLE: dict[str, Type] = {
    "boolean": BOOLEAN,
    "tinyint": TINYINT,
    "smallint": SMALLINT,
    "int": INTEGER,
    "bigint": BIGINT,
    "float": REAL,
    "double": DOUBLE,
    "string": VARCHAR,
    "binary": VARBINARY,
    "date": DATE,
    "timestamp": Timestamp(3),
    "timestamp with local time zone": TimestampWithTimeZone(3),
    "void": UNKNOWN,
}
_HIVE_NAMES: dict[Type, str] = {
    BOOLEAN: "boolean",
    TINYINT: "tinyint",
    SMALLINT: "smallint",
    INTEGER: "int",
    BIGINT: "bigint",
    REAL: "float",
    DOUBLE: "double",
    VARBINARY: "binary",
    DATE: "date",
}
_TYPE_WORDS = {*_SIMPLE, "decimal", "varchar", "char", "array", "map", "struct", "uniontype"}

_TOKEN = re.compile(r"[\w.$ ]+|.", re.DOTALL)
_FIELD_COMMENT = re.compile(r"\s+comment\s+(?:'[^']*'|\"[^\"]*\")", re.IGNORECASE)


@lru_cache(maxsize=4096)
def parse_hive_type(text: str) -> Type:
    """The Trino type of a Hive type string. Case does not matter; ``comment '...'`` in a struct is skipped.

    Errors: HIVE_METASTORE_ERROR, for what is not a Hive type.
    """
    parser = _Parser(_FIELD_COMMENT.sub("", text).lower())
    parsed = parser.type()
    parser.end()
    return parsed


def hive_type(type_: Type) -> str:
    """The Hive type string in which a table stores the Trino type.

    Timestamps of every precision are ``timestamp``: whether one fits a column is the writer's question.

    Errors: NOT_SUPPORTED, for types that only queries have.
    """
    name = _HIVE_NAMES.get(type_)
    if name is not None:
        return name
    match type_:
        case Varchar(length):
            return "string" if length is None or length > MAX_VARCHAR_LENGTH else f"varchar({length})"
        case Char(length):
            if length > MAX_CHAR_LENGTH:
                raise error(
                    "NOT_SUPPORTED",
                    f"Unsupported Hive type: {type_}. Supported CHAR types: CHAR(<={MAX_CHAR_LENGTH}).",
                )
            return f"char({length})"
        case Decimal():
            return str(type_)
        case Timestamp():
            return "timestamp"
        case Array(element):
            return f"array<{hive_type(element)}>"
        case Map(key, value):
            return f"map<{hive_type(key)},{hive_type(value)}>"
        case Row(fields):
            return f"struct<{','.join(_field(field, type_) for field in fields)}>"
    raise error("NOT_SUPPORTED", f"Unsupported Hive type: {type_}")


def _field(field: RowField, row: Row) -> str:
    if field.name is None:
        raise error(
            "NOT_SUPPORTED",
            f"Anonymous row type is not supported in Hive. Please give each field a name: {row}",
        )
    return f"{field.name}:{hive_type(field.type)}"


class _Token(NamedTuple):
    text: str
    position: int


class _Parser:
    """Recursive descent over one type string."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [_Token(found[0].strip(), found.start()) for found in _TOKEN.finditer(text) if found[0].strip()]
        self._next = 0

    def type(self) -> Type:
        name = self._take("type")
        if name.text not in _TYPE_WORDS:
            self._fail("type", name)
        simple = _SIMPLE.get(name.text)
        if simple is not None:
            return simple
        match name.text:
            case "decimal":
                return self._decimal()
            case "varchar":
                return Varchar(self._length("varchar", MAX_VARCHAR_LENGTH))
            case "char":
                return Char(self._length("char", MAX_CHAR_LENGTH))
            case "array":
                (element,) = self._parameters(1)
                return Array(element)
            case "map":
                key, value = self._parameters(2)
                return Map(key, value)
            case "struct":
                return self._struct()
            case _:
                return self._union()

    def end(self) -> None:
        if self._next < len(self._tokens):
            found = self._tokens[self._next]
            raise _malformed(f"Error: ',', ':', or ';' expected at position {found.position} from '{self._text}'")

    def _parameters(self, count: int) -> list[Type]:
        self._expect("<")
        types = [self.type()]
        while len(types) < count:
            self._expect(",")
            types.append(self.type())
        self._expect(">")
        return types

    def _struct(self) -> Row:
        fields: list[RowField] = []
        self._expect("<")
        if self._accept(">"):
            return Row(())
        while True:
            name = self._field_name()
            self._expect(":")
            fields.append(RowField(name, self.type()))
            if not self._accept(","):
                self._expect(">")
                return Row(tuple(fields))

    def _field_name(self) -> str:
        """A field's name; one that holds colons itself ends at the last colon before a type."""
        first = self._take("name")
        if not (first.text and (first.text[0].isalnum() or first.text[0] in "_.$")):
            self._fail("name", first)
        name = first.text
        while self._is_colon(0) and not self._is_type(1) and self._is_colon(2):
            name += ":" + self._tokens[self._next + 1].text
            self._next += 2
        return name

    def _is_colon(self, ahead: int) -> bool:
        index = self._next + ahead
        return index < len(self._tokens) and self._tokens[index].text == ":"

    def _is_type(self, ahead: int) -> bool:
        index = self._next + ahead
        return index < len(self._tokens) and self._tokens[index].text in _TYPE_WORDS

    def _union(self) -> Row:
        """A union is a row of its tag and one field an alternative, as Trino reads it."""
        self._expect("<")
        types = [self.type()]
        while self._accept(","):
            types.append(self.type())
        self._expect(">")
        alternatives = (RowField(f"field{index}", type_) for index, type_ in enumerate(types))
        return Row((RowField("tag", TINYINT), *alternatives))

    def _decimal(self) -> Decimal:
        numbers = self._numbers()
        if len(numbers) > 2:
            raise _malformed(f"Type decimal only takes two parameter, but {len(numbers)} is seen")
        precision = numbers[0] if numbers else 10
        scale = numbers[1] if len(numbers) == 2 else 0
        if not 1 <= precision <= Decimal.MAX_PRECISION:
            raise _malformed(f"invalid decimal precision: {precision}")
        if scale > precision:
            raise _malformed(f"invalid decimal scale: {scale} (greater than precision: {precision})")
        return Decimal(precision, scale)

    def _length(self, name: str, limit: int) -> int:
        numbers = self._numbers()
        if not numbers:
            raise _malformed(f"{name} type is specified without length: {self._text}")
        if len(numbers) > 1:
            raise _malformed(f"Type {name} only takes one parameter, but {len(numbers)} is seen")
        if not 1 <= numbers[0] <= limit:
            raise _malformed(f"invalid {name} length: {numbers[0]}")
        return numbers[0]

    def _numbers(self) -> list[int]:
        numbers: list[int] = []
        if not self._accept("("):
            return numbers
        while True:
            token = self._take("name")
            if not (token.text.isascii() and token.text.isdigit()):
                self._fail("name", token)
            numbers.append(int(token.text))
            if not self._accept(","):
                self._expect(")")
                return numbers

    def _accept(self, text: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next].text == text:
            self._next += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        token = self._take(text)
        if token.text != text:
            self._fail(text, token)

    def _take(self, wanted: str) -> _Token:
        if self._next >= len(self._tokens):
            raise _malformed(f"Error: {wanted} expected at the end of '{self._text}'")
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _fail(self, wanted: str, token: _Token) -> NoReturn:
        raise _malformed(
            f"Error: {wanted} expected at the position {token.position} of '{self._text}' but '{token.text}' is found."
        )


def _malformed(message: str) -> OwlakeError:
    return error("HIVE_METASTORE_ERROR", message)
