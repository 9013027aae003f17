"""A file of an older schema is brought up to date at once or not at all, with all it holds."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from api_performance.stores.sqlite import SQLiteStore, schema

from .making import NOW, a_batch, a_flush, a_window, an_endpoint, count, the_lease, total

TABLES = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"


def a_file_of_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        schema.migrate(connection, to=version)


def tables(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(TABLES).fetchall()


def test_migrations_are_numbered_without_gaps() -> None:
    assert sorted(schema.MIGRATIONS) == list(range(1, schema.VERSION + 1))


@pytest.mark.parametrize("version", range(1, schema.VERSION + 1))
def test_a_file_of_every_version_is_migrated_and_used(tmp_path: Path, version: int) -> None:
    fresh, old = tmp_path / "fresh.sqlite3", tmp_path / "old.sqlite3"
    SQLiteStore(fresh).close()
    a_file_of_version(old, version)
    with closing(SQLiteStore(old)) as store:
        store.append(a_flush(1, NOW))
        store.fold(NOW + 10, the_lease(store))
        assert total(store) == count(store, 60) == 2
    assert tables(old) == tables(fresh)
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert connection.execute("PRAGMA auto_vacuum").fetchone() == (2,)


def test_what_version_1_held_is_read_after_the_migration(tmp_path: Path) -> None:
    path = tmp_path / "metrics.sqlite3"
    a_file_of_version(path, 1)
    with closing(SQLiteStore(path)) as store:
        store.append(a_flush(1, NOW))
    with closing(SQLiteStore(path)) as store:
        assert total(store) == 2


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "metrics.sqlite3"
    a_file_of_version(path, 1)
    before = tables(path)
    broken = {
        **schema.MIGRATIONS,
        schema.VERSION + 1: "CREATE TABLE more (x);\nINSERT INTO nowhere VALUES (1);\n",
    }
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            schema.migrate(connection, to=schema.VERSION + 1)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert tables(path) == before


def test_a_script_is_split_at_its_statements_and_not_inside_them() -> None:
    script = "CREATE TABLE a (x); -- one; two\nCREATE TABLE b (\n  y TEXT DEFAULT ';'\n);\n"
    assert len(list(schema.statements(script))) == 2


def test_the_file_shrinks_when_much_was_deleted(tmp_path: Path) -> None:
    path, draw = tmp_path / "metrics.sqlite3", random.Random(1)
    endpoints = [an_endpoint(f"/{name}") for name in range(50)]
    with closing(SQLiteStore(path)) as store:
        for sequence in range(200):
            windows = [
                (endpoint, a_window(NOW + sequence, [draw.random() for _ in range(400)]))
                for endpoint in endpoints
            ]
            store.append(a_batch(sequence, windows))
    grown = path.stat().st_size
    with closing(SQLiteStore(path)) as store:
        store.clear()
        store.compact(NOW, the_lease(store))
    assert path.stat().st_size < grown / 2
