"""docs/recovery.md: what it tells people to type exists."""

import re

from infra.repository import ROOT

PAGE = (ROOT / "docs/recovery.md").read_text("utf-8")
TYPED = re.compile(r"make ([a-z-]+)([^`\n,(]*)")
RECIPE = re.compile(r"^([a-z-]+):.*\n((?:\t.*\n)+)", re.MULTILINE)
RECIPES = dict(RECIPE.findall((ROOT / "Makefile").read_text("utf-8")))
ANYWHERE = {"AGENCY", "BY"}  # a recipe has these under other names, or a default


class TestCommand:
    def test_is_one_of_the_makefile(self):
        typed = {name for name, _ in TYPED.findall(PAGE)}
        assert len(typed) > 10
        assert typed <= RECIPES.keys()

    def test_takes_what_the_page_gives(self):
        unknown = [
            (name, given)
            for name, words in TYPED.findall(PAGE)
            for given in set(re.findall(r"([A-Z]+)=", words)) - ANYWHERE
            if f"$({given})" not in RECIPES[name] and f"$(if $({given})" not in RECIPES[name]
        ]
        assert unknown == []
