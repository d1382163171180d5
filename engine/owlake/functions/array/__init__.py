"""Array functions and lambdas over arrays (https://trino.io/docs/current/functions/array.html).

All are kernels over the elements of all rows at once: see ``owlake.functions.lists``.
"""

from owlake.functions.array import building, lambdas, places, search, sequences, sets, sorting
from owlake.functions.array.family import FAMILY

__all__ = ["FAMILY", "building", "lambdas", "places", "search", "sequences", "sets", "sorting"]
