"""How long a process stood ready to run while the machine's processors did something else."""

from __future__ import annotations

from pathlib import Path


class Waiting:
    """What the threads of a process waited for a processor since this was made.

    By the kernel's own count (/proc, schedstat); nothing where it keeps none, so that then nothing
    is excused. A thread that ends takes its count along.
    """

    def __init__(self, pid: int) -> None:
        """Begin now."""
        self._pid = pid
        self._before = self._nanoseconds()

    def seconds(self) -> float:
        """Return it, all threads together."""
        now = self._nanoseconds().items()
        return sum(waited - self._before.get(thread, 0) for thread, waited in now) / 1e9

    def _nanoseconds(self) -> dict[str, int]:
        files = Path(f"/proc/{self._pid}/task").glob("*/schedstat")
        return {file.parent.name: _waited_nanoseconds(file) for file in files}


def _waited_nanoseconds(schedstat: Path) -> int:
    try:
        return int(schedstat.read_text().split()[1])
    except (OSError, IndexError):  # the thread has ended, or nothing is counted
        return 0
