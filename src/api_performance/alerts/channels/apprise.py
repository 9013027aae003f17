"""Every service that apprise knows, some hundred of them; the extra `notify`."""

from __future__ import annotations

from typing import Final

from api_performance.alerts.channels.base import ChannelAnswer, delivered, refused, waiting
from api_performance.alerts.notice import Notice, NoticeKind
from api_performance.model import PerformanceThreshold

_TYPES: Final = {PerformanceThreshold.CRITICAL: "failure", PerformanceThreshold.WARNING: "warning"}


class Apprise:
    """Hands notices to one of apprise's services."""

    repeat_seconds = 0.0

    def __init__(self, name: str, address: str) -> None:
        """Send to `address`, in apprise's form, such as `tgram://token/chat`."""
        self.name = name
        self._address = address

    def send(self, notice: Notice) -> ChannelAnswer:
        """Hand a notice on. apprise tells whether it was taken; why not, it tells its own log."""
        try:
            import apprise
        except ImportError:
            return refused("apprise is missing; install it: pip install 'api-performance[notify]'")
        service = apprise.Apprise()
        if not service.add(self._address):
            return refused("apprise knows no service of such an address")
        kind = "success" if notice.kind is NoticeKind.RESOLVED else _TYPES.get(notice.severity)
        if service.notify(
            title=notice.title, body=notice.text or notice.title, notify_type=kind or "info"
        ):
            return delivered()
        return waiting("apprise could not deliver it; the logger `apprise` says why")
