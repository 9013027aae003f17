"""E-mail, to servers that take it, refuse it, hang, and break off."""

from __future__ import annotations

import email
from collections.abc import Iterator, Mapping
from email.message import Message
from pathlib import Path

import pytest

from api_performance.alerts.channels.base import ChannelAnswer
from api_performance.alerts.channels.email import Email
from tests.alerts.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.alerts.notices import a_notice
from tests.alerts.receivers import silent_port
from tests.certificates import certify
from tests.ports import free_port

SENDER, TO = "shop@mail.example", ("ops@mail.example", "lead@mail.example")
BROKEN = "it broke off, or said nothing for 2 s"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server(MailServer()) as started:
        yield started


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    certify(directory)
    return directory / "server.pem"


def sent(address: str, title: str = "too slow") -> ChannelAnswer:
    channel = Email("mail", address, SENDER, TO, silence_seconds=2.0, attempt_seconds=4.0)
    return channel.send(a_notice(title=title))


def plain(server: MailServer) -> str:
    return f"smtp+plain://127.0.0.1:{server.port}"


def taken(server: MailServer) -> Message:
    (text,) = server.taken
    return email.message_from_string(text)


def test_a_notice_is_a_message_of_its_incident_s_thread(server: MailServer) -> None:
    answer = sent(plain(server), title="critical:\r\nBcc: all@mail.example")
    assert (answer.state, answer.reason) == ("delivered", "")
    message = taken(server)
    assert message["Subject"] == "critical: Bcc: all@mail.example"
    assert message["Bcc"] is None
    assert (message["From"], message["To"]) == (SENDER, ", ".join(TO))
    assert message["Message-ID"] == f"<{a_notice().id}.mail@mail.example>"
    assert message["References"] == "<incident-1.mail@mail.example>"
    text = str(message.get_payload())
    assert "One in 12 requests takes too long." in text
    assert "incident: incident-1" in text


@pytest.mark.needs_system("openssl")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_login_is_encrypted(
    scheme: str, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("ca.pem")))
    wanted = MailServer(certificate=certificate, is_encrypted_at_once=scheme == "smtps")
    with mail_server(wanted) as server:
        answer = sent(f"{scheme}://{USER}:p4ss%2Fword@127.0.0.1:{server.port}")
    assert (answer.state, answer.reason) == ("delivered", "")
    assert server.logins == [f"{USER}:{PASSWORD}"]
    assert server.encrypted_count == 1
    assert len(server.taken) == 1


@pytest.mark.needs_system("openssl")
def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(certificate: Path) -> None:
    with mail_server(MailServer(certificate=certificate)) as server:
        answer = sent(f"smtp://{USER}:p4ss%2Fword@127.0.0.1:{server.port}")
    assert answer.state == "waiting"
    assert answer.reason.startswith("its certificate is not trusted: ")
    assert (server.logins, server.taken) == ([], [])


def test_a_server_without_starttls_gets_no_password(server: MailServer) -> None:
    answer = sent(f"smtp://{USER}:p4ss%2Fword@127.0.0.1:{server.port}")
    assert answer.state == "refused"
    assert "offers no STARTTLS" in answer.reason
    assert (server.logins, server.taken) == ([], [])


@pytest.mark.needs_system("openssl")
def test_a_wrong_password_is_refused_and_not_shown(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.with_name("ca.pem")))
    with mail_server(MailServer(certificate=certificate)) as server:
        answer = sent(f"smtp://{USER}:hunter2secret@127.0.0.1:{server.port}")
    assert (answer.state, answer.reason) == ("refused", "SMTP 535: it refused the login")


OPS, LEAD = (f"RCPT {address}" for address in TO)


@pytest.mark.parametrize(
    ("replies", "state", "reason"),
    [
        ({"CONNECT": "421 too many"}, "waiting", "SMTP 421: it refused the connection"),
        ({"CONNECT": "554 no"}, "refused", "SMTP 554: it refused the connection"),
        ({"MAIL": "451 later"}, "waiting", "SMTP 451: it refused the sender"),
        ({"MAIL": "550 you"}, "refused", "SMTP 550: it refused the sender"),
        ({OPS: "550 no", LEAD: "550 no"}, "refused", "SMTP 550: it refused every recipient (2)"),
        ({OPS: "550 no", LEAD: "450 full"}, "waiting", "SMTP 450: it refused every recipient (2)"),
        ({OPS: "550 no"}, "delivered", "1 of 2 recipients were refused"),
        ({"DATA": "552 big"}, "refused", "SMTP 552: it refused the message"),
        ({"MESSAGE": "451 later"}, "waiting", "SMTP 451: it refused the message"),
        ({"MESSAGE": "421 closing"}, "waiting", "SMTP 421: it refused the message"),
        ({"MESSAGE": ""}, "waiting", BROKEN),
        ({"CONNECT": ""}, "waiting", BROKEN),
        ({"QUIT": "500 what"}, "delivered", ""),
        ({"QUIT": ""}, "delivered", ""),
    ],
)
def test_what_a_server_answers(
    replies: Mapping[str, str], state: str, reason: str, server: MailServer
) -> None:
    server.replies = replies
    answer = sent(plain(server))
    assert (answer.state, answer.reason) == (state, reason)


def test_a_port_that_says_nothing_and_one_that_is_closed() -> None:
    with silent_port() as port:
        answer = sent(f"smtp+plain://127.0.0.1:{port}")
    assert (answer.state, answer.reason) == ("waiting", BROKEN)
    answer = sent(f"smtp+plain://127.0.0.1:{free_port()}")
    assert (answer.state, answer.reason) == ("waiting", "it cannot be reached: Connection refused")
