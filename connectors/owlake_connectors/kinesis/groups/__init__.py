"""Groups of consumers: members share the shards of a stream, and go on where the last one has checked in.

from owlake_connectors.kinesis.groups import Processor, Runner

Runner(connection, stream="clicks", group="report", processors=MyProcessor).run()
"""

from owlake_connectors.kinesis.groups.processor import Checkpointer, GivenRecord, Processor
from owlake_connectors.kinesis.groups.runner import Runner

__all__ = ["Checkpointer", "GivenRecord", "Processor", "Runner"]
