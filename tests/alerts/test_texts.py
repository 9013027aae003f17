"""The words of readings, as people read them."""

import pytest

from api_performance.alerts.rules.texts import minutes

TOLD = {
    13.31: "13 s",
    60: "1 min",
    100: "1.67 min",
    600: "10 min",
    3600: "1 h",
    6000: "100 min",
    7200: "2 h",
}


@pytest.mark.parametrize(("seconds", "text"), TOLD.items())
def test_a_length_of_time_is_told_in_the_unit_that_says_it(seconds: float, text: str) -> None:
    assert minutes(seconds).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\xa0", " ") == text
