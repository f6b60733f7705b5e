"""What is looked at on every page in every state: rules of WCAG 2.2, width, size and space of text.

`PICTURES=yes pytest tests/browser` also writes each state's pictures to build/screens/.
"""

import os
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from infra.repository import ROOT

SCREENS = ROOT / "build" / "screens"
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
RULES = {
    "runOnly": {"type": "tag", "values": [*LEVELS]},
    "resultTypes": ["violations"],
    # By itself, axe loads each style sheet again, for a rule that none of these tags has.
    "preload": {"assets": ["media"]},
}
# Of these rules, the ones that look at colors: a color scheme changes nothing else.
COLORS = RULES | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
Scheme = Literal["light", "dark"]
SCHEME: dict[str, Scheme] = {
    "en": "light",
    "es": "dark",
    "ar": "light",
}  # a language changes no color
WIDTHS = (360, 1280)
NARROWEST = 320
TALL = 900
SCRIPT = Axe().axe_script
# Half a megabyte takes 60 ms of processor time on its way into a page.
CARRIED = f"window.readAxe = () => {{ {SCRIPT} }}"
READ = "() => { if (!window.axe && window.readAxe) readAxe(); return Boolean(window.axe); }"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# The text spacing of WCAG 2.2, 1.4.12. A page's policy refuses inline styles, but no such sheet.
SPACED = f"""() => {{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {{ line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important }} p {{ margin-block-end: 2em !important }}`);
  document.adoptedStyleSheets = [sheet];
  const over = {SIDEWAYS};
  document.adoptedStyleSheets = [];
  return over;
}}"""


def carry(page: Page) -> None:
    """Let a visitor's next pages bring axe along, where many states are looked at."""
    page.context.add_init_script(CARRIED)


def look(page: Page, state: str, language: str, only: bool = False) -> list[str]:
    """Return what is wrong with a page in a state.

    Args:
        only: no other test looks at the state in the other language, and so in the other colors.
    """
    scheme: Scheme = SCHEME[language]
    other: Scheme = "light" if scheme == "dark" else "dark"
    if not page.evaluate(READ):
        page.evaluate(SCRIPT)
    wrong = _axe(page, f"{state}/{language}", scheme, RULES)
    if only:
        wrong += _axe(page, f"{state}/{language}", other, COLORS)
    page.set_viewport_size({"width": NARROWEST, "height": TALL})
    wrong += _sideways(page, f"{state}/{language} at {NARROWEST} px")
    wrong += _sideways(page, f"{state}/{language} with wide text", SPACED)
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


def _axe(page: Page, where: str, scheme: Scheme, rules: dict[str, Any]) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    run = "rules => axe.run(rules).then(found => found.violations)"
    found: list[dict[str, Any]] = page.evaluate(run, rules)
    return [
        f"{where}/{scheme}: {rule['id']} at {node['html'][:120]}"
        for rule in found
        for node in rule["nodes"]
    ]


def _sideways(page: Page, where: str, script: str = SIDEWAYS) -> list[str]:
    over = page.evaluate(script)
    return [f"{where}: {over} px too wide"] if over > 0 else []


def _picture(state: str, language: str, width: int) -> Path:
    return SCREENS / f"{state}-{language}-{width}.png"
