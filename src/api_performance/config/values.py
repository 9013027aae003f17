"""How the text of a setting becomes its value, and why a value is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import pairwise
from math import isfinite
from typing import Final

from api_performance.config.redis_address import SCHEMES as REDIS_SCHEMES
from api_performance.config.redis_address import parse_redis_address
from api_performance.model import (
    PERFORMANCE_THRESHOLDS,
    RESPONSE_TIME_THRESHOLDS,
    THROUGHPUT_THRESHOLDS,
    MetricPriority,
    PerformanceThreshold,
)
from api_performance.objective import LEAST_BOUND, LONGEST_BOUND_SECONDS, Objective

Thresholds = Mapping[MetricPriority, Mapping[PerformanceThreshold, float]]

DEFAULT_RETENTION: Final[Mapping[int, float]] = {
    1: 600.0,
    10: 86_400.0,
    60: 14 * 86_400.0,
    3600: 400 * 86_400.0,
}
"""Seconds of resolution -> seconds of age (DESIGN.md, Data model)."""

MEMORY_RETENTION: Final[Mapping[int, float]] = {**DEFAULT_RETENTION, 1: 120.0}
"""What the memory store keeps unless told otherwise: seconds for two minutes, not ten."""

_UNIT_SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_PATTERN = re.compile(r"(?:(?P<method>[A-Za-z*]+)\s+)?(?P<template>[/*(]\S*)")
_LATER_STORES: Final = ("clickhouse", "chdb")


def parse_duration(value: object) -> float:
    """Return seconds of a number or of `10s`, `5m`, `24h`, `14d`; ValueError says what it takes."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = _DURATION.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} is no duration")
    number, unit = match.groups()
    return float(number) * _UNIT_SECONDS[unit or "s"]


def parse_list(value: object) -> object:
    """Return the items of `a, b`, as an environment variable has them; others as they are."""
    if isinstance(value, str):
        return tuple(item.strip() for item in value.split(",") if item.strip())
    return value


def parse_pairs(value: object) -> object:
    """Return the mapping of `a=b, c=d`, as an environment variable holds it; others as they are."""
    if not isinstance(value, str):
        return value
    pairs = [item.rpartition("=") for item in value.split(",") if item.strip()]
    if not all(separator for _, separator, _ in pairs):
        raise ValueError("expected NAME=VALUE, NAME=VALUE or a JSON object")
    return {name.strip(): text.strip() for name, _, text in pairs}


def parse_environment_text(text: str) -> object:
    """Return the value of a variable that holds JSON, else its text for the parsers above."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def lower_keys(value: object) -> object:
    """Accept `CRITICAL` for `critical` in the keys of a table, however deep."""
    if not isinstance(value, Mapping):
        return value
    return {str(key).lower(): lower_keys(item) for key, item in value.items()}


def check_pattern(pattern: str) -> str:
    """Return `METHOD /template` or `/template` with one blank and the method in capitals."""
    match = _PATTERN.fullmatch(pattern.strip())
    if match is None:
        raise ValueError(f"{pattern!r} is no pattern")
    method, template = match["method"], match["template"]
    return f"{method.upper()} {template}" if method else template


def check_store(address: str) -> str:
    """Return the address of a store of this version; ValueError for every other."""
    scheme, separator, rest = address.partition("://")
    if scheme in _LATER_STORES:
        raise ValueError(f"{scheme}:// is no part of this version yet")
    if not separator or scheme not in ("memory", "sqlite", *REDIS_SCHEMES):
        raise ValueError("no such store")
    if scheme in REDIS_SCHEMES:
        _check_redis(address)
    if scheme == "memory" and rest:
        raise ValueError("the memory store has no path")
    if scheme == "sqlite" and not rest.strip("/"):
        raise ValueError("the path of the file is missing")
    if scheme == "sqlite" and not rest.startswith("/"):
        raise ValueError("three slashes come before the path: sqlite:///./metrics.sqlite3")
    return address


def _check_redis(address: str) -> None:
    parse_redis_address(address)
    if find_spec("redis") is None:
        raise ValueError(
            "its driver is not installed; install it: pip install 'api-performance[redis]'"
        )


def without_password(address: str) -> str:
    """Return a store's address as it may be shown: of a server no user, password or options.

    A namespace is shown, for it tells whose store it is.
    """
    scheme, separator, rest = address.partition("://")
    if not separator or scheme in ("memory", "sqlite"):
        return address
    rest, _, query = rest.partition("?")
    if "@" in query:  # a password with a question mark, or one that is an option
        return f"{scheme}://…"
    namespace = re.search(r"(?:^|&)(namespace=[A-Za-z0-9._-]+)(?:&|$)", query)
    return f"{scheme}://{rest.rpartition('@')[2]}" + (f"?{namespace[1]}" if namespace else "")


def check_address_path(path: str) -> str:
    """Return a path that begins with a slash and ends without one, or "" for switched off."""
    if path and not re.fullmatch(r"(?:/[A-Za-z0-9._~-]+)+", path):
        raise ValueError("no plain path")
    return path


INTEGRATIONS: Final = (
    *("sqlalchemy", "sqlite3", "aiosqlite", "asyncpg", "psycopg", "psycopg_pool"),
    *("redis", "httpx", "aiohttp", "requests"),
)
"""Libraries that may be followed: each has a room in `instrumentation`."""


def check_integration(name: str) -> str:
    """Return a name of INTEGRATIONS, whatever its case; ValueError for another."""
    if name.lower() not in INTEGRATIONS:
        raise ValueError(f"{name!r} is none of {', '.join(INTEGRATIONS)}")
    return name.lower()


def parse_networks(items: Iterable[object]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of addresses and CIDR ranges; an address is a network of one."""
    return tuple(_network(item) for item in items)


def _network(item: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(item), strict=False)
    except ValueError:
        raise ValueError(f"{str(item)!r} is neither an IP address nor a CIDR range") from None


def merge_retention(chosen: Mapping[int, float], store: str) -> dict[int, float]:
    """Lay the chosen ages over the defaults of the store; coarser must be kept at least as long."""
    defaults = MEMORY_RETENTION if store.startswith("memory") else DEFAULT_RETENTION
    unknown = sorted(set(chosen) - set(defaults))
    if unknown:
        raise ValueError(f"there is no resolution of {unknown[0]} s")
    merged = {**defaults, **chosen}
    for (finer, short), (coarser, long) in pairwise(sorted(merged.items())):
        if long < short:
            raise ValueError(
                f"windows of {coarser} s would be dropped after {long:g} s, before those of"
                f" {finer} s ({short:g} s)"
            )
    return merged


def parse_retention(value: object) -> object:
    """Read `{"1m": "14d"}`, `1m=14d` or numbers of seconds as seconds -> seconds."""
    table = parse_pairs(value)
    if not isinstance(table, Mapping):
        return table
    return {int(parse_duration(step)): parse_duration(age) for step, age in table.items()}


def merge_response_times(chosen: Thresholds) -> Thresholds:
    """Lay chosen upper bounds (seconds) over the defaults; they must rise from grade to grade."""
    return _merge_graded(chosen, RESPONSE_TIME_THRESHOLDS, rising=True)


def merge_throughputs(chosen: Thresholds) -> Thresholds:
    """Lay chosen lower bounds (requests per second) over the defaults; they must fall."""
    return _merge_graded(chosen, THROUGHPUT_THRESHOLDS, rising=False)


def _merge_graded(chosen: Thresholds, defaults: Thresholds, *, rising: bool) -> Thresholds:
    merged = {
        priority: {**grades, **chosen.get(priority, {})} for priority, grades in defaults.items()
    }
    for priority, grades in merged.items():
        _check_order(priority, list(grades.values()), rising=rising)
    return merged


def _check_order(priority: MetricPriority, bounds: list[float], *, rising: bool) -> None:
    if any(bound <= 0 for bound in bounds):
        raise ValueError(f"a bound of {priority.value} is not above zero")
    if not all(map(isfinite, bounds)):
        raise ValueError(f"a bound of {priority.value} is not a finite number")
    in_order = all((low < high) == rising and low != high for low, high in pairwise(bounds))
    if not in_order:
        direction = "rise" if rising else "fall"
        shown = ", ".join(f"{bound:g}" for bound in bounds)
        raise ValueError(f"the bounds of {priority.value} do not {direction}: {shown}")


def merge_objectives(chosen: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Lay chosen objectives over PERFORMANCE_THRESHOLDS; an error rate is a ratio 0..1."""
    _refuse_unknown(chosen, PERFORMANCE_THRESHOLDS)
    merged = {}
    for group, defaults in PERFORMANCE_THRESHOLDS.items():
        _refuse_unknown(chosen.get(group, {}), defaults)
        merged[group] = {**defaults, **chosen.get(group, {})}
        _check_objective(group, merged[group])
    return merged


def check_ids(objectives: tuple[Objective, ...]) -> tuple[Objective, ...]:
    """Return objectives of different ids; ValueError names one that two have."""
    seen = set()
    for objective in objectives:
        if objective.id in seen:
            raise ValueError(f"two objectives have the id {objective.id!r}")
        seen.add(objective.id)
    return objectives


def _check_objective(group: str, objective: Mapping[str, float]) -> None:
    if not all(map(isfinite, objective.values())):
        raise ValueError(f"a value of {group} is not a finite number")
    if objective["error_rate"] > 1:
        raise ValueError(f"the error_rate of {group} is a ratio, from 0 to 1")
    if min(objective.values()) < 0 or objective["response_time"] == 0:
        raise ValueError(f"a value of {group} is not above zero")
    if not LEAST_BOUND <= objective["response_time"] <= LONGEST_BOUND_SECONDS:
        raise ValueError(f"the response_time of {group} is of seconds, 0.000001 to 3600")


def _refuse_unknown(chosen: Iterable[str], known: Iterable[str]) -> None:
    for name in chosen:
        if name not in known:
            raise ValueError(f"there is no {name!r}, but {', '.join(known)}")
