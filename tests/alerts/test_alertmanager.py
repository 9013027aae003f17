"""A real Alertmanager receives, groups and resolves our alerts."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from api_performance.alerts.channels.making import make_channels
from api_performance.alerts.notice import Notice, NoticeKind
from api_performance.alerts.notifier import Notifier
from api_performance.clock import SystemClock
from api_performance.config.channels import ChannelSettings
from api_performance.model import PerformanceThreshold
from api_performance.stores.base import Lease, Retention
from api_performance.stores.memory import MemoryStore
from tests.alerts.notices import a_lease, a_notice, an_alert, decide, told
from tests.alerts.receivers import HttpReceiver, http_receiver
from tests.ports import free_port
from tests.server.running import eventually

pytestmark = pytest.mark.needs_system("prometheus-alertmanager")

SETTINGS = """
route:
  receiver: people
  group_by: [incident]
  group_wait: 1s
  group_interval: 1s
receivers:
  - name: people
    webhook_configs:
      - url: {url}
        send_resolved: true
"""


@dataclass
class Running:
    """An Alertmanager, whom it tells, and a notifier that tells it."""

    address: str
    people: HttpReceiver
    store: MemoryStore
    notifier: Notifier
    lease: Lease

    def tell(self, notice: Notice) -> None:
        decide(self.store, notice, self.lease)
        self.notifier.deliver(self.lease, SystemClock.now())
        assert self.notifier.wait(30)
        assert told(self.store)[f"{notice.id}/am"].state == "delivered"

    def groups(self) -> list[Any]:  # Any: Alertmanager's JSON
        found: list[Any] = httpx.get(f"{self.address}/api/v2/alerts/groups").json()
        return found

    def told_people(self, status: str) -> list[Any]:  # Any: Alertmanager's JSON
        return [each.json for each in self.people.taken if each.json["status"] == status]


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    port = free_port()
    with http_receiver() as people, (tmp_path / "log").open("wb") as log:
        (tmp_path / "alertmanager.yml").write_text(SETTINGS.format(url=people.address))
        process = subprocess.Popen(
            [
                "prometheus-alertmanager",
                "--config.file=alertmanager.yml",
                "--storage.path=data",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            eventually(lambda: is_ready(address))
            yield wired(address, people)
        finally:
            process.terminate()
            process.wait(30)


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/-/ready").status_code == 200
    except httpx.TransportError:
        return False


def wired(address: str, people: HttpReceiver) -> Running:
    store, clock = MemoryStore(Retention()), SystemClock()
    settings = {"am": ChannelSettings.model_validate({"kind": "alertmanager", "address": address})}
    notifier = Notifier(make_channels(settings, clock), store, clock)
    return Running(address, people, store, notifier, a_lease(store, clock))


def a_firing(number: int, kind: NoticeKind = NoticeKind.FIRING, **changes: Any) -> Notice:
    """A notice of now about two endpoints. Any: an alert's own fields."""
    now = SystemClock.now()
    times = {"at": now, "began_at": now - 60, "fired_at": now - 30, **changes}
    alerts = (an_alert(**times), an_alert(**times, endpoint="GET /cart"))
    return a_notice(number, kind=kind, channels=("am",), at=now, alerts=alerts)


def test_it_receives_groups_and_resolves(running: Running) -> None:
    def whole(status: str) -> list[dict[str, Any]]:  # it may tell one alert, and then both
        return [each for each in running.told_people(status) if len(each["alerts"]) == 2]

    running.tell(a_firing(1))
    eventually(lambda: bool(whole("firing")))
    (group,) = running.groups()
    assert group["labels"] == {"incident": "incident-1"}
    assert {alert["labels"]["endpoint"] for alert in group["alerts"]} == {
        "GET /cart",
        "POST /checkout",
    }
    message = whole("firing")[0]
    assert message["commonLabels"]["severity"] == "critical"
    assert message["commonAnnotations"]["summary"] == "critical, POST /checkout: too slow"
    running.tell(a_firing(2, NoticeKind.RESOLVED))
    eventually(lambda: bool(whole("resolved")))
    assert httpx.get(f"{running.address}/api/v2/alerts").json() == []


def test_an_alert_that_worsens_stands_under_its_new_severity_alone(running: Running) -> None:
    running.tell(a_firing(1, severity=PerformanceThreshold.WARNING))
    running.tell(a_firing(2, NoticeKind.WORSENED))
    active = httpx.get(f"{running.address}/api/v2/alerts").json()
    assert {alert["labels"]["severity"] for alert in active} == {"critical"}
    assert len(active) == 2


def test_a_notice_that_comes_twice_changes_nothing(running: Running) -> None:
    running.tell(a_firing(1))
    eventually(lambda: bool(running.told_people("firing")))
    channels = make_channels(
        {
            "am": ChannelSettings.model_validate(
                {"kind": "alertmanager", "address": running.address}
            )
        },
        SystemClock(),
    )
    assert channels["am"].send(a_firing(1)).state == "delivered"
    (group,) = running.groups()
    assert len(group["alerts"]) == 2
