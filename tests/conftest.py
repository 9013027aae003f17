"""What every test may rely on: programs from outside the environment are there, or are named."""

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No example fails for taking long: the machine may be slow, and speed belongs in benchmarks/.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

# A process that judges beside each of a thousand apps slows them all; who tests it asks for it.
os.environ.setdefault("API_PERFORMANCE_ANALYSIS", "off")

NEEDS = "needs programs: "
NOTHING_LEFT_OUT = os.environ.get("CI") == "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run; in CI it is run all the same, and fails."""
    if NOTHING_LEFT_OUT:
        return
    for item in items:
        missing = ", ".join(_missing_programs(item))
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"{NEEDS}{missing}"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    missing = ", ".join(_missing_programs(item))
    if missing:
        pytest.fail(f"{NEEDS}{missing}: run scripts/install-system", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what was left out; the tests ran in processes beside this one."""
    skipped = terminalreporter.stats.get("skipped", [])
    left_out = [(each.nodeid, each.longrepr[2].partition(NEEDS)[2]) for each in skipped]
    if not any(missing for _, missing in left_out):
        return
    terminalreporter.section("left out: their programs are not installed")
    for test, missing in left_out:
        if missing:
            terminalreporter.line(f"{test} needs {missing}")
    terminalreporter.line("`scripts/install-system`, as root on Debian, installs them.")


def _missing_programs(item: pytest.Item) -> Iterator[str]:
    for marker in item.iter_markers("needs_system"):
        yield from (str(program) for program in marker.args if not shutil.which(str(program)))
