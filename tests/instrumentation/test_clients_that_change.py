"""A client library that changes under us is not followed, says so once, and goes on working."""

from __future__ import annotations

import sys
from types import ModuleType

import aiohttp
import httpx
import pytest
import redis
import requests

from api_performance.instrumentation.integrations import Integrations, NotFollowed, require

LIBRARIES = {"redis": redis, "httpx": httpx, "aiohttp": aiohttp, "requests": requests}


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_without_what_we_wrap_is_off_with_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, name, ModuleType(name))
    integrations = Integrations()
    integrations.want([name])
    integrations.look()
    assert integrations.attached == []
    assert list(integrations.failed) == [name]
    (line,) = [record.message for record in caplog.records]
    assert line.startswith(f"{name} is not followed, its calls count as processing: {name} has no ")
    integrations.unwant([name])


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_library_is_followed_and_left_as_it_was(name: str) -> None:
    def methods() -> list[object]:
        return [
            redis.Redis.execute_command,
            httpx.AsyncClient.send,
            aiohttp.ClientSession._request,
            requests.Session.send,
        ]

    before = methods()
    integrations = Integrations()
    integrations.want([name])
    assert integrations.attached == [name]
    assert methods() != before
    integrations.unwant([name])
    assert methods() == before


def test_an_older_release_is_not_followed() -> None:
    with pytest.raises(NotFollowed, match=r"redis .* is older than 99\.0, from which it works"):
        require("redis", "99.0")
