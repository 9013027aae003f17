"""Prints the login address to a terminal when a server starts, as Jupyter does; never into a log.

Of several workers one prints. Alone a process knows that nobody else does; below a supervisor of
workers (uvicorn's, hypercorn's, gunicorn's) the first to leave a mark with the supervisor's name
in the temporary directory does, so neither a reload nor a worker that is replaced prints again.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from api_performance.server.auth import Auth

_STARTED_FIELD: Final = 22  # proc_pid_stat(5): clock ticks after boot; pids are used again


def announce(auth: Auth, base: str, path: str) -> None:
    """Print where to look, once per group of workers.

    `base` is what comes before `path`, such as `http://127.0.0.1:8000`, or empty if unknown.
    """
    if not is_first_of_group():
        return
    page = f"{base}{path}/"
    address = auth.login_address(page) if auth.is_required else page
    where = "" if base else "this server's "
    sys.stderr.write(f"API Performance is live at {where}{address}\n")
    sys.stderr.flush()


def is_first_of_group() -> bool:
    """Tell whether no other worker of this process' supervisor was told so before."""
    if multiprocessing.parent_process() is None and "gunicorn.arbiter" not in sys.modules:
        return True
    mark = _mark(os.getppid())
    _remove_old_marks(mark)
    try:
        mark.touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True  # rather twice than not at all
    return True


def _mark(supervisor: int) -> Path:
    name = f"{_beginning()}{supervisor}-{_started(supervisor)}"
    return Path(tempfile.gettempdir()) / name


def _beginning() -> str:
    return f"api-performance-{os.getuid()}-"


def _started(pid: int) -> str:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    except OSError:  # another system than Linux
        return "0"
    return after_name.split()[_STARTED_FIELD - 3]


def _remove_old_marks(own: Path) -> None:
    for mark in own.parent.glob(f"{_beginning()}*"):
        pid = mark.name.removeprefix(_beginning()).partition("-")[0]
        if mark != own and pid.isdigit() and not _is_running(int(pid)):
            mark.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # another user's
    return True
