"""Every error of ours, each named for what the user can do about it."""

from __future__ import annotations


class ApiPerformanceError(Exception):
    """The root of all our errors. None of its kind is ever raised on the request path."""


class ConfigError(ApiPerformanceError, ValueError):
    """A setting is wrong: the message names it, its value, and what is allowed. Mend the setting."""


class StoreUnavailable(ApiPerformanceError):
    """The store cannot be reached or written now. Free, start or unlock it; we try again by ourselves."""


class StoreCorrupt(ApiPerformanceError):
    """The store's content cannot be read. The file was set aside, never deleted; start afresh or restore it."""


class StoreTooNew(ApiPerformanceError):
    """The store was written by a newer version. Upgrade api-performance or name another store."""


class LeaseLost(ApiPerformanceError):
    """Another process holds the lease by now: what was about to be written is no longer ours to write."""


class NotBuiltYet(ApiPerformanceError, NotImplementedError):
    """The asked part of the product does not exist in this version. Ask for another, or upgrade."""
