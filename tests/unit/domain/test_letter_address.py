"""Where letters go once a person at the desk corrected an address, and what the feed can change."""

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel
from aviso.domain.restriction import restriction_of
from infra.harness.builders import a_case, case_at

WRONG = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
RIGHT = ("8 W Fir Rd", "Sonora Wells", "AZ", "85702")
LINES = "8 W Fir Rd\nSonora Wells, AZ 85702"


def goes_to(case, settings):
    from aviso.domain.roster import reach

    found = reach(case_at(case, settings), case.victims[0])
    return next((c.address for c in found.contacts if c.channel is Channel.LETTER), "")


def corrected(**feed):
    """Return a case whose victim's address the desk corrected, and what the feed says by now."""
    said = {"desk_home": RIGHT, "desk_unsafe": ("12 E Pima St\nSonora Wells, AZ 85701",)}
    return a_case().with_report().with_victim(phone="", email="", **WRONG | said | feed).case


class TestLetter:
    def test_goes_to_the_address_the_desk_knows(self, settings):
        assert goes_to(corrected(), settings) == LINES

    def test_waits_while_an_address_is_not_judged(self, settings):
        moved = corrected(street="99 N New Ave", postal_code="85703")
        assert goes_to(moved, settings) == ""
        victim = moved.victims[0]
        judged = replace(victim, desk_unsafe=(*victim.desk_unsafe, "99 N New Ave\nX, AZ 85703"))
        assert goes_to(replace(moved, victims=(judged,)), settings) == LINES

    def test_never_goes_to_a_suspects_home(self, settings):
        street, _, _, code = RIGHT
        case = corrected()
        with_suspect = a_case().with_suspect(street=street, postal_code=code).case
        shared = replace(case, suspects=with_suspect.suspects)
        assert goes_to(shared, settings) == ""
        assert restriction_of(shared, settings) == "shared_home"

    def test_goes_to_a_confidential_persons_substitute(self, settings):
        prefix = settings.messages.confidential_address_prefix
        assert goes_to(corrected(confidential_address=True), settings) == ""
        home = (f"{prefix} 42", "Phoenix", "AZ", "85007")
        assert goes_to(corrected(confidential_address=True, desk_home=home), settings) != ""

    def test_of_a_minor_goes_to_the_guardians_address(self, settings):
        child = corrected(minor=True)
        speaker = a_case().with_speaker(
            relation="guardian",
            street="5 S Oak Ln",
            **{k: v for k, v in WRONG.items() if k != "street"},
        )
        case = replace(child, speakers=speaker.case.speakers)
        assert goes_to(case, settings).startswith("5 S Oak Ln")


class TestCorrectedAddress:
    @pytest.mark.parametrize(
        "again",
        [
            {},
            {"street": "12 EAST PIMA STREET"},
            {"street": "12 e. pima st", "postal_code": "85701-1234"},
            {"postal_code": ""},
            {"city": "Elsewhere"},
        ],
    )
    def test_replaces_the_wrong_one_in_any_spelling(self, settings, again):
        case = corrected(**again)
        assert goes_to(case, settings) == LINES
        alone = replace(case, victims=(replace(case.victims[0], desk_home=()),))
        assert goes_to(alone, settings) == ""

    def test_ends_when_the_records_system_has_it_too(self, settings):
        street, city, region, code = RIGHT
        home = {"street": street.upper(), "city": city, "region": region, "postal_code": code}
        assert goes_to(corrected(**home), settings) == LINES

    def test_is_not_written_over_by_the_feed(self, aws, settings):
        from aviso.storage import cases
        from aviso.storage.cases import sort_key
        from infra.harness.portal_browser import store

        case = corrected()
        store(case)
        before = cases.read_case(case.number).victims[0]
        row = replace(before, street="12 E Pima", digest="2", desk_home=(), desk_unsafe=())
        cases.write_row(case.number, row, before)
        after = cases.read_case(case.number).victims[0]
        assert sort_key(after) == sort_key(before)
        assert (after.street, after.desk_home) == ("12 E Pima", RIGHT)
        assert after.desk_unsafe == before.desk_unsafe
