"""The parts of a fact's key, and that its text is what the ledger has always stored."""

import pytest

from aviso.domain.fact_keys import CHANGES, FactKey, quoted

# A key as it is stored, and its kind, name, subject and change.
KEYS = {
    "report": ("report", "", "", ""),
    "status:CLOSED@2026-11-24": ("status", "CLOSED", "CLOSED", ""),
    "warrant:2026-11-24#2": ("warrant", "2026-11-24#2", "2026-11-24#2", ""),
    "assigned:det-k-marsh": ("assigned", "det-k-marsh", "det-k-marsh", ""),
    "arrest:A1": ("arrest", "A1", "A1", ""),
    "arrest:A%401~2": ("arrest", "A%401~2", "A@1", ""),
    "appearance:A1~1@2026-11-25T16:00Z#3": ("appearance", "A1~1", "A1", ""),
    "appearance:A1@undated": ("appearance", "A1", "A1", ""),
    "contact:c17": ("contact", "c17", "c17", "contact"),
    "removed:c17": ("removed", "c17", "c17", "removed"),
    "home:@2026-11-24T14:05:00Z": ("home", "", "", "home"),
    "survey:1r1": ("survey", "1r1", "1r1", ""),
}


class TestFactKey:
    @pytest.mark.parametrize("text", KEYS)
    def test_text_stays_as_it_is_stored(self, text):
        key = FactKey(text)
        assert (key, str(key), hash(key)) == (text, text, hash(text))

    @pytest.mark.parametrize(("text", "parts"), KEYS.items())
    def test_parts_are_read(self, text, parts):
        key = FactKey(text)
        assert (key.kind, key.name, key.subject, key.change) == parts

    def test_every_change_is_one(self):
        assert {FactKey(f"{word}:x").change for word in CHANGES} == CHANGES


class TestAbout:
    @pytest.mark.parametrize("origin", ["A2", "A@2~1", "100%", ""])
    @pytest.mark.parametrize("rest", ["", "~1", "@undated", "~2@2026-11-25T16:00Z#3"])
    def test_only_the_subject_changes(self, origin, rest):
        former = FactKey(f"appearance:{quoted('A#1')}{rest}")
        now = former.about(origin)
        assert now == f"appearance:{quoted(origin)}{rest}"
        assert (now.kind, now.subject) == ("appearance", origin)
        assert now.about("A#1") == former
