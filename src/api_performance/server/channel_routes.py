"""The routes of channels: where notices go, and trying one."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Depends, Path
from starlette.responses import Response

from api_performance.alerts.channels.base import ChannelAnswer
from api_performance.clock import SystemClock
from api_performance.queries.channels import ChannelRow, channel_rows
from api_performance.server.context import Ask
from api_performance.server.encoding import json_response
from api_performance.server.guard import Operator, view_role
from api_performance.server.pool import Pool
from api_performance.server.routing import api_routes

routes = api_routes("alerts", [Depends(view_role)])

Name = Annotated[str, Path(max_length=40, description="A channel's name in the settings.")]

_TRIALS: Final = Pool(1)
"""A receiver that hangs keeps a thread for half a minute: none of those that answer the page."""


@routes.on("GET", "/channels", responses={200: {"model": list[ChannelRow]}})
async def channels(ask: Ask) -> Response:
    """The channels that people are told by, and what came of the last notice of each."""
    return await ask.answer(
        "channels",
        lambda: channel_rows(ask.config.channels, *ask.queries.deliveries()),
        str,
        None,
    )


@routes.on("POST", "/channels/{name}/test", responses={200: {"model": ChannelAnswer}})
async def try_channel(ask: Ask, _: Operator, name: Name) -> Response:
    """Send a test to a channel; return what came of it. 404 for an unknown channel."""
    from api_performance.alerts.channels.making import chosen_channel
    from api_performance.alerts.channels.trial import trial_notice

    config, clock = ask.config, SystemClock()
    channel = chosen_channel(name, config.channels, clock)
    notice = trial_notice(name, config.service_name(), config.environment, clock.now())
    return json_response(await _TRIALS.run(lambda: channel.send(notice)))
