"""Looks at this host: the interpreter, the packages that we need, the port to listen on."""

from __future__ import annotations

import errno
import platform
import re
import socket
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

from api_performance.config import Config
from api_performance.findings import Finding, Level

OLDEST_PYTHON: Final = (3, 11)
NEWEST_PYTHON: Final = (3, 13)
"""As pyproject.toml has them; a newer one may work, but our tests do not run on it."""

_CHECK: Final = "Versions"
_PACKAGE: Final = "api-performance"
_NEED: Final = re.compile(r"([\w-]+)>=([\d.]+)(?:; extra == ['\"](\w+)['\"])?$")


def check_versions(config: Config | None) -> Iterator[Finding]:
    """Tell whether Python and every package that the settings need is new enough."""
    python = platform.python_version()
    if not OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        told = f"Python {python} is not among those that we test."
        yield Finding(_CHECK, Level.WARNING, told, "Run on Python 3.11, 3.12 or 3.13.")
    missing = (_missing(need, config) for need in requires(_PACKAGE) or ())
    wrong = [each for each in missing if each is not None]
    for what, remedy in wrong:
        yield Finding(_CHECK, Level.ERROR, what, remedy)
    if not wrong:
        told = f"{_PACKAGE} {version(_PACKAGE)} on Python {python}, its packages are new enough."
        yield Finding(_CHECK, Level.OK, told)


def _missing(need: str, config: Config | None) -> tuple[str, str] | None:
    """Return what is wrong with one requirement, and the remedy; None if nothing is."""
    match = _NEED.match(need)
    if match is None or not _is_needed(match[3], config):
        return None
    name, least = match[1], match[2]
    remedy = f"pip install '{name}>={least}'"
    try:
        found = version(name)
    except PackageNotFoundError:
        return f"{name} is not installed.", remedy
    if _numbers(found) < _numbers(least):
        return f"{name} {found} is older than {least}.", remedy
    return None


def _is_needed(extra: str | None, config: Config | None) -> bool:
    if extra is None:
        return True
    return extra == "redis" and config is not None and config.store.startswith("redis")


def _numbers(text: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def check_port(host: str, port: int) -> Finding:
    """Tell whether a server may listen on a port (1 to 65535) now, by doing so for a moment."""
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do
            listener.bind(address)
            listener.listen(1)
    except OSError as error:
        return Finding("Port", Level.ERROR, *_why(error, where, port))
    return Finding("Port", Level.OK, f"{where} is free.")


def _why(error: OSError, where: str, port: int) -> tuple[str, str]:
    if error.errno == errno.EADDRINUSE:
        who = f"`ss -ltnp sport = :{port}` names the process"
        return f"{where} is in use.", f"End what listens there ({who}), or take another --port."
    if error.errno == errno.EACCES:
        told = f"{where} may not be listened on by this user."
        return told, "Take a --port from 1024 on, behind a proxy."
    told = f"{where} cannot be listened on ({error.strerror or error})."
    return told, "Take an address of this host: --host 127.0.0.1, or 0.0.0.0 for all."
