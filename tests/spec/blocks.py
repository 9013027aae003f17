"""The code blocks of the user's own document, read from it, with the import prefix exchanged."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import blocks as fenced

SPEC = Path(__file__).parents[2] / "docs" / "SPEC.md"
THEIR_PREFIX = "agents.backend.onyx.server.features.utils.api_performance_"
OUR_PREFIX = "api_performance."


@dataclass(frozen=True)
class Block:
    """One Python block: its number from 1, the heading above it, and its text as it runs here."""

    number: int
    heading: str
    code: str


def blocks() -> list[Block]:
    """Read all Python blocks of SPEC.md, in order."""
    return [
        Block(each.number, each.heading, each.text.replace(THEIR_PREFIX, OUR_PREFIX))
        for each in fenced(SPEC, "python")
    ]


def run(code: str, names: dict[str, object]) -> object:
    """Run a block with names it does not import; awaitable where it awaits at the top level."""
    compiled = compile(code, "SPEC.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return eval(compiled, names)  # the document's own code is what is tested
