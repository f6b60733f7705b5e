"""What is looked at on every page in every state: rules of WCAG 2.2, narrow screens, large text.

`PICTURES=yes pytest tests/browser` also writes each state's pictures to build/screens/.
"""

import os
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from infra.local.sam_build import ROOT

SCREENS = ROOT / "build" / "screens"
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
# Of these rules, the ones that look at colors: the dark scheme changes nothing else.
COLORS = RULES | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SCHEMES: tuple[tuple[Literal["dark", "light"], dict[str, Any]], ...] = (
    ("dark", COLORS),
    ("light", RULES),
)
WIDTHS = (360, 1280)
NARROWEST = 320
TALL = 900
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def look(page: Page, state: str, language: str) -> list[str]:
    """Return what is wrong with a page in a state."""
    wrong = []
    page.evaluate(Axe().axe_script)
    for scheme, rules in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        wrong += [f"{state}/{language}/{scheme}: {found}" for found in _axe(page, rules)]
    page.set_viewport_size({"width": NARROWEST, "height": TALL})
    wrong += _sideways(page, f"{state}/{language} at {NARROWEST} px")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    page.set_viewport_size({"width": WIDTHS[0], "height": TALL})
    wrong += _sideways(page, f"{state}/{language} with text twice as large")
    page.evaluate("document.documentElement.style.fontSize = ''")
    if page.locator("html").get_attribute("lang") != language:
        wrong.append(f"{state}/{language}: another language")
    for width in reversed(WIDTHS) if os.environ.get("PICTURES") else ():
        page.set_viewport_size({"width": width, "height": TALL})
        page.screenshot(path=_picture(state, language, width), full_page=True)
    return wrong


def _axe(page: Page, rules: dict[str, Any]) -> list[str]:
    run = "rules => axe.run(rules).then(found => found.violations)"
    found: list[dict[str, Any]] = page.evaluate(run, rules)
    return [f"{rule['id']} at {node['html'][:120]}" for rule in found for node in rule["nodes"]]


def _sideways(page: Page, where: str) -> list[str]:
    over = page.evaluate(SIDEWAYS)
    return [f"{where}: {over} px too wide"] if over > 0 else []


def _picture(state: str, language: str, width: int) -> Path:
    return SCREENS / f"{state}-{language}-{width}.png"
