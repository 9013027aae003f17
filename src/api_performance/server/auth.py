"""Who may look and who may change something: tokens, sessions, roles.

Nothing is stored but one secret key per installation, made once and shared by all its workers
through the store, and which sessions were signed out. A token is a keyed hash of its role, a
session is signed with the same key; so neither lies in any file, both survive a restart, and
renewing the key ends them all.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Final, Generic, TypeVar

from api_performance.clock import Clock
from api_performance.stores.base import Event, Store

T = TypeVar("T")

ACCESS_KEY: Final = "access"
"""The key's name in the store."""

KEY_BYTES: Final = 32
SESSION_SECONDS: Final = 12 * 3600.0
"""A working day; then the page asks for the token again."""

SIGN_OUT: Final = "sign_out"
"""The kind of event that ends the session which is its subject."""

REREAD_SECONDS: Final = 2.0
"""A renewed key, or signing out, ends sessions at every other worker within so long."""


class Role(StrEnum):
    """What a visitor may do; an operator may also look."""

    VIEW = "view"
    OPERATE = "operate"

    def covers(self, needed: Role) -> bool:
        """Tell whether who has this role may do what needs the other."""
        return self is Role.OPERATE or needed is Role.VIEW


@dataclass(frozen=True, slots=True)
class Session:
    """A visitor who signed in. `csrf` is asked for with every change.

    `cookie` is the name of the cookie, `value` its value.
    """

    cookie: str
    value: str
    role: Role
    expires_at: float
    csrf: str

    @property
    def id(self) -> str:
        """What tells it from others; of no use without the signature."""
        return self.value.split(".")[2]


class Auth:
    """Checks tokens and sessions. Calls may read the store, so they belong in a thread."""

    def __init__(self, store: Store, clock: Clock, *, is_required: bool = True) -> None:
        """Share keys with all workers of `store`. Without `is_required` everybody may operate."""
        self.is_required = is_required
        self._store = store
        self._clock = clock
        self._key = _Kept(lambda: store.key(ACCESS_KEY, _new_key), clock)
        self._signed_out = _Kept(self._read_signed_out, clock)

    def token(self, role: Role) -> str:
        """Return the role's token, the same in every process until the key is renewed."""
        return f"{role.value}-{self._sign('token', role.value)}"

    def login_address(self, page: str, role: Role = Role.OPERATE) -> str:
        """Return the address that signs a browser in; `page` is the page's own, `http://…/`.

        The token is in the fragment, which browsers send to no server, so no access log has it.
        """
        return f"{page.rstrip('/')}/#token={self.token(role)}"

    def renew(self) -> None:
        """Make every token and session of before worthless, here at once, elsewhere in seconds."""
        self._store.replace_key(ACCESS_KEY, _new_key())
        self._key.forget()

    def role_of_token(self, token: str) -> Role | None:
        """Return what a token allows; None if it is none of ours."""
        given = token.encode(errors="replace")
        for role in Role:
            if hmac.compare_digest(given, self.token(role).encode()):
                return role
        return None

    def cookie_name(self) -> str:
        """Return the name of the cookie with a session, which is this installation's own.

        Browsers tell hosts apart, not ports: pages of two services on one host would sign each
        other's visitors out.
        """
        return f"api_performance_{self._sign('cookie', 'session')[:8]}"

    def open_session(self, role: Role) -> Session:
        """Return a new session for the role."""
        expires_at = int(self._clock.now() + SESSION_SECONDS)
        content = f"{role.value}.{expires_at}.{secrets.token_urlsafe(12)}"
        return self._session(f"{content}.{self._sign('session', content)}", role, expires_at)

    def session(self, value: str) -> Session | None:
        """Return the session of a cookie; None if it is none of ours or has expired."""
        content, _, signature = value.rpartition(".")
        if not hmac.compare_digest(
            signature.encode(errors="replace"), self._sign("session", content).encode()
        ):
            return None
        role, expires_at, _ = content.split(".")
        session = self._session(value, Role(role), int(expires_at))
        if self._clock.now() >= session.expires_at or session.id in self._signed_out.value():
            return None
        return session

    def close_session(self, session: Session) -> None:
        """Make a session worthless, here at once, elsewhere in seconds. StoreUnavailable."""
        self._store.record_event(
            Event(self._clock.now(), SIGN_OUT, session.id, session.role.value, "signed out")
        )
        self._signed_out.forget()

    def _read_signed_out(self) -> frozenset[str]:
        now = self._clock.now()
        events = self._store.events(now - SESSION_SECONDS, now + SESSION_SECONDS, (SIGN_OUT,))
        return frozenset(event.subject for event in events)

    def _session(self, value: str, role: Role, expires_at: float) -> Session:
        return Session(self.cookie_name(), value, role, expires_at, self._sign("csrf", value))

    def _sign(self, purpose: str, content: str) -> str:
        digest = hmac.digest(self._key.value(), f"{purpose}\n{content}".encode(), "sha256")
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


class _Kept(Generic[T]):
    """What the store says, asked again every REREAD_SECONDS. From any thread."""

    def __init__(self, read: Callable[[], T], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._known: tuple[T, float] | None = None

    def value(self) -> T:
        with self._lock:
            known, now = self._known, self._clock.perf()
            if known is None or now >= known[1]:
                known = self._known = self._read(), now + REREAD_SECONDS
        return known[0]

    def forget(self) -> None:
        with self._lock:
            self._known = None


def _new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)
