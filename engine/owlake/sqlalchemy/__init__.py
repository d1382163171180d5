"""A SQLAlchemy 2 dialect over the DB-API: ``create_engine("owlake:///my-home")``.

    dialect.py     connecting, reflection
    compiler.py    Athena's SQL for queries
    ddl.py         tables by CTAS, Hive's DDL for the rest
    types.py       Trino's types both ways

Needs the extra ``sqlalchemy``; nothing of owlake imports it.
"""

from __future__ import annotations

from owlake.sqlalchemy.dialect import OwlakeDialect
from owlake.sqlalchemy.types import MAP, ROW

__all__ = ["MAP", "ROW", "OwlakeDialect"]
