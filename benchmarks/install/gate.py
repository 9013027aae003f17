"""The gates on the core's size on disk and on the time that importing it takes.

Two environments are made from the lock: FastAPI and uvicorn alone, and with the built wheel. Sizes
are those of installed files without compiled Python. Importing is CPU time of a fresh interpreter,
the two in turn, as a ratio of medians.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.result import GateResult, write_result

ROOT: Final = Path(__file__).parents[2]
UV: Final = str(Path(sys.executable).with_name("uv"))
BARE: Final = ("fastapi", "uvicorn")
RUNS: Final = 15

MOST_MEGABYTES: Final = 12.0
MOST_RATIO: Final = 1.4

IMPORT_BARE: Final = "import fastapi"
IMPORT_OURS: Final = "import fastapi; from api_performance import instrument"
IMPORT_NOTHING: Final = "pass"


def run() -> list[GateResult]:
    """Install both, measure, keep the numbers, and return the gates."""
    with tempfile.TemporaryDirectory() as place:
        wheel = build_wheel(Path(place))
        bare = environment(Path(place) / "bare", *BARE)
        ours = environment(Path(place) / "ours", *BARE, str(wheel))
        sizes = {"bare": size_megabytes(bare), "ours": size_megabytes(ours)}
        sizes["wheel"] = wheel.stat().st_size / 1e6
        seconds = import_seconds(ours)
    added = sizes["ours"] - sizes["bare"]
    ratio = seconds["ours"] / seconds["bare"]
    write_result("install", {"megabytes": sizes, "import_cpu_seconds": seconds, "ratio": ratio})
    return [
        GateResult("what the core adds to an installed FastAPI", added, MOST_MEGABYTES, "MB"),
        GateResult("importing FastAPI and the product, to FastAPI alone,", ratio, MOST_RATIO),
    ]


def build_wheel(place: Path) -> Path:
    """Build the wheel; it is refused where the page is not fresh."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(place)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = place.glob("*.whl")
    return wheel


def environment(place: Path, *packages: str) -> Path:
    """Install packages, as the lock has them, in an environment of their own; return its Python."""
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, str(place)], check=True)
    python = place / "bin" / "python"
    install = [UV, "pip", "install", "--quiet", "--python", str(python)]
    lock = str(ROOT / "requirements" / "dev.txt")
    subprocess.run([*install, "--constraint", lock, *packages], check=True)
    return python


def size_megabytes(python: Path) -> float:
    """Return what lies in an environment's site-packages."""
    (packages,) = python.parents[1].glob("lib/python*/site-packages")
    files = (path for path in packages.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files) / 1e6


def import_seconds(python: Path) -> dict[str, float]:
    """Return the CPU seconds of importing, those of starting Python left out."""
    programs = {"nothing": IMPORT_NOTHING, "bare": IMPORT_BARE, "ours": IMPORT_OURS}
    for program in programs.values():
        _cpu_seconds(python, program)  # compiles
    runs = [
        {name: _cpu_seconds(python, each) for name, each in programs.items()} for _ in range(RUNS)
    ]
    medians = {name: median(run[name] for run in runs) for name in programs}
    return {name: medians[name] - medians["nothing"] for name in ("bare", "ours")}


def _cpu_seconds(python: Path, program: str) -> float:
    process = subprocess.Popen([str(python), "-I", "-c", program])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{program!r} failed in {python}")
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    for result in run():
        print(result.sentence())
