"""Where people are told: the setting `channels`, a table for each, checked.

Addresses are secrets as a whole: Slack's is its own password, others hold one. What may be shown is
`masked`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated, Any, Final, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from api_performance.config.values import parse_list

LOG: Final = "log"
"""The channel that is there without a setting."""

ALLOWED: Final = (
    "tables by name (a-z, 0-9, `_`, `-`), each with its kind: webhook, alertmanager, slack, email,"
    " pagerduty, apprise or log, and what that kind has of address, secret, headers, sender, to"
)

OPEN_FIELDS: Final = frozenset({"kind", "sender", "to"})
"""Fields of a channel whose values may be shown; every other may hold a secret."""

_SHORTEST_SECRET: Final = 16
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.6.2: token
_MAIL_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")


class ChannelKind(StrEnum):
    """What a channel speaks."""

    WEBHOOK = "webhook"
    ALERTMANAGER = "alertmanager"
    SLACK = "slack"
    EMAIL = "email"
    PAGERDUTY = "pagerduty"
    APPRISE = "apprise"
    LOG = "log"


_NEEDED: Final[Mapping[ChannelKind, frozenset[str]]] = {
    ChannelKind.WEBHOOK: frozenset({"address"}),
    ChannelKind.ALERTMANAGER: frozenset({"address"}),
    ChannelKind.SLACK: frozenset({"address"}),
    ChannelKind.EMAIL: frozenset({"address", "sender", "to"}),
    ChannelKind.PAGERDUTY: frozenset({"secret"}),
    ChannelKind.APPRISE: frozenset({"address"}),
    ChannelKind.LOG: frozenset(),
}

_OPTIONAL: Final[Mapping[ChannelKind, frozenset[str]]] = {
    ChannelKind.WEBHOOK: frozenset({"secret", "headers"}),
    ChannelKind.ALERTMANAGER: frozenset({"headers"}),
    ChannelKind.PAGERDUTY: frozenset({"address"}),
}

_HTTP: Final = ("https", "http")
_SCHEMES: Final[Mapping[ChannelKind, tuple[str, ...]]] = {
    ChannelKind.WEBHOOK: _HTTP,
    ChannelKind.ALERTMANAGER: _HTTP,
    ChannelKind.SLACK: _HTTP,
    ChannelKind.PAGERDUTY: _HTTP,
    ChannelKind.EMAIL: ("smtp", "smtps", "smtp+plain"),
}


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def _field(default: Any, allowed: str, **limits: Any) -> Any:
    """Describe a field. Any: what pydantic's own `Field` takes and claims to return."""
    return Field(default, json_schema_extra={"allowed": allowed}, **limits)


class ChannelSettings(BaseModel):
    """One channel. Which fields it has depends on its kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Annotated[ChannelKind, BeforeValidator(_lower)] = _field(..., ", ".join(ChannelKind))
    address: SecretStr = _field(SecretStr(""), "the receiver's address", max_length=2000)
    secret: SecretStr = _field(SecretStr(""), "text, up to 500 characters", max_length=500)
    headers: Mapping[str, SecretStr] = _field({}, 'a table: `{Authorization = "Bearer …"}`')
    sender: str = _field("", "an e-mail address", max_length=320)
    to: Annotated[tuple[str, ...], BeforeValidator(parse_list)] = _field(
        (), "e-mail addresses, up to 50", max_length=50
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name)} - {"kind"}
        needed = _NEEDED[self.kind]
        if missing := sorted(needed - given):
            raise ValueError(f"kind = {self.kind.value!r} needs {' and '.join(missing)}")
        if surplus := sorted(given - needed - _OPTIONAL.get(self.kind, frozenset())):
            raise ValueError(f"kind = {self.kind.value!r} has no {' and no '.join(surplus)}")
        self._check_address()
        self._check_secret()
        _check_headers(self.headers)
        for mail_address in (*self.to, *((self.sender,) if self.sender else ())):
            if not _MAIL_ADDRESS.fullmatch(mail_address):
                raise ValueError(f"{mail_address!r} is no plain e-mail address")
        return self

    def _check_address(self) -> None:
        address = self.address.get_secret_value()
        if self.kind is ChannelKind.APPRISE and find_spec("apprise") is None:
            raise ValueError(
                "its library is not installed; install it: pip install 'api-performance[notify]'"
            )
        if not address:
            return
        if re.search(r"[\x00-\x20\x7f]", address):
            raise ValueError("its address holds a blank or a control character")
        schemes = _SCHEMES.get(self.kind, ())
        if schemes:
            _check_url(address, schemes, self.kind)

    def _check_secret(self) -> None:
        secret = self.secret.get_secret_value()
        if self.kind is ChannelKind.WEBHOOK and secret and len(secret) < _SHORTEST_SECRET:
            raise ValueError(f"its secret is shorter than {_SHORTEST_SECRET} characters")

    @property
    def masked(self) -> str:
        """The address as it may be shown: scheme and host; "" without an address."""
        return masked(self.address.get_secret_value(), self.kind)

    def in_clear(self) -> dict[str, Any]:
        """Return what was given, secrets too, as arguments take it: for a pipe, never for a log.

        Any: each field's own type.
        """
        return {
            name: _in_clear(getattr(self, name))
            for name in type(self).model_fields
            if name in self.model_fields_set
        }


def _in_clear(value: object) -> object:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        return {name: _in_clear(item) for name, item in value.items()}
    return list(value) if isinstance(value, tuple) else value


Name = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
Channels = Annotated[Mapping[Name, ChannelSettings], Field(max_length=50)]


def with_log(channels: Mapping[str, ChannelSettings]) -> dict[str, ChannelSettings]:
    """Return some channels and the log, which is there unless the settings make it another."""
    return {LOG: ChannelSettings(kind=ChannelKind.LOG), **channels}


def masked(address: str, kind: ChannelKind) -> str:
    """Return an address as it may be shown. Of apprise's, the scheme: a host may be a token."""
    scheme, separator, _ = address.partition("://")
    if not separator:
        return ""
    if kind is ChannelKind.APPRISE:
        return f"{scheme}://…"
    parts = urlsplit(address)
    return f"{scheme}://{_host(parts)}"


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{parts.port}" if parts.port else name


def _check_url(address: str, schemes: tuple[str, ...], kind: ChannelKind) -> None:
    """Check what is told of it without quoting it."""
    try:
        parts = urlsplit(address)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # urllib's own text quotes the address
        is_whole, parts = False, urlsplit("")
    expected = " or ".join(f"{scheme}://" for scheme in schemes)
    if not is_whole or parts.scheme not in schemes:
        raise ValueError(f"the address of a {kind.value} channel begins with {expected} and a host")
    if parts.scheme == "smtp+plain" and parts.username:
        raise ValueError("smtp+plain:// would send the password unencrypted: take smtp://")


def _check_headers(headers: Mapping[str, SecretStr]) -> None:
    for name, value in headers.items():
        if not _HEADER.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a header")
        if not re.fullmatch(r"[\x20-\x7e\xa0-\xff]*", value.get_secret_value()):
            raise ValueError(f"the header {name!r} holds a character that no header may have")
