"""The store of one process, gone when the process ends."""

from api_performance.stores.memory.store import MEMORY_RETENTION, MemoryStore

__all__ = ["MEMORY_RETENTION", "MemoryStore"]
