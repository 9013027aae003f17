"""The fenced blocks of a Markdown page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    *(
        page
        for folder in ("docs", "examples")
        for page in sorted((ROOT / folder).rglob("*.md"))
        if page.name != "SPEC.md"  # tests/spec runs it
    ),
)

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block: its page, its number there from 1, its language, the text before it, its own.

    `before` is all of the page up to it.
    """

    page: Path
    number: int
    language: str
    before: str
    text: str

    @property
    def name(self) -> str:
        """`docs/stores.md 2`: how a person finds it."""
        return f"{self.page.relative_to(ROOT)} {self.number}"

    @property
    def heading(self) -> str:
        """The heading above it."""
        return str(re.findall(r"^#+ (.*)$", self.before, re.MULTILINE)[-1])


def blocks(page: Path, language: str = "") -> list[Block]:
    """Read a page's blocks in order, of one language or of all; numbers count what is returned."""
    text = page.read_text(encoding="utf-8")
    found = [each for each in _BLOCK.finditer(text) if language in ("", each[1])]
    return [
        Block(page, number, each[1], text[: each.start()], each[2])
        for number, each in enumerate(found, 1)
    ]
