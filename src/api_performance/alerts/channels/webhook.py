"""The webhook: a notice as JSON, signed as Standard Webhooks says (standardwebhooks.com).

`webhook-id` is the notice's id, the same in every attempt: a receiver that keeps the ids it has
taken drops doubles by it. The signature covers id, time and body, so none can be exchanged.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from typing import Final

import msgspec

from api_performance.alerts.channels.base import ChannelAnswer
from api_performance.alerts.channels.http import Receiver
from api_performance.alerts.notice import Notice
from api_performance.clock import Clock

_PREFIX: Final = "whsec_"
"""Standard Webhooks: what follows is the key in base64."""


class Webhook:
    """POSTs notices to one address."""

    repeat_seconds = 0.0

    def __init__(self, name: str, receiver: Receiver, clock: Clock, secret: str = "") -> None:
        """Send to `receiver`, signed with `secret` if there is one."""
        self.name = name
        self._receiver = receiver
        self._clock = clock
        self._key = signing_key(secret) if secret else b""

    def send(self, notice: Notice) -> ChannelAnswer:
        """Hand a notice on."""
        body = msgspec.json.encode(notice)
        return self._receiver.post(body, self._headers(notice.id, body))

    def _headers(self, notice_id: str, body: bytes) -> Mapping[str, str]:
        timestamp = str(int(self._clock.now()))
        headers = {"webhook-id": notice_id, "webhook-timestamp": timestamp}
        if self._key:
            headers["webhook-signature"] = signature(self._key, notice_id, timestamp, body)
        return headers


def signing_key(secret: str) -> bytes:
    """Return the key of a secret: of `whsec_…` what it says in base64, else its own bytes."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def signature(key: bytes, notice_id: str, timestamp: str, body: bytes) -> str:
    """Return the value of the header `webhook-signature`."""
    content = b".".join((notice_id.encode(), timestamp.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, content, 'sha256')).decode()}"
