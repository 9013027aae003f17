"""Notices by apprise, the real one, to a receiver of its plainest kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api_performance.alerts.channels.apprise import Apprise
from api_performance.alerts.notice import NoticeKind
from tests.alerts.notices import a_notice
from tests.alerts.receivers import HttpReceiver, answering, http_receiver

# apprise imports it on the versions that have it, at its first use.
pytestmark = [
    pytest.mark.client_contract,
    pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning"),
]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpReceiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http_receiver() as started:
        yield started


def test_a_notice_arrives_with_title_text_and_type(receiver: HttpReceiver) -> None:
    channel = Apprise("ops", f"json://127.0.0.1:{receiver.port}/hook")
    assert channel.send(a_notice()).state == "delivered"
    assert channel.send(a_notice(2, kind=NoticeKind.RESOLVED)).state == "delivered"
    firing, resolved = (taken.json for taken in receiver.taken)
    assert (firing["title"], firing["type"]) == ("critical, POST /checkout: too slow", "failure")
    assert "One in 12 requests takes too long." in firing["message"]
    assert resolved["type"] == "success"


def test_what_the_service_does_not_take_is_tried_again(receiver: HttpReceiver) -> None:
    receiver.behaviour = answering(503)
    answer = Apprise("ops", f"json://127.0.0.1:{receiver.port}").send(a_notice())
    assert (answer.state, answer.reason) == (
        "waiting",
        "apprise could not deliver it; the logger `apprise` says why",
    )


def test_an_address_of_no_service_is_refused() -> None:
    answer = Apprise("ops", "nothing://hunter2secret").send(a_notice())
    assert (answer.state, answer.reason) == (
        "refused",
        "apprise knows no service of such an address",
    )
