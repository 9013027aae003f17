"""Keep a distribution from being built without the page, or with a stale one.

The page is fresh when its manifest holds the digest of `web/`. `python hatch_build.py` writes
the manifest after a build, `python hatch_build.py --is-fresh` answers by its exit code.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
STATIC = Path("src/api_performance/server/static")
MANIFEST = STATIC / "page-manifest.json"
# Made inside web/ by its tools; no input of the page.
BY_PRODUCTS = {"node_modules", "dist", "coverage", ".vite", ".vitest", "test-results"}


class StalePage(Exception):
    """The built page is missing, or older than its sources: run `make page` first."""


def digest_of_sources(root: Path) -> str:
    """Return a SHA-256 over the path and content of every file under `web/`."""
    digest = sha256()
    for path in sorted(_sources(root / "web")):
        content = sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _sources(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.iterdir():
        if path.name in BY_PRODUCTS or path.suffix == ".tsbuildinfo":
            continue
        found.extend(_sources(path) if path.is_dir() else [path])
    return found


def is_fresh(root: Path) -> bool:
    """Say whether `root` holds a page built from the sources it holds."""
    try:
        manifest = json.loads((root / MANIFEST).read_text())
    except (FileNotFoundError, ValueError):
        return False
    has_page = (root / STATIC / "index.html").is_file()
    return has_page and bool(manifest.get("web_sha256") == digest_of_sources(root))


def write_manifest(root: Path) -> None:
    """Note in the built page which sources it was made from."""
    manifest = {"web_sha256": digest_of_sources(root)}
    (root / MANIFEST).write_text(json.dumps(manifest) + "\n")


class PageHook(BuildHookInterface):  # type: ignore[type-arg]  # its parameter is hatchling's own affair
    """Refuses a wheel or sdist whose page is not fresh; an editable install needs no page."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable" and not is_fresh(Path(self.root)):
            raise StalePage(StalePage.__doc__)


if __name__ == "__main__":
    if "--is-fresh" in sys.argv:
        sys.exit(0 if is_fresh(ROOT) else 1)
    write_manifest(ROOT)
