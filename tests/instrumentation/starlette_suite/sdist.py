"""Starlette's tests, taken from the source distribution of the version that is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

CACHE = Path(sys.prefix) / "cache"
DOWNLOAD_SECONDS = 300


def fetch_suite() -> Path:
    """Return a folder that holds Starlette's `tests` and its pytest settings, fetched if need be.

    Its `starlette` package is removed, so that the installed one is what its tests test. Raises
    RuntimeError with pip's own words if it cannot be had.
    """
    name = f"starlette-{version('starlette')}"
    folder = CACHE / name
    if not folder.is_dir():
        CACHE.mkdir(exist_ok=True)
        _unpack(_download(version("starlette")), folder)
    return folder


def _download(wanted: str) -> Path:
    archive = CACHE / f"starlette-{wanted}.tar.gz"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--no-binary", "starlette"]
    command += ["--dest", str(CACHE), f"starlette=={wanted}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    if done.returncode or not archive.is_file():
        raise RuntimeError(f"Starlette's source was not to be had:\n{done.stdout}{done.stderr}")
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack beside the target and rename, so that an interrupted run leaves nothing half done."""
    half_done = folder.with_name(folder.name + ".part")
    shutil.rmtree(half_done, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(half_done, filter="data")
    source = half_done / folder.name
    shutil.rmtree(source / "starlette")
    source.rename(folder)
    half_done.rmdir()
