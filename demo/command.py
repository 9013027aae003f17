"""What `python -m demo` does: run all of it until Ctrl-C, or for `DEMO_SECONDS` seconds.

`DEMO_PORT` asks for a port (8000 or any free one otherwise; 0 is any free one), and
`DEMO_DAY_SECONDS` is the length of the shop's day (240). Left alone it ends after twelve hours.
`DEMO_FAULTS` are things to go wrong, by name; see `bad_day.py`.
"""

import contextlib
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from demo.bad_day import Fault
from demo.processes import ChildFailed, Stopped, free_port
from demo.stage import WORKERS, Stage

PREFERRED_PORT = 8000
MAX_SECONDS = 12 * 3600.0
TOKEN_SECONDS = 60.0  # it took 16 s on two cores with sixteen other processes


def main(stop: Collection[int]) -> int:
    """Run the demo until something is in `stop`; the exit status."""
    seconds, day_seconds = number("DEMO_SECONDS", MAX_SECONDS), number("DEMO_DAY_SECONDS", 240)
    port = choose_port(int(number("DEMO_PORT", PREFERRED_PORT)))
    with temporary_folder() as folder:
        stage = Stage(folder, port, stop)
        try:
            run(stage, stop, seconds, day_seconds)
        except Stopped:
            pass
        except ChildFailed as error:
            print(f"The demo cannot go on: {error}", file=sys.stderr, flush=True)
            return 1
        finally:
            summary = stage.close()
    say(summary)
    return 0


def run(stage: Stage, stop: Collection[int], seconds: float, day_seconds: float) -> None:
    """Open the shop, let visitors in, and return when told to stop or when the time is up."""
    say("Filling the shop and starting it ...")
    stage.open(*faults())
    stage.let_visitors_in(seconds, day_seconds)
    say(f"\n  Shop       {stage.url}/docs")
    say(f"  Dashboard  {login_address(stage)}\n")
    say(f"{WORKERS} workers; a day of visitors passes in {day_seconds:.0f} s. Ctrl-C ends it.")
    while not stop and not stage.is_over():
        time.sleep(0.2)


def login_address(stage: Stage) -> str:
    """The dashboard's address with a token, made by `api-performance token`."""
    command = [str(Path(sys.executable).with_name("api-performance")), "token", "--url", stage.url]
    environment = {**os.environ, "API_PERFORMANCE_STORE": stage.store}
    try:
        answer = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=TOKEN_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{stage.url}/performance (no token: {error})"
    if answer.returncode:
        *_, last_line = answer.stderr.splitlines() or ["no reason given"]
        return f"{stage.url}/performance (no token: {last_line})"
    return answer.stdout.strip()


def number(name: str, default: float) -> float:
    """What the environment says under `name`; the program ends if that is no number."""
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < math.inf:
        sys.exit(f"{name} must be a number, 0 or more, and is {text!r}.")
    return value


def faults() -> list[str]:
    """What goes wrong, as the environment has it; the program ends at a name that is none."""
    names = os.environ.get("DEMO_FAULTS", "").replace(",", " ").split()
    unknown = [name for name in names if name not in set(Fault)]
    if unknown:
        sys.exit(f"DEMO_FAULTS has {unknown[0]!r}; there are: {', '.join(Fault)}.")
    return names


def choose_port(asked: int) -> int:
    """The port asked for if it is free, else any that is."""
    port = free_port(asked)
    if asked not in (0, port):
        say(f"Port {asked} is taken; the shop uses {port}.")
    return port


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for databases and logs that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="shop-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)
