"""The installation's secret keys in a file that only its owner may read, shared by all processes.

One line per key, `name hex`, the last of a name counts. A line is one write under a file lock, so
processes agree, and a line that a crash cut short has no line end and is passed over. A key that is
replaced puts a fresh file in the place of the old one, whole or not at all. The keys are kept apart
from the measured data: they outlive its deletion and a corrupt database.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api_performance.errors import StoreUnavailable


class KeyFile:
    """Named keys in one file; every call reads it, for another process may have added one."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`, made with mode 0600 when the first key is inserted."""
        self._path = path

    def get(self, name: str, make: Callable[[], bytes]) -> bytes:
        """Return the key of that name (no white space), inserting `make()` if there is none yet."""
        with self._locked() as file:
            known = _read(file).get(name)
            if known is None:
                known = make()
                _append(file, name, known)
            return known

    def replace(self, name: str, value: bytes) -> None:
        """Set a key, whatever was there."""
        with self._locked() as file:
            known = _read(file)
            if name in known:
                self._write_anew(file, {**known, name: value})
            else:
                _append(file, name, value)

    def _write_anew(self, file: int, keys: Mapping[str, bytes]) -> None:
        """Put a file of some keys in the place of the locked one: what grew is small again."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        fresh.unlink(missing_ok=True)  # of a process that died here
        written = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            owned = os.fstat(file)
            if owned.st_uid != os.geteuid():  # root's command writes the app's file
                os.fchown(written, owned.st_uid, owned.st_gid)
            os.write(written, "".join(_line(*key) for key in keys.items()).encode())
            os.fsync(written)
        finally:
            os.close(written)
        fresh.replace(self._path)

    @contextmanager
    def _locked(self) -> Iterator[int]:
        try:
            file = self._open()
            try:
                yield file
            finally:
                os.close(file)
        except OSError as error:
            raise StoreUnavailable(
                f"The key file {self._path} cannot be used ({error.strerror}). Give this user the"
                " right to read and write it, or name another store."
            ) from error

    def _open(self) -> int:
        """Open and lock the file of that name; another may be put in its place until it is ours."""
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if self._is_named(file):
                    return file
            except BaseException:
                os.close(file)
                raise
            os.close(file)

    def _is_named(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False


def _read(file: int) -> dict[str, bytes]:
    whole_lines = _text(file).split("\n")[:-1]
    return {
        name: bytes.fromhex(value) for name, _, value in (x.partition(" ") for x in whole_lines)
    }


def _text(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode()


def _line(name: str, value: bytes) -> str:
    return f"{name} {value.hex()}\n"


def _append(file: int, name: str, value: bytes) -> None:
    if not name or name.split() != [name]:
        raise ValueError(f"a key's name is one word, got {name!r}")
    whole_lines, _, cut_short = _text(file).rpartition("\n")
    if cut_short:
        os.ftruncate(file, len(whole_lines.encode()) + 1 if whole_lines else 0)
    os.write(file, _line(name, value).encode())
    os.fsync(file)
