"""Addresses of a Redis: one server, one that sentinels name, or a cluster.

`redis://host:6379/0`, `redis+sentinel://host:26379,host/service/0`, `redis+cluster://host:6379,host`;
each with `rediss` for TLS, `user:password@` before the hosts, and options behind a `?`. What is
wrong is said without quoting any part that may belong to a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

SCHEMES: Final = tuple(
    f"{scheme}{form}" for form in ("", "+sentinel", "+cluster") for scheme in ("redis", "rediss")
)

_PORTS: Final = {"": 6379, "cluster": 6379, "sentinel": 26379}
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")
_SENTINEL_OPTIONS: Final = ("sentinel_username", "sentinel_password")
_TLS_FILES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_CHECK_HOSTNAME: Final = "ssl_check_hostname"

Host = tuple[str, int]


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """Where a Redis is, and what it takes to speak with it.

    `form` is "", "sentinel" or "cluster". `service` is what sentinels call the server.
    `namespace` keeps installations that share a Redis apart; empty is one of them.
    """

    form: str
    is_tls: bool
    hosts: tuple[Host, ...]
    username: str | None
    password: str | None
    database: int
    service: str
    namespace: str
    tls: Mapping[str, str]
    sentinel: Mapping[str, str]

    @property
    def checks_hostname(self) -> bool:
        """Whether a certificate must name the host that was asked for."""
        return self.tls.get(_CHECK_HOSTNAME, "true") == "true"

    @property
    def tls_files(self) -> dict[str, str]:
        """The files of TLS by the driver's names for them."""
        return {name: path for name, path in self.tls.items() if name in _TLS_FILES}


def parse_redis_address(address: str) -> RedisAddress:
    """Take an address apart; ValueError says what is wrong with it."""
    scheme, _, rest = address.partition("://")
    secure, _, form = scheme.partition("+")
    rest, _, query = rest.partition("?")
    place, _, path = rest.partition("/")
    if "@" in path or "@" in query:
        raise ValueError("what is special in user, password and options is to be quoted with %")
    login, separator, hosts = place.rpartition("@")
    if "@" in login:
        raise ValueError("user and password come once, before the first host, quoted with %")
    username, _, password = login.partition(":")
    service, database = _service_and_database(form, path)
    options = _options(query, is_tls=secure == "rediss", form=form)
    return RedisAddress(
        form=form,
        is_tls=secure == "rediss",
        hosts=_hosts(hosts, form),
        username=unquote(username) or None,
        password=unquote(password) if separator and password else None,
        database=database,
        service=service,
        namespace=options.pop("namespace", ""),
        tls={name: text for name, text in options.items() if name not in _SENTINEL_OPTIONS},
        sentinel={name: text for name, text in options.items() if name in _SENTINEL_OPTIONS},
    )


def _hosts(text: str, form: str) -> tuple[Host, ...]:
    found = tuple(_host(each, _PORTS[form]) for each in text.split(","))
    if not form and len(found) > 1:
        raise ValueError("redis:// has one host; several are of redis+cluster:// or redis+sentinel")
    return found


def _host(text: str, default_port: int) -> Host:
    try:
        parts = urlsplit(f"//{text}")
        port = default_port if parts.port is None else parts.port
    except ValueError:
        raise ValueError("the port of a host is no number from 1 to 65535") from None
    if not parts.hostname:
        raise ValueError("the host of the server is missing")
    if port == 0:
        raise ValueError("the port of a host is no number from 1 to 65535")
    return parts.hostname, port


def _service_and_database(form: str, path: str) -> tuple[str, int]:
    service, database = "", path
    if form == "sentinel":
        service, _, database = path.partition("/")
        if not service:
            raise ValueError("the name by which the sentinels know the service is missing")
    if database and not re.fullmatch(r"[0-9]{1,5}", database):
        raise ValueError("the database behind the host is no number")
    if form == "cluster" and int(database or 0):
        raise ValueError("a cluster has no database but 0; use ?namespace= to keep things apart")
    return unquote(service), int(database or 0)


def _options(query: str, *, is_tls: bool, form: str) -> dict[str, str]:
    known = ["namespace"]
    known += [*_TLS_FILES, _CHECK_HOSTNAME] if is_tls else []
    known += _SENTINEL_OPTIONS if form == "sentinel" else []
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, text = pair.partition("=")
        if name not in known:
            raise ValueError(f"an option behind the ? is none of {', '.join(known)}")
        options[name] = unquote(text)
    _check_options(options)
    return options


def _check_options(options: Mapping[str, str]) -> None:
    if not _NAMESPACE.fullmatch(options.get("namespace", "none")):
        raise ValueError("a namespace has letters, digits, `.`, `_` and `-`, up to 100")
    if options.get(_CHECK_HOSTNAME, "true") not in ("true", "false"):
        raise ValueError(f"{_CHECK_HOSTNAME} is true or false")
    if any(not text for text in options.values()):
        raise ValueError("an option behind the ? has no value")
