"""Certificates for servers that tests start."""

from __future__ import annotations

import subprocess
from pathlib import Path


def certify(directory: Path) -> None:
    """Make an authority, and a certificate for 127.0.0.1 that it signed."""
    authority = "-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ca"
    run(directory, f"openssl req {authority} -keyout ca.key -out ca.pem")
    wish = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server"
    run(directory, f"openssl req {wish} -keyout server.key -out server.csr")
    (directory / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    signed = "-in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names"
    run(directory, f"openssl x509 -req {signed} -out server.pem")


def run(directory: Path, command: str) -> None:
    subprocess.run(command.split(), cwd=directory, check=True, capture_output=True)
