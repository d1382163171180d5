"""What a statement would read and cost, before it runs.

What the run will count is counted the same way: files of text whole, of Parquet the columns that the engine's plan
reads in the row groups that statistics leave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from owlake.execution.reads import MayEnd, MayGrow, ParquetRead, Reason
from owlake.execution.stream import opened_bytes
from owlake.ir import expressions as ir
from owlake.lake.formats.base import quoted
from owlake.lake.formats.parquet_row_groups import Footer, RowGroup, footers
from owlake.lake.model import DatasetScan, Domain, NativeScan
from owlake.lake.storage import Storage
from owlake.planning.domains import domain_of, is_exact
from owlake.planning.plan import Plan, TableRequest


@dataclass(frozen=True, slots=True)
class Estimate:
    """Files and bytes, and why the run may count other bytes; without reasons it counts these."""

    files: int
    bytes: int
    reasons: frozenset[Reason]

    @property
    def bound(self) -> str:
        """What the bytes are to those of the run: ``exact``, ``at most``, ``at least`` or, between all, ``about``."""
        may_end = any(isinstance(one, MayEnd) for one in self.reasons)
        may_grow = any(isinstance(one, MayGrow) for one in self.reasons)
        return {(False, False): "exact", (True, False): "at most", (False, True): "at least"}.get(
            (may_end, may_grow), "about"
        )

    @property
    def why(self) -> str | None:
        """The reasons for a person."""
        return ", ".join(sorted(one.value for one in self.reasons)) or None


def estimate(plan: Plan, reads: Iterable[ParquetRead], storage: Storage) -> Estimate:
    """What a plan will read, of whose Parquet files the engine plans these reads. Errors: HIVE_BAD_DATA."""
    scans = plan.scans.values()
    parts = [_Part(opened_bytes(scan), frozenset(_of_others(scan))) for scan in scans if not _is_parquet(scan)]
    parts += [_of_read(read, plan, storage) for read in reads]
    reasons = frozenset[Reason]().union(*(part.reasons for part in parts))
    return Estimate(sum(len(scan.files) for scan in scans), sum(part.bytes for part in parts), reasons)


@dataclass(frozen=True, slots=True)
class _Part:
    bytes: int
    reasons: frozenset[Reason]


def _is_parquet(scan: object) -> bool:
    return isinstance(scan, NativeScan) and scan.format == "parquet"


def _of_others(scan: object) -> Iterable[Reason]:
    if isinstance(scan, DatasetScan) and hasattr(scan.dataset, "bytes_opened"):
        yield MayGrow.CATALOG


def _of_read(read: ParquetRead, plan: Plan, storage: Storage) -> _Part:
    """Of scans of the same files: those whose columns and conditions are the read's, of them the greatest."""
    alike = [
        (name, scan)
        for name, scan in plan.scans.items()
        if isinstance(scan, NativeScan) and _is_parquet(scan) and any(map(read.reads, scan.files))
    ]
    most_columns = max(sum(map(read.needs, scan.schema.names)) for _, scan in alike)
    alike = [each for each in alike if sum(map(read.needs, each[1].schema.names)) == most_columns]
    if len(alike) > 1:
        alike = [each for each in alike if _has_bounds(read, each[1], plan.requests[each[0]])] or alike
    found = [_of_scan(read, scan, plan.requests[name], storage) for name, scan in alike]
    found = [part for part in found if MayEnd.STATISTICS not in part.reasons] or found
    most = max(found, key=lambda part: part.bytes)
    differs = any(part.bytes != most.bytes for part in found)
    return _Part(most.bytes, most.reasons | {MayEnd.STATISTICS}) if differs else most


def _has_bounds(read: ParquetRead, scan: NativeScan, request: TableRequest) -> bool:
    """Whether the engine's conditions name the values that the request's do."""
    domains, _ = _domains(read, scan, request)
    ranges = (one for domain in domains.values() for one in domain.ranges or ())
    bounds = {value for one in ranges for value in (one.low, one.high) if value is not None}
    return all(str(value) in read.conditions for value in bounds.union(*(one.values or () for one in domains.values())))


def _of_scan(read: ParquetRead, scan: NativeScan, request: TableRequest, storage: Storage) -> _Part:
    columns = [name for name in scan.schema.names if read.needs(name)]
    domains, is_known = _domains(read, scan, request)
    reasons = set(read.reasons)
    has_filter = bool(domains) or MayEnd.RUNTIME in reasons
    size = 0
    for footer in footers(storage, scan.files):
        kept, all_known = _kept(footer, domains)
        is_known = is_known and all_known
        size += sum(group.sizes.get(name, 0) for group in kept for name in columns)
        if kept and has_filter and footer.page_index_size:
            reasons.add(MayEnd.PAGES)
            # What is known only at run time makes the engine read the index again.
            size += footer.page_index_size if MayEnd.RUNTIME in reasons else 0
    if not is_known:
        reasons.add(MayEnd.STATISTICS)
    return _Part(size, frozenset(reasons))


def _kept(footer: Footer, domains: Mapping[str, Domain]) -> tuple[Sequence[RowGroup], bool]:
    """The row groups that can hold rows that matter, and whether the footer's values could be compared."""
    try:
        return [group for group in footer.row_groups if all(group.can_hold(*each) for each in domains.items())], True
    except TypeError:
        return footer.row_groups, False


def _domains(read: ParquetRead, scan: NativeScan, request: TableRequest) -> tuple[dict[str, Domain], bool]:
    """What the conditions let the files' columns be, and whether that is all that the engine prunes by."""
    stored = {expression: name for name, expression in scan.columns.items()}
    domains: dict[str, Domain] = {}
    is_known = True
    for column in filter(read.prunes_by, scan.schema.names):
        field = request.fields.get(stored.get(quoted(column), ""))
        about = [one for one in request.conjuncts if field is not None and _mentions(one, field)]
        domain = domain_of(about, field) if field is not None else None
        if domain is not None:
            domains[column] = domain
        is_known = is_known and domain is not None and all(is_exact(one, field) for one in about if field is not None)
    return domains, is_known


def _mentions(condition: ir.Expression, field: ir.Field) -> bool:
    return any(isinstance(part, ir.Reference) and part.field is field for part in ir.walk(condition))
