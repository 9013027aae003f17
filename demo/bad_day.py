"""What goes wrong with the shop on a bad day: switched on and off while all of it runs.

The switches are one small file, a name a line, that every process of the demo reads as it goes on.
`DEMO_FAULTS` names some to begin with; `python -m demo.bad_day FILE [NAME ...]` sets them anew.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

VARIABLE = "DEMO_SWITCHES"
READ_SECONDS = 0.5
TIMES = 3


class Fault(StrEnum):
    """One thing that goes wrong, as it does in real services."""

    SLOW_PARTNER = "slow_partner"
    """The third party takes over a second more for everything."""
    FAILING_PAYMENTS = "failing_payments"
    """The third party refuses seven payments in ten."""
    BROKEN_CART = "broken_cart"
    """Putting something into the cart fails: a column that the code needs is not there yet."""
    FEW_VISITORS = "few_visitors"
    """Nineteen visitors in twenty do not find the way to the shop."""
    FEW_THREADS = "few_threads"
    """A worker has four threads, and a slow disk keeps them busy."""
    BROKEN_RELEASE = "broken_release"
    """A release that forgot that a product may have no review."""
    REBUILT_INDEX = "rebuilt_index"
    """The index of the search is being rebuilt: it answers nothing meanwhile."""
    HELD_CONNECTION = "held_connection"
    """The mail is sent before the till's connection is given back."""
    BLOCKED_LOOP = "blocked_loop"
    """The stock of a product is asked for by a client that blocks the event loop."""
    FULL_DISK = "full_disk"
    """One worker cannot write."""
    MEMORY_LEAK = "memory_leak"
    """Each look at a product leaves something behind."""


class Switches:
    """Which faults are on. Read anew twice a second at most."""

    def __init__(self, path: Path | None) -> None:
        """Read the file at `path`; without one, or while it is absent, nothing is wrong."""
        self._path = path
        self._read_at = -READ_SECONDS
        self._on: frozenset[str] = frozenset()
        self._mine: set[Fault] = set()
        self._asked: Counter[Fault] = Counter()

    @classmethod
    def from_environment(cls) -> "Switches":
        """Read the file that the environment names."""
        path = os.environ.get(VARIABLE)
        return cls(Path(path) if path else None)

    def is_on(self, fault: Fault) -> bool:
        """Whether this goes wrong now."""
        now = time.monotonic()
        if now - self._read_at >= READ_SECONDS:
            self._read_at = now
            self._on = self._read()
        return fault in self._on

    def is_on_here(self, fault: Fault) -> bool:
        """Whether this goes wrong in this process: in the first that asked for the third time.

        That is one that has much to do, while it goes wrong.
        """
        if not self.is_on(fault) or self._path is None:
            return False
        self._asked[fault] += 1
        if fault not in self._mine and self._asked[fault] >= TIMES:
            with suppress(FileExistsError):
                os.close(os.open(f"{self._path}.{fault}", os.O_CREAT | os.O_EXCL))
                self._mine.add(fault)
        return fault in self._mine

    def _read(self) -> frozenset[str]:
        if self._path is None:
            return frozenset()
        try:
            return frozenset(self._path.read_text().split())
        except OSError:
            return frozenset()


switches = Switches.from_environment()
"""Those of this process."""


def switch(path: Path, faults: Iterable[str]) -> None:
    """Have these faults be on, and no others. ValueError for a name that is none."""
    names = [Fault(name).value for name in faults]
    written = path.with_suffix(".new")
    written.write_text("\n".join(names))
    written.replace(path)


if __name__ == "__main__":
    switch(Path(sys.argv[1]), sys.argv[2:])
