"""``python -m tests.documentation`` writes the generated pages of docs/."""

from pathlib import Path

from tests.documentation.pages import PAGES

if __name__ == "__main__":
    root = Path(__file__).parents[2]
    for name, write in PAGES.items():
        (root / name).write_text(write(), encoding="utf-8")
        print(name)  # noqa: T201
