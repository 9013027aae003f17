"""Serves the routes of every module in a folder, measured: `python -m …server FOLDER STORE`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import uvicorn
from fastapi import APIRouter, FastAPI

from api_performance import instrument
from benchmarks.advice.listening import listening


def modules(folder: Path) -> list[ModuleType]:
    """Import each Python file of a folder, as if the folder were on the path."""
    sys.path.insert(0, str(folder))
    return [importlib.import_module(path.stem) for path in sorted(folder.glob("[!_]*.py"))]


def make_app(folder: Path, store: str) -> FastAPI:
    """Return an app with the `router` or the routes of the `app` of each module."""
    app = FastAPI(title="advised")
    for module in modules(folder):
        router = getattr(module, "router", None) or getattr(module, "app", None)
        if isinstance(router, FastAPI):
            app.router.routes.extend(router.router.routes)
        elif isinstance(router, APIRouter):
            app.include_router(router)
    instrument(
        app, store=store, analysis="process", authentication=False, version="0", environment=""
    )
    return app


if __name__ == "__main__":
    given, store_address = Path(sys.argv[1]), sys.argv[2]
    with listening() as socket:
        measured = make_app(given, store_address)
        print(socket.getsockname()[1], flush=True)
        uvicorn.Server(uvicorn.Config(measured, log_level="critical")).run(sockets=[socket])
