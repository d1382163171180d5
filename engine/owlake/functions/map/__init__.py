"""Map functions and lambdas over maps (https://trino.io/docs/current/functions/map.html).

All are kernels over the entries of all rows at once: see ``owlake.functions.lists``.
"""

from owlake.functions.map import access, building, combining, lambdas
from owlake.functions.map.family import FAMILY

__all__ = ["FAMILY", "access", "building", "combining", "lambdas"]
