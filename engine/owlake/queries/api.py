"""Shapes of Athena's API, in one place for whoever shows them."""

from __future__ import annotations

from owlake.queries.data_usage import Alarm
from owlake.queries.model import QueryExecution, State
from owlake.queries.named_queries import NamedQuery
from owlake.queries.prepared_statements import PreparedStatement
from owlake.queries.refusals import invalid_request, violated
from owlake.queries.workgroup import (
    DataUsageLimit,
    EngineVersion,
    ResultConfiguration,
    Tag,
    WorkGroup,
    WorkGroupConfiguration,
)
from owlake.queries.workgroup_updates import WorkGroupConfigurationUpdates

__all__ = [
    "Alarm",
    "DataUsageLimit",
    "EngineVersion",
    "NamedQuery",
    "PreparedStatement",
    "QueryExecution",
    "ResultConfiguration",
    "State",
    "Tag",
    "WorkGroup",
    "WorkGroupConfiguration",
    "WorkGroupConfigurationUpdates",
    "invalid_request",
    "violated",
]
