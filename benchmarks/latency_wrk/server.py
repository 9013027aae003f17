"""One uvicorn worker with the application, watched or not; prints its port when it listens."""

from __future__ import annotations

import socket
import sys

import uvicorn
from fastapi import FastAPI

from benchmarks.latency_wrk.app import build_app


def _watch(app: FastAPI, store: str) -> None:
    """Put the whole product around the application, as one line in a program does."""
    from api_performance import instrument  # the plain server must not load it

    instrument(app, store=store)


def main(watcher: str, store: str) -> None:
    """Serve until the process is ended."""
    app = build_app()
    if watcher == "ours":
        _watch(app, store)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    server.run(sockets=[listener])


if __name__ == "__main__":
    main(*sys.argv[1:])
