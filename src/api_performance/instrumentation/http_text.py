"""The fingerprint of an outgoing call: `GET api.host.example/items/{}`, without any value.

Of the address only host, unusual port and path are kept, and of the path only segments that read
like words; whatever else may be a value is `{}`. A name that is a word, as in `/users/alice`,
cannot be told from a fixed segment, so the templates of a host are bounded.
"""

from __future__ import annotations

import re
import threading
from typing import Final
from urllib.parse import urlsplit

from api_performance.measure.operations import known
from api_performance.model import OTHER, LatencyType, Operation

MAX_TEMPLATES: Final = 100
"""Different fingerprints of one host. APIs of some hundred routes are rarely called whole."""

MAX_HOSTS: Final = 100
"""Hosts that are told apart, so that one with a name for each customer leaves room for others."""

MAX_REMEMBERED: Final = 2_000
"""Paths whose operation is remembered; then the oldest goes."""

MAX_SEGMENTS: Final = 10

MAX_FIXED: Final = 40
"""Characters of a segment that is no value."""

MAX_HOST: Final = 253
"""Characters of a host's name (RFC 1035, section 2.3.4)."""

READ_THE_BODY: Final = "read the body"

FIRST_FAILURE: Final = 400
"""OpenTelemetry's conventions for HTTP: a client's span of 4xx or 5xx is an error."""

_FIRST_WORD: Final = r"(?:[A-Z]?[a-z]{1,20}|[A-Z]{2,6})"
_NEXT_WORD: Final = rf"(?:[-_.:]{_FIRST_WORD}|[A-Z][a-z]{{1,20}})"
_FIXED: Final = re.compile(
    r"|v\d{1,3}(?:\.\d{1,2})?(?:(?:alpha|beta)\d{0,2})?|oauth2"
    rf"|(?![a-f]{{7,}}$)[_.$]{{0,2}}{_FIRST_WORD}{_NEXT_WORD}{{0,3}}"
)
"""A segment of a path that is no value: none, a version, or one to four words of letters, written
any way. Seven letters that are all hex digits are a number, until proven a façade."""

_USUAL_PORTS: Final = {"http": ":80", "https": ":443"}

_lock: Final = threading.Lock()
_operations: Final[dict[tuple[str, str, str], Operation]] = {}
_templates: Final[dict[str, set[str]]] = {}


def call_to(method: str, host: str, path: str) -> Operation:
    """Return the operation of a call to a host (with its port if unusual) and a raw path."""
    key = method, host, path
    operation = _operations.get(key)
    if operation is None:
        operation = known(LatencyType.EXTERNAL_API, _text(method, host, path), "http")
        with _lock:
            if len(_operations) >= MAX_REMEMBERED:
                _operations.pop(next(iter(_operations)))
            _operations[key] = operation
    return operation


def call_of(method: str, url: str) -> Operation:
    """Return the operation of a call to an absolute URL. ValueError if it is none."""
    parts = urlsplit(url)
    if not parts.netloc:
        raise ValueError("an absolute URL has a host")
    host = parts.netloc.rpartition("@")[2]
    usual = _USUAL_PORTS.get(parts.scheme)
    return call_to(method, host.removesuffix(usual) if usual else host, parts.path)


def _text(method: str, host: str, path: str) -> str:
    name = method.upper() if method.isascii() and method.isalpha() and len(method) < 20 else "?"
    host = host.lower()[-MAX_HOST:]
    template = template_of(path)
    with _lock:
        if host not in _templates and len(_templates) >= MAX_HOSTS:
            return f"{name} {OTHER}"
        mine = _templates.setdefault(host, set())
        if len(mine) >= MAX_TEMPLATES and f"{name} {template}" not in mine:
            return f"{name} {host}/{OTHER}"
        mine.add(f"{name} {template}")
    return f"{name} {host}{template}"


def template_of(path: str) -> str:
    """Return a raw path with `{}` for whatever may be a value, without query and fragment."""
    plain = path.partition("?")[0].partition("#")[0]
    segments = plain.removeprefix("/").split("/", MAX_SEGMENTS)
    more = "/…" if len(segments) > MAX_SEGMENTS else ""
    fixed = [without_value(segment) for segment in segments[:MAX_SEGMENTS]]
    return f"/{'/'.join(fixed)}{more}"


def without_value(segment: str) -> str:
    """Return a segment of a path, or another name, if it reads like words; else `{}`."""
    return segment if len(segment) <= MAX_FIXED and _FIXED.fullmatch(segment) else "{}"


def reading() -> Operation:
    """Return the operation of reading a body that did not come with its headers."""
    return known(LatencyType.EXTERNAL_API, READ_THE_BODY, "http")


def is_repeatable(method: str) -> bool:
    """Tell whether a call is known by its address alone: it has no body that may differ."""
    return method in ("GET", "HEAD", "get", "head")


def is_failed(status: int) -> bool:
    """Tell whether a status counts as failed: a client's own faults too, as in OpenTelemetry."""
    return status >= FIRST_FAILURE
