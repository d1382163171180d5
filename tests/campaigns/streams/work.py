"""What a process of the campaign does, by its kind."""

from __future__ import annotations

import traceback
from pathlib import Path

from tests.campaigns.streams import consuming, others, producing


def work(folder: Path, seed: int, kind: str, number: int, life: int, name: str, records: int) -> None:
    """A process of the campaign."""
    try:
        match kind:
            case "producer":
                producing.produce(folder, seed, number, life, records)
            case "resharder":
                others.reshard(folder, seed, number, life)
            case "reader":
                others.ask(folder, number)
            case _:
                role = consuming.run if number % 2 else consuming.poll
                role(folder, seed, number, life, name)
    except BaseException:
        (folder / f"errors-{kind}-{number}-{life}.txt").write_text(traceback.format_exc())
        raise
