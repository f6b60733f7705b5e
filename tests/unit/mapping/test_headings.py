"""Headings of records systems that no layout has: what each is taken for by its words alone."""

import pytest

from infra.mapping.matching import fields
from infra.mapping.questions import HARMLESS, LISTED
from infra.mapping.vocabulary import canonical, harmless, likeness, safety_hint, vocabulary


def best(kind: str, heading: str) -> str:
    """Return the field of a kind that a heading is most like."""
    whose = tuple(vocabulary()["kinds"][kind]["whose"])
    phrases = {name: tuple(known["phrases"]) for name, known in fields(kind).items()}
    return max(phrases, key=lambda name: likeness(heading, phrases[name], whose))


class TestWords:
    @pytest.mark.parametrize(
        ("heading", "said"),
        [
            ("CASE#", "case number"),
            ("# of Vics", "number victim"),
            ("DAReferDt", "da submit date"),
            ("PRCNCT", "precinct"),
            ("D.O.B.", "birth date"),
            ("E_MAIL", "email"),
            ("ASSGN_OFF", "assign officer"),
            ("REL_DTTM", "release date"),
            ("NumOffenders", "number suspect"),
            ("Phone1Typ", "phone 1 type"),
            ("1st Appearance", "first appearance"),
            ("Rpt'd On", "report"),
            ("dBirth", "birth"),
            ("LastSaved", "last update"),
            ("Held At", "custody"),
        ],
    )
    def test_are_cut_and_spelled_out(self, heading, said):
        assert canonical(heading) == said

    def test_of_one_meaning_stay_apart_from_another(self):
        """Both are known words, so one is not a typing error of the other."""
        assert safety_hint("Gang Related") is None
        assert safety_hint("Relocated") == ("confidential_address", False)


class TestField:
    @pytest.mark.parametrize(
        ("kind", "heading", "field"),
        [
            ("cases", "GO_NUMBER", "number"),
            ("cases", "Case Rptd Dt/Tm", "reported_at"),
            ("cases", "Lead_Invstg_Ofc", "assigned"),
            ("cases", "DetCellNbr", "assigned_phone"),
            ("cases", "IncidentNum", "number"),
            ("cases", "FBI Code", "offense"),
            ("cases", "UpDtTime", "row_time"),
            ("people", "INC NUMBER", "number"),
            ("cases", "DA_SUBM_DTE", "prosecutor_at"),
            ("people", "PARTY_LST_NM", "last_name"),
            ("people", "PARTY_NO", "id"),
            ("people", "ADR_POSTAL", "postal_code"),
            ("people", "Zip+4", "postal_code"),
            ("people", "SPKN_LANG", "language"),
            ("people", "VIC_SUSP_RELAT_CDE", "relationship"),
            ("arrests", "BKG_DTTM", "arrested_at"),
            ("arrests", "DEF_MNI_NO", "suspect"),
            ("arrests", "ARRGN_CRT", "appearance_place"),
            ("arrests", "JAIL_PHN", "custody_phone"),
        ],
    )
    def test_is_known_by_its_short_words(self, kind, heading, field):
        assert best(kind, heading) == field


class TestHarmlessHeading:
    @pytest.mark.parametrize(
        "heading",
        [
            "GlobalID",
            "Census_Block_Group",
            "Supervisor District 2012",
            "PARTY_RACE_CD",
            "Shooting Flag",
            "Total_Incidents",
            "EyeClr",
            "BAIL_AMT",
            "Drivers License State",
        ],
    )
    def test_is_left_out(self, heading):
        assert harmless(heading) >= HARMLESS
        assert safety_hint(heading) is None

    @pytest.mark.parametrize("heading", ["PARTY_FLAG", "Involved Party Code", "Report Flag"])
    def test_says_what_it_is_about(self, heading):
        assert harmless(heading) < HARMLESS

    def test_has_no_word_of_safety(self):
        each = {word: safety_hint(word) for word in vocabulary()["harmless_words"].split()}
        assert {word: hint for word, hint in each.items() if hint} == {}


class TestSafetyWord:
    @pytest.mark.parametrize("more", ["", "_FLAG", "_CDE", "_YN", "_TYPE_1"])
    def test_is_never_left_out(self, more):
        rules = vocabulary()["safety"]
        headings = ["_".join(map(str, words)) + more for rule in rules for words in rule["words"]]
        assert [h for h in headings if not safety_hint(h) or harmless(h) >= LISTED] == []


class TestOddSafetyHeading:
    @pytest.mark.parametrize(
        ("heading", "field"),
        [
            ("NoCall", "safe_to_contact"),
            ("TextOk", "safe_to_contact"),
            ("RELATED_TO_SUSP", "relationship"),
            ("SEX_ASSAULT", "restricted"),
            ("VICTIM_RESPONSE", "rights"),
            ("Under21", "minor"),
        ],
    )
    def test_is_asked_about(self, heading, field):
        assert (safety_hint(heading) or ("",))[0] == field
        assert harmless(heading) < LISTED


class TestShortenedWord:
    def test_means_a_word_in_its_one_form(self):
        """Otherwise RTS and Rights would be two words."""
        meant = {str(word) for word in vocabulary()["abbreviations"].values() if word}
        assert {word for word in meant if canonical(word) != word} == {"date time"}
