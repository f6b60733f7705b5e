"""Which agencies must get a victim's request, and when it is taken back."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import DESK, REPLACED
from aviso.domain.guards import Guards
from aviso.domain.hand_off_duties import (
    NOBODY,
    HandOffHold,
    duty_of,
    offered,
    owed_hand_offs,
    why_not,
)
from aviso.domain.model import Holder
from aviso.domain.reasons import HoldReason
from aviso.domain.receiving_agencies import Purpose, ReceiverKind
from aviso.domain.requests import Rights
from infra.harness.builders import (
    NOW,
    STALKING,
    a_case,
    a_consent,
    a_consenting_case,
    a_contact,
    an_answer,
    case_at,
)

DAY = timedelta(days=1)
ARRESTED = a_consenting_case().with_arrest().case
IN_REPORT = (  # its row of people names a representative
    a_consenting_case()
    .with_speaker("r1", relation="representative", last_name="Vega")
    .with_arrest()
    .case
)
PHONE = "+15205550121"
# The suspect is among those who speak for the child, and may have left the contact with the code.
OF_A_SPEAKER = (
    a_case()
    .with_victim(minor=True, birth_date=None)
    .with_suspect()
    .with_speaker("r1", first_name="Sam", last_name="Poole-s1", phone="")
    .with_speaker("r2")
    .with_enrollment("v1", a_contact(PHONE, id="c1", level="code"), hand_off=a_consent("c1"))
    .with_arrest()
    .case
)


def without(settings, *kinds):
    return replace(settings, receivers=tuple(r for r in settings.receivers if r.kind not in kinds))


def to(case, settings, now=NOW):
    return [duty.receiver for duty in owed_hand_offs(case_at(case, settings, now))]


def enrolled(case, **changes):
    (enrollment,) = case.enrollments
    return replace(case, enrollments=(replace(enrollment, **changes),))


KIM = Holder(first_name="Kim", last_name="Rey", agreed_at=NOW)


def with_kim(case, **changes):
    """Return a case whose victim named Kim Rey to speak for her."""
    kim = replace(a_contact("+15205550133", id="r9", level="code", holder=KIM), **changes)
    (enrollment,) = case.enrollments
    return enrolled(case, contacts=(*enrollment.contacts, kim))


def typed_again(case):
    """Return a case whose victim left the same phone again with a code: it has a new id."""
    old = a_contact(PHONE, id="c1", removed_at=NOW, removed_why=REPLACED)
    return enrolled(case, contacts=(old, a_contact(PHONE, id="c9", level="code")))


class TestContact:
    @pytest.mark.parametrize(("last_name", "owed"), [("Rey", True), ("Poole-s1", False)])
    def test_of_a_representative_who_is_a_suspect_is_not_handed_on(self, settings, last_name, owed):
        holder = Holder(first_name="Sam", last_name=last_name, agreed_at=NOW)
        contact = a_contact(PHONE, id="c1", level="code", holder=holder)
        built = a_case().with_victim().with_suspect().with_arrest()
        case = built.with_enrollment("v1", contact, hand_off=a_consent("c1")).case
        assert bool(to(case, settings)) is owed

    @pytest.mark.parametrize(
        ("changes", "owed"),
        [
            ({}, True),
            ({"safe": False}, False),
            ({"removed_at": NOW, "removed_why": "victim"}, False),
        ],
    )
    def test_typed_again_with_a_code_is_the_same(self, settings, changes, owed):
        old = a_contact(PHONE, id="c1", removed_at=NOW, removed_why=REPLACED)
        new = a_contact(PHONE, id="c9", **changes)
        case = enrolled(ARRESTED, contacts=(old, new))
        assert to(case, settings) == (["county_jail"] if owed else [])

    @pytest.mark.parametrize(
        "cannot", [{"incapacitated": True, "judged_at": NOW}, {"deceased": True}]
    )
    @pytest.mark.parametrize(
        ("level", "named", "owed"),
        [("code", False, False), (DESK, False, False), ("code", True, False), (DESK, True, True)],
    )
    def test_of_who_cannot_act_is_one_the_desk_named(self, settings, cannot, level, named, owed):
        holder = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW) if named else None
        contact = a_contact(PHONE, id="c1", level=level, holder=holder)
        case = enrolled(ARRESTED, contacts=(contact,))
        assert to(case, settings) == ["county_jail"]
        (victim,) = case.victims
        case = replace(case, victims=(replace(victim, **cannot),))
        assert to(case, settings) == (["county_jail"] if owed else [])
        assert bool(offered(case_at(case, settings), case.victims[0])) is owed

    @pytest.mark.parametrize(("level", "owed"), [("code", False), (DESK, True)])
    def test_of_who_was_named_for_a_suspects_child(self, settings, level, owed):
        kim = a_contact(PHONE, id="c1", level=level, holder=KIM)
        case = enrolled(OF_A_SPEAKER, contacts=(kim,))
        assert to(case, settings) == (["county_jail"] if owed else [])
        assert bool(offered(case_at(case, settings), case.victims[0])) is owed

    def test_taken_off_does_not_come_back_as_another(self, settings):
        old = a_contact(PHONE, id="c1", removed_at=NOW, removed_why="victim")
        again = a_contact(PHONE, id="c9")
        assert to(enrolled(ARRESTED, contacts=(old, again)), settings) == []
        replaced = replace(old, removed_why=REPLACED)
        assert to(enrolled(ARRESTED, contacts=(replaced, again)), settings) == ["county_jail"]


class TestReceiver:
    @pytest.mark.parametrize(
        ("arrest", "receiver"),
        [
            ({}, "county_jail"),
            ({"custody_agency": "county adult detention "}, "county_jail"),
            ({"custody_agency": "Cárcel del Condado de Sonora"}, "county_jail"),
            ({"custody_agency": "Jail of another county"}, NOBODY),
            ({"custody_agency": "County Juvenile Center"}, NOBODY),
            ({"juvenile": True}, "juvenile_detention"),
            ({"juvenile": True, "custody_agency": "County Adult Detention"}, NOBODY),
        ],
    )
    def test_is_the_agency_that_the_arrest_names(self, settings, arrest, receiver):
        case = a_consenting_case().with_arrest(**arrest).case
        (duty,) = owed_hand_offs(case_at(case, settings))
        assert duty.receiver == receiver
        assert duty.hold == ("" if receiver != NOBODY else HandOffHold.NO_RECEIVER)

    def test_is_asked_of_a_person_among_several_jails(self, settings):
        jail = next(r for r in settings.receivers if r.kind is ReceiverKind.JAIL)
        city = replace(jail, id="city_jail", name={"en": "City", "es": "Ciudad"}, feed_names=())
        both = replace(settings, receivers=(*settings.receivers, city))
        assert to(ARRESTED, both) == [NOBODY]
        named = a_consenting_case().with_arrest(custody_agency="CITY").case
        assert to(named, both) == ["city_jail"]

    def test_is_the_prosecutor_once_the_case_is_sent(self, settings):
        case = a_consenting_case()
        assert to(case.case, settings) == []
        assert to(case.with_report(prosecutor_at=NOW).case, settings) == ["county_attorney"]

    def test_stays_the_prosecutor_after_the_next_status(self, settings):
        code = next(c for c, s in settings.statuses.items() if s.tells == "sent_to_prosecutor")
        seen = {"report": NOW - DAY, f"status:{code}@2026-11-23": NOW - DAY}
        case = a_consenting_case().with_report(status="CLOSED", first_seen=seen).case
        assert to(case, settings) == ["county_attorney"]


class TestOwed:
    @pytest.mark.parametrize("kinds", [tuple(ReceiverKind), (ReceiverKind.JAIL,)])
    def test_is_nothing_without_an_agency(self, settings, kinds):
        assert to(ARRESTED, without(settings, *kinds)) == []

    def test_is_nothing_without_consent(self, settings):
        assert to(enrolled(ARRESTED, hand_off=None), settings) == []
        assert to(a_case().with_victim().with_suspect().with_arrest().case, settings) == []

    def test_stays_when_the_victims_type_is_unknown(self, settings):
        """A later row that calls a person the public makes the type unknown."""
        case = a_consenting_case().with_victim(victim_type="unknown").with_arrest().case
        assert to(case, settings)

    def test_stays_when_a_file_says_that_the_victim_waived(self, settings):
        """Her yes was given to Aviso, which counts before every file; her own waiver ends it."""
        waived = replace(ARRESTED.victims[0], rights=Rights.WAIVED)
        case = replace(ARRESTED, victims=(waived,))
        assert to(case, settings) == to(ARRESTED, settings) != []
        assert to(enrolled(case, requests=(an_answer(Rights.WAIVED, NOW),)), settings) == []

    def test_is_what_the_consent_names(self, settings):
        only = a_consenting_case(purposes=(Purpose.COURT,)).with_arrest()
        assert to(only.with_report(prosecutor_at=NOW).case, settings) == ["county_attorney"]

    @pytest.mark.parametrize(
        "change",
        [
            {"requests": (an_answer(Rights.WAIVED, NOW),)},
            {"hand_off": a_consent("c1", ended_at=NOW)},
            {"hand_off": a_consent("another")},
            {"contacts": (a_contact(PHONE, id="c1", removed_at=NOW),)},
            {"contacts": (a_contact(PHONE, id="c1", safe=False),)},
        ],
    )
    def test_ends_with_what_the_victim_takes_back(self, settings, change):
        assert to(ARRESTED, settings) == ["county_jail"]
        assert to(enrolled(ARRESTED, **change), settings) == []

    @pytest.mark.parametrize(
        "case",
        [
            replace(ARRESTED, victims=()),
            replace(ARRESTED, suspects=(replace(ARRESTED.suspects[0], past_contacts=(PHONE,)),)),
            replace(ARRESTED, victims=(replace(ARRESTED.victims[0], desk_unsafe=(PHONE,)),)),
            replace(ARRESTED, report=replace(ARRESTED.report, removed=True)),
            replace(ARRESTED, arrests=(replace(ARRESTED.arrests[0], withdrawn_at=NOW),)),
        ],
    )
    def test_ends_with_what_the_case_takes_back(self, settings, case):
        assert to(ARRESTED, settings) == ["county_jail"]
        assert to(case, settings) == []

    def test_waits_while_the_suspect_is_unknown(self, settings):
        half = replace(ARRESTED, suspects=())
        assert to(half, settings) == []
        (duty,) = owed_hand_offs(case_at(half, settings, NOW + settings.settle))
        assert duty.hold == HoldReason.UNSETTLED_SUSPECT_MISSING

    def test_has_one_id_whatever_the_order(self, settings):
        both = a_consenting_case().with_arrest().with_arrest("a2")
        one = owed_hand_offs(case_at(both.case, settings))
        other = owed_hand_offs(
            case_at(replace(both.case, arrests=both.case.arrests[::-1]), settings)
        )
        assert {d.id for d in one} == {d.id for d in other}
        assert len({d.id for d in one}) == 2

    @pytest.mark.parametrize(
        ("changed", "same"),
        [
            (ARRESTED, True),
            (typed_again(ARRESTED), True),
            (a_consenting_case().with_arrest(arrested_at=NOW - DAY).case, True),
            (with_kim(ARRESTED), False),
            (
                a_consenting_case()
                .with_speaker("r1", relation="representative")
                .with_arrest()
                .case,
                False,
            ),
            (replace(ARRESTED, victims=(replace(ARRESTED.victims[0], last_name="Rey"),)), False),
            (
                replace(ARRESTED, suspects=(replace(ARRESTED.suspects[0], first_name="Al B"),)),
                False,
            ),
            (enrolled(ARRESTED, hand_off=a_consent("c1", id="consent2")), False),
        ],
    )
    def test_has_an_id_of_contact_and_names(self, settings, changed, same):
        before, after = (owed_hand_offs(case_at(c, settings))[0] for c in (ARRESTED, changed))
        assert (before.id == after.id) is same
        assert (duty_of(before.id, case_at(changed, settings)) is not None) is same


class TestSpeaker:
    def who(self, case, settings):
        (duty,) = owed_hand_offs(case_at(case, settings))
        return duty.speaker.name if duty.speaker else ""

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({}, True),
            ({"removed_at": NOW, "removed_why": "ended"}, False),
            ({"removed_at": NOW, "removed_why": "not_me"}, False),
            ({"safe": False}, False),
            ({"holder": replace(KIM, agreed_at=None)}, False),
            ({"holder": replace(KIM, first_name="Sam", last_name="Poole-s1")}, False),
        ],
    )
    def test_is_whom_the_victim_named(self, settings, changes, named):
        assert self.who(with_kim(ARRESTED, **changes), settings) == ("Kim Rey" if named else "")

    @pytest.mark.parametrize("level", [DESK, "code"])
    def test_of_an_organization_is_whom_the_desk_named(self, settings, level):
        shop = replace(ARRESTED.victims[0], victim_type="organization")
        case = with_kim(replace(ARRESTED, victims=(shop,)), level=level)
        assert bool(self.who(case, settings)) is (level == DESK)

    def test_of_the_report_comes_after_whom_the_victim_named(self, settings):
        assert self.who(IN_REPORT, settings).endswith("Vega")
        assert self.who(with_kim(IN_REPORT), settings) == "Kim Rey"


class TestEnd:
    def test_comes_after_the_days_of_the_settings(self, settings):
        last = NOW - DAY + timedelta(days=365)
        assert to(ARRESTED, settings, last - timedelta(seconds=1)) == ["county_jail"]
        assert to(ARRESTED, settings, last) == []

    def test_comes_after_the_last_day_of_the_victim(self, settings):
        case = a_consenting_case(until=date(2026, 11, 25)).with_arrest().case
        midnight = NOW.replace(day=26, hour=7)  # in Arizona
        assert to(case, settings, midnight - timedelta(seconds=1)) == ["county_jail"]
        assert to(case, settings, midnight) == []


class TestWhyNot:
    @pytest.mark.parametrize(
        ("case", "guards", "why"),
        [
            (ARRESTED, Guards(), ""),
            (
                a_consenting_case().with_report(offense=STALKING).with_arrest().case,
                Guards(),
                "restricted_offense",
            ),
            (ARRESTED, Guards(opted_out=frozenset({PHONE})), "no_safe_contact"),
            (ARRESTED, Guards(not_me=frozenset({PHONE})), "no_safe_contact"),
            (
                replace(ARRESTED, victims=(replace(ARRESTED.victims[0], minor=True),)),
                Guards(),
                "minor_without_guardian",
            ),
            (OF_A_SPEAKER, Guards(), "no_safe_contact"),
        ],
    )
    def test_is_what_holds_a_notice_too(self, settings, case, guards, why):
        context = case_at(case, settings, guards=guards)
        (duty,) = owed_hand_offs(case_at(case, settings))
        assert why_not(context, duty, ()) == why
        assert not why_not(context, duty, (why,)) or why.startswith("minor")
