"""Opens the configured store from outside the application, and tells how to sign in to its page."""

from __future__ import annotations

from api_performance.cli.errors import CannotRead
from api_performance.clock import SystemClock
from api_performance.config import Config
from api_performance.server.auth import Auth, Role
from api_performance.stores.base import Store
from api_performance.wiring import make_store


def open_store(config: Config) -> Store:
    """Open a store that is there. CannotRead if none is, StoreUnavailable, StoreTooNew."""
    if config.store == "memory://":
        raise CannotRead(
            "the memory store lives inside the application, out of reach of a command;"
            " name another with --store or API_PERFORMANCE_STORE"
        )
    if config.store_path is not None and not config.store_path.exists():
        raise CannotRead(
            f"there is no store at {config.store_path}: start the application first, or name its"
            " store with --store or API_PERFORMANCE_STORE"
        )
    store = make_store(config)
    store.endpoints()  # a server is asked now whether it answers
    return store


def login_line(config: Config, url: str, role: Role, *, renew: bool, raw: bool) -> str:
    """Return the login address, or the token alone. CannotRead as `open_store`, or without a page.

    `renew` ends every token and session of before.
    """
    if not config.authentication:
        raise CannotRead("authentication is off: the page asks for no token")
    store = open_store(config)
    try:
        auth = Auth(store, SystemClock())
        if renew:
            auth.renew()
        if raw:
            return auth.token(role)
        return auth.login_address(_page(config, url), role)
    finally:
        store.close()


def _page(config: Config, url: str) -> str:
    if not config.path:
        raise CannotRead("path is empty, so no page is served; `--raw` prints the token alone")
    base = url.rstrip("/").removesuffix(config.path)
    return f"{base if '://' in base else f'http://{base}'}{config.path}/"
