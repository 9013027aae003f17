"""`api-performance notify-test` tells what a channel makes of a notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts.receivers import HttpReceiver, answering, http_receiver
from tests.cli.servers import command

PASSWORD = "hunter2secret"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpReceiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http_receiver() as started:
        yield started


@pytest.fixture
def directory(tmp_path: Path, receiver: HttpReceiver) -> Path:
    address = receiver.address.replace("//", f"//user:{PASSWORD}@")
    (tmp_path / "api-performance.toml").write_text(
        f'[channels.hook]\nkind = "webhook"\naddress = "{address}"\n', encoding="utf-8"
    )
    return tmp_path


def test_a_channel_that_takes_it(directory: Path, receiver: HttpReceiver) -> None:
    result = command(directory, "notify-test", "hook")
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"hook (webhook at {receiver.address}) took it\n"
    (taken,) = receiver.taken
    assert taken.json["text"] == "This is a test of the channel hook. Nothing is wrong."


def test_a_channel_that_refuses_it(directory: Path, receiver: HttpReceiver) -> None:
    receiver.behaviour = answering(401, f"wrong: {PASSWORD}".encode())
    result = command(directory, "notify-test", "hook")
    assert result.returncode == 1
    assert "refused it; mend this before it is needed: HTTP 401: wrong: …" in result.stdout
    assert PASSWORD not in result.stdout + result.stderr


def test_a_channel_that_is_not_there(directory: Path) -> None:
    result = command(directory, "notify-test", "pager")
    assert result.returncode == 1
    assert "there is no channel 'pager'; there is log, hook" in result.stderr
