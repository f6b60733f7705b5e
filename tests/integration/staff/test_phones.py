"""Phones on the card of a task: which may be called, and from where each comes."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.announcement import Announcement, Hearer
from aviso.domain.contacts import CODE, KNOWLEDGE
from aviso.domain.model import Enrollment, Holder, Kind
from aviso.runtime import hashing
from aviso.storage import enrollments
from aviso.web.staff.case_people import line_key
from infra.harness.builders import STALKING, a_case, a_contact
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import ORDINARY, a_held_notice, at_work

HERS, TYPED = "+15205550118", "+15205550133"
TODAY = replace(a_contact(TYPED).consent, at=NOW - timedelta(hours=1))


HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "postal_code": "85701"}


def a_case_with(
    phone=HERS,
    *,
    offense=None,
    safe=True,
    level=KNOWLEDGE,
    back=(),
    changes=(),
    home=False,
    **more,
):
    """Store a case whose victim has a phone, and on which a visitor left another."""
    report = {"offense": offense} if offense else {}
    at = HOME if home else {}
    builder = a_case().with_report(**report).with_victim(phone=phone, safe_to_contact=safe, **at)
    builder = builder.with_suspect(phone="+15205550166", **at).with_arrest(arrested_at=NOW)
    store(replace(builder.case, number=ORDINARY))
    left = a_contact(TYPED, level=level, **more)
    enrollments.write_enrollment(
        ORDINARY,
        Enrollment(victim="v1", contacts=(left,), given_back=dict(back), changes=changes),
    )
    enrollments.contact_item(ORDINARY, "v1", left).save()


def case_reference():
    return case_address(ORDINARY).partition("c=")[2]


def card(desk):
    (found,) = at_work(desk).get(case_address(ORDINARY)).root.xpath('//section[@class="todo"]')
    return found


def words(found):
    return " ".join(found.text_content().split())


def links(found):
    return found.xpath('.//a[starts-with(@href, "tel:")]/text()')


class TestCard:
    def test_never_links_a_phone_typed_without_a_code(self, desk):
        a_case_with()
        a_held_notice()
        found = card(desk)
        assert links(found) == ["520-555-0118"]
        assert found.xpath(".//s/text()") == ["520-555-0133"]
        assert "Do not call 520-555-0133 typed on the portal without a code" in words(found)
        assert "520-555-0118 from the records system" in words(found)

    def test_links_a_phone_left_with_a_code(self, desk):
        a_case_with(level=CODE)
        a_held_notice()
        found = card(desk)
        assert links(found) == ["520-555-0118", "520-555-0133"]
        assert "520-555-0133 left on the portal with a code" in words(found)

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_says_that_early_news_could_warn_a_suspect(self, desk, language):
        said = {
            "en": ("This news could warn a suspect", "Do not call", "No contact on file"),
            "es": ("Esta noticia podría alertar", "No llame al", "contactos guardados sirve"),
        }[language]
        a_case_with(phone="")
        a_held_notice(reason="early_news", kind=Kind.SENT_TO_PROSECUTOR)
        desk.language = language
        found = card(desk)
        assert [part in words(found) for part in said] == [True, True, False]
        assert not links(found)
        row = desk.get("tasks").text
        assert {"en": "Needs a decision", "es": "Hay que decidir"}[language] in row

    def test_says_what_to_do_without_a_phone_to_call(self, desk):
        a_case_with(phone="")
        a_held_notice()
        found = card(desk)
        assert links(found) == []
        assert found.xpath('.//button[@value="phone"]/@class') == ["act plain"]
        said = words(found)
        assert "There is no phone that you may call. Send a letter, or ask the officer" in said

    @pytest.mark.parametrize(
        ("more", "reason"),
        [({"safe": False}, "not_safe_to_contact"), ({"offense": STALKING}, "trial_mode")],
    )
    def test_suggests_no_letter_where_it_may_harm(self, desk, more, reason):
        a_case_with(phone="", **more)
        a_held_notice(reason=reason)
        said = words(card(desk))
        assert "Ask an advocate or the officer how to reach this person safely." in said
        assert "Send a letter" not in said


@pytest.mark.parametrize(
    ("kind", "fact"), [(Kind.ARREST, "arrest:a1"), (Kind.CONTACT_CHANGED, "waived:@x")]
)
class TestRepresentativesPhone:
    def test_is_offered_for_no_change(self, desk, kind, fact):
        """An ex-partner whom she is said to have named would say that she wants no news."""
        holder = Holder(first_name="Ex", last_name="Partner", agreed_at=NOW)
        a_case_with(level=CODE, holder=holder)
        a_held_notice(reason="no_safe_contact", kind=kind, fact=fact)
        offered = kind is Kind.ARREST
        assert ("520-555-0133" in links(card(desk))) is offered
        assert "520-555-0118" in links(card(desk))
        listed = words(desk.post("call-list").root)
        assert ("520-555-0133 (speaks for the victim" in listed) is offered
        assert "520-555-0118 (from the records system" in listed

    def test_is_offered_where_others_are_told(self, desk, kind, fact):
        child = a_case().with_report().with_victim(birth_date=date(2015, 3, 1))
        case = child.with_speaker(relation="guardian", phone="+15205550188").with_arrest().case
        store(replace(case, number=ORDINARY))
        a_held_notice(reason="no_safe_contact", kind=kind, fact=fact)
        assert links(card(desk)) == ["520-555-0188"]
        assert "520-555-0188 (" in words(desk.post("call-list").root)


class TestPhoneLeftOnThePortal:
    @pytest.mark.parametrize(
        ("exported", "given_back", "hears", "offered"),
        [
            (False, False, False, False),
            (True, False, False, False),
            (False, True, True, False),
            (False, False, True, True),
        ],
    )
    def test_is_offered_for_a_change_it_should_hear(
        self, desk, exported, given_back, hears, offered
    ):
        """Who waived in her name may have left his own phone with the same code."""
        back = {hashing.address_key(TYPED): NOW} if given_back else {}
        one = Hearer(address=TYPED, language="en")
        change = Announcement(key="waived:@x", at=NOW, hears=(one,) if hears else (), asks=True)
        a_case_with(TYPED if exported else HERS, level=CODE, back=back, changes=(change,))
        a_held_notice(reason="change_unheard", kind=Kind.CONTACT_CHANGED, fact="waived:@x")
        found = card(desk)
        assert ("520-555-0133" in links(found)) is offered
        assert ("Too new for a call about the change" in words(found)) is not offered
        listed = words(desk.post("call-list").root)
        assert ("520-555-0133 (" in listed) is offered
        assert ("Too new for a call about the change" in listed) is not offered
        assert exported or "520-555-0118" in links(found)


class TestPhoneThatIsTheChange:
    FACT = "contact:c1@x"

    @pytest.fixture
    def stored(self):
        """Store a restricted case on which she left her only phone 90 days ago."""
        at = NOW - timedelta(days=90)
        a_case_with(
            "", offense=STALKING, level=CODE, consent=replace(a_contact(TYPED).consent, at=at)
        )
        a_held_notice(
            reason="restricted_offense", kind=Kind.CONTACT_CHANGED, fact=self.FACT, fact_at=at
        )

    def test_is_offered_for_other_news(self, desk, stored):
        a_held_notice(reason="restricted_offense")
        found = card(desk)
        assert links(found) == ["520-555-0133"]
        assert "code Too new for a call about the change" in words(found)
        assert "There is no phone that you may call" not in words(found)
        listed = words(desk.post("call-list").root)
        assert "520-555-0133 (left on the portal with a code; Too new for a call about" in listed

    @pytest.mark.parametrize("more", ["", Kind.ENROLLMENT_CONFIRMED])
    def test_is_not_offered_about_itself(self, desk, stored, more):
        if more:
            a_held_notice(reason="restricted_offense", kind=more, fact="contact:given@x")
        found = card(desk)
        assert links(found) == []
        assert "There is no phone that you may call" in words(found)


class TestPhoneOfTheReport:
    def test_that_was_typed_again_is_offered_for_a_change(self, desk):
        a_case_with(TYPED, level=CODE, new_to_agency=False, consent=TODAY)
        a_held_notice(reason="change_unheard", kind=Kind.CONTACT_CHANGED, fact="waived:@x")
        assert links(card(desk)) == ["520-555-0133"]

    def test_that_was_given_back_is_offered_for_no_change(self, desk):
        """He has her old phone, calls as her, and gets it back."""
        a_case_with(HERS, back={hashing.address_key(HERS): NOW})
        a_held_notice(reason="change_unheard", kind=Kind.CONTACT_CHANGED, fact="given_back:x@y")
        found = card(desk)
        assert "520-555-0118" not in links(found)
        assert "Too new for a call about the change" in words(found)

    @pytest.mark.parametrize("minor", [True, False])
    def test_of_a_speaker_is_offered_for_a_minor(self, desk, minor):
        """A guardian's phone is on file. That of whom a file names for an adult is not hers."""
        born = date(2015, 3, 1) if minor else date(1990, 3, 1)
        child = a_case().with_report().with_victim(birth_date=born, phone="")
        relation = "guardian" if minor else "representative"
        store(replace(child.with_speaker(relation=relation, phone=TYPED).case, number=ORDINARY))
        left = a_contact(TYPED, level=CODE, new_to_agency=False, consent=TODAY)
        enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", contacts=(left,)))
        enrollments.contact_item(ORDINARY, "v1", left).save()
        a_held_notice(reason="change_unheard", kind=Kind.CONTACT_CHANGED, fact="waived:@x")
        assert links(card(desk)) == (["520-555-0133"] if minor else [])


UNSAFE = {
    "the records system's word": ({"safe": False}, "not_safe_to_contact", ""),
    "held for another reason": ({"safe": False}, "letter_returned", ""),
    "restricted too": ({"safe": False, "offense": STALKING}, "restricted_offense", ""),
    "a suspect's home": (
        {"offense": STALKING, "home": True},
        "restricted_offense",
        "suspect shares a home with the victim",
    ),
    "unsafe before, and still held for it": ({}, "not_safe_to_contact", ""),
}
SAFELY = "Do not send anything. Ask an advocate or the officer how to reach this person safely."


@pytest.mark.parametrize(("case", "reason", "why"), UNSAFE.values(), ids=UNSAFE)
class TestUnsafePhone:
    @pytest.fixture
    def found(self, desk, case, reason, why):
        a_case_with(level=CODE, **case)
        a_held_notice(reason=reason)
        return card(desk)

    def test_is_not_one_tap_away(self, desk, found):
        assert "520-555-0118" not in desk.get(case_address(ORDINARY)).text
        assert links(found) == []
        assert "Ask first: the number that ends in 18" in words(found)
        assert found.xpath('.//button[@value="phone"]/@class') == ["act plain"]

    def test_leads_with_the_same_sentence_everywhere(self, desk, found, why):
        (row,) = desk.get("tasks").root.xpath("//tbody/tr")
        assert row.xpath('.//span[contains(@class, "pill bad")]/text()') == ["Not safe to contact"]
        listed = words(desk.post("call-list").root)
        for said in (words(row), words(found), listed, desk.post("tasks-csv").body):
            assert why in said
            assert SAFELY in said
        assert "Ask first: the number that ends in 18 (from the records system)" in listed
        assert "520-555" not in listed

    def test_is_shown_to_who_asked_and_that_is_recorded(self, desk, found):
        form = {"c": case_reference(), "victim": "v1", "line": line_key(ORDINARY, HERS)}
        refused = desk.post("phone", **form, why=" ")
        assert refused.status == 400
        assert links(refused.root) == []
        page = desk.post("phone", **form, why="Eva, advocate")
        assert links(page.root) == ["520-555-0118"]
        note = "Asked if it is safe to call the number that ends in 18. Yes, said: Eva, advocate"
        assert note in desk.get(case_address(ORDINARY)).text
        assert [action for _, action, _ in audited()].count("phone_revealed") == 1
        assert links(card(desk)) == []


class TestPhoneUnsafeForAnother:
    @pytest.mark.parametrize("reason", ["unsafe_for_another", "old"])
    @pytest.mark.parametrize("mark", [{"safe_to_contact": False}, {"desk_unsafe": (HERS,)}])
    def test_is_not_one_tap_away(self, desk, mark, reason):
        """Her sister lives there too, and the records system says that he reads her phone."""
        builder = a_case().with_report().with_victim(phone=HERS)
        case = builder.with_victim("v2", phone=HERS, **mark).with_arrest(arrested_at=NOW).case
        store(replace(case, number=ORDINARY))
        a_held_notice(reason=reason)
        found = card(desk)
        assert links(found) == []
        assert SAFELY in words(found)
        said = "Ask first: the number that ends in 18, from the records system"
        assert f"{said} Not used: Not safe for another victim of this case" in words(found)


class TestCallList:
    def test_prints_only_the_end_of_what_nobody_may_call(self, desk):
        a_case_with()
        a_held_notice()
        said = words(at_work(desk).post("call-list").root)
        assert "520-555-0118 (from the records system" in said
        assert "520-555-0133" not in said
        assert "Do not call the number that ends in 33" in said

    def test_of_a_suspects_phone_prints_only_the_end(self, desk):
        a_case_with(phone="+15205550166")
        a_held_notice()
        said = words(at_work(desk).post("call-list").root)
        assert "520-555-0166" not in said
        assert "ends in 66 (from the records system; A suspect has it too)" in said

    @pytest.mark.parametrize(
        ("case", "reason", "warns"),
        [
            ({"offense": STALKING}, "restricted_offense", True),
            ({"offense": STALKING}, "trial_mode", True),
            ({}, "contact_of_suspect", True),
            ({}, "trial_mode", False),
        ],
        ids=[
            *("restricted", "restricted and held otherwise", "a suspect's contact", "ordinary"),
        ],
    )
    def test_says_to_check_that_a_call_is_safe(self, desk, case, reason, warns):
        a_case_with(**case)
        a_held_notice(reason=reason)
        said = words(at_work(desk).post("call-list").root)
        assert ("Call only after you have checked that it is safe." in said) is warns
        row = desk.post("tasks-csv").body
        assert ("Restricted" in row) is ("offense" in case)
        assert ("Not safe to contact" in row) is (warns and "offense" not in case)

    def test_says_what_not_to_mention(self, desk):
        a_case_with()
        a_held_notice()
        said = words(at_work(desk).post("call-list").root)
        assert "Do not mention: Where the suspect lives or can be reached." in said
