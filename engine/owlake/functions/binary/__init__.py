"""Binary functions (https://trino.io/docs/current/functions/binary.html)."""

from owlake.functions.binary import basics, encodings, hashes, numbers
from owlake.functions.binary.family import FAMILY

__all__ = ["FAMILY", "basics", "encodings", "hashes", "numbers"]
