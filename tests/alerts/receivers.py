"""Servers that take notices, or do not: they answer, refuse, redirect, hang, drip and babble."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any


@dataclass
class Taken:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # Any: whatever was sent
        return json.loads(self.body)


Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class HttpReceiver:
    """A receiver by HTTP, which does with a request what `behaviour` says."""

    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    behaviour: Behaviour = lambda handler: answer(handler, 200, b"ok")
    end: Event = field(default_factory=Event)
    scheme: str = "http"

    @property
    def address(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


def answer(handler: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda handler: answer(handler, status, body, **headers)


@contextmanager
def http_receiver(certificate: Path | None = None) -> Iterator[HttpReceiver]:
    """Take requests, by TLS with a certificate of tests.certificates."""
    receiver = HttpReceiver(scheme="https" if certificate else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = {name.lower(): value for name, value in self.headers.items()}
            receiver.taken.append(Taken(self.path, names, body))
            receiver.behaviour(self)

        def handle(self) -> None:
            with suppress(OSError):  # a client that trusts nobody breaks off
                super().handle()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_name("server.key"))
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    receiver.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.end.set()
        server.shutdown()
        server.server_close()
        thread.join()


def hang(receiver: HttpReceiver) -> Behaviour:
    """Say nothing until the test is over."""

    def hanging(_: BaseHTTPRequestHandler) -> None:
        receiver.end.wait(60)

    return hanging


def drip(receiver: HttpReceiver) -> Behaviour:
    """Say a letter now and then, so that no time-out of a socket ever runs out."""

    def dripping(handler: BaseHTTPRequestHandler) -> None:
        try:
            while not receiver.end.wait(0.05):
                handler.wfile.write(b"a")
                handler.wfile.flush()
        except OSError:
            pass

    return dripping


def babble(handler: BaseHTTPRequestHandler) -> None:
    """ChannelAnswer with more than anybody wants to read, until nobody does."""
    handler.send_response(500)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"babble " * 10_000)
    except OSError:
        pass


@contextmanager
def silent_port() -> Iterator[int]:
    """A port at which connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
