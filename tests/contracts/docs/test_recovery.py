"""docs/recovery.md: what it tells people to type exists, and each bad day names its tests."""

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


class TestBadDay:
    def test_names_the_tests_that_rehearse_it(self):
        days = PAGE.split("\n## ")[1:]
        assert len(days) == 5
        unknown = [
            day.splitlines()[0] for day in days if "`Test" not in day.partition("know.**")[2]
        ]
        assert unknown == []
