"""Glue's search (https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from owlake.spi import Length, operation
from owlake_connectors.glue.catalog import shapes
from owlake_connectors.glue.catalog.operations.base import OfCatalog
from owlake_connectors.glue.catalog.searching import PropertyPredicate, SearchText, SortCriterion, in_order, matcher
from owlake_connectors.glue.catalog.shapes import LongPage, NameText
from owlake_connectors.glue.catalog.translation import table_shape
from owlake_connectors.glue.pages import page

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class SearchTablesOutput:
    """A page of tables."""

    table_list: list[shapes.Table]
    next_token: str | None = None


class TableSearch(OfCatalog):
    """The search for tables."""

    @operation
    def search_tables(
        self,
        search_text: SearchText | None = None,
        filters: Sequence[PropertyPredicate] | None = None,
        sort_criteria: Annotated[Sequence[SortCriterion], Length(0, 1)] | None = None,
        max_results: LongPage | None = None,
        next_token: str | None = None,
        resource_share_type: Literal["FOREIGN", "ALL", "FEDERATED"] | None = None,
        include_status_details: bool | None = None,
        catalog_id: NameText | None = None,
    ) -> SearchTablesOutput:
        """The tables and views whose properties have a text, and are as filters ask for, a page at a time."""
        is_found = matcher(search_text, filters or ())
        with self._reading(catalog_id) as catalog:
            of_others = resource_share_type in ("FOREIGN", "FEDERATED")
            found = [] if of_others else [one for one in catalog.list_tables() if is_found(one)]
        tables, following = page(in_order(found, sort_criteria or ()), max_results, next_token, most=_PAGE)
        return SearchTablesOutput([table_shape(one) for one in tables], following)
