"""A mail server in a thread: it takes, refuses, offers STARTTLS or not, hangs, or breaks off."""

from __future__ import annotations

import base64
import socketserver
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

USER, PASSWORD = "shop", "p4ss/word"


@dataclass
class MailServer:
    """What it took, and what it answers to a verb in place of its usual reply.

    A reply of "" says nothing until the test is over. A recipient's verb is `RCPT` and its address.
    """

    port: int = 0
    certificate: Path | None = None
    is_encrypted_at_once: bool = False
    replies: Mapping[str, str] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    encrypted_count: int = 0
    end: Event = field(default_factory=Event)

    def context(self) -> ssl.SSLContext:
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.certificate.with_name("server.key"))
        return context


@contextmanager
def mail_server(server: MailServer) -> Iterator[MailServer]:
    class Handler(_Handler):
        mail = server

    listener = _Listener(("127.0.0.1", 0), Handler)
    server.port = listener.server_address[1]
    thread = Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end.set()
        listener.shutdown()
        listener.server_close()
        thread.join()


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Handler(socketserver.StreamRequestHandler):
    mail: MailServer

    def handle(self) -> None:
        try:
            if self.mail.is_encrypted_at_once:
                self.encrypt()
            if self.say("CONNECT", "220 mail.example ESMTP"):
                self.converse()
        except OSError:  # the client broke off
            pass
        finally:
            self.connection.close()

    def converse(self) -> None:
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            verb = f"RCPT {line.partition('<')[2].partition('>')[0]}" if verb == "RCPT" else verb
            if not self.say(verb, self.usual(verb, line)) or verb == "QUIT":
                return
            self.after(verb)

    def usual(self, verb: str, line: str) -> str:
        if verb == "EHLO":
            is_plain = not isinstance(self.connection, ssl.SSLSocket)
            tls = "250-STARTTLS\r\n" if self.mail.certificate and is_plain else ""
            return f"250-mail.example\r\n{tls}250-AUTH PLAIN\r\n250 8BITMIME"
        if verb == "AUTH":
            login = base64.b64decode(line.rpartition(" ")[2]).decode().strip("\0")
            self.mail.logins.append(login.replace("\0", ":"))
            is_known = login == f"{USER}\0{PASSWORD}"
            return "235 welcome" if is_known else f"535 {login} is wrong"
        return {"STARTTLS": "220 go", "DATA": "354 go", "QUIT": "221 bye"}.get(verb, "250 ok")

    def after(self, verb: str) -> None:
        reply = self.mail.replies.get(verb, "250")
        if verb == "STARTTLS" and reply.startswith("2"):
            self.encrypt()
        if verb == "DATA" and "DATA" not in self.mail.replies:
            text = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
            if self.say("MESSAGE", "250 taken"):
                self.mail.taken.append(text)

    def say(self, verb: str, usual: str) -> bool:
        """Reply; tell whether the conversation goes on."""
        reply = self.mail.replies.get(verb, usual)
        if not reply:
            self.mail.end.wait(60)
            return False
        self.wfile.write(f"{reply}\r\n".encode())
        return not reply.startswith("421")

    def encrypt(self) -> None:
        self.connection = self.mail.context().wrap_socket(self.connection, server_side=True)
        self.mail.encrypted_count += 1
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
