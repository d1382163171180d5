"""Sketches: small summaries of many values that can be stored and merged.

https://trino.io/docs/current/functions/{hyperloglog,qdigest,tdigest,setdigest}.html. Values are held in the formats
that Athena itself writes when a sketch is cast to varbinary, so that sketches stored by either are read by both
(https://github.com/airlift/airlift/tree/master/stats/docs).
"""

from owlake.functions.sketches import hyperloglog, qdigest, set_digest, tdigest
from owlake.functions.sketches.family import FAMILY

__all__ = ["FAMILY", "hyperloglog", "qdigest", "set_digest", "tdigest"]
