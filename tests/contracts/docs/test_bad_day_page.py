"""`docs/bad-day.md` shows what visitors of this release would see."""

import re

from infra.repository import ROOT

PAGE = (ROOT / "docs/bad-day.md").read_text()
SHOWN = "\n".join(
    (ROOT / name).read_text()
    for name in (
        "template.yaml",
        "templates/locales/en/desk.yaml",
        "templates/locales/en/strings.yaml",
    )
)


class TestErrors:
    def test_have_headings_of_this_release(self):
        headings = re.findall(r"^\| \d{3}: (.*?)(?: \(the gateway's own page\))? +\|", PAGE, re.M)
        assert len(headings) > 1
        assert [one for one in headings if one not in SHOWN] == []
