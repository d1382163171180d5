"""The commands that begin with a backslash, from one registry."""

from __future__ import annotations

from owlake_shell.commands import catalogs, charting, display, sessions, statements
from owlake_shell.commands.registry import COMMANDS, Command, run_command

__all__ = ["COMMANDS", "Command", "catalogs", "charting", "display", "run_command", "sessions", "statements"]
