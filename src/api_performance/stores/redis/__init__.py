"""The store of a fleet: one Redis that processes of several hosts write and read."""

from api_performance.stores.redis.store import RedisStore

__all__ = ["RedisStore"]
