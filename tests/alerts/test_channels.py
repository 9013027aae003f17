"""What channels send, and what they make of what receivers answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from api_performance.alerts.channels.alertmanager import HELD_SECONDS, Alertmanager
from api_performance.alerts.channels.base import Channel, delivered
from api_performance.alerts.channels.http import Receiver
from api_performance.alerts.channels.making import make_channel, make_channels
from api_performance.alerts.channels.webhook import Webhook
from api_performance.alerts.notice import NoticeKind
from api_performance.clock import ManualClock, SystemClock
from api_performance.config.channels import ChannelSettings
from api_performance.model import PerformanceThreshold
from tests.alerts.notices import START, a_notice, an_alert
from tests.alerts.receivers import (
    Behaviour,
    HttpReceiver,
    answering,
    babble,
    drip,
    hang,
    http_receiver,
    silent_port,
)
from tests.certificates import certify
from tests.docs.blocks import ROOT, blocks
from tests.ports import free_port

SECRET = "a-secret-of-the-webhook"
TOKEN = "T0000000/B1111111/x2y3z4-hidden"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[HttpReceiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http_receiver() as started:
        yield started


def a_channel(kind: str, **fields: object) -> Channel:
    settings = ChannelSettings.model_validate({"kind": kind, **fields})
    return make_channel("ops", settings, ManualClock(START + 100))


def impatient(address: str) -> Webhook:
    """A webhook that waits half a second for a word, and a second in all."""
    receiver = Receiver(address, silence_seconds=0.5, attempt_seconds=1.0)
    return Webhook("ops", receiver, ManualClock(START))


# What is sent


def test_a_webhook_gets_the_notice_as_json(receiver: HttpReceiver) -> None:
    notice = a_notice()
    answer = a_channel("webhook", address=f"{receiver.address}/hook?x=1").send(notice)
    assert answer == delivered()
    (taken,) = receiver.taken
    assert (taken.path, taken.headers["content-type"]) == ("/hook?x=1", "application/json")
    assert taken.json["id"] == taken.headers["webhook-id"] == notice.id
    assert taken.json["alerts"][0]["endpoint"] == "POST /checkout"
    assert "webhook-signature" not in taken.headers


@pytest.mark.parametrize(
    ("secret", "key"),
    [(SECRET, SECRET.encode()), ("whsec_" + base64.b64encode(b"k" * 32).decode(), b"k" * 32)],
)
def test_a_webhook_s_signature_covers_id_time_and_body(
    secret: str, key: bytes, receiver: HttpReceiver
) -> None:
    a_channel("webhook", address=receiver.address, secret=secret).send(a_notice())
    (taken,) = receiver.taken
    sent_at = taken.headers["webhook-timestamp"]
    assert sent_at == str(int(START + 100))
    content = f"{a_notice().id}.{sent_at}.".encode() + taken.body
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert taken.headers["webhook-signature"] == f"v1,{expected}"


def test_user_and_password_of_an_address_and_headers_are_sent(receiver: HttpReceiver) -> None:
    address = receiver.address.replace("//", "//us%40er:pass%2Fword@")
    a_channel("webhook", address=address, headers={"X-Team": "shop"}).send(a_notice())
    (taken,) = receiver.taken
    assert taken.headers["x-team"] == "shop"
    expected = base64.b64encode(b"us@er:pass/word").decode()
    assert taken.headers["authorization"] == f"Basic {expected}"


def test_slack_gets_blocks_and_a_text_without_markup(receiver: HttpReceiver) -> None:
    notice = a_notice(title="critical: " + "x" * 200)
    a_channel("slack", address=f"{receiver.address}/services/{TOKEN}").send(notice)
    (taken,) = receiver.taken
    assert taken.path == f"/services/{TOKEN}"
    header, section, context = taken.json["blocks"]
    assert len(header["text"]["text"]) == 150
    assert section["text"]["type"] == "plain_text"
    assert "incident incident-1" in context["elements"][0]["text"]
    assert "&lt;the database&gt; &amp; more" in taken.json["text"]


def test_pagerduty_is_triggered_and_resolved_by_incident(receiver: HttpReceiver) -> None:
    channel = a_channel("pagerduty", address=receiver.address, secret="routing-key")
    channel.send(a_notice())
    channel.send(a_notice(2, kind=NoticeKind.RESOLVED))
    trigger, resolve = (taken.json for taken in receiver.taken)
    assert (trigger["event_action"], resolve["event_action"]) == ("trigger", "resolve")
    assert trigger["dedup_key"] == resolve["dedup_key"] == "incident-1"
    assert trigger["routing_key"] == "routing-key"
    assert trigger["payload"]["severity"] == "critical"
    assert trigger["payload"]["source"] == "shop"


def test_the_log_gets_one_line(caplog: pytest.LogCaptureFixture) -> None:
    (channel,) = make_channels({}, ManualClock()).values()
    channel.send(a_notice(text="first\nsecond"))
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("api_performance", logging.WARNING)
    assert record.message == (
        "critical, POST /checkout: too slow [incident incident-1] first | second"
    )


# Alertmanager


def test_alertmanager_gets_each_alert_with_an_end_that_is_put_off(receiver: HttpReceiver) -> None:
    clock = ManualClock(START + 100)
    channel = Alertmanager("am", Receiver(receiver.address), clock)
    channel.send(a_notice())
    clock.advance(60)
    channel.send(a_notice())
    first, second = (taken.json[0] for taken in receiver.taken)
    assert first["labels"] == second["labels"]
    assert first["labels"]["alertname"] == "slow"
    assert first["labels"]["incident"] == "incident-1"
    assert (instant(first["startsAt"]), instant(first["endsAt"])) == (
        START,
        START + 100 + HELD_SECONDS,
    )
    assert instant(second["endsAt"]) == START + 160 + HELD_SECONDS


def test_alertmanager_is_told_the_end(receiver: HttpReceiver) -> None:
    channel = Alertmanager("am", Receiver(receiver.address), ManualClock(START + 100))
    over = a_notice(2, kind=NoticeKind.RESOLVED, alerts=(an_alert(ended_at=START + 50),))
    channel.send(over)
    assert instant(receiver.taken[0].json[0]["endsAt"]) == START + 50


def test_what_alertmanager_knew_under_another_severity_ends(receiver: HttpReceiver) -> None:
    channel = Alertmanager("am", Receiver(receiver.address), ManualClock(START + 100))
    milder = an_alert(severity=PerformanceThreshold.WARNING)
    channel.send(a_notice(alerts=(milder,)))
    channel.send(a_notice(2, kind=NoticeKind.WORSENED))
    now, before = receiver.taken[1].json
    assert (now["labels"]["severity"], before["labels"]["severity"]) == ("critical", "warning")
    assert instant(before["endsAt"]) == START + 100


def test_alertmanager_s_own_path_is_added_once(receiver: HttpReceiver) -> None:
    for base in ("/am/", "/am/api/v2/alerts"):
        a_channel("alertmanager", address=f"{receiver.address}{base}").send(a_notice())
    assert [taken.path for taken in receiver.taken] == ["/am/api/v2/alerts"] * 2


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


# What receivers answer


DATE = format_datetime(datetime.fromtimestamp(START, UTC), usegmt=True)
LATER = format_datetime(datetime.fromtimestamp(START + 90, UTC), usegmt=True)


@pytest.mark.parametrize(
    ("behaviour", "state", "reason", "wait_seconds"),
    [
        (answering(204), "delivered", "", 0),
        (answering(400, b"bad\n\x1b[31m  title"), "refused", "HTTP 400: bad [31m title", 0),
        (answering(401), "refused", "HTTP 401", 0),
        (answering(404, b"x" * 9999), "refused", f"HTTP 404: {'x' * 200}", 0),
        (answering(408), "waiting", "HTTP 408", 0),
        (answering(429, Retry_After="120"), "waiting", "HTTP 429", 120),
        (answering(429, Retry_After="soon"), "waiting", "HTTP 429", 0),
        (answering(503, Retry_After=LATER), "waiting", "HTTP 503", 0),
        (answering(500, b"oops"), "waiting", "HTTP 500: oops", 0),
    ],
)
def test_what_time_mends_is_tried_again_and_a_refusal_is_not(
    behaviour: Behaviour, state: str, reason: str, wait_seconds: float, receiver: HttpReceiver
) -> None:
    receiver.behaviour = behaviour
    answer = a_channel("webhook", address=receiver.address).send(a_notice())
    assert (answer.state, answer.reason, answer.wait_seconds) == (state, reason, wait_seconds)


HTTP_KINDS: dict[str, dict[str, str]] = {
    "webhook": {},
    "alertmanager": {},
    "slack": {},
    "pagerduty": {"secret": "routing-key"},
}


@pytest.mark.parametrize("kind", HTTP_KINDS)
def test_every_channel_of_http_tells_limits_and_refusals_apart(
    kind: str, receiver: HttpReceiver
) -> None:
    channel = a_channel(kind, address=receiver.address, **HTTP_KINDS[kind])
    receiver.behaviour = answering(429, Retry_After="30")
    limited = channel.send(a_notice())
    receiver.behaviour = answering(404, b"no_service")
    refused = channel.send(a_notice())
    assert (limited.state, limited.wait_seconds) == ("waiting", 30)
    assert (refused.state, refused.reason) == ("refused", "HTTP 404: no_service")


@pytest.mark.needs_system("openssl")
def test_a_receiver_by_tls_must_be_vouched_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certify(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http_receiver(tmp_path / "server.pem") as receiver:
        channel = a_channel("webhook", address=receiver.address)
        stranger = channel.send(a_notice())
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        trusted = channel.send(a_notice())
        receiver.behaviour = drip(receiver)
        slow = impatient(receiver.address).send(a_notice())
    assert stranger.state == "waiting"
    assert stranger.reason.startswith("its certificate is not trusted: ")
    assert trusted == delivered()
    assert len(receiver.taken) == 2
    assert slow.reason == "it did not answer in 1 s"


def test_an_instant_to_try_again_is_read_beside_the_receiver_s_own_clock(
    receiver: HttpReceiver,
) -> None:
    def behaviour(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(503)  # without our own date
        handler.send_header("Date", DATE)
        handler.send_header("Retry-After", LATER)
        handler.end_headers()

    receiver.behaviour = behaviour
    answer = a_channel("webhook", address=receiver.address).send(a_notice())
    assert (answer.state, answer.wait_seconds) == ("waiting", 90)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(code: int, receiver: HttpReceiver) -> None:
    with http_receiver() as elsewhere:
        receiver.behaviour = answering(code, Location=f"{elsewhere.address}/{TOKEN}")
        answer = a_channel("webhook", address=receiver.address, secret=SECRET).send(a_notice())
        assert elsewhere.taken == []
    assert answer.state == "refused"
    assert answer.reason.startswith(f"HTTP {code}: it redirects to 127.0.0.1")
    assert TOKEN not in answer.reason


def test_a_receiver_that_hangs_is_given_up(receiver: HttpReceiver) -> None:
    receiver.behaviour = hang(receiver)
    answer = impatient(receiver.address).send(a_notice())
    assert (answer.state, answer.reason) == ("waiting", "it did not answer in time")


def test_a_receiver_that_drips_is_cut_off(receiver: HttpReceiver) -> None:
    receiver.behaviour = drip(receiver)
    answer = impatient(receiver.address).send(a_notice())
    assert (answer.state, answer.reason) == ("waiting", "it did not answer in 1 s")


def test_of_a_huge_answer_little_is_read(receiver: HttpReceiver) -> None:
    receiver.behaviour = babble
    answer = a_channel("webhook", address=receiver.address).send(a_notice())
    assert answer.state == "waiting" and len(answer.reason) < 300


def test_a_port_that_says_nothing_and_one_that_is_closed_are_told_apart() -> None:
    with silent_port() as port:
        answer = impatient(f"http://127.0.0.1:{port}").send(a_notice())
        assert answer.reason == "it did not answer in time"
    closed = impatient(f"http://127.0.0.1:{free_port()}").send(a_notice())
    assert (closed.state, closed.reason) == ("waiting", "it cannot be reached: Connection refused")


def test_what_speaks_no_http_is_tried_again(receiver: HttpReceiver) -> None:
    def greet(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"220 mail ESMTP\r\n")

    receiver.behaviour = greet
    answer = a_channel("webhook", address=receiver.address).send(a_notice())
    assert (answer.state, answer.reason) == ("waiting", "it cannot be reached: BadStatusLine")


def test_no_secret_is_in_what_a_receiver_says(receiver: HttpReceiver) -> None:
    password, bearer = "pass/word", "Bearer 0123456789abcdef"

    def echo(handler: BaseHTTPRequestHandler) -> None:
        taken = receiver.taken[-1]
        answering(400, json.dumps([taken.path, taken.headers]).encode())(handler)

    receiver.behaviour = echo
    address = receiver.address.replace("//", "//user:pass%2Fword@")
    for channel in (
        a_channel("webhook", address=f"{address}/{TOKEN}?key={TOKEN}", secret=SECRET),
        a_channel("webhook", address=receiver.address, headers={"Authorization": bearer}),
    ):
        reason = channel.send(a_notice()).reason
        basic = base64.b64encode(b"user:pass/word").decode()
        for secret in (TOKEN, "x2y3z4-hidden", SECRET, password, basic, bearer, bearer[7:]):
            assert secret not in reason


def test_the_page_s_own_check_takes_what_is_signed_and_nothing_else(
    receiver: HttpReceiver,
) -> None:
    (block,) = blocks(ROOT / "docs" / "notifications.md", "python")
    page: dict[str, Any] = {}  # Any: a module's names
    exec(block.text, page)
    Webhook("bot", Receiver(receiver.address), SystemClock(), SECRET).send(a_notice())
    (taken,) = receiver.taken
    assert page["is_genuine"](taken.headers, taken.body, SECRET)
    assert not page["is_genuine"](taken.headers, taken.body + b" ", SECRET)
    assert not page["is_genuine"]({**taken.headers, "webhook-id": "2"}, taken.body, SECRET)
    assert not page["is_genuine"](taken.headers, taken.body, "another secret")
