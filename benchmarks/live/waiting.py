"""How long a process stood ready to run while the machine's processors did something else."""

from __future__ import annotations

from pathlib import Path


def waited_seconds(pid: int) -> float:
    """Return the seconds that the threads of a process waited for a processor, all together.

    The kernel's own count (/proc, schedstat); 0 where it keeps none, so that nothing is excused.
    """
    return sum(map(_waited_nanoseconds, Path(f"/proc/{pid}/task").glob("*/schedstat"))) / 1e9


def _waited_nanoseconds(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text().split()[1])
    except (OSError, IndexError):  # the thread has ended, or nothing is counted
        return 0
