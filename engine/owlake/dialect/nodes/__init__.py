"""The syntax tree: frozen dataclasses, a position on every one."""
