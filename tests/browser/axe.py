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
# Those of these rules that look at colors: a color scheme changes nothing else.
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
# Each call takes milliseconds in four processes, so one asks for all that is known at that moment.
READ = """() => {
  if (!window.axe && window.readAxe) readAxe();
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  return [Boolean(window.axe), dark ? "dark" : "light", document.documentElement.lang];
}"""
OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# With the text spacing of WCAG 2.2, 1.4.12, too. A page's policy refuses inline styles, but no such
# sheet. The text is left twice as large.
# A table that a finger must push hides its last columns: each becomes cards on a phone, but
# for the numbers behind a chart.
SIDEWAYS = f"""() => {{
  const hides = (table) => table.scrollWidth - table.clientWidth;
  const tables = [...document.querySelectorAll(".scroll:not(.chart .scroll)")];
  const found = [{OVER}, Math.max(0, ...tables.map(hides))];
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {{ line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important }} p {{ margin-block-end: 2em !important }}`);
  document.adoptedStyleSheets = [sheet];
  found.push({OVER});
  document.adoptedStyleSheets = [];
  document.documentElement.style.fontSize = "200%";
  return found;
}}"""
SIDEWAYS_AND_BACK = f"""() => {{
  const found = {OVER};
  document.documentElement.style.fontSize = "";
  return found;
}}"""


def carry(page: Page) -> None:
    """Let a visitor's next pages bring axe along, where many states are looked at."""
    page.context.add_init_script(CARRIED)


def look(page: Page, state: str, language: str, only: bool = False) -> list[str]:
    """Return what is wrong with a page in a state.

    Args:
        only: no other test looks at the state in the other language, and so in the other colors.
    """
    where, scheme = f"{state}/{language}", SCHEME[language]
    other: Scheme = "light" if scheme == "dark" else "dark"
    is_read, shown, spoken = page.evaluate(READ)
    if not is_read:
        page.evaluate(SCRIPT)
    if shown != scheme:
        page.emulate_media(color_scheme=scheme)
    wrong = _axe(page, f"{where}/{scheme}", RULES)
    if only:
        page.emulate_media(color_scheme=other)
        wrong += _axe(page, f"{where}/{other}", COLORS)
    page.set_viewport_size({"width": NARROWEST, "height": TALL})
    usual, inside, spaced = page.evaluate(SIDEWAYS)
    page.set_viewport_size({"width": WIDTHS[0], "height": TALL})
    too_wide = {
        f"at {NARROWEST} px": usual,
        f"in a table at {NARROWEST} px": inside,
        "with wide text": spaced,
        "with text twice as large": page.evaluate(SIDEWAYS_AND_BACK),
    }
    wrong += [f"{where} {how}: {over} px too wide" for how, over in too_wide.items() if over > 0]
    if spoken != language:
        wrong.append(f"{where}: another language")
    for width in reversed(WIDTHS) if os.environ.get("PICTURES") else ():
        page.set_viewport_size({"width": width, "height": TALL})
        page.screenshot(path=_picture(state, language, width), full_page=True)
    return wrong


def _axe(page: Page, where: str, rules: dict[str, Any]) -> list[str]:
    run = "rules => axe.run(rules).then(found => found.violations)"
    found: list[dict[str, Any]] = page.evaluate(run, rules)
    return [
        f"{where}: {rule['id']} at {node['html'][:120]}" for rule in found for node in rule["nodes"]
    ]


def _picture(state: str, language: str, width: int) -> Path:
    return SCREENS / f"{state}-{language}-{width}.png"
