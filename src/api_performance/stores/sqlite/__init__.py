"""The default store: one SQLite file that all processes of a machine write and read."""

from api_performance.stores.sqlite.store import SQLiteStore

__all__ = ["SQLiteStore"]
