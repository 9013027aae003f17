"""Runs a page's Python blocks one after the other, each by itself: `python -m … PAGE NUMBER…`.

What a block leaves as `app` is asked for each of its routes, as a client would.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from api_performance import uninstrument
from tests.docs.blocks import Block, blocks


def main() -> None:
    """Run the blocks of a page that have these numbers; a traceback tells which one fails."""
    page, *numbers = sys.argv[1:]
    for block in blocks(Path(page), "python"):
        if str(block.number) in numbers:
            run(block)


def run(block: Block) -> None:
    names: dict[str, Any] = {"__name__": "snippet"}  # Any: whatever the block defines
    exec(compile(block.text, block.name, "exec"), names)
    if "app" in names:
        asyncio.run(ask_all(names["app"]))
        uninstrument(names["app"])


async def ask_all(app: Any) -> None:  # Any: FastAPI's or Starlette's app
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for method, address in addresses(app):
            answer = await client.request(method, address)
            assert answer.status_code < 500, f"{method} {address}: {answer.status_code}"


def addresses(app: Any) -> Iterator[tuple[str, str]]:  # Any: as above
    for route in app.routes:
        for method in route.methods:
            yield method, re.sub(r"\{.*?\}", "7", route.path)


if __name__ == "__main__":
    main()
