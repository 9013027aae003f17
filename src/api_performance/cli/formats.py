"""How a command prints what it found."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """A table for people, Markdown for a ticket, JSON for programs."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"


class CheckFormat(StrEnum):
    """A table for people, Markdown for a merge request, JSON and SARIF for programs."""

    TABLE = "table"
    MARKDOWN = "markdown"
    JSON = "json"
    SARIF = "sarif"
