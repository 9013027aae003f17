"""Which priority an endpoint has and whether it is monitored, decided once, when it is first seen.

A pattern is `METHOD /template` or `/template`; `*` stands for any text (slashes too) and `?` for
one character, everything else, braces included, for itself. Of several that match, the most
specific decides: the one with more literal characters, then the one that names a method, then the
first.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from api_performance.model import MetricPriority

EXTENSION: Final = "x-priority"
"""The key of a route's `openapi_extra` that names its priority."""

TAG_PREFIX: Final = "priority:"
"""A route tag `priority:critical` names a priority; so does the bare tag `critical`."""

LOW_PRIORITY_PATHS: Final = (
    "/health",
    "/health/*",
    "/healthz",
    "/health-check",
    "/healthcheck",
    "/livez",
    "/readyz",
    "/ping",
    "/metrics",
    "/docs",
    "/docs/*",
    "/redoc",
    "/openapi.json",
    "/favicon.ico",
)
"""What is LOW unless told otherwise (SPEC.md, Priority Assignment: health checks, monitoring,
utilities). Not `/health*`, which would take the endpoints of `/healthcare`."""

_log = logging.getLogger("api_performance")


class Pattern:
    """One glob over a method and a template."""

    __slots__ = ("_method", "_template", "specificity", "text")

    def __init__(self, text: str) -> None:
        method, separator, template = text.strip().partition(" ")
        if not separator:
            method, template = "*", method
        self.text = text
        self._method = _glob(method.upper())
        self._template = _glob(template.strip())
        self.specificity = (_literal_length(template), _literal_length(method))
        """Larger for the pattern that says more."""

    def matches(self, method: str, template: str) -> bool:
        """Tell whether the endpoint is one that the pattern means."""
        return bool(self._method.fullmatch(method) and self._template.fullmatch(template))


def _glob(text: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in text)
    return re.compile("".join(parts), re.DOTALL)


def _literal_length(text: str) -> int:
    return len(text.replace("*", "").replace("?", ""))


@dataclass(frozen=True, slots=True)
class PriorityRules:
    """What the configuration says of priorities; the defaults monitor everything."""

    priorities: Mapping[str, MetricPriority] = field(default_factory=dict)
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    minimum_priority: MetricPriority = MetricPriority.LOW
    default_priority: MetricPriority = MetricPriority.MEDIUM


class Prioritizer:
    """Answers from rules with compiled patterns. Not for every request: keep the answer."""

    def __init__(self, rules: PriorityRules | None = None) -> None:
        self._rules = rules = rules or PriorityRules()
        self._configured = _ranked(rules.priorities)
        self._low = [Pattern(path) for path in LOW_PRIORITY_PATHS]
        self._include = [Pattern(text) for text in rules.include]
        self._exclude = [Pattern(text) for text in rules.exclude]

    def priority(
        self,
        method: str,
        template: str,
        *,
        explicit: MetricPriority | None = None,
        extra: MetricPriority | None = None,
        tags: Iterable[object] = (),
    ) -> MetricPriority:
        """Return an endpoint's priority.

        In order: `explicit` (decorator or `register_endpoint`), `extra` (`priority_of_extra` of
        the route's `openapi_extra`), its tags, the configured patterns, LOW for health, metrics
        and documentation, the default.
        """
        return explicit or extra or _from_tags(tags) or self._from_patterns(method, template)

    def is_monitored(self, method: str, template: str, priority: MetricPriority) -> bool:
        """Tell whether an endpoint is measured: included, not excluded, and important enough."""
        if priority.rank > self._rules.minimum_priority.rank:
            return False
        if self._include and not _any_matches(self._include, method, template):
            return False
        return not _any_matches(self._exclude, method, template)

    def _from_patterns(self, method: str, template: str) -> MetricPriority:
        for pattern, priority in self._configured:
            if pattern.matches(method, template):
                return priority
        if _any_matches(self._low, method, template):
            return MetricPriority.LOW
        return self._rules.default_priority


def _ranked(
    priorities: Mapping[str, MetricPriority],
) -> list[tuple[Pattern, MetricPriority]]:
    compiled = [(Pattern(text), priority) for text, priority in priorities.items()]
    return sorted(compiled, key=lambda pair: pair[0].specificity, reverse=True)


def _any_matches(patterns: list[Pattern], method: str, template: str) -> bool:
    return any(pattern.matches(method, template) for pattern in patterns)


def priority_of_extra(openapi_extra: Mapping[str, object] | None) -> MetricPriority | None:
    """Return the priority that `{"x-priority": "critical"}` names; None, and a warning, if none."""
    name = (openapi_extra or {}).get(EXTENSION)
    priority = _named(name)
    if name is not None and priority is None:
        allowed = ", ".join(MetricPriority)
        _log.warning("%s=%r names no priority; use one of %s", EXTENSION, name, allowed)
    return priority


def _from_tags(tags: Iterable[object]) -> MetricPriority | None:
    for tag in tags:
        if priority := _named(str(getattr(tag, "value", tag)).removeprefix(TAG_PREFIX)):
            return priority
    return None


def _named(name: object) -> MetricPriority | None:
    try:
        return MetricPriority(str(name).strip().lower())
    except ValueError:
        return None
