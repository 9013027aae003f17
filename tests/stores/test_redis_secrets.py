"""TLS with an authority of one's own, and a password that no error, log or answer shows."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import redis
from fastapi import FastAPI

from api_performance import instrument, uninstrument
from api_performance.config import Config
from api_performance.errors import ConfigError, StoreUnavailable
from api_performance.stores.redis import RedisStore
from tests.certificates import certify
from tests.ports import free_port
from tests.server.running import served

from .making import NOW, a_batch, a_flush, a_window, an_endpoint, total
from .redis_cluster import ClusterServer, a_redis_cluster, until
from .redis_sentinel import Sentinel
from .redis_server import RedisServer, a_redis_server

pytestmark = pytest.mark.needs_system("redis-server", "openssl")

SECRET = "s3cret-pa%2Fss"
SHOWN = ("s3cret-pa", "pa/ss", "pa%2Fss")


class TLSServer(RedisServer):
    """A server that speaks TLS beside plain text."""

    def __init__(self, directory: Path) -> None:
        super().__init__(free_port(), directory)
        self.tls_port = free_port()
        self.authority = directory / "ca.pem"
        certify(directory)
        self.start(
            *("--tls-port", str(self.tls_port), "--tls-auth-clients", "no"),
            *("--tls-ca-cert-file", "ca.pem", "--tls-key-file", "server.key"),
            *("--tls-cert-file", "server.pem", "--requirepass", "s3cret-pa/ss"),
        )

    def tls_address(self, authority: Path) -> str:
        place = f"127.0.0.1:{self.tls_port}"
        return f"rediss://:{SECRET}@{place}?ssl_ca_certs={authority}"


@pytest.fixture(scope="module")
def tls_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TLSServer]:
    server = TLSServer(tmp_path_factory.mktemp("tls"))
    yield server
    server.stop()


def test_a_server_is_trusted_by_the_authority_in_the_address(tls_server: TLSServer) -> None:
    store = RedisStore(tls_server.tls_address(tls_server.authority))
    store.append(a_flush(1, NOW))
    assert total(store) == 2
    store.close()


def test_a_certificate_of_another_authority_is_refused_with_a_remedy(
    tls_server: TLSServer, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    certify(other)
    store = RedisStore(tls_server.tls_address(other / "ca.pem"))
    with pytest.raises(StoreUnavailable, match=r"do not trust .+ \?ssl_ca_certs="):
        store.append(a_flush(1, NOW))
    store.close()


def test_an_authority_whose_file_is_missing_is_told(tls_server: TLSServer, tmp_path: Path) -> None:
    store = RedisStore(tls_server.tls_address(tmp_path / "none.pem"))
    with pytest.raises(StoreUnavailable, match=r"none\.pem, the file of ssl_ca_certs, is not"):
        store.append(a_flush(1, NOW))
    store.close()


class TLSNode(ClusterServer):
    """A node of a cluster that speaks TLS, with clients and with the others."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.tls_port = free_port()

    def start(self, *options: str) -> None:
        """Start it; the options name certificates."""
        tls = "--tls-port", str(self.tls_port), "--tls-cluster", "yes", "--tls-replication", "yes"
        super().start(*tls, *options)


def test_a_cluster_that_speaks_tls_is_written_and_read(tmp_path: Path) -> None:
    certify(tmp_path)
    named = {"ca-cert": "ca.pem", "key": "server.key", "cert": "server.pem"}
    files = [
        each
        for name, file in named.items()
        for each in (f"--tls-{name}-file", str(tmp_path / file))
    ]
    with a_redis_cluster(
        tmp_path / "nodes", *files, "--tls-auth-clients", "no", kind=TLSNode
    ) as cluster:
        first = cluster.nodes[0]
        assert isinstance(first, TLSNode)
        place = f"rediss+cluster://127.0.0.1:{first.tls_port}"
        store = RedisStore(f"{place}?ssl_ca_certs={tmp_path / 'ca.pem'}")
        windows = [(an_endpoint(f"/{number}"), a_window(NOW)) for number in range(40)]
        store.append(a_batch(1, windows))
        assert total(store) == 2 * len(windows)
        masters = cluster.nodes[:3]
        assert all(node.ask("DBSIZE") for node in masters)
        store.close()


@pytest.fixture
def sentinel(tmp_path: Path) -> Iterator[Sentinel]:
    """A sentinel with a password, which watches a server with another one."""
    for name in ("master", "sentinel"):
        (tmp_path / name).mkdir()
    with a_redis_server(tmp_path / "master", "--requirepass", "s3cret-pa/ss") as master:
        sentinel = Sentinel(tmp_path / "sentinel", master, "of-sentinel", "s3cret-pa/ss")
        until(sentinel.sees_its_master)
        yield sentinel
        sentinel.stop()


def test_a_sentinel_has_a_password_of_its_own(sentinel: Sentinel) -> None:
    place = f"redis+sentinel://:{SECRET}@127.0.0.1:{sentinel.port}/shop"
    store = RedisStore(f"{place}?sentinel_password=of-sentinel")
    store.append(a_flush(1, NOW))
    assert total(store) == 2
    store.close()


@pytest.mark.parametrize("password", ["", f"?sentinel_password={SECRET}"])
def test_a_sentinel_that_refuses_us_is_told_without_its_password(
    sentinel: Sentinel, password: str
) -> None:
    place = f"redis+sentinel://:{SECRET}@127.0.0.1:{sentinel.port}/shop"
    store = RedisStore(place + password, patience_seconds=0.5)
    with pytest.raises(StoreUnavailable) as caught:
        store.endpoints()
    shows_nothing("".join(traceback.format_exception(caught.value)))
    assert "No master found for 'shop'" in str(caught.value)
    store.close()


WRONG: dict[str, Callable[[RedisServer], str]] = {
    "away": lambda _: f"redis://ann:{SECRET}@127.0.0.1:{free_port()}/0",
    "refused": lambda server: f"redis://ann:{SECRET}@127.0.0.1:{server.port}/0",
    "no cluster": lambda server: f"redis+cluster://ann:{SECRET}@127.0.0.1:{server.port}",
    "cluster away": lambda _: f"redis+cluster://ann:{SECRET}@127.0.0.1:{free_port()}",
    "no sentinel": lambda server: (
        f"redis+sentinel://ann:{SECRET}@127.0.0.1:{server.port}/shop?sentinel_password={SECRET}"
    ),
    "no TLS": lambda server: f"rediss://ann:{SECRET}@127.0.0.1:{server.port}/0",
    "no host": lambda _: f"redis://ann:{SECRET}@no-such-host.invalid:6379/0",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_no_error_shows_the_password(
    redis_server: RedisServer, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    address = WRONG[wrong](redis_server)
    caplog.set_level(logging.DEBUG)
    store = RedisStore(address, patience_seconds=0.5)
    for call in (store.endpoints, store.revision, lambda: store.append(a_flush(1, NOW))):
        with pytest.raises(StoreUnavailable) as caught:
            call()
        shows_nothing("".join(traceback.format_exception(caught.value)))
    shows_nothing(str(store.status()))
    shows_nothing(repr(Config(store=address)) + Config(store=address).store_name)
    shows_nothing(caplog.text)
    store.close()


@pytest.mark.parametrize("wrong", ["redis://ann:{}@h:x", "redis+cluster://ann:{}@h/7"])
def test_no_refusal_of_an_address_shows_the_password(wrong: str) -> None:
    for raised, make in (
        (ConfigError, lambda at: Config(store=at)),
        (StoreUnavailable, RedisStore),
    ):
        with pytest.raises(raised) as caught:
            make(wrong.format(SECRET))
        shows_nothing("".join(traceback.format_exception(caught.value)))


def test_no_answer_of_the_api_shows_the_password(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither while the store refuses us, nor once it lets us in."""
    caplog.set_level(logging.DEBUG)
    with redis.Redis(port=redis_server.port) as client:
        for password in ("another", "s3cret-pa/ss"):
            client.acl_setuser("ann", enabled=True, reset=True)
            rights = {"keys": ["*"], "channels": ["*"], "categories": ["+@all"]}
            client.acl_setuser("ann", enabled=True, passwords=[f"+{password}"], **rights)
            app = FastAPI()
            place = redis_server.fresh().replace("redis://", f"redis://ann:{SECRET}@")
            instrument(app, store=place, authentication=False)
            with served(app) as address:
                for question in ("health", "summary", "instances", "endpoints"):
                    answer = httpx.get(f"{address}/performance/api/v1/{question}", timeout=120)
                    shows_nothing(answer.text)
                    assert answer.status_code == 200 or password == "another", answer.text
            uninstrument(app)
        client.acl_deluser("ann")
    shows_nothing(caplog.text)


def shows_nothing(text: str) -> None:
    assert [part for part in SHOWN if part in text] == []
