"""A measured service; `/pid` tells which worker answers."""

from __future__ import annotations

import os
from typing import Final

from fastapi import FastAPI

from api_performance import instrument

ENDPOINTS: Final = 5

app = FastAPI()


@app.get("/pid")
async def pid() -> int:
    """Return which worker this is; not counted."""
    return os.getpid()


async def _thing(id: int) -> int:  # noqa: A002 # the route's own word
    return id


for number in range(ENDPOINTS):
    app.add_api_route(f"/things/{number}/{{id}}", _thing)

instrument(app, exclude=["/pid"])
