"""What a check found, in one sentence, and what to do about it, in another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check ended; only ERROR must be mended."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"
    NOT_CHECKED = "not checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, with the value, and the remedy; no remedy where none is needed."""

    check: str
    level: Level
    text: str
    remedy: str = ""


def found_wrong(check: str, error: Exception) -> Finding:
    """Return the finding for an error of ours, whose message is a sentence and then its remedy."""
    text, _, remedy = str(error).partition(". ")
    return Finding(check, Level.ERROR, f"{text.rstrip('.')}.", remedy)
