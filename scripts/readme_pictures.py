"""Takes the README's pictures of the demo under load: `python -m scripts.readme_pictures`.

The shop is watched for a day of its visitors, four minutes, or for `--seconds`.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from demo.command import login_address, temporary_folder
from demo.processes import free_port
from demo.stage import Stage
from scripts.screenshots import CHROMIUM, FLAGS, ROOT, Shot, Windows, take

IMAGES: Final = ROOT / "docs" / "images"
WIDTH: Final = 1440
DAY_SECONDS: Final = 240.0
SHOTS: Final = (
    Shot("overview", hash="#/overview?range=5m", widths=(WIDTH,), is_whole=False),
    Shot(
        "endpoint",
        hash="#/endpoints?range=5m",
        widths=(WIDTH,),
        choose="GET /api/catalogue/products",
        is_whole=False,
    ),
)


def main() -> None:
    """Take all of them, light and dark, into docs/images."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=DAY_SECONDS)
    seconds = parser.parse_args().seconds
    with temporary_folder() as folder:
        stage = Stage(folder, free_port())
        try:
            stage.open()
            stage.let_visitors_in(seconds + DAY_SECONDS, DAY_SECONDS)
            time.sleep(seconds)  # what is waited for is the past that the pictures show
            take_all(login_address(stage), folder)
        finally:
            stage.close()


def take_all(address: str, folder: Path) -> None:
    """Take the pictures of a running page, and put each in its place."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        windows = Windows(browser)
        for shot in SHOTS:
            take(windows, address, shot, folder, only="")
            for taken in folder.glob(f"{shot.name}-*-{WIDTH}.png"):
                name = taken.name.replace(f"-{WIDTH}", "")
                (IMAGES / name).write_bytes(taken.read_bytes())
        browser.close()


if __name__ == "__main__":
    main()
