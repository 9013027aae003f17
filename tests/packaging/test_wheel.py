"""The wheel made from the sdist, alone in an empty environment, measures an app and shows it."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.ports import free_port

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
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the unpacked sdist, which has to carry the page."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "hatchling", "build", "-d", str(folder), "-t")
    run(ROOT, *build, "sdist")
    (sdist,) = folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    run(folder / sdist.name.removesuffix(".tar.gz"), *build, "wheel")
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def programs(wheel: Path) -> Path:
    """Where the programs of an environment lie that has the wheel and what it asks for."""
    folder = wheel.parent
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
    server = subprocess.Popen(command, cwd=folder, env=without_node(programs))
    try:
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, follow_redirects=True, timeout=120) as client:
            wait_for(client, "/hello/nobody")
            yield client
    finally:
        server.terminate()
        server.wait(timeout=120)


def test_what_it_needs_is_declared(programs: Path) -> None:
    run(ROOT, UV, "pip", "check", "--quiet", "--python", str(programs / "python"))
    run(ROOT, str(programs / "api-performance"), "--help")


def test_the_core_asks_for_no_driver_and_each_extra_for_its_own(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        (path,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        metadata = Parser().parsestr(archive.read(path).decode())
    wanted: dict[str, set[str]] = {}
    for requirement in metadata.get_all("Requires-Dist", []):
        package, extra = re.fullmatch(r"([\w-]+).*?(?:extra == '(\w+)')?", requirement).groups()  # type: ignore[union-attr]  # else the test fails
        wanted.setdefault(extra or "", set()).add(package)
    core = wanted.pop("")
    assert core.isdisjoint({"redis", "clickhouse-connect", "numpy", "apprise", "opentelemetry-api"})
    assert set(metadata.get_all("Provides-Extra", [])) == wanted.keys()
    assert wanted.pop("all") == set().union(*wanted.values())
    assert wanted == {
        "redis": {"redis"},
        "clickhouse": {"clickhouse-connect"},
        "analysis": {"numpy"},
        "notify": {"apprise"},
        "opentelemetry": {"opentelemetry-api"},
    }


def test_it_measures_by_template(application: httpx.Client) -> None:
    for name in ("Ada", "Grace", "Edsger"):
        assert application.get(f"/hello/{name}").status_code == 200
    deadline = time.monotonic() + 120  # what is measured is written once a second
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


def without_node(programs: Path) -> dict[str, str]:
    """The environment of a machine that has nothing but the wheel's own programs."""
    environment = {**clean_environment(), "PATH": str(programs)}
    assert shutil.which("node", path=environment["PATH"]) is None
    return environment


def wait_for(client: httpx.Client, path: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            client.get(path).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.05)  # between two questions, not for effect
    pytest.fail(f"{path} did not answer within {seconds} s")
