"""From folders to tables: which folders are partitions of one table, and which are tables of their own.

AWS's rules as far as it tells them: folders are partitions where their files are stored alike and their columns are
similar; else each is a table. What it does not tell is decided here, and written down in docs/crawlers.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from owlake.spi import DataFile, partition_names
from owlake_connectors.glue.crawlers.folders import Folder, Found, merged_found
from owlake_connectors.glue.crawlers.inference.types import Field
from owlake_connectors.glue.crawlers.model import Decision

SIMILARITY = 0.7
"""What the share of common columns, and that of folders that are similar, must exceed."""
MOST_CLUSTERS = 5


@dataclass(frozen=True, slots=True)
class PartitionFound:
    """A folder that is a partition: its values, one for each key."""

    values: tuple[str, ...]
    location: str
    found: Found


@dataclass(frozen=True, slots=True)
class TableFound:
    """A folder, or a file, that is a table. ``keys``: None for one whose folders are no ``key=value``."""

    location: str
    found: Found
    keys: tuple[str | None, ...] = ()
    partitions: tuple[PartitionFound, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupingPolicy:
    """How tables are told apart.

    Attributes:
        combines: CombineCompatibleSchemas: columns need not be similar.
        level: TableLevelConfiguration: the depth at which tables are, the bucket being 1.
    """

    combines: bool = False
    level: int | None = None


def cannot_unite(all_found: Sequence[Found], *, combines: bool) -> str | None:
    """Why files or folders are not parts of one table; None where they are."""
    layouts = dict.fromkeys((one.layout, one.compression) for one in all_found)
    if len(layouts) > 1:
        one, other = list(layouts)[:2]
        return _difference(one, other)
    weights = Counter(one.columns for one in all_found)
    if len(weights) == 1:
        return None
    if all_found[0].layout.is_positional:
        odd = _odd_positions(weights)
        if odd is not None:
            return odd
    return None if combines else _dissimilar(weights)


def similarity(first: tuple[Field, ...], second: tuple[Field, ...]) -> float:
    """The share of columns that both have: 1 for the same names, 0 for none in common."""
    one, other = {each.name for each in first}, {each.name for each in second}
    return 2 * len(one & other) / (len(one) + len(other))


def _difference(one: tuple[object, str], other: tuple[object, str]) -> str:
    if one[1] != other[1]:
        return f"their compression differs: {one[1]} and {other[1]}"
    first, second = one[0], other[0]
    kinds = (getattr(first, "classification", ""), getattr(second, "classification", ""))
    if kinds[0] != kinds[1]:
        return f"their formats differ: {kinds[0]} and {kinds[1]}"
    return "they are written differently: another delimiter, a header in some, another pattern"


def _odd_positions(columns: Iterable[tuple[Field, ...]]) -> str | None:
    """Files without names inside are read by place: the columns of each must be the first of the longest."""
    longest = max(columns, key=len)
    for one in columns:
        for place, (mine, theirs) in enumerate(zip(one, longest, strict=False)):
            if mine.name != theirs.name:
                return (
                    f"column {place + 1} is {mine.name} in some and {theirs.name} in others, and is read by its place"
                )
    return None


def _dissimilar(weights: Counter[tuple[Field, ...]]) -> str | None:
    clusters: list[tuple[tuple[Field, ...], int]] = []
    for columns, weight in weights.most_common():
        for place, (known, count) in enumerate(clusters):
            if similarity(columns, known) > SIMILARITY:
                clusters[place] = known, count + weight
                break
        else:
            clusters.append((columns, weight))
    share = max(count for _, count in clusters) / weights.total()
    if len(clusters) > MOST_CLUSTERS:
        return f"there are {len(clusters)} kinds of columns, more than {MOST_CLUSTERS}"
    if share <= SIMILARITY:
        return f"no more than {share:.0%} of them have similar columns; more than {SIMILARITY:.0%} must"
    return None


@dataclass(slots=True)
class _Node:
    path: str
    folder: Folder | None = None
    children: dict[str, _Node] = field(default_factory=dict)


class Grouping:
    """Finds the tables below targets, whose files by folder are given."""

    def __init__(self, policy: GroupingPolicy, files: Mapping[str, Sequence[DataFile]]) -> None:
        self._policy = policy
        self._files = files
        self.decisions: list[Decision] = []
        """Why folders are tables, or are none."""

    def tables(self, root: str, folders: Iterable[Folder]) -> list[TableFound]:
        """The tables, in the order of their locations."""
        top = _Node(root)
        for one in folders:
            node = top
            for name in one.path[len(root) :].split("/"):
                if name:
                    node = node.children.setdefault(name, _Node(f"{node.path.rstrip('/')}/{name}/"))
            node.folder = one
        return self._of(top)

    def _of(self, node: _Node) -> list[TableFound]:
        below = [(name, self._of(child)) for name, child in sorted(node.children.items())]
        below = [(name, found) for name, found in below if found]
        own = self._own(node)
        if not below:
            return own
        if own:
            return self._mixed(node, own, [one for _, found in below for one in found])
        united = self._united(node, below)
        return [united] if united is not None else [one for _, found in below for one in found]

    def _own(self, node: _Node) -> list[TableFound]:
        folder = node.folder
        if folder is None:
            return []
        if folder.reason is not None:
            self._tell(node.path, f"Each file is a table: {folder.reason}")
        return [TableFound(path, found) for path, found in folder.members]

    def _mixed(self, node: _Node, own: list[TableFound], below: list[TableFound]) -> list[TableFound]:
        """Files beside folders: tables of their own, unless all are to be taken together."""
        everything = [*own, *below]
        if self._combines(node):
            reason = cannot_unite([one.found for one in everything], combines=True)
            if reason is None:
                self._tell(node.path, "Files and folders side by side are taken together, without partitions")
                return [TableFound(node.path, merged_found([one.found for one in everything]))]
            self._tell(node.path, f"Files and folders side by side are not taken together: {reason}")
        else:
            self._tell(node.path, "Files and folders lie side by side: each file and each folder is a table")
        return [*self._each_file(node, own), *below]

    def _each_file(self, node: _Node, own: list[TableFound]) -> list[TableFound]:
        """A folder's files as tables of their own: the folder's location would take what lies below with it."""
        folder = node.folder
        if folder is None or own[0].location != node.path:
            return own
        broken = {one.path for one in folder.problems}
        return [_of_file(file, own[0].found) for file in self._files.get(folder.path, ()) if file.uri not in broken]

    def _united(self, node: _Node, below: list[tuple[str, list[TableFound]]]) -> TableFound | None:
        """The folder as one table, with the folders in it as values of a key; None where they are not alike."""
        if self._policy.level is not None and _level(node.path) < self._policy.level:
            return None
        children = [(name, found[0]) for name, found in below if len(found) == 1]
        if len(children) < len(below) or any(not _is_whole(node.path, name, one) for name, one in children):
            return None
        if len({one.keys for _, one in children}) > 1:
            self._tell(node.path, "Folders are tables: the keys below them, or how deep they are, differ")
            return None
        parsed = [partition_names.parse_folder(name) for name, _ in children]
        keys = {None if one is None else one[0].lower() for one in parsed}
        if len(keys) > 1:
            names = ", ".join(sorted(str(one) for one in keys))
            self._tell(node.path, f"Folders are tables: they are named for different keys ({names})")
            return None
        reason = cannot_unite(
            [each.found for _, one in children for each in one.partitions or (_as_partition(one),)],
            combines=self._combines(node),
        )
        if reason is not None:
            self._tell(node.path, f"Folders are tables: {reason}")
            return None
        values = [name if one is None else one[1] for (name, _), one in zip(children, parsed, strict=True)]
        partitions = tuple(
            replace(each, values=(value, *each.values))
            for value, (_, one) in zip(values, children, strict=True)
            for each in one.partitions or (_as_partition(one),)
        )
        found = merged_found([one.found for _, one in children])
        return TableFound(node.path, found, (*keys, *children[0][1].keys), partitions)

    def _combines(self, node: _Node) -> bool:
        at_level = self._policy.level is not None and _level(node.path) >= self._policy.level
        return self._policy.combines or at_level

    def _tell(self, path: str, message: str) -> None:
        self.decisions.append(Decision("INFO", "GROUP", message, path=path))


def _of_file(file: DataFile, found: Found) -> TableFound:
    records = round(found.records * file.size / max(1, found.size))
    return TableFound(file.uri, replace(found, files=1, size=file.size, records=records))


def _as_partition(table: TableFound) -> PartitionFound:
    return PartitionFound((), table.location, table.found)


def _is_whole(parent: str, name: str, table: TableFound) -> bool:
    """Whether the table is the folder itself, not something in it."""
    return table.location == f"{parent.rstrip('/')}/{name}/"


def _level(path: str) -> int:
    """How deep a folder is: a bucket is 1."""
    return len(path.partition("://")[2].strip("/").split("/"))
