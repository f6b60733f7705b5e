"""A victim lets jail and prosecutor have the request, and takes it back: with a code alone."""

from datetime import date, timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.contacts import CODE, KNOWLEDGE, PAPER
from aviso.domain.receiving_agencies import Purpose, ReceiverKind
from aviso.domain.requests import AGENCY, MOST, AnsweredAt, Right, Rights
from aviso.domain.settings import Settings
from aviso.notices import planning
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, hand_off_rows
from aviso.storage.audit import AuditItem
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case, a_consenting_case, an_answer
from infra.harness.portal_browser import Visitor, store
from tests.integration.portal.codes import EMAIL, PHONE, put

AGREES = {"release": "yes", "court": "yes", "contact": "c1"}
# Each column of the file that an agency downloads, and the page's words for it.
SAID = {
    "reference": "our reference for this request",
    "purpose": "that you want to be told",
    "report": "the report number",
    "victim": "your name",
    "speaks_for_victim": "name, and if it is a guardian",
    "speaks_as": "a guardian, a relative or a representative",
    "channel": "the one contact that you choose",
    "contact": "the one contact that you choose",
    "language": "and its language",
    "arrested_person": "who was arrested",
    "arrest_number": "the arrest number",
    "arrested_at": "who was arrested, when",
    "asked_at": "when you said yes",
    "consent_ends": "when your permission ends",
}


@pytest.fixture
def clock(aws):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def visitor(clock, settings):
    """Return a visitor with a code, whose victim left one phone."""
    case = a_consenting_case().with_arrest().case
    store(case)
    enrollments.write_enrollment(NUMBER, replace(case.enrollments[0], hand_off=None))
    visitor = Visitor()
    code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, NOW, settings)
    visitor.post("/verify", number=NUMBER, code=code)
    return visitor


def share(visitor, **form):
    return visitor.post("/share", csrf=visitor.get("/share").value("csrf"), **form)


def chosen(page):
    """Return the names and values that a form would send before the visitor chooses."""
    return {
        (field.get("name"), field.get("value"))
        for field in page.root.xpath('//form[@id="share"]//input[@checked]')
    }


def consent():
    return cases.read_case(NUMBER).enrollments[0].hand_off


def answers():
    given = cases.read_case(NUMBER).enrollments[0].requests
    return [(r.right, r.answer, r.place, r.proof, r.language) for r in given]


def did():
    return sorted(r.action for r in AuditItem.scan() if r.action.startswith("hand_off"))


def come_back(visitor, clock, later, settings):
    """Open the case with a new code at a later moment."""
    clock.move_to(later)
    code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, later, settings)
    visitor.post("/verify", number=NUMBER, code=code)


class TestConsent:
    def test_is_asked_with_all_that_is_given(self, visitor):
        page = visitor.get("/share")
        for said in ("Sonora County Jail", "County Attorney", "520-555-0121", "your name"):
            assert said in page.text
        assert consent() is None

    def test_lists_each_column_that_an_agency_gets(self, visitor):
        from aviso.web.staff.agency_page import COLUMNS

        page = visitor.get("/share").text
        assert tuple(SAID) == COLUMNS
        assert [said for said in SAID.values() if said not in page] == []

    def test_is_stored_once_and_audited(self, visitor, settings):
        for _ in range(2):
            assert share(visitor, **AGREES).headers["Location"] == "share"
        given = consent()
        assert (given.contact, given.at, given.until) == ("c1", NOW, None)
        assert given.purposes == tuple(Purpose)
        assert given.version == settings.consent_version
        assert set(did()) == {"hand_off_agreed"}
        assert "You said yes" in visitor.get("/share").text

    def test_may_end_on_a_day(self, visitor):
        share(visitor, release="yes", contact="c1", until="2026-12-31")
        assert consent().until == date(2026, 12, 31)
        assert consent().purposes == (Purpose.RELEASE,)

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({}, "No agency is checked, so nobody gets anything"),
            ({"contact": "c1"}, "No agency is checked, so nobody gets anything"),
            ({"release": "yes"}, "Choose how they may reach you"),
            (AGREES | {"contact": "another"}, "Choose how they may reach you"),
            (AGREES | {"until": "soon"}, "as a date"),
            (AGREES | {"until": "2026-11-23"}, "already over"),
        ],
    )
    def test_needs_an_agency_a_contact_and_a_day(self, visitor, form, said):
        assert said in share(visitor, **form).text
        assert consent() is None

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_unchecked_names_the_way_to_end(self, visitor, language):
        visitor.language = language
        share(visitor, **AGREES)
        given = consent()
        page = share(visitor, contact="c1")
        (button,) = page.root.xpath('//button[@value="end"]')
        words = f'"{button.text_content()}"'
        errors = page.root.xpath('//a[@href="#purposes"]|//*[@id="purposes-error"]')
        assert [words in error.text_content() for error in errors] == [True, True]
        assert words in page.root.xpath('//*[@id="purposes"]/p[@class="hint"]')[0].text_content()
        assert consent() == given

    def test_ends_with_one_button_and_starts_again(self, visitor):
        share(visitor, **AGREES)
        share(visitor, do="end")
        share(visitor, do="end")
        assert consent().ended_at == NOW
        assert "You said yes" not in visitor.get("/share").text
        share(visitor, **AGREES)
        assert consent().ended_at is None
        assert set(did()) == {"hand_off_agreed", "hand_off_ended"}

    def test_and_its_end_are_records_that_stay(self, visitor):
        share(visitor, **AGREES)
        for _ in range(2):
            share(visitor, do="end")
        how = ("portal", "code", "en")
        assert answers() == [("hand_off", a, *how) for a in ("requested", "waived")]
        page = visitor.get("/record")
        assert "Let other agencies have your request" in page.text
        assert "Canceled the permission for other agencies" in page.text
        assert "A new answer does not change an earlier one." in page.text

    def test_that_a_supervisor_ends_is_the_agencys_record(self, visitor):
        share(visitor, **AGREES)
        before = cases.read_case(NUMBER).enrollments[0]
        said = an_answer(Rights.WAIVED, right=Right.HAND_OFF, place=AnsweredAt.DESK, speaker=AGENCY)
        after = replace(before, requests=(*before.requests, said))
        enrollments.write_enrollment(NUMBER, after, before)
        page = visitor.get("/record").text
        assert "Our office. Nobody was able to answer" in page
        assert "by a person who speaks for the victim" not in page

    def test_waits_for_a_person_after_too_many(self, visitor):
        before = cases.read_case(NUMBER).enrollments[0]
        full = tuple(an_answer(at=NOW - timedelta(days=1, minutes=n)) for n in range(MOST))
        enrollments.write_enrollment(NUMBER, replace(before, requests=full), before)
        assert "call us and we will do it" in share(visitor, **AGREES).text
        assert consent() is None

    def test_is_shown_with_what_became_of_it(self, visitor, settings):
        share(visitor, **AGREES)
        planning.plan(NUMBER, settings, NOW)
        assert "We are telling them now" in visitor.get("/share").text
        share(visitor, do="end")
        said = visitor.get("/share").text
        assert ("Your permission ended on" in said, "We are telling them" in said) == (True, False)
        planning.plan(NUMBER, settings, NOW)
        assert [h.status for h in hand_off_rows.of_case(cases.read_case(NUMBER))] == ["taken_back"]
        assert "Canceled" in visitor.get("/share").text


class TestForm:
    def test_pressed_at_once_hands_nothing_on(self, visitor):
        page = visitor.get("/share")
        assert page.value("contact") == "c1"  # not chosen, although it is the only one
        assert chosen(page) == set()
        page = share(visitor)
        assert "nobody gets anything" in page.text
        assert "or leave this page" in page.text
        assert consent() is None

    def test_keeps_what_was_typed(self, visitor):
        page = share(visitor, court="yes", until="2026-12-31")
        assert chosen(page) == {("court", "yes")}
        assert page.value("until") == "2026-12-31"

    @pytest.mark.parametrize("given", [{"release": "yes"}, {"release": "yes", "court": "yes"}])
    def test_shows_a_stored_answer(self, visitor, given):
        share(visitor, contact="c1", **given)
        assert chosen(visitor.get("/share")) == {*given.items(), ("contact", "c1")}
        share(visitor, do="end")
        assert chosen(visitor.get("/share")) == set()


class TestRenewal:
    def test_brings_the_request_back_after_a_lapse(self, visitor, clock, settings):
        share(visitor, **AGREES)
        later = NOW + timedelta(days=800)
        come_back(visitor, clock, later, settings)
        assert "Your permission ended on" in visitor.get("/share").text  # and not "You said yes on"
        share(visitor, **AGREES)
        assert consent().at == later
        assert "You said yes" in visitor.get("/share").text
        planning.plan(NUMBER, settings, later)
        assert [h.receiver for h in hand_off_rows.of_case(cases.read_case(NUMBER))] == [
            "county_jail"
        ]

    @pytest.mark.parametrize(("minutes", "records"), [(10, 1), (120, 2)])
    def test_is_no_second_click(self, visitor, clock, minutes, records, settings):
        share(visitor, **AGREES)
        come_back(visitor, clock, NOW + timedelta(minutes=minutes), settings)
        share(visitor, **AGREES)
        assert len(answers()) == records


class TestLapse:
    @pytest.mark.parametrize(
        ("language", "said", "again"),  # another jail's consent may have checked the box
        [
            ("en", "Sonora County Jail ended on November 24, 2027", "make sure that it is checked"),
            ("es", "Sonora terminó el 24 de noviembre de 2027", "vea que esté marcada abajo"),
        ],
    )
    def test_for_one_agency_is_said(self, visitor, clock, settings, language, said, again):
        visitor.language = language
        share(visitor, **AGREES)
        assert said not in visitor.get("/share").text
        come_back(visitor, clock, NOW + timedelta(days=365), settings)
        page = visitor.get("/share")
        assert chosen(page) == {("court", "yes"), ("contact", "c1")}
        assert (said in page.text, again in page.text) == (True, True)
        share(visitor, **AGREES)
        page = visitor.get("/share")
        assert chosen(page) == {("release", "yes"), ("court", "yes"), ("contact", "c1")}
        assert said not in page.text


class TestKnowledge:
    def test_lets_nobody_agree_or_end(self, visitor, settings):
        share(visitor, **AGREES)
        other = Visitor()
        other.verify(NUMBER, "munoz v1", "4/12/1985")
        csrf = other.get("/alerts").value("csrf")
        for form in ({"do": "end"}, AGREES | {"contact": "c1"}):
            assert other.post("/share", csrf=csrf, **form).headers["Location"] == "code?next=share"
        assert consent().ended_at is None

    def test_hands_on_no_contact_that_it_left(self, visitor):
        for level in (KNOWLEDGE, "code"):
            now = cases.read_case(NUMBER).enrollments[0]
            left = replace(now.contacts[0], level=level)
            enrollments.write_enrollment(NUMBER, replace(now, contacts=(left,)), now)
            share(visitor, **AGREES)
            assert (consent() is not None) is (level == "code")


class TestContactThatGotTheCode:
    @pytest.mark.parametrize(
        ("to", "built", "given"),
        [
            (PHONE, a_case(), True),
            (EMAIL, a_case(), True),
            (PAPER, a_case(), False),
            ("+15205550199", a_case(), False),
            (PHONE, a_case().with_suspect("s9", phone=PHONE), False),
            (PHONE, a_case().with_enrollment("v1", requests=(an_answer(Rights.WAIVED),)), False),
        ],
    )
    def test_is_given_at_one_tap(self, clock, settings, to, built, given):
        put(built.with_victim("v1").case)
        root = to if to == PAPER else hashing.address_key(to)
        purpose = CodePurpose.CARD if to == PAPER else CodePurpose.PHONE
        visitor = Visitor()
        code = access_codes.issue(NUMBER, "v1", purpose, NOW, settings, root=root)
        assert visitor.post("/verify", number=NUMBER, code=code).status == 303
        for _ in range(2):
            shown = visitor.get("/share").root.xpath('//input[@name="contact"]/@value')
            assert len(shown) == given
            if given:
                share(visitor, release="yes", contact=shown[0])
        found = cases.read_case(NUMBER).enrollment_of("v1")
        left = [(c.address, c.level, c.root, c.new_to_agency) for c in found.contacts]
        assert left == ([(to, CODE, root, False)] if given else [])
        agreed = [found.hand_off.contact] if found.hand_off else []
        assert [contact.id for contact in found.contacts] == agreed

    def test_is_not_added_by_a_form_with_an_error(self, clock, settings):
        put(a_case().with_victim("v1").case)
        root = hashing.address_key(PHONE)
        visitor = Visitor()
        code = access_codes.issue(NUMBER, "v1", CodePurpose.PHONE, NOW, settings, root=root)
        visitor.post("/verify", number=NUMBER, code=code)
        contact = visitor.get("/share").value("contact")
        assert ("contact", contact) in chosen(share(visitor, contact=contact))
        assert cases.read_case(NUMBER).enrollments == ()


class TestArrest:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_leads_to_the_page(self, visitor, language):
        visitor.language = language
        said = {"en": "Or we can ask for you", "es": "O podemos pedirlo por usted"}[language]
        page = visitor.get("/status")
        assert said in page.text
        assert page.links("share") == ["share"]
        printed = visitor.get("/print")
        assert said in printed.text
        assert printed.links("share") == []

    def test_leads_nowhere_if_its_jail_takes_no_requests(self, visitor, monkeypatch):
        sample = Settings.current()
        others = tuple(r for r in sample.receivers if r.kind is not ReceiverKind.JAIL)
        known = replace(sample, receivers=others)
        monkeypatch.setattr(Settings, "current", staticmethod(lambda: known))
        page = visitor.get("/status")
        assert "Or we can ask for you" not in page.text
        assert "call the jail" in page.text.casefold()

    def test_asks_no_victim_who_said_yes(self, visitor):
        share(visitor, **AGREES)
        page = visitor.get("/status")
        assert "Or we can ask for you" not in page.text
        assert "call the jail" in page.text.casefold()

    @pytest.mark.parametrize("agreed", [False, True])
    def test_tells_knowledge_nothing_of_a_consent(self, visitor, agreed):
        if agreed:
            share(visitor, **AGREES)
        other = Visitor()
        other.verify(NUMBER, "munoz v1", "4/12/1985")
        page = other.get("/status")
        assert "Or we can ask for you" not in page.text
        assert "call the jail" in page.text.casefold()


class TestPage:
    def test_does_not_exist_without_an_agency(self, visitor, monkeypatch):
        nobody = replace(Settings.current(), receivers=())
        monkeypatch.setattr(Settings, "current", staticmethod(lambda: nobody))
        assert visitor.get("/share").status == 404
        assert "share" not in visitor.get("/manage").text

    def test_says_that_a_waiver_here_stops_it(self, visitor):
        share(visitor, **AGREES)
        (hers,) = cases.read_case(NUMBER).victims
        cases.write_row(NUMBER, replace(hers, rights=Rights.WAIVED), hers)
        assert "You gave up the right" not in visitor.get("/share").text  # a file's is not hers
        csrf = visitor.get("/choice").value("csrf")
        visitor.post("/choice", csrf=csrf, answer="waived")
        assert "nobody gets your request now" in visitor.get("/share").text

    def test_asks_for_a_contact_first(self, visitor):
        before = cases.read_case(NUMBER).enrollments[0]
        enrollments.write_enrollment(NUMBER, replace(before, contacts=()), before)
        assert "First leave us a phone" in visitor.get("/share").text
