"""Groups of consumers: members share the shards of a stream, and go on where the last one has checked in."""
