"""The grammar of the Trino side.

Expressions hold queries and queries hold expressions, so the modules import each other in a circle. Entering it
here, at the top rule, makes every table of rules find its modules complete.
"""

from owlake.dialect.trino import statements as statements
