"""What a visitor typed becomes contacts with consent."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import EnrollmentInvalid
from aviso.domain.model import Channel, Consent, Enrollment
from aviso.domain.requests import Rights
from aviso.victims import sign_up, sign_up_form, sign_up_rules
from aviso.victims.sign_up_rules import SignUp
from infra.harness.builders import NOW, a_case, a_contact, an_answer, case_at

LANGUAGES = ("en", "es")
CONSENT = Consent(version="1", at=NOW, language="es", source="portal")
NONE_YET = Enrollment(victim="v1")
FILLED = {
    "phone": "(520) 555-0142",
    "phone_safe": "yes",
    "email": "Ana@Example.com",
    "email_safe": "no",
    "language": "es",
    "consent": "yes",
}


def added(enrollment, victim, asked, level, consent=CONSENT):
    """Return the enrollment with the asked contacts."""
    form = SignUp(asked=asked, consent=consent, level=level)
    return sign_up_rules.add(enrollment, victim, form)


class TestForm:
    def test_has_an_answer_for_each_contact_and_one_language(self):
        asked, wrong = sign_up_form.read_form(FILLED, LANGUAGES)
        assert wrong == []
        assert [(a.channel, a.address, a.language, a.safe) for a in asked] == [
            (Channel.SMS, "+15205550142", "es", True),
            (Channel.EMAIL, "ana@example.com", "es", False),
        ]

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"phone": "5550142"}, "phone"),
            ({"phone": "911"}, "phone"),
            ({"phone": "+52 55 1234 5678"}, "phone"),
            ({"phone": "call me"}, "phone"),
            ({"email": "ana@"}, "email"),
            ({"email": "ana example.com"}, "email"),
            ({"phone_safe": ""}, "phone_safe"),
            ({"email_safe": "maybe"}, "email_safe"),
            ({"consent": ""}, "consent"),
            ({"phone": "", "email": ""}, "phone"),
        ],
    )
    def test_tells_each_mistake_at_its_own_field(self, changes, field):
        _, wrong = sign_up_form.read_form(FILLED | changes, LANGUAGES)
        assert [e.field for e in wrong] == [field]

    def test_needs_one_of_phone_and_email(self):
        asked, wrong = sign_up_form.read_form(FILLED | {"email": ""}, LANGUAGES)
        assert (len(asked), wrong) == (1, [])

    def test_takes_the_same_contact_twice_as_one(self):
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED, LANGUAGES)
        once = added(NONE_YET, victim, asked, "knowledge")
        twice = added(once, victim, asked, "knowledge")
        assert twice.contacts == once.contacts
        assert {c.consent for c in once.contacts} == {CONSENT}


def many(level, how_many, **changes):
    contacts = tuple(
        a_contact(f"+1520555{n:04}", id=f"c{n}", level=level, **changes)
        for n in range(100, 100 + how_many)
    )
    return Enrollment(victim="v1", contacts=contacts)


class TestSignUpByKnowledge:
    def test_never_changes_a_contact_that_is_there(self):
        there = a_contact("+15205550142", language="en", safe=False)
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED | {"email": ""}, LANGUAGES)
        now = added(Enrollment(victim="v1", contacts=(there,)), victim, asked, "knowledge")
        assert now.contacts == (there,)

    def test_never_shuts_out_a_holder_of_a_code(self):
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED, LANGUAGES)
        full = many("knowledge", sign_up_rules.MOST_CONTACTS)
        by_code = added(full, victim, asked, "code")
        assert {c.address for c in by_code.contacts if c.level == "code"} == {
            "+15205550142",
            "ana@example.com",
        }
        with pytest.raises(EnrollmentInvalid):  # her own limit, where taking one off makes room
            added(many("code", sign_up_rules.MOST_CONTACTS), victim, asked, "code")

    @pytest.mark.parametrize("level", ["knowledge", "guardian"])
    def test_adds_nothing_over_a_limit_and_is_not_told(self, level):
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED, LANGUAGES)
        full = many(level, sign_up_rules.MOST_CONTACTS)
        assert added(full, victim, asked, level).contacts == full.contacts
        this_day = many(level, sign_up_rules.MOST_A_DAY - 1, consent=CONSENT)
        assert len(added(this_day, victim, asked, level).contacts) == (sign_up_rules.MOST_A_DAY)
        tomorrow = replace(CONSENT, at=NOW + timedelta(days=1))
        assert len(added(this_day, victim, asked, level, tomorrow).contacts) == (
            sign_up_rules.MOST_A_DAY + 1
        )


class TestContact:
    def test_that_was_removed_may_be_given_again(self):
        gone = replace(a_contact("+15205550142"), removed_at=NOW)
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED | {"email": ""}, LANGUAGES)
        now = added(Enrollment(victim="v1", contacts=(gone,)), victim, asked, "knowledge")
        assert [c.removed_at for c in now.contacts] == [NOW, None]

    def test_records_whether_the_agency_had_it(self):
        victim = a_case().with_victim("v1", phone="+15205550142", email="").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED, LANGUAGES)
        now = added(NONE_YET, victim, asked, "knowledge")
        assert [c.new_to_agency for c in now.contacts] == [False, True]

    def test_takes_new_answers_with_a_code(self):
        there = a_contact("+15205550142", language="en", safe=False)
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED | {"email": ""}, LANGUAGES)
        now = Enrollment(victim="v1", contacts=(there,))
        for _ in range(2):
            now = added(now, victim, asked, "code")
        before, after = now.contacts
        assert (before.removed_at, before.removed_why) == (NOW, "replaced")
        assert (after.level, after.safe, after.language, after.removed_at) == (
            "code",
            True,
            "es",
            None,
        )

    def test_that_is_unsafe_alone_asks_for_nothing(self):
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED | {"phone_safe": "no"}, LANGUAGES)
        now = added(NONE_YET, victim, asked, "knowledge")
        assert now.rights is Rights.UNANSWERED

    def test_at_the_bound_is_called_unsafe_once(self):
        victim = a_case().with_victim("v1").case.victims[0]
        gone = many(
            "code", sign_up_rules.EVER_BY_CODE - sign_up_rules.MOST_CONTACTS, removed_at=NOW
        )
        here = [
            a_contact(f"+1520556{n:04}", id=f"{level}{n}", level=level)
            for level, first in (("code", 100), ("knowledge", 200))
            for n in range(first, first + sign_up_rules.MOST_CONTACTS)
        ]
        now = Enrollment(victim="v1", contacts=(*gone.contacts, *here))
        theirs = [c.address for c in here] + [victim.phone]

        def warned(enrollment, address):
            asked = sign_up_form.Asked(
                channel=Channel.SMS, address=address, language="en", safe=False
            )
            return added(enrollment, victim, [asked], "code")

        for _ in range(3):
            for address in theirs:
                now = warned(now, address)
                (there,) = [
                    c for c in now.contacts if c.address == address and c.removed_at is None
                ]
                assert not there.safe
                gone_again = [replace(c, removed_at=NOW) if c is there else c for c in now.contacts]
                now = replace(now, contacts=tuple(gone_again))
        assert len(now.contacts) == len(gone.contacts) + len(here) + len(theirs)
        with pytest.raises(EnrollmentInvalid):
            warned(now, "+15205569999")


class TestAlerts:
    def test_are_told_by_channel(self, settings):
        case = a_case().with_victim("v1", email="").case
        assert sign_up.told_on(case_at(case, settings), case.victims[0]) == (Channel.SMS,)
        case = (
            a_case()
            .with_victim("v1", phone="", email="")
            .with_enrollment(
                "v1",
                a_contact("v1@example.com", Channel.EMAIL),
                a_contact("+15205550142", safe=False),
            )
            .case
        )
        assert sign_up.told_on(case_at(case, settings), case.victims[0]) == (Channel.EMAIL,)

    def test_do_not_show_whose_a_phone_is(self, settings):
        bare = a_case().with_victim("v1", phone="", email="")
        his = bare.with_suspect("s1", past_contacts=("+15205550142",))
        for case in (bare, his):
            with_phone = case.with_enrollment("v1", a_contact("+15205550142")).case
            told_on = sign_up.told_on(case_at(with_phone, settings), with_phone.victims[0])
            assert told_on == (Channel.SMS,)

    def test_do_not_show_whether_an_unsafe_phone_is_known(self, settings):
        answers = set()
        for typed in ("+15205550167", "+15205550142"):  # the first is on file
            unsafe = a_contact(typed, safe=False)
            case = a_case().with_victim("v1", email="").with_enrollment("v1", unsafe).case
            answers.add(sign_up.told_on(case_at(case, settings), case.victims[0]))
        assert answers == {()}


class TestRequest:
    def test_for_alerts_is_a_request_to_be_informed(self):
        victim = a_case().with_victim("v1").case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED, LANGUAGES)
        now = added(NONE_YET, victim, asked, "knowledge")
        assert (now.rights, now.rights_at) == (Rights.REQUESTED, NOW)

    @pytest.mark.parametrize("place", ["report", "portal"])
    def test_undoes_a_waiver_with_a_code_only(self, place):
        on_file = Rights.WAIVED if place == "report" else Rights.UNANSWERED
        here = Rights.WAIVED if place == "portal" else Rights.UNANSWERED
        victim = a_case().with_victim("v1", rights=on_file).case.victims[0]
        asked, _ = sign_up_form.read_form(FILLED, LANGUAGES)
        there = () if here is Rights.UNANSWERED else (an_answer(here),)
        waived = Enrollment(victim="v1", requests=there)
        known = added(waived, victim, asked, "knowledge")
        assert (known.rights, len(known.contacts)) == (here, 2)
        assert added(waived, victim, asked, "code").rights is Rights.REQUESTED

    def test_does_not_promise_alerts_after_a_waiver(self, settings):
        case = a_case().with_victim("v1", rights=Rights.WAIVED).case
        assert sign_up.told_on(case_at(case, settings), case.victims[0]) == ()
