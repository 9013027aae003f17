"""No distribution leaves without the page built from its own sources."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = Path("src/api_performance/server/static")
BUILT = "<!doctype html><title>A built page</title>"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in small: the real build files, one module, and the sources of a page."""
    for name in ("pyproject.toml", "hatch_build.py", "README.md", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path / name)
    write(tmp_path / "src/api_performance/__init__.py", '"""A package in small."""\n')
    write(tmp_path / "web/src/main.ts", "document.title = 'A page'\n")
    write(tmp_path / "web/.npmrc", "fund=false\n")
    return tmp_path


def test_a_wheel_without_a_page_is_refused(checkout: Path) -> None:
    assert "make page" in refusal(checkout, "wheel")


def test_an_sdist_without_a_page_is_refused(checkout: Path) -> None:
    assert "make page" in refusal(checkout, "sdist")


def test_a_page_of_older_sources_is_refused(checkout: Path) -> None:
    build_page(checkout)
    write(checkout / "web/src/main.ts", "document.title = 'Another page'\n")
    assert "make page" in refusal(checkout, "wheel")


def test_a_page_is_refused_when_a_source_was_renamed(checkout: Path) -> None:
    build_page(checkout)
    (checkout / "web/src/main.ts").rename(checkout / "web/src/index.ts")
    assert "make page" in refusal(checkout, "wheel")


def test_what_tools_leave_in_web_does_not_make_the_page_stale(checkout: Path) -> None:
    build_page(checkout)
    write(checkout / "web/node_modules/left-by/npm.js", "")
    write(checkout / "web/tsconfig.tsbuildinfo", "{}")
    assert run(checkout, sys.executable, "hatch_build.py", "--is-fresh").returncode == 0


def test_the_wheel_carries_the_page(checkout: Path) -> None:
    build_page(checkout)
    assert run(checkout, sys.executable, "-m", "hatchling", "build", "-t", "wheel").returncode == 0
    (wheel,) = (checkout / "dist").glob("*.whl")
    assert "api_performance/server/static/index.html" in zipfile.ZipFile(wheel).namelist()


def test_a_wheel_can_be_built_from_the_sdist(checkout: Path) -> None:
    build_page(checkout)
    assert run(checkout, sys.executable, "-m", "hatchling", "build", "-t", "sdist").returncode == 0
    (sdist,) = (checkout / "dist").glob("*.tar.gz")
    shutil.unpack_archive(sdist, checkout / "unpacked", filter="data")
    (unpacked,) = (checkout / "unpacked").iterdir()
    built = run(unpacked, sys.executable, "-m", "hatchling", "build", "-t", "wheel")
    assert built.returncode == 0, built.stderr


def test_an_editable_install_needs_no_page(checkout: Path) -> None:
    script = "from hatchling.build import build_editable; print(build_editable('dist'))"
    (checkout / "dist").mkdir()
    assert run(checkout, sys.executable, "-c", script).returncode == 0


def build_page(checkout: Path) -> None:
    write(checkout / STATIC / "index.html", BUILT)
    assert run(checkout, sys.executable, "hatch_build.py").returncode == 0


def refusal(checkout: Path, target: str) -> str:
    built = run(checkout, sys.executable, "-m", "hatchling", "build", "-t", target)
    assert built.returncode != 0
    return built.stderr


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
