"""The WebSocket's address, and who may open it."""

from __future__ import annotations

from fastapi import WebSocket

from api_performance.server.context import Ask
from api_performance.server.live import REAL_TIME_OFF, Client, close
from api_performance.server.parameters import Shown
from api_performance.server.routing import API_PREFIX, Routes

routes = Routes(prefix=API_PREFIX)


@routes.on("", "/live")
async def live(websocket: WebSocket, ask: Ask, question: Shown) -> None:
    """Push LivePush for the range and filters of the address, at once and with new data."""
    if not await ask.guard.may_listen(websocket):
        await websocket.close()  # before it is accepted: the handshake is answered with 403
        return
    await websocket.accept()
    if not ask.config.dashboard_config.enable_real_time:
        await close(websocket, REAL_TIME_OFF, "enable_real_time is off: poll instead")
        return
    client = Client(websocket, question, ask.live, may_stay=lambda: ask.guard.may_listen(websocket))
    await client.serve()
