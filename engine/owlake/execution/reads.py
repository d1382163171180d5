"""What the engine below will read of Parquet files, as its own plan says before it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from owlake.lake.model import DataFile
from owlake.lake.uris import encoded

if TYPE_CHECKING:
    from datafusion import ExecutionPlan


class MayEnd(Enum):
    """Why less may be read than is planned; the values say it to a person."""

    LIMIT = "LIMIT"
    RUNTIME = "filters known only at run time"
    JOIN = "joins without a match"
    STATISTICS = "conditions that statistics decide in part"
    PAGES = "indexes of pages"


class MayGrow(Enum):
    """Why more may be read; the values say it to a person."""

    RECURSION = "recursion reads again"
    CATALOG = "rows of other catalogs are counted as they come"


Reason = MayEnd | MayGrow

_TABLE_OF_FILES = "on=[($file@"
"""A join that only adds what is known of each file."""
# Of these joins a row of the second input that has no partner is of no use, so it may not be read.
_NEED_PARTNERS = re.compile(r"join_type=(Inner|Left|LeftSemi|LeftAnti|RightSemi)\b")
_TAKES_ALL = ("SortExec", "AggregateExec")


@dataclass(frozen=True, slots=True)
class ParquetRead:
    """One scan of Parquet files in the engine's plan, in its own words."""

    text: str
    reasons: frozenset[Reason]

    def reads(self, file: DataFile) -> bool:
        """Whether the file is the first of them."""
        _, _, first = self.text.partition("[[")
        keys = (uri.partition("://")[2].partition("/")[2] for uri in (file.uri, encoded(file.uri)))
        return any(first.startswith(key) and first[len(key)] in ",]:" for key in keys)

    def needs(self, column: str) -> bool:
        """Whether a column of the files is read."""
        _, found, rest = self.text.partition("projection=[")
        if not found:
            return True
        projection = re.split(r"\], (?:limit|file_type)=", rest, maxsplit=1)[0]
        return re.search(rf"(?:^|[\[\s,(]){re.escape(column)}(?=@\d|,|$)", projection) is not None

    @property
    def conditions(self) -> str:
        """The conditions by which row groups are left out."""
        return self.text.partition("pruning_predicate=")[2]

    def prunes_by(self, column: str) -> bool:
        """Whether the statistics of a column of the files decide which row groups are read."""
        return re.search(rf"(?:^|[ (]){re.escape(column)}_(?:min|max|null_count)@\d", self.conditions) is not None


def parquet_reads(plan: ExecutionPlan, reasons: frozenset[Reason] = frozenset()) -> Iterator[ParquetRead]:
    """The scans of Parquet files, with why each may read less or more than it says."""
    text, below = plan.display().strip(), plan.children()
    operator = re.split(r"\W", text, maxsplit=1)[0]
    if not below:
        if "file_type=parquet" in text:
            yield ParquetRead(text, reasons | _own_reasons(text))
        return
    if operator in _TAKES_ALL and "lim=" not in text:
        reasons -= {MayEnd.LIMIT}
    elif "fetch=" in text:
        reasons |= {MayEnd.LIMIT}
    if operator == "RecursiveQueryExec":
        reasons |= {MayGrow.RECURSION}
    second = reasons
    if operator.endswith("JoinExec") and _NEED_PARTNERS.search(text) and _TABLE_OF_FILES not in text:
        second |= {MayEnd.JOIN}
    for place, one in enumerate(below):
        yield from parquet_reads(one, second if place else reasons)


def _own_reasons(text: str) -> frozenset[Reason]:
    found: set[Reason] = set()
    if re.search(r", limit=\d", text):
        found.add(MayEnd.LIMIT)
    if "DynamicFilter [" in text or "scalar_subquery(" in text:
        found.add(MayEnd.RUNTIME)
    return frozenset(found)
