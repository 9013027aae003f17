"""Looks at the settings: where they come from, which are refused, which are unsafe together."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from api_performance.config import Config
from api_performance.config.sources import read_settings_file
from api_performance.errors import ConfigError
from api_performance.findings import Finding, Level

_CHECK: Final = "Settings"
_OF_SEVERAL: Final = " settings are wrong:"


def check_settings(store: str) -> tuple[list[Finding], Config | None]:
    """Return what is the matter, one finding a setting, and the settings if nothing is.

    `store` is the one that the command names, or empty.
    """
    try:
        config = Config(store=store) if store else Config()
        path, _ = read_settings_file()
    except ConfigError as error:
        return list(refused(error)), None
    return [Finding(_CHECK, Level.OK, f"All are valid; {_origin(path)}.")], config


def _origin(path: Path | None) -> str:
    if path is None:
        return f"no settings file in {Path.cwd()}, so variables and defaults hold"
    return f"read from {path.absolute()}"


def refused(error: ConfigError) -> Iterator[Finding]:
    """Yield a finding for each setting that an error names, in its own words."""
    lines = str(error).splitlines()
    if len(lines) > 1 and lines[0].endswith(_OF_SEVERAL):
        del lines[0]
    for line in lines:
        text, _, remedy = line.partition("; ")
        yield Finding(_CHECK, Level.ERROR, text, remedy or "Mend it where the message says.")


def check_safety(config: Config, host: str) -> Iterator[Finding]:
    """Tell what lets strangers in, if the page listens on `host`, and what is switched off."""
    if not config.enabled:
        off = "enabled is false: nothing is measured."
        yield Finding("Measuring", Level.WARNING, off, "Set API_PERFORMANCE_ENABLED=true.")
    if config.authentication:
        yield Finding("Sign-in", Level.OK, "The page asks for a token.")
        return
    if is_loopback(host):
        told = f"authentication is off: whoever reaches the page on {host} sees everything."
    else:
        told = f"authentication is off, and {host} is open to other hosts: anybody may read all."
    yield Finding("Sign-in", Level.WARNING, told, "Set API_PERFORMANCE_AUTHENTICATION=true.")


def is_loopback(host: str) -> bool:
    """Tell whether only this host reaches what listens there."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
