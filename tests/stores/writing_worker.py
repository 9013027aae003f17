"""A process that appends batches as fast as it can, says so after each, and now and then folds.

Run as `python -m tests.stores.writing_worker FILE PID FIRST_SEQUENCE`; it prints the sequence of
every batch whose `append` has returned, and goes on until it is killed or its output is closed.
"""

from __future__ import annotations

import os
import sys

from api_performance.stores.sqlite import SQLiteStore

from .making import NOW, a_flush, an_instance

LEASE_SECONDS = 8.0  # of the batches' time, in which a worker renews every seven


def main(path: str, pid: int, sequence: int) -> None:
    store = SQLiteStore(path)
    instance = an_instance(pid)
    lease = None
    while True:
        now = NOW + sequence
        store.append(a_flush(sequence, now, instance, calls=1))
        os.write(sys.stdout.fileno(), b"%d\n" % sequence)
        sequence += 1
        if sequence % 7 == 0:
            lease = store.acquire("judge", f"worker-{pid}-{os.getpid()}", now, LEASE_SECONDS)
            if lease is not None:
                store.fold(now, lease)
        if sequence % 50 == 0 and lease is not None:
            store.compact(now, lease)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
