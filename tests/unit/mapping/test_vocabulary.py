"""Headings of records systems: one form of their words, and what they may mean."""

import pytest

from infra.mapping.matching import KINDS, fields
from infra.mapping.questions import SAFETY
from infra.mapping.vocabulary import canonical, harmless, likeness, safety_hint, vocabulary


class TestHeading:
    @pytest.mark.parametrize(
        ("heading", "said"),
        [
            ("ReportedDateUtc", "report date"),
            ("Date Rptd", "date report"),
            ("DATE_REPT", "date report"),
            ("INVLTYP", "involvement type"),
            ("LNAME", "last name"),
            ("STATUTDESC", "statute description"),
            ("CMPLNT_FR_DT", "complaint from date"),
            ("ArArrestDate", "arrest date"),
            ("LAPD Sector", "sector"),
            ("Fecha de Modificación", "date update"),
            ("Relación con el Sospechoso", "relation suspect"),
            ("VICTIMAGE", "victim age"),
            ("qqqqqq", "qqqqqq"),
        ],
    )
    def test_has_one_form(self, heading, said):
        assert canonical(heading) == said

    @pytest.mark.parametrize(
        ("heading", "field", "inverted"),
        [
            ("DO_NOT_CONTACT", "safe_to_contact", True),
            ("OkToReach", "safe_to_contact", False),
            ("HideWhereabouts", "confidential_address", False),
            ("OptOut", "rights", False),
            ("KNOWS_OFFENDER", "relationship", False),
            ("PASSED_AWAY", "deceased", False),
            ("VIC_INCAPACITATED", "incapacitated", False),
            ("NOT YET 18 YOUTH", "minor", False),
            ("SEALED_IND", "restricted", False),
            ("CONFIDENTAL", "restricted", False),
            ("AgeAtArrestTime", "age", False),
        ],
    )
    def test_hints_at_safety(self, heading, field, inverted):
        assert safety_hint(heading) == (field, inverted)

    @pytest.mark.parametrize(
        "heading", ["100 Block Address", "PREM_TYP_DESC", "Officer Gender", "Lat_Lon"]
    )
    def test_that_is_harmless_hints_at_nothing(self, heading):
        assert harmless(heading) >= 88
        assert safety_hint(heading) is None

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_most_like_its_fields_own_phrase(self, kind):
        for name, known in fields(kind).items():
            assert likeness(known["phrases"][0], tuple(known["phrases"])) > 99.9, name


class TestSafetyField:
    def test_has_a_meaning(self):
        assert set(vocabulary()["meaning"]) == SAFETY

    def test_is_asked_about_for_every_hint(self):
        assert {rule["field"] for rule in vocabulary()["safety"]} <= SAFETY
