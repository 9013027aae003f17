"""The channels of this installation: what is shown of them, and who may try one."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from api_performance.alerts.channels.base import refused, waiting
from api_performance.alerts.channels.memory import MemoryChannel
from api_performance.alerts.notifier import Notifier
from api_performance.clock import ManualClock
from api_performance.server.auth import Role
from api_performance.stores.base import Retention
from api_performance.stores.memory import MemoryStore
from tests.alerts.notices import START, a_lease, a_notice, decide
from tests.alerts.receivers import HttpReceiver, http_receiver
from tests.server.running import Running, csrf, running

PASSWORD, TOKEN = "hunter2secret", "x2y3z4-hidden-token"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpReceiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http_receiver() as started:
        yield started


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(Retention())


@pytest.fixture
def server(store: MemoryStore, receiver: HttpReceiver) -> Iterator[Running]:
    address = receiver.address.replace("//", f"//user:{PASSWORD}@") + f"/{TOKEN}"
    channels = {
        "hook": {"kind": "webhook", "address": address, "secret": "a-secret-of-the-hook"},
        "mail": {
            "kind": "email",
            "address": f"smtp://user:{PASSWORD}@mail.example",
            "sender": "shop@mail.example",
            "to": ["ops@mail.example"],
        },
    }
    with running(store, channels=channels) as started:
        yield started


def channels(server: Running) -> dict[str, dict[str, object]]:
    answer = httpx.get(f"{server.api}/channels", headers=server.bearer()).raise_for_status()
    assert not any(secret in answer.text for secret in (PASSWORD, TOKEN, "a-secret"))
    return {row["name"]: row for row in answer.json()}


def test_channels_are_told_without_secrets(server: Running, receiver: HttpReceiver) -> None:
    rows = channels(server)
    assert {name: row["address"] for name, row in rows.items()} == {
        "log": "",
        "hook": receiver.address,
        "mail": "smtp://mail.example",
    }
    assert rows["hook"] == {
        "name": "hook",
        "kind": "webhook",
        "address": receiver.address,
        "waiting_count": 0,
        "last": None,
    }


def test_a_channel_tells_what_came_of_its_last_notice(server: Running, store: MemoryStore) -> None:
    clock = ManualClock(START)
    lease = a_lease(store, clock)
    hook, mail = MemoryChannel("hook"), MemoryChannel("mail")
    hook.answer_with(waiting("HTTP 503"))
    mail.answer_with(refused("SMTP 535: it refused the login"))
    decide(store, a_notice(channels=("hook", "mail")), lease)
    notifier = Notifier({"hook": hook, "mail": mail}, store, clock, random=lambda: 0.0)
    notifier.deliver(lease, clock.now())
    assert notifier.wait(30)
    rows = channels(server)
    assert rows["hook"]["waiting_count"] == 1
    assert rows["hook"]["last"] == {
        "notice": a_notice().id,
        "channel": "hook",
        "incident": "incident-1",
        "state": "waiting",
        "at": START,
        "attempts": 1,
        "reason": "HTTP 503",
        "next_at": START + 10,
    }
    assert rows["mail"]["waiting_count"] == 0
    assert "it refused the login" in str(rows["mail"]["last"])


def test_a_notice_behind_another_waits_too(server: Running, store: MemoryStore) -> None:
    clock = ManualClock(START)
    lease = a_lease(store, clock)
    hook = MemoryChannel("hook")
    hook.answer_with(waiting("HTTP 503"))
    for number in (1, 2):
        decide(store, a_notice(number, channels=("hook",)), lease)
    notifier = Notifier({"hook": hook}, store, clock, random=lambda: 0.0)
    notifier.deliver(lease, clock.now())
    assert notifier.wait(30)
    assert channels(server)["hook"]["waiting_count"] == 2


def test_who_may_operate_tries_a_channel(server: Running, receiver: HttpReceiver) -> None:
    with server.signed_in(Role.OPERATE) as browser:
        assert browser.post("/channels/hook/test").status_code == 403  # without the CSRF token
        answer = browser.post("/channels/hook/test", headers=csrf(browser))
    assert answer.json() == {"state": "delivered", "reason": "", "wait_seconds": 0.0}
    (taken,) = receiver.taken
    assert taken.json["title"] == "test of the channel hook"
    viewer = httpx.post(f"{server.api}/channels/hook/test", headers=server.bearer())
    assert viewer.status_code == 403
    assert len(receiver.taken) == 1


def test_an_unknown_channel_is_named_with_those_there_are(server: Running) -> None:
    bearer = server.bearer(Role.OPERATE)
    answer = httpx.post(f"{server.api}/channels/pager/test", headers=bearer)
    assert answer.status_code == 404
    assert answer.json()["detail"] == "there is no channel 'pager'; there is log, hook, mail"
