"""Text from numbers, as design/BRIEF.md has it: the twin of web/src/format.ts, same table of cases.

Three significant digits, a no-break space before the unit, a true minus; None is "–", zero is "0".
"""

from __future__ import annotations

from typing import Final

GAP: Final = "\u00a0"
"""No-break, so that a number keeps its unit."""

NO_DATA: Final = "–"

_MINUS: Final = "−"
_SIZES: Final = ("B", "kB", "MB", "GB", "TB")
_BINARY_SIZES: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_NEXT_UNIT: Final = 0.9995
"""From here on three digits round up to the next unit's 1.00."""


def duration(seconds: float | None) -> str:
    """Return seconds in the largest unit that keeps the number at 1 or above: 410 µs, 4.12 ms."""
    if seconds is None:
        return NO_DATA
    if seconds == 0:
        return "0"
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if abs(seconds) * scale >= _NEXT_UNIT:
            return f"{significant(seconds * scale)}{GAP}{unit}"
    return f"{significant(seconds * 1e6)}{GAP}µs"


def rate(per_second: float | None) -> str:
    """Return requests per second: 18.3 /s, 0.25 /s, <0.01 /s."""
    if per_second is None:
        return NO_DATA
    if per_second == 0:
        number = "0"
    elif per_second < 0.005:
        number = "<0.01"
    else:
        number = significant(per_second) if per_second >= 1 else f"{per_second:.2f}"
    return f"{number}{GAP}/s"


def error_share(ratio: float | None) -> str:
    """Return a ratio (0..1) of errors as percent: small and weighty, so with two digits."""
    return _percent(ratio, 2)


def share(ratio: float | None) -> str:
    """Return a ratio (0..1) as percent with one digit; `<0.1 %` and `>99.9 %` at the ends."""
    return _percent(ratio, 1)


def _percent(ratio: float | None, digits: int) -> str:
    """Something is never shown as nothing, nor as everything."""
    if ratio is None:
        return NO_DATA
    percent, least = ratio * 100, 10.0**-digits
    if 0 < percent < least / 2:
        return f"<{least:.{digits}f}{GAP}%"
    if ratio == 1:
        return f"100{GAP}%"
    if 100 - least / 2 <= percent < 100:
        return f">{100 - least:.{digits}f}{GAP}%"
    return f"{percent:.{digits}f}{GAP}%".replace("-", _MINUS)


def count(value: float) -> str:
    """Return a whole number in groups of three: 1,234,567."""
    return f"{_rounded(value):,}".replace("-", _MINUS)


def _rounded(value: float) -> int:
    """Round a half away from zero, as the page does."""
    whole = int(abs(value) + 0.5)
    return -whole if value < 0 else whole


def size(size_bytes: float) -> str:
    """Return bytes in powers of 1,000: 512 B, 1.50 MB."""
    return _scaled(size_bytes, 1000, _SIZES)


def size_limit(size_bytes: float) -> str:
    """Return a limit as it was set, in powers of two where it is one: 1 GiB."""
    if size_bytes % 1024**2:
        return size(size_bytes)
    number, _, unit = _scaled(size_bytes, 1024, _BINARY_SIZES).partition(GAP)
    return f"{_without_zeros(number)}{GAP}{unit}"


def _scaled(value: float, base: int, units: tuple[str, ...]) -> str:
    index = 0
    while value >= base * _NEXT_UNIT and index < len(units) - 1:
        value /= base
        index += 1
    return f"{significant(value) if index else count(value)}{GAP}{units[index]}"


def age(seconds: float) -> str:
    """Return how long ago, in the one unit that says it: 48 s, 3 min, 2 h, 5 d."""
    whole = max(0, int(seconds))
    for unit, unit_seconds in (("d", 86_400), ("h", 3600), ("min", 60)):
        if whole >= unit_seconds:
            return f"{whole // unit_seconds}{GAP}{unit}"
    return f"{whole}{GAP}s"


def span(seconds: float) -> str:
    """Return a length of time in one unit: 5 min, 1 h, 90 s."""
    for unit, unit_seconds in (("h", 3600), ("min", 60)):
        if seconds % unit_seconds == 0:
            return f"{seconds / unit_seconds:.0f}{GAP}{unit}"
    return f"{seconds:g}{GAP}s"


def significant(value: float) -> str:
    """Return three significant digits: 4.12, 41.2, 412, 4,120."""
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{abs(value):.2e}".partition("e")
    if int(exponent) > 2:
        text = count(round(float(mantissa) * 10 ** int(exponent)))
    else:
        text = f"{abs(value):.{2 - int(exponent)}f}"
    return f"{_MINUS}{text}" if value < 0 else text


def _without_zeros(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
