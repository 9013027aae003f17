"""Slack, by an incoming webhook: a message of blocks, and its text for where none are shown."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from api_performance.alerts.channels.base import ChannelAnswer
from api_performance.alerts.channels.http import Receiver
from api_performance.alerts.notice import Notice

# docs.slack.dev/reference/block-kit/blocks: header-block, section-block
_LONGEST_HEADER: Final = 150
_LONGEST_TEXT: Final = 3000


class Slack:
    """Writes notices to one channel of a workspace."""

    repeat_seconds = 0.0

    def __init__(self, name: str, receiver: Receiver) -> None:
        """Send to `receiver`, whose address is the webhook's."""
        self.name = name
        self._receiver = receiver

    def send(self, notice: Notice) -> ChannelAnswer:
        """Hand a notice on."""
        return self._receiver.post(msgspec.json.encode(message(notice)))


def message(notice: Notice) -> dict[str, Any]:
    """Return Slack's JSON, of which Any is its own. Nothing in a notice is taken for markup."""
    place = " · ".join(part for part in (notice.service, notice.environment) if part)
    facts = f"{place} · priority {notice.priority.value} · incident {notice.incident}"
    return {
        "text": _escaped(f"{notice.title}\n{notice.text}"[:_LONGEST_TEXT]),
        "blocks": [
            {"type": "header", "text": _plain(notice.title, _LONGEST_HEADER)},
            {"type": "section", "text": _plain(notice.text or notice.title, _LONGEST_TEXT)},
            {"type": "context", "elements": [_plain(facts, _LONGEST_TEXT)]},
        ],
    }


def _plain(text: str, longest: int) -> dict[str, Any]:
    shown = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return {"type": "plain_text", "text": shown, "emoji": False}


def _escaped(text: str) -> str:
    """Escape what Slack would read as a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
