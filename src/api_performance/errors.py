"""Every error of ours, each named for what the user can do about it."""

from __future__ import annotations


class ApiPerformanceError(Exception):
    """The root of all our errors. None is ever raised on the request path."""


class ConfigError(ApiPerformanceError, ValueError):
    """A setting is wrong: the message names it, its value, and what is allowed. Mend it."""


class StoreUnavailable(ApiPerformanceError):
    """The store does not answer now. Free, start or unlock it; we try again by ourselves."""


class StoreAway(StoreUnavailable):
    """The store gives no answer at all, and is not asked by every call until it gives one again."""


class StoreCorrupt(ApiPerformanceError):
    """The store's content cannot be read. It was set aside, not deleted; restore it or go on."""


class StoreTooNew(ApiPerformanceError):
    """A newer version wrote the store. Upgrade api-performance or name another store."""


class LeaseLost(ApiPerformanceError):
    """Another process holds the lease by now: what was to be written is no longer ours to."""


class SwitchedOff(ApiPerformanceError):
    """A setting switches the asked part off. The message names it; switch it on or go without."""


class NotBuiltYet(ApiPerformanceError, NotImplementedError):
    """The asked part is not in this version. Ask for another, or upgrade."""
