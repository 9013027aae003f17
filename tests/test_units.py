"""Text from numbers: one table of cases, which the page's tests read too."""

import json
from pathlib import Path

import pytest

from api_performance import units

CASES: dict[str, list[tuple[float | None, str]]] = json.loads(
    (Path(__file__).parent / "units_cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(
    ("function", "number", "text"),
    [(name, number, text) for name, pairs in CASES.items() for number, text in pairs],
)
def test_a_number_reads_as_the_brief_says(function: str, number: float | None, text: str) -> None:
    assert getattr(units, function)(number) == text
