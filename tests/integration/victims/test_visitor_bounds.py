"""Bounds that hold for good: a full row, the brake, the regions, the codes."""

from datetime import timedelta
from functools import partial

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel, Consent, Enrollment, Kind
from aviso.domain.reasons import HoldReason
from aviso.domain.roster import reach
from aviso.notices import planning
from aviso.notices.announcing import maker_of
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, inbox, limits, sending_controls
from aviso.storage.limits import DayLimit
from aviso.victims import sign_up_form
from aviso.victims.sign_up_rules import EVER_AT_DESK, EVER_BY_CODE, EVER_BY_KNOWLEDGE, MOST_CONTACTS
from infra.harness.builders import (
    NOW,
    NUMBER,
    a_case,
    a_contact,
    an_answer,
    an_arrest_case,
    case_at,
)
from tests.support.visitor import (
    by_knowledge,
    phone,
    put,
    remove,
    sign_up,
    standing,
    stored,
    with_code,
)

DAY = timedelta(days=1)
ON_FILE = 2  # a phone and an email


def stored_bytes(value):
    """Return what DynamoDB counts for a value: names, texts, and some bytes for what is nested."""
    ((kind, held),) = value.items()
    if kind == "L":
        return 3 + sum(1 + stored_bytes(v) for v in held)
    if kind == "M":
        return 3 + sum(1 + len(k.encode()) + stored_bytes(v) for k, v in held.items())
    return 1 if kind in ("BOOL", "NULL") else len(str(held).encode())


class TestForGood:
    """However long somebody goes on, the row of one victim's contacts stays far from 400 KB."""

    LONG = "x" * 64 + "@" + ".".join(["y" * 60] * 3) + ".com"

    def filled(self, settings):
        consent = Consent(version="2026-11", at=NOW, language="en", source="portal")
        by_knowledge, desk = EVER_BY_KNOWLEDGE, EVER_AT_DESK
        # Past the bound, each contact that is active or on file may be called unsafe once more.
        warnings = by_knowledge + desk + MOST_CONTACTS + ON_FILE
        levels = {
            "knowledge": by_knowledge + ON_FILE,
            "code": EVER_BY_CODE + warnings,
            "desk": desk,
        }
        everyone = tuple(
            a_contact(
                f"{n:04}{self.LONG[4:]}",
                Channel.EMAIL,
                id=f"{level}{n:011}",
                level=level,
                consent=consent,
                giver="guardian-of-long-standing",
                stamp="Property Crimes Division|" * 2,
                tied_at=NOW,
                removed_at=NOW - 2 * DAY,
                removed_why="not_mine",
            )
            for level, most in levels.items()
            for n in range(most)
        )
        keys = {f"{n:032}": NOW for n in range(len(everyone))}
        return Enrollment(victim="v1", contacts=everyone, disowned=keys, given_back=keys)

    def test_two_full_rows_fit_in_one(self, clock, settings):
        full = self.filled(settings)
        item = enrollments.enrollment_item(NUMBER, full).to_dynamodb_dict()
        assert stored_bytes({"M": item}) < 200 * 1024
        put(a_case().with_victim("v1").but(enrollments=(full,)))

    @pytest.mark.parametrize("how", ["code", "knowledge"])
    def test_at_the_bound_nothing_is_added(self, clock, settings, how):
        put(a_case().with_victim("v1").but(enrollments=(self.filled(settings),)))
        visitor = with_code(settings) if how == "code" else by_knowledge()
        page = sign_up(visitor, phone(101))
        assert page.status == (200 if how == "code" else 303)
        assert standing() == []
        assert len(list(inbox.early())) == (how == "code")  # somebody at the desk can help

    def test_at_the_bound_contacts_can_go(self, clock, settings):
        from aviso.victims import message_links

        full = self.filled(settings)
        last = replace(full.contacts[-50], removed_at=None, removed_why="")
        mine = replace(full.contacts[-49], removed_at=None, removed_why="")
        contacts = (*full.contacts[:-50], last, mine, *full.contacts[-48:])
        put(a_case().with_victim("v1").but(enrollments=(replace(full, contacts=contacts),)))
        visitor = with_code(settings)
        remove(visitor, last)
        assert [c.id for c in standing()] == [mine.id]

        case = cases.read_case(NUMBER)
        disown = partial(message_links._disown, key=hashing.address_key(mine.address), now=NOW)
        message_links._change(case, "v1", disown, maker_of(NOW, settings))
        assert standing() == []
        assert sign_up(visitor, case.victims[0].phone, safe="no").status == 303


JAMAICA, MEXICO, PUERTO_RICO = "+18765550123", "+525512345678", "+17875550123"


class TestRegions:
    @pytest.mark.parametrize("number", [JAMAICA, MEXICO, "+14165550123", "+18095550123"])
    def test_a_number_elsewhere_is_refused(self, inside, number):
        english = sign_up(inside, number)
        assert english.status == 200
        assert "cannot send texts to this number" in english.text
        inside.get("/status", lang="es")
        assert "No podemos enviar mensajes de texto a este número" in sign_up(inside, number).text
        assert stored().contacts == ()

    def test_the_territories_are_taken(self, inside):
        assert sign_up(inside, PUERTO_RICO).status == 303

    def test_an_agency_may_list_more(self):
        form = {"phone": MEXICO, "phone_safe": "yes", "consent": "yes"}
        asked, wrong = sign_up_form.read_form(form, ("en",), ("US", "MX"))
        assert ([a.address for a in asked], wrong) == ([MEXICO], [])
        assert sign_up_form.read_form(form, ("en",))[1]

    @pytest.mark.parametrize("number", [JAMAICA, MEXICO])
    def test_one_on_file_gets_no_text_but_a_reason(self, clock, settings, number):
        from aviso.web.staff import case_people

        case = a_case().with_victim("v1", phone=number).case
        left = a_contact(number, level="code", id="c1")
        case = replace(case, enrollments=(Enrollment(victim="v1", contacts=(left,)),))
        found = reach(case_at(case, settings), case.victims[0])
        assert {c.channel for c in found.contacts} == {Channel.EMAIL}
        word = case_people.trouble_of(case_at(case, settings), case.victims[0], number)
        assert word == "region"

    def test_the_only_way_makes_a_task(self, clock, settings):
        from aviso.domain.routing import Hold, route
        from infra.harness.builders import a_notice, a_situation

        case = an_arrest_case().case
        case = replace(case, victims=(replace(case.victims[0], phone=JAMAICA, email=""),))
        decision = route(a_situation(case, a_notice(), settings))
        assert decision == Hold(reason=HoldReason.NO_SAFE_CONTACT)

    def test_one_taken_off_hears_nothing(self, clock, settings):
        from aviso.domain.routing import Suppress, route
        from infra.harness.builders import a_notice, a_situation

        gone = a_contact(JAMAICA, level="code", id="c1", removed_at=NOW, removed_why="victim")
        case = a_case().with_victim("v1", phone="", email="").with_enrollment("v1", gone).case
        notice = a_notice(Kind.CONTACT_CHANGED, "removed:c1", fact_at=NOW)
        decision = route(a_situation(case, notice, settings))
        assert isinstance(decision, Suppress)


class Provider:
    def __init__(self):
        self.sent = []

    def send(self, message, seconds_left):
        self.sent.append(message)
        return Handed("id")


class TestCodes:
    def test_are_bounded_for_one_network_too(self, clock, settings, monkeypatch):
        provider = Provider()
        monkeypatch.setattr(sender, "sender", lambda channel: provider)
        put(a_case().with_victim("v1").case)
        for _ in range(settings.verification.fails_per_source):
            assert limits.may_cause(DayLimit("SENT", "", 0), "203.0.113.9", settings, NOW)
        for source in ("203.0.113.9", "198.51.100.1"):
            visitor = by_knowledge(source)
            page = visitor.get("/code")
            visitor.post("/code", csrf=page.value("csrf"), send=page.value("send"))
        assert len(provider.sent) == 1


class TestBrake:
    def plan(self, settings, case, now=NOW):
        put(case)
        return planning.plan(NUMBER, settings, now)

    def test_is_not_pulled_by_visitors(self, clock, settings):
        strict = replace(settings, brake=replace(settings.brake, floor=2, multiple=2))
        contacts = [a_contact(phone(n), id=f"c{n}", level="code") for n in range(100, 108)]
        case = a_case().with_victim("v1").with_enrollment("v1", *contacts).case
        assert self.plan(strict, case) >= 8
        assert sending_controls.switches().brake == ""
        assert sum(sending_controls.hour_counts(NOW + timedelta(hours=1), 1)[0]) <= 2

    def test_is_not_pulled_by_what_they_ask_for(self, clock, settings):
        """A sign-up asks to be informed: earlier facts are then owed by a sound feed."""
        case = an_arrest_case().but()
        asked = Enrollment(victim="v1", requests=(an_answer(at=NOW + DAY / 24),))
        kinds = {
            kind: replace(of, told="if_requested") if kind is Kind.ARREST else of
            for kind, of in settings.kinds.items()
        }
        wanting = replace(settings, kinds=kinds, brake=replace(settings.brake, floor=0))
        arrest = replace(case, report=replace(case.report, reported_at=NOW - 99 * DAY))
        self.plan(wanting, arrest)
        sending_controls.turn(**sending_controls.released(NOW))
        before = sending_controls.hour_counts(NOW + DAY / 24 * 2, 3)
        enrollments.write_enrollment(NUMBER, asked)
        assert planning.plan(NUMBER, wanting, NOW + DAY / 24) == 1
        assert sending_controls.hour_counts(NOW + DAY / 24 * 2, 3) == before

    def test_a_feed_gone_mad_still_does(self, clock, settings):
        strict = replace(settings, brake=replace(settings.brake, floor=0, multiple=1))
        sending_controls.set_usual(0, 0, 0)
        self.plan(strict, an_arrest_case().case)
        assert sending_controls.switches().brake == "notices"
