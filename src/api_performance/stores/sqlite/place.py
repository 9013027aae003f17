"""Where the database file lies: makes its directory, refuses what cannot hold it, sets it aside."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from api_performance.errors import StoreUnavailable

NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone", "gpfs"),
    }
)
"""On these /proc/mounts types SQLite cannot rely on shared memory and locks (its FAQ, 5)."""

CORRUPT_MARK: Final = ".corrupt-"


def make_place(path: Path, mounts: Path) -> None:
    """Make the file's directory and the empty file, both for their owner only.

    StoreUnavailable with a remedy on a network file system (where `mounts`, usually /proc/mounts,
    tells) and where we may not write.
    """
    refuse_network(path, mounts)
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, parents=True)
            (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        _make_file(path)
    except OSError as error:
        raise unwritable(path, error.strerror or str(error)) from error
    if not os.access(path, os.R_OK | os.W_OK):
        raise unwritable(path, "it is another user's, or read-only")
    if not os.access(path.parent, os.W_OK):
        raise unwritable(path, "its directory is read-only")


def _make_file(path: Path) -> None:
    """Make the empty file; one that is there is never opened.

    Closing any descriptor of a file drops all locks that the process holds on it, those of SQLite's
    connections too ("How To Corrupt An SQLite Database File", 2.2): another process would then take
    itself for the last one, and remove the log under those that still write to it.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def unwritable(path: Path, reason: str) -> StoreUnavailable:
    """Return the error that says what a person can do when the file cannot be written."""
    return StoreUnavailable(
        f"{path} cannot be written ({reason}). Give this user the right to write there, or name"
        " another place: store='sqlite:///path/metrics.sqlite3', or store='memory://'."
    )


def refuse_network(path: Path, mounts: Path) -> None:
    """Raise StoreUnavailable, with a remedy, for a path on a network file system."""
    kind = file_system(path, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StoreUnavailable(
            f"{path} is on a network file system ({kind}), where SQLite may lose data. Name a"
            " local place: store='sqlite:///path/metrics.sqlite3', or store='memory://'."
        )


def file_system(path: Path, mounts: Path) -> str:
    """Return the type of the file system that holds `path`; empty where `mounts` cannot tell."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    where = path.resolve()
    found, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if len(point.parts) >= found and (point == where or point in where.parents):
            found, kind = len(point.parts), fields[2]
    return kind


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells this file from another of the same name; None if there is none."""
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def set_aside(path: Path, seen: tuple[int, int] | None, now: float) -> Path | None:
    """Rename a corrupt database, never delete it; None if another process did so before us.

    `seen` is the identity of the file that was found corrupt.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    with alone(path):
        if seen is None or identity(path) != seen:
            return None
        target = _free_name(path, stamp)
        for suffix in ("-wal", "-shm", ""):
            beside = path.with_name(path.name + suffix)
            if beside.exists():
                beside.rename(target.with_name(target.name + suffix))
        return target


def _free_name(path: Path, stamp: str) -> Path:
    name, number = f"{path.name}{CORRUPT_MARK}{stamp}", 1
    while path.with_name(name).exists():
        number += 1
        name = f"{path.name}{CORRUPT_MARK}{stamp}-{number}"
    return path.with_name(name)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep other processes out of the same step on this file."""
    lock = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def corrupt_files(path: Path) -> list[Path]:
    """Return the files that were set aside beside `path`, oldest first."""
    found = path.parent.glob(f"{path.name}{CORRUPT_MARK}*")
    return sorted(file for file in found if not file.name.endswith(("-wal", "-shm")))


def key_file(path: Path) -> Path:
    """Return the file of keys beside a database."""
    return path.with_name(f"{path.name}.keys")


def size_bytes(path: Path) -> int:
    """Return the bytes of the database and its write-ahead log; 0 if there is none."""
    total = 0
    for suffix in ("", "-wal"):
        with suppress(OSError):
            total += path.with_name(path.name + suffix).stat().st_size
    return total
