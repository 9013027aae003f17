"""Every error of ours, each named for what the user can do about it."""

from __future__ import annotations

import traceback
from pathlib import Path


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


class AlertUnknown(ApiPerformanceError, LookupError):
    """No alert has this id. Those that there are can be listed."""


class SilenceUnknown(ApiPerformanceError, LookupError):
    """No silence has this id, or it is over. Those in force can be listed."""


class SwitchedOff(ApiPerformanceError):
    """A setting switches the asked part off. The message names it; switch it on or go without."""


class ObjectiveUnknown(ApiPerformanceError, LookupError):
    """No objective has this id. The list of objectives has those there are."""


class FindingUnknown(ApiPerformanceError, LookupError):
    """No finding has this id. The list of findings has those there are."""


class RuleUnknown(ApiPerformanceError, LookupError):
    """No alert rule of the page has this id. The list of alert rules has those there are."""


class RecommendationUnknown(ApiPerformanceError, LookupError):
    """No recommendation has this id. Those that there are can be listed."""


class MetricsRefused(ApiPerformanceError, TypeError):
    """What was handed in is no measured value. The message names it and what is taken."""


class NothingMeasured(ApiPerformanceError, LookupError):
    """Nothing was measured that could answer. Wait for the first requests, or ask of others."""


class ChannelUnknown(ApiPerformanceError, LookupError):
    """No channel has this name. The message names those that there are."""


def told(error: BaseException) -> str:
    """Name an error for a log or a page: one of ours as it says, another by its type and line.

    What another's says may hold values of the program's: a KeyError names the key.
    """
    name = type(error).__name__
    if isinstance(error, ApiPerformanceError):
        return f"{name}: {error}"
    places = traceback.extract_tb(error.__traceback__)
    return f"{name} at {Path(places[-1].filename).name}:{places[-1].lineno}" if places else name
