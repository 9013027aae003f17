"""E-mail by SMTP: `smtp://` is STARTTLS, `smtps://` TLS at once, `smtp+plain://` neither."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from socket import socket
from typing import Final
from urllib.parse import unquote, urlsplit

from api_performance.alerts.channels.base import (
    ATTEMPT_SECONDS,
    SILENCE_SECONDS,
    ChannelAnswer,
    delivered,
    refused,
    waiting,
)
from api_performance.alerts.channels.deadline import Deadline
from api_performance.alerts.notice import Notice

_PORTS: Final[Mapping[str, int]] = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
"""RFC 8314 (submission), RFC 5321."""


class Email:
    """Sends notices to some addresses by one server."""

    repeat_seconds = 0.0

    def __init__(
        self,
        name: str,
        address: str,
        sender: str,
        to: Sequence[str],
        *,
        silence_seconds: float = SILENCE_SECONDS,
        attempt_seconds: float = ATTEMPT_SECONDS,
    ) -> None:
        """Log in as the user in `address`, if it names one, and write from `sender` to `to`."""
        self.name = name
        parts = urlsplit(address)
        self._scheme = parts.scheme
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = unquote(parts.username) if parts.username else ""
        self._password = unquote(parts.password or "")
        self._sender = sender
        self._to = to
        self._silence_seconds = silence_seconds
        self._attempt_seconds = attempt_seconds

    def send(self, notice: Notice) -> ChannelAnswer:
        """Hand a notice on."""
        with Deadline(self._attempt_seconds) as deadline:
            try:
                return self._sent(notice, deadline)
            except smtplib.SMTPRecipientsRefused as error:
                return _worst(error.recipients)
            except smtplib.SMTPResponseException as error:
                return _refusal(error.smtp_code, _STEPS.get(type(error), "it refused the message"))
            except smtplib.SMTPNotSupportedError:
                return refused("it offers no STARTTLS or no login: see the schemes of addresses")
            except (OSError, smtplib.SMTPException) as error:
                if deadline.is_over:
                    return waiting(f"it did not answer in {self._attempt_seconds:g} s")
                return waiting(self._trouble(error))

    def _trouble(self, error: Exception) -> str:
        """Return why it broke off, in no words of the server's."""
        if isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected):
            return f"it broke off, or said nothing for {self._silence_seconds:g} s"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted: {error.verify_message}"
        words = error.strerror if isinstance(error, OSError) else None
        return f"it cannot be reached: {words or type(error).__name__}"

    def _sent(self, notice: Notice, deadline: Deadline) -> ChannelAnswer:
        with closing(self._connection()) as server:
            deadline.watch(_socket_of(server))
            if self._scheme == "smtp":
                server.starttls(context=ssl.create_default_context())
                deadline.watch(_socket_of(server))
            if self._user:
                server.login(self._user, self._password)
            left_out = server.send_message(self._message(notice), self._sender, self._to)
            with suppress(smtplib.SMTPException, OSError):  # it has the message, whatever it says
                server.quit()
        if left_out:
            return delivered(f"{len(left_out)} of {len(self._to)} recipients were refused")
        return delivered()

    def _connection(self) -> smtplib.SMTP:
        if self._scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                self._host, self._port, timeout=self._silence_seconds, context=context
            )
        return smtplib.SMTP(self._host, self._port, timeout=self._silence_seconds)

    def _message(self, notice: Notice) -> EmailMessage:
        """Return the message; its id is the notice's, and an incident's are one thread."""
        host = self._sender.rpartition("@")[2]
        message = EmailMessage()
        message["Subject"] = " ".join(notice.title.split())
        message["From"] = self._sender
        message["To"] = ", ".join(self._to)
        message["Date"] = format_datetime(datetime.fromtimestamp(notice.at, UTC))
        message["Message-ID"] = f"<{notice.id}.{self.name}@{host}>"
        message["References"] = f"<{notice.incident}.{self.name}@{host}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answer from a holiday
        message.set_content(f"{notice.text or notice.title}\n\n{_facts(notice)}\n")
        return message


_STEPS: Final[Mapping[type[smtplib.SMTPException], str]] = {
    smtplib.SMTPAuthenticationError: "it refused the login",
    smtplib.SMTPSenderRefused: "it refused the sender",
    smtplib.SMTPConnectError: "it refused the connection",
    smtplib.SMTPHeloError: "it refused the greeting",
}


def _refusal(code: int, what: str) -> ChannelAnswer:
    """Return a reply in words of ours: RFC 5321, 4.2.1: 5yz is permanent, 4yz passes."""
    reason = f"SMTP {code}: {what}"
    return refused(reason) if 500 <= code < 600 else waiting(reason)


def _worst(recipients: Mapping[str, tuple[int, bytes]]) -> ChannelAnswer:
    """Return what to do where nobody was accepted: try again as long as that may help anybody."""
    code = min(code for code, _ in recipients.values())
    return _refusal(code, f"it refused every recipient ({len(recipients)})")


def _socket_of(server: smtplib.SMTP) -> socket:
    if server.sock is None:
        raise smtplib.SMTPServerDisconnected
    return server.sock


def _facts(notice: Notice) -> str:
    facts = {
        "service": notice.service,
        "environment": notice.environment,
        "priority": notice.priority.value,
        "severity": notice.severity.value,
        "incident": notice.incident,
    }
    return "\n".join(f"{name}: {text}" for name, text in facts.items() if text)
