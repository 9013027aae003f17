"""Which line of the program asked, of those that a stack holds."""

from __future__ import annotations

import asyncio
import json
import operator

from api_performance.measure.places import calling_place


def test_the_innermost_line_of_the_program_is_named() -> None:
    found = json.loads("[1]", parse_int=lambda _: calling_place())[0]
    assert found.startswith("measure/test_places.py:")
    assert found.endswith("in test_the_innermost_line_of_the_program_is_named.<locals>.<lambda>")


def test_who_started_the_loop_asked_for_nothing_that_runs_on_it() -> None:
    found: list[str] = []

    async def start() -> None:
        called = map(operator.call, [calling_place])  # by C code alone
        asyncio.get_running_loop().call_soon(found.extend, called)
        await asyncio.sleep(0)

    asyncio.run(start())
    assert found == [""]
