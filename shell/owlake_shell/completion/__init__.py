"""What may stand where a person types, as a pure function of the text, the cursor and the names there are."""

from __future__ import annotations

from owlake_shell.completion.complete import complete
from owlake_shell.completion.suggestion import Completion, Kind, Place, Suggestion

__all__ = ["Completion", "Kind", "Place", "Suggestion", "complete"]
