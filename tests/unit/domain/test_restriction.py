"""Which relationships restrict which offenses (docs/rules.md#12)."""

from itertools import product

import pytest
from msgspec.structs import replace

from aviso.domain.restriction import restriction_of
from aviso.domain.text import TOO_MANY, codes_in, joined
from infra.harness.builders import BURGLARY, a_case

THEFT, CAR, FRAUD, ASSAULT = "13-1802", "13-1814", "13-2310", "13-1203"
CLOSE = ("SPOUSE", "Ex-Partner", "OTHERWISE KNOWN", "STRANGER; SPOUSE", "unknown, Spouse")
IN_BETWEEN = ("FRIEND", "UNKNOWN", "STRANGER|FRIEND")
ORDINARY = ("STRANGER", "Acquaintance", "NEIGHBOR; STRANGER", "")
PROPERTY = (THEFT, CAR, FRAUD, f"{THEFT}; {FRAUD}")
OTHERS = (
    *(ASSAULT, BURGLARY, "13-1902", "13-1504", "13-1602", "13-1703", "13-2904"),
    *(f"{THEFT}; {BURGLARY}", f"{ASSAULT},{THEFT}"),
)
EVERY = (*PROPERTY, *OTHERS)


class TestRelationship:
    @pytest.mark.parametrize(
        ("offenses", "words", "why"),
        [
            (EVERY, CLOSE, "relationship"),
            (EVERY, ("NEPHEW'S BOSS",), "relationship"),
            (EVERY, ORDINARY, None),
            (OTHERS, IN_BETWEEN, "relationship"),
            (PROPERTY, IN_BETWEEN, None),
            (("99-9999", f"{THEFT}; 99-9999"), IN_BETWEEN, "relationship unknown_offense"),
        ],
    )
    def test_restricts_by_offense(self, settings, offenses, words, why):
        for offense, word in product(offenses, words):
            case = a_case().with_report(offense=offense).with_victim(relationship=word).case
            found = restriction_of(case, settings)
            assert (found in why.split()) if why else found is None, (offense, word)

    @pytest.mark.parametrize(
        ("changes", "suspects", "restricts"),
        [
            ({}, 1, True),
            ({}, 0, False),
            ({"victim_type": "organization"}, 1, False),
            ({"victim_type": "public"}, 1, False),
            ({"victim_type": "unknown"}, 1, True),
        ],
    )
    def test_that_is_empty_counts_where_settings_ask(self, settings, changes, suspects, restricts):
        asks = replace(settings, ordinary_relationships={"every_offense": frozenset({"STRANGER"})})
        case = a_case().with_report(offense=ASSAULT).with_victim("v1", **changes)
        case = case.with_suspect() if suspects else case
        assert (restriction_of(case.case, asks) == "relationship") is restricts
        assert restriction_of(case.case, settings) is None

    @pytest.mark.parametrize(
        ("cell", "other", "codes"),
        [
            ("B; A", "A", ["B", "A"]),
            ("A", "", ["A"]),
            ("B", "A; B", ["A", "B"]),
            ("Theft, Car", "Arson|A", ["Arson", "A", "Theft, Car"]),
            ("A", ";".join(map(str, range(2_000))), [TOO_MANY]),
        ],
    )
    def test_of_two_rows_are_joined(self, cell, other, codes):
        both = joined(cell, other)
        assert codes_in(both, {"Theft, Car"}) == codes
        assert joined(both, other) == both
