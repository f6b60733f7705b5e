"""A headless browser for tests and pictures, driven by the Node that the set-up installed.

`python -m infra.local.headless_browser PATH` tries a browser: it exits with 0 if that shows a page.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from infra.local import chromium, nodejs

# What a window without a screen shows nobody: the address bar's suggestions are a page of their
# own, and the next page's process starts ahead. Together they took half the time of a window.
UNSEEN = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
ARGUMENTS = ("--no-sandbox", f"--disable-features={','.join(UNSEEN)}")


@contextmanager
def started(path: Path | None = None, arguments: Sequence[str] = ()) -> Iterator[Browser]:
    """Give a browser that runs, the one that is set up unless a path says otherwise.

    Raises:
        SetupError: none is set up.
    """
    path = path or chromium.browser()
    # Playwright's own Node needs a library (libatomic) that a small Debian does not have.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(nodejs.node()))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *arguments])
        yield browser
        browser.close()


def main(path: str) -> int:
    """Show a page; return 0 when its text came back."""
    with started(Path(path)) as browser:
        page = browser.new_page()
        page.set_content("<p>Aviso</p>")
        return 0 if page.inner_text("p") == "Aviso" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
