"""GRANT and REVOKE, in Trino's shape."""

from __future__ import annotations

from owlake.dialect.cursor import Cursor
from owlake.dialect.keywords import NAMES
from owlake.dialect.nodes.base import Identifier, QualifiedName
from owlake.dialect.nodes.statements import Grant, Revoke
from owlake.dialect.trino.names import identifier, qualified_name

_PRIVILEGES = ("CREATE", "SELECT", "DELETE", "INSERT", "UPDATE")


def grant(cursor: Cursor) -> Grant:
    """``GRANT privilege, ... ON [kind] object TO principal [WITH GRANT OPTION]``."""
    position = cursor.position
    cursor.expect("GRANT")
    privileges = _privileges(cursor)
    kind, name = _grant_object(cursor)
    cursor.expect("TO")
    principal_kind, principal = _principal(cursor)
    grant_option = cursor.accept("WITH")
    if grant_option:
        cursor.expect("GRANT", "OPTION")
    return Grant(position, privileges, kind, name, principal, grant_option, principal_kind)


def revoke(cursor: Cursor) -> Revoke:
    """``REVOKE [GRANT OPTION FOR] privilege, ... ON [kind] object FROM principal``."""
    position = cursor.position
    cursor.expect("REVOKE")
    grant_option_for = cursor.follows("GRANT", "OPTION", "FOR")
    if grant_option_for:
        cursor.expect("GRANT", "OPTION", "FOR")
    cursor.note("GRANT")
    privileges = _privileges(cursor)
    kind, name = _grant_object(cursor)
    cursor.expect("FROM")
    principal_kind, principal = _principal(cursor)
    return Revoke(position, privileges, kind, name, principal, grant_option_for, principal_kind)


def _privileges(cursor: Cursor) -> tuple[str, ...]:
    """The privileges in upper case; none for ``ALL PRIVILEGES``."""
    if cursor.follows("ALL", "PRIVILEGES"):
        cursor.expect("ALL", "PRIVILEGES")
        return ()
    cursor.note("ALL")
    privileges = [_privilege(cursor)]
    while cursor.accept(","):
        privileges.append(_privilege(cursor))
    return tuple(privileges)


def _privilege(cursor: Cursor) -> str:
    cursor.note(*_PRIVILEGES)
    if cursor.kind in _PRIVILEGES:
        return cursor.kinds[cursor.advance()]
    return identifier(cursor).value.upper()


def _grant_object(cursor: Cursor) -> tuple[str | None, QualifiedName]:
    cursor.expect("ON")
    kind = None
    if cursor.kind == "TABLE" or (cursor.kind in NAMES and cursor.peek() in NAMES and cursor.peek() != "TO"):
        kind = cursor.spelling().upper()
        cursor.advance()
    cursor.note("TABLE", "SCHEMA")
    return kind, qualified_name(cursor)


def _principal(cursor: Cursor) -> tuple[str | None, Identifier]:
    kind = None
    if cursor.kind in ("USER", "ROLE") and cursor.peek() in NAMES:
        kind = cursor.kinds[cursor.advance()]
    cursor.note("USER", "ROLE")
    return kind, identifier(cursor)
