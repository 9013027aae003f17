"""TLS with an authority of one's own, and a password that no error, log or answer shows."""

from __future__ import annotations

import logging
import subprocess
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
from tests.server.running import served

from .making import NOW, a_flush, total
from .redis_server import RedisServer, free_port

pytestmark = pytest.mark.needs_system("redis-server", "openssl")

SECRET = "s3cret-pa%2Fss"
SHOWN = ("s3cret-pa", "pa/ss", "pa%2Fss")


def certify(directory: Path) -> None:
    """Make an authority, and a certificate for 127.0.0.1 that it signed."""
    authority = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca"
    run(directory, f"openssl req {authority} -keyout ca.key -out ca.pem")
    wish = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server"
    run(directory, f"openssl req {wish} -keyout server.key -out server.csr")
    (directory / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    signed = "-in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names"
    run(directory, f"openssl x509 -req {signed} -out server.pem")


def run(directory: Path, command: str) -> None:
    subprocess.run(command.split(), cwd=directory, check=True, capture_output=True)


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
            place = f"127.0.0.1:{redis_server.port}/0"
            instrument(app, store=f"redis://ann:{SECRET}@{place}", authentication=False)
            with served(app) as address:
                for question in ("health", "summary", "instances", "endpoints"):
                    answer = httpx.get(f"{address}/performance/api/v1/{question}", timeout=30)
                    shows_nothing(answer.text)
                    assert answer.status_code == 200 or password == "another"
            uninstrument(app)
        client.acl_deluser("ann")
    shows_nothing(caplog.text)


def shows_nothing(text: str) -> None:
    assert [part for part in SHOWN if part in text] == []
