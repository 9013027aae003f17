"""The built wheel, alone in an empty environment, measures an application and shows its page."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")
APPLICATION = """
from fastapi import FastAPI

app = FastAPI()


@app.get("/hello/{name}")
def hello(name: str) -> str:
    return f"Hello, {name}"
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs of an environment lie that has the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("wheel")
    run(ROOT, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder))
    (wheel,) = folder.glob("*.whl")
    environment = folder / "environment"
    run(folder, UV, "venv", "--quiet", "--python", sys.executable, str(environment))
    install = [UV, "pip", "install", "--quiet", "--python", str(environment)]
    run(folder, *install, "-c", str(ROOT / "requirements/dev.txt"), str(wheel))
    return environment / "bin"


@pytest.fixture(scope="module")
def application(programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of an application that knows nothing of us, run by our command."""
    folder = tmp_path_factory.mktemp("application")
    (folder / "main.py").write_text(APPLICATION)
    port = free_port()
    command = [str(programs / "api-performance"), "run", "main:app", "--port", str(port)]
    server = subprocess.Popen(command, cwd=folder, env=clean_environment())
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as client:
            wait_for(client, "/hello/nobody")
            yield client
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_what_it_needs_is_declared(programs: Path) -> None:
    run(ROOT, UV, "pip", "check", "--quiet", "--python", str(programs / "python"))
    run(ROOT, str(programs / "api-performance"), "--help")


def test_it_measures_by_template(application: httpx.Client) -> None:
    for name in ("Ada", "Grace", "Edsger"):
        assert application.get(f"/hello/{name}").status_code == 200
    deadline = time.monotonic() + 20  # what is measured is written once a second
    metrics = application.get("/metrics").text
    while "/hello/{name}" not in metrics and time.monotonic() < deadline:
        metrics = application.get("/metrics").text
    assert "api_requests_total" in metrics
    assert "/hello/{name}" in metrics
    assert "Grace" not in metrics


def test_its_page_loads_from_the_wheel(application: httpx.Client) -> None:
    page = application.get("/performance/")
    assert page.headers["content-type"].startswith("text/html")
    scripts = re.findall(r'<script[^>]* src="([^"]+)"', page.text)
    assert scripts
    for script in scripts:
        answer = application.get(str(page.url.join(script)))
        assert answer.status_code == 200
        assert "javascript" in answer.headers["content-type"]


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        command, cwd=folder, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def clean_environment() -> dict[str, str]:
    """The environment without what could lead back to the checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def wait_for(client: httpx.Client, path: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            client.get(path).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.05)  # between two questions, not for effect
    pytest.fail(f"{path} did not answer within {seconds} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
