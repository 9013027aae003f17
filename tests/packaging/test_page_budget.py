"""The page stays light: what a browser must load is bounded."""

from pathlib import Path

import api_performance

STATIC = Path(api_performance.__file__).parent / "server/static"
MOST_BYTES = 500_000
"""All JavaScript of the page, gzipped: what a slow line of 4 Mbit/s brings in a second."""


def test_the_pages_javascript_is_at_most_500_kb_gzipped() -> None:
    scripts = sorted(STATIC.rglob("*.js.gz"))
    assert scripts, "no page was built: run `make page`"
    sizes = {script.name: script.stat().st_size for script in scripts}
    assert sum(sizes.values()) <= MOST_BYTES, sizes
