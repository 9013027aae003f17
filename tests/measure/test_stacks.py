"""Of a stack that stood still the line is named that its owner can change."""

from __future__ import annotations

import asyncio
import json
import sys
import sysconfig
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import api_performance
from api_performance.measure.stacks import (
    MAX_FRAMES,
    Frame,
    Stack,
    longest_standing,
    origin,
    own_frames,
    stack_of,
)

STANDARD = Path(sysconfig.get_paths()["stdlib"])


def own(function: str, line: int = 1) -> Frame:
    return Frame("shop/orders.py", line, function)


def of(package: str, function: str = "call", line: int = 1) -> Frame:
    return Frame(f"{package}/code.py", line, function, package)


HANDLER = own("list_orders", 41)
SERVED = (of("uvicorn"), of("starlette"), of("fastapi"))


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        (str(STANDARD / "json" / "decoder.py"), ("json/decoder.py", "python")),
        ("/app/venv/site-packages/fastapi/routing.py", ("fastapi/routing.py", "fastapi")),
        ("/usr/lib/python3/dist-packages/six.py", ("six.py", "six")),
        ("<frozen importlib._bootstrap>", ("<frozen importlib._bootstrap>", "python")),
        ("/srv/shop/orders.py", ("/srv/shop/orders.py", "")),
        (str(Path.cwd() / "shop" / "orders.py"), ("shop/orders.py", "")),
        (f"{sysconfig.get_paths()['scripts']}/uvicorn", ("uvicorn", "python")),
        (api_performance.__file__, ("api_performance/__init__.py", "api_performance")),
    ],
)
def test_a_file_is_told_as_people_find_it(filename: str, expected: tuple[str, str]) -> None:
    assert origin(filename) == expected


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        pytest.param((*SERVED, HANDLER), HANDLER, id="the handler"),
        pytest.param((*SERVED, HANDLER, own("total", 7)), own("total", 7), id="what it called"),
        pytest.param(
            (*SERVED, HANDLER, of("sqlalchemy"), of("python")), HANDLER, id="not the library's line"
        ),
        pytest.param(
            (of("starlette"), own("middleware"), of("fastapi"), HANDLER, of("python")),
            HANDLER,
            id="not the middleware around it",
        ),
        pytest.param(
            (of("uvicorn"), of("fastapi"), of("shop", "list_orders"), of("sqlalchemy")),
            of("shop", "list_orders"),
            id="an app that is installed as a package",
        ),
        pytest.param(
            (of("uvicorn"), of("fastapi"), of("python"), of("shop"), of("sqlalchemy"), of("shop")),
            of("shop"),
            id="such an app, called by a standard library that a framework called",
        ),
        pytest.param((of("uvicorn"), of("h11")), of("h11"), id="no app's code at all"),
        pytest.param((of("python"),), of("python"), id="the standard library alone"),
        pytest.param((), None, id="no code at all"),
    ],
)
def test_the_innermost_line_of_the_apps_own_code_is_named(
    stack: Stack, expected: Frame | None
) -> None:
    shown, place = longest_standing([stack])
    assert place == expected
    assert shown == stack


def test_a_loop_that_calls_short_functions_is_named_and_not_the_one_that_happened_to_run() -> None:
    looks = [(*SERVED, own("report", 12), own(f"cell_{number}")) for number in range(10)]
    shown, place = longest_standing(looks)
    assert place == own("report", 12)
    assert shown == looks[-1]


def test_the_line_that_stood_most_often_is_named() -> None:
    looks = [(*SERVED, own("report", line)) for line in (12, 30, 30, 12, 30)]
    assert longest_standing(looks)[1] == own("report", 30)


def test_what_stood_for_half_of_the_time_is_named_and_not_what_was_around_it() -> None:
    around = own("middleware")
    looks = [(around, own("first")), (around, own("second"), own("slow")), (around, own("slow"))]
    assert longest_standing([*looks, looks[-1]])[1] == own("slow")


def test_looks_that_saw_no_code_name_none() -> None:
    assert longest_standing([(), ()]) == ((), None)
    assert longest_standing([]) == ((), None)


FRAMES = st.builds(
    Frame,
    st.sampled_from(["a.py", "b.py"]),
    st.integers(1, 3),
    st.sampled_from(["f", "g", "h"]),
    st.sampled_from(["", "", "fastapi", "python", "shop"]),
)
STACKS = st.lists(FRAMES, max_size=6).map(tuple)


@given(st.lists(STACKS, max_size=8))
def test_whatever_was_seen_the_named_line_is_in_the_shown_stack_and_the_apps_if_any_is(
    looks: list[Stack],
) -> None:
    shown, place = longest_standing(looks)
    if place is None:
        assert not any(looks)
        assert shown == ()
    else:
        assert shown in looks
        assert place in own_frames(shown)


@given(STACKS.filter(bool), st.integers(1, 5))
def test_several_looks_at_one_stack_name_what_one_look_names(stack: Stack, times: int) -> None:
    assert longest_standing([stack] * times) == longest_standing([stack])


def deep(levels: int) -> Stack:
    return deep(levels - 1) if levels else stack_of(sys._getframe())


def test_a_stack_is_bounded_and_keeps_its_innermost_frames() -> None:
    stack = deep(3 * MAX_FRAMES)
    assert len(stack) == MAX_FRAMES
    assert {frame.function for frame in stack} == {"deep"}


def test_a_stack_begins_at_what_the_event_loop_called() -> None:
    async def outer() -> Stack:
        return await inner()

    async def inner() -> Stack:
        return json.loads("1", parse_int=lambda _: stack_of(sys._getframe()))  # type: ignore[no-any-return]  # the lambda's

    stack = asyncio.run(outer())
    functions = [frame.function.rpartition(".")[2] for frame in stack]
    assert functions[:2] == ["outer", "inner"]
    assert functions[-1] == "<lambda>"
    assert all(outer.line and inner.line for outer, inner in pairwise(stack))
    assert str(stack[0]).startswith("tests/measure/test_stacks.py:")
