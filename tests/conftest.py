"""What every test may rely on: programs from outside the environment are there, or are named."""

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings

# No example fails for taking long: the machine may be slow, and speed belongs in benchmarks/.
settings.register_profile("project", deadline=None)
settings.load_profile("project")

NOTHING_LEFT_OUT = os.environ.get("CI") == "true"
LEFT_OUT = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine cannot run; in CI it is run all the same, and fails."""
    if NOTHING_LEFT_OUT:
        return
    for item in items:
        missing = ", ".join(_missing_programs(item))
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"needs {missing}"))
            config.stash[LEFT_OUT][item.nodeid] = missing


def pytest_runtest_setup(item: pytest.Item) -> None:
    missing = ", ".join(_missing_programs(item))
    if missing:
        pytest.fail(f"needs {missing}: run scripts/install-system", pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = terminalreporter.config.stash[LEFT_OUT]
    if not left_out:
        return
    terminalreporter.section("left out: their programs are not installed")
    for test, missing in left_out.items():
        terminalreporter.line(f"{test} needs {missing}")
    terminalreporter.line("`scripts/install-system`, as root on Debian, installs them.")


def _missing_programs(item: pytest.Item) -> Iterator[str]:
    for marker in item.iter_markers("needs_system"):
        yield from (str(program) for program in marker.args if not shutil.which(str(program)))
