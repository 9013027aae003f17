"""The code blocks of the user's own document, read from it, with the import prefix exchanged."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

SPEC = Path(__file__).parents[2] / "docs" / "SPEC.md"
THEIR_PREFIX = "agents.backend.onyx.server.features.utils.api_performance_"
OUR_PREFIX = "api_performance."

_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One Python block: its number from 1, the heading above it, and its text as it runs here."""

    number: int
    heading: str
    code: str


def blocks() -> list[Block]:
    """Read all Python blocks of SPEC.md, in order."""
    text = SPEC.read_text(encoding="utf-8")
    found = []
    for number, match in enumerate(_BLOCK.finditer(text), 1):
        heading = re.findall(r"^#+ (.*)$", text[: match.start()], re.MULTILINE)[-1]
        code = match.group(1).replace(THEIR_PREFIX, OUR_PREFIX)
        found.append(Block(number, heading, code))
    return found


def run(code: str, names: dict[str, object]) -> object:
    """Run a block with names it does not import; awaitable where it awaits at the top level."""
    compiled = compile(code, "SPEC.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return eval(compiled, names)  # the document's own code is what is tested
