"""Try a browser as the tests use it: `python -m infra.local.chromium_trial PATH`, 0 if good."""

import sys

from playwright.sync_api import sync_playwright


def main(path: str) -> int:
    """Show a page; return 0 when its text came back."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content("<p>Aviso</p>")
        text = page.inner_text("p")
        browser.close()
    return 0 if text == "Aviso" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
