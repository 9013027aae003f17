"""Libraries are followed once they are imported, and one that changed harms nothing but itself."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from api_performance.config import Config
from api_performance.config.values import INTEGRATIONS as NAMES
from api_performance.errors import ConfigError
from api_performance.instrumentation.integrations import (
    INTEGRATIONS,
    STEPS,
    Integrations,
    NotFollowed,
    require,
)


def test_every_name_of_the_setting_is_a_library_with_a_room() -> None:
    assert {*NAMES, STEPS} == set(INTEGRATIONS)


def test_a_name_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="'mongo' is none of sqlalchemy, sqlite3"):
        Config(integrations="redis, mongo")
    assert Config(integrations="Redis,httpx").integrations == ("redis", "httpx")
    assert Config(integrations=[]).integrations == ()


IMPORTED_LATER = """
from api_performance.instrumentation.integrations import Integrations

own = Integrations()
own.want(["requests"])
assert own.attached == [], own.attached
import requests

plain = requests.Session.send
own.look()
assert own.attached == ["requests"], own.failed
assert requests.Session.send is not plain
own.unwant(["requests"])
assert own.attached == []
assert requests.Session.send is plain
"""


def test_a_library_is_taken_on_once_it_is_imported() -> None:
    subprocess.run([sys.executable, "-c", IMPORTED_LATER], check=True, timeout=60)


def test_a_library_is_given_up_when_nobody_wants_it_any_more() -> None:
    pytest.importorskip("requests")
    own = Integrations()
    own.want(["requests"])
    own.want(["requests"])
    own.unwant(["requests"])
    assert own.attached == ["requests"]
    own.unwant(["requests"])
    assert own.attached == []


def test_a_library_that_changed_disables_itself_alone_with_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "redis", ModuleType("redis"))
    own = Integrations()
    with caplog.at_level(logging.WARNING):
        own.want(["redis"])
        own.look()
        own.look()
    assert own.attached == []
    assert len(caplog.records) == 1
    assert caplog.records[0].getMessage().startswith("redis is not followed")
    assert list(own.failed.values()) == [caplog.records[0].getMessage()]


def test_a_release_that_is_too_old_is_said_so() -> None:
    with pytest.raises(NotFollowed, match=r"pytest .* is older than 1000, from which it works"):
        require("pytest", "1000")
    with pytest.raises(NotFollowed, match="not installed as a package"):
        require("no-such-distribution", "1.0")


def test_an_app_that_is_let_go_of_while_another_is_taken_on_holds_nobody_up() -> None:
    own = Integrations()
    own.want(["requests"])

    def collected_meanwhile() -> Iterator[str]:
        yield "httpx"
        own.unwant(["requests"])  # as the collector of garbage does, in whatever it interrupts

    own.want(collected_meanwhile())
    assert own.attached == ["httpx"]
    own.unwant(["httpx"])
