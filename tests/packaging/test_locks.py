"""The locks say exactly what is installed, and nowhere whence."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ["uv.txt", "dev.txt", "oldest.txt"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_hashes_and_without_an_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    packages = re.split(r"\n(?=\S)", text.strip())
    assert all("==" in package and "--hash=sha256:" in package for package in packages)
    assert "://" not in text and "index-url" not in text


@pytest.mark.parametrize("lock", ["dev.txt", "oldest.txt"])
def test_the_lock_pins_a_version_that_the_project_allows(lock: str) -> None:
    pinned = dict(pins(lock))
    for needed in map(Requirement, project()["project"]["dependencies"]):
        assert needed.specifier.contains(pinned[canonicalize_name(needed.name)]), needed


def test_the_lock_covers_every_dependency_group() -> None:
    pinned = dict(pins("dev.txt"))
    groups = project()["dependency-groups"].values()
    named = [Requirement(entry) for group in groups for entry in group if isinstance(entry, str)]
    assert all(need.specifier.contains(pinned[canonicalize_name(need.name)]) for need in named)


def test_the_oldest_lock_pins_the_lower_bounds() -> None:
    pinned = dict(pins("oldest.txt"))
    for needed in map(Requirement, project()["project"]["dependencies"]):
        (bound,) = needed.specifier
        assert Version(pinned[canonicalize_name(needed.name)]) == Version(bound.version), needed


def test_the_page_is_locked_without_addresses() -> None:
    lock = (ROOT / "web" / "package-lock.json").read_text()
    assert '"integrity"' in lock and '"resolved"' not in lock


def pins(lock: str) -> Iterator[tuple[str, str]]:
    text = (ROOT / "requirements" / lock).read_text()
    for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE):
        yield canonicalize_name(name), version


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
