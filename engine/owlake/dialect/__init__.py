"""Athena's SQL: text to tree, tree to text.

- ``parser``: ``parse`` for a statement of either of Athena's two languages; queries, expressions, types on their own.
- ``script``: ``split`` cuts a text into statements.
- ``statement_types``, ``traversal``: what a tree is and has.
- ``formatter``: trees back to SQL.
- ``translation``: other engines' SQL to Athena's.
"""
