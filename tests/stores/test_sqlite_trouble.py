"""What can be the matter with a SQLite file: each time the app runs on and is told what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from api_performance.clock import ManualClock
from api_performance.errors import StoreCorrupt, StoreTooNew, StoreUnavailable
from api_performance.stores.sqlite import SQLiteStore
from api_performance.stores.sqlite.schema import VERSION

from .disks import make_read_only, mounted
from .making import NOW, a_flush, count, the_lease, total

IS_ROOT = os.geteuid() == 0


def a_file(folder: Path) -> Path:
    """Return a sound file with one folded and one fresh batch."""
    path = folder / "metrics.sqlite3"
    with closing(SQLiteStore(path)) as store:
        store.append(a_flush(1, NOW))
        store.fold(NOW + 10, the_lease(store))
        store.append(a_flush(2, NOW + 1))
    return path


def a_corrupt_file(folder: Path) -> tuple[Path, bytes]:
    """Return a file that opens well, and whose tables are noise; and its content."""
    path = a_file(folder)
    with closing(sqlite3.connect(path)) as connection:
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        pages = connection.execute("SELECT rootpage FROM sqlite_master WHERE rootpage").fetchall()
    content = bytearray(path.read_bytes())
    for (page,) in pages:
        content[(page - 1) * size : page * size] = os.urandom(size)
    path.write_bytes(content)
    return path, bytes(content)


def append_until_refused(store: SQLiteStore) -> int:
    """Append sequences from 1 on; return the one that the full disk did not take."""
    for sequence in range(1, 5_000):
        try:
            store.append(a_flush(sequence, NOW + sequence))
        except StoreUnavailable:
            return sequence
    pytest.fail("the disk never filled")


def test_a_full_disk_is_said_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=2m") as disk:
        store = SQLiteStore(disk / "metrics.sqlite3")
        store.append(a_flush(0, NOW))
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            filler.write_bytes(bytes(4 << 20))
        kept = append_until_refused(store)
        status = store.status()
        assert "cannot grow" in status.problem
        assert "Free space" in status.remedy
        assert count(store, 60) == 2 * kept
        filler.unlink()
        assert store.append(a_flush(kept, NOW + kept))
        assert store.status().problem == ""
        assert count(store, 60) == 2 * (kept + 1)
        store.close()


def test_a_read_only_file_system_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "size=2m") as disk:
        make_read_only(disk)
        with pytest.raises(
            StoreUnavailable, match=r"cannot be written .* Give this user the right"
        ):
            SQLiteStore(disk / "metrics.sqlite3")
        with pytest.raises(StoreUnavailable, match="memory://"):
            SQLiteStore(disk / "folder" / "metrics.sqlite3")


@pytest.mark.skipif(not IS_ROOT, reason="only root may become another user")
def test_a_directory_of_somebody_else_is_refused_with_a_remedy() -> None:
    script = (
        "import os, sys; from api_performance.stores.sqlite import SQLiteStore\n"
        "from api_performance.errors import StoreUnavailable\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try: SQLiteStore(sys.argv[1])\n"
        "except StoreUnavailable as error: print(error)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        said = run_python(script, str(a_file(Path(folder))))
        assert "cannot be written" in said
        assert "Give this user the right" in said
        Path(folder, "metrics.sqlite3").unlink()
        assert "Give this user the right" in run_python(script, f"{folder}/metrics.sqlite3")


def run_python(script: str, *arguments: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    ).stdout


def test_a_file_that_is_no_database_is_set_aside_and_a_fresh_one_made(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite3"
    path.write_bytes(b"this is no database, " * 500)
    with closing(SQLiteStore(path, clock=ManualClock(NOW))) as store:
        assert store.append(a_flush(1, NOW))
        status = store.status()
        (aside,) = tmp_path.glob("*.corrupt-*")
        assert aside.name == "metrics.sqlite3.corrupt-20231114T221400Z"
        assert aside.read_bytes() == b"this is no database, " * 500
        assert aside.name in status.problem
        assert "Restore it" in status.remedy
        aside.unlink()
        assert store.status().problem == ""


def test_a_file_that_turns_corrupt_is_set_aside_and_the_next_batch_kept(tmp_path: Path) -> None:
    path, content = a_corrupt_file(tmp_path)
    with closing(SQLiteStore(path)) as store:
        with pytest.raises(StoreCorrupt, match=r"set aside as metrics\.sqlite3\.corrupt-"):
            store.append(a_flush(3, NOW + 2))
        assert store.append(a_flush(3, NOW + 2))
        assert total(store) == 2
        assert "corrupt" in store.status().problem
    (aside,) = tmp_path.glob("*.corrupt-*Z")
    assert aside.read_bytes() == content


def test_two_processes_that_meet_a_corrupt_file_set_it_aside_once(tmp_path: Path) -> None:
    path, _ = a_corrupt_file(tmp_path)
    with closing(SQLiteStore(path)) as first, closing(SQLiteStore(path)) as second:
        with pytest.raises(StoreCorrupt):
            first.append(a_flush(3, NOW))
        first.append(a_flush(4, NOW))
        assert second.append(a_flush(5, NOW))
        assert total(second) == total(first) == 4
    assert len(list(tmp_path.glob("*.corrupt-*Z"))) == 1


def test_keys_outlive_a_corrupt_database(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with closing(SQLiteStore(path)) as store:
        key = store.key("session", lambda: b"secret")
    path.write_bytes(bytes(10_000))
    with closing(SQLiteStore(path)) as store:
        assert store.key("session", lambda: b"another") == key


def test_a_locked_file_is_unavailable_until_it_is_free(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with closing(SQLiteStore(path, busy_seconds=0.05)) as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreUnavailable, match=r"was locked for 0\.05 s by another"):
                store.append(a_flush(3, NOW + 2))
            assert "locked" in store.status().problem
            assert "End what holds it" in store.status().remedy
            assert count(store, 60) == 4  # readers are not kept out
        assert store.append(a_flush(3, NOW + 2))
        assert store.status().problem == ""


def test_a_file_of_a_newer_schema_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    with closing(sqlite3.connect(path)) as other:
        other.execute(f"PRAGMA user_version = {VERSION + 1}")
    content = path.read_bytes()
    with pytest.raises(StoreTooNew, match=f"version {VERSION + 1}.*Upgrade api-performance"):
        SQLiteStore(path)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
    content = path.read_bytes()
    with pytest.raises(StoreUnavailable, match="another program's SQLite database"):
        SQLiteStore(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs"])
def test_a_network_file_system_is_refused_with_a_remedy(tmp_path: Path, kind: str) -> None:
    share = tmp_path / "a share"
    share.mkdir()
    mounts = tmp_path / "mounts"
    point = str(share).replace(" ", "\\040")
    mounts.write_text(
        f"/dev/vda / ext4 rw 0 0\nserver:/x {point} {kind} rw 0 0\n", encoding="utf-8"
    )
    with pytest.raises(StoreUnavailable, match=rf"network file system \({kind}\).*Name a local"):
        SQLiteStore(share / "deep" / "metrics.sqlite3", mounts=mounts)
    SQLiteStore(tmp_path / "metrics.sqlite3", mounts=mounts).close()


def test_a_file_that_is_deleted_under_us_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "made" / "metrics.sqlite3"
    with closing(SQLiteStore(path)) as store:
        store.append(a_flush(1, NOW))
        shutil.rmtree(path.parent)
        assert store.append(a_flush(2, NOW + 1))
        assert total(store) == 2


def test_a_closed_store_says_that_it_is_closed(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "metrics.sqlite3")
    store.close()
    with pytest.raises(StoreUnavailable, match="was closed"):
        store.append(a_flush(1, NOW))
    assert "was closed" in store.status().problem


def test_only_the_owner_may_read_what_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / ".api-performance"
    with closing(SQLiteStore(folder / "metrics.sqlite3")) as store:
        store.append(a_flush(1, NOW))
        store.key("session", lambda: b"secret")
        assert folder.stat().st_mode & 0o777 == 0o700
        kept = [file for file in folder.iterdir() if file.name.startswith("metrics")]
        assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
        assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"


def test_a_key_that_a_crash_cut_short_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite3"
    with closing(SQLiteStore(path)) as store:
        store.key("session", lambda: b"secret")
        with (tmp_path / "metrics.sqlite3.keys").open("a", encoding="utf-8") as file:
            file.write("hash 0a0")
        assert store.key("session", lambda: b"other") == b"secret"
        assert store.key("hash", lambda: b"whole") == b"whole"
        assert store.key("hash", lambda: b"other") == b"whole"
