"""What visitors can cause is bounded, stops nobody else's notices, and shuts no victim out."""

from datetime import timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.contacts import CaseContext, reach
from aviso.domain.duties import owed
from aviso.domain.model import Channel, Consent, Enrollment, Kind, Rights
from aviso.domain.notice import Duty
from aviso.domain.reasons import HoldReason
from aviso.domain.send_guards import Guards
from aviso.notices import planning
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, inbox, limits, sending_controls
from aviso.victims import access_codes, change_limits, sign_up_form
from aviso.victims.access_codes import CodePurpose
from aviso.victims.sign_up_rules import (
    EVER_AT_DESK,
    EVER_BY_CODE,
    EVER_BY_KNOWLEDGE,
    MOST_A_DAY,
    MOST_CONTACTS,
)
from infra.harness.builders import NOW, NUMBER, a_case, a_contact, an_arrest_case
from infra.harness.portal_browser import Visitor, store

NAME, BORN = "munoz v1", "4/12/1985"
JAMAICA, MEXICO, PUERTO_RICO = "+18765550123", "+525512345678", "+17875550123"
DAY = timedelta(days=1)
ON_FILE = 2  # a phone and an email


@pytest.fixture
def clock(aws):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def inside(clock, settings):
    """Give a visitor who came in with a code."""
    put(a_case().with_victim("v1").case)
    return with_code(settings)


def put(case):
    store(case)
    for found in case.enrollments:
        enrollments.write_enrollment(case.number, found)


def with_code(settings, at=NOW):
    visitor = Visitor()
    code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, at, settings)
    assert visitor.post("/verify", number=NUMBER, code=code).status == 303
    return visitor


def by_knowledge(source="203.0.113.9", number=NUMBER):
    visitor = Visitor(source=source)
    assert visitor.verify(number, NAME, BORN).status == 303
    return visitor


def sign_up(visitor, phone, safe="yes", language="en"):
    form = {"phone": phone, "phone_safe": safe, "phone_language": language, "consent": "yes"}
    return visitor.post("/enroll", csrf=visitor.get("/status").value("csrf"), **form)


def phone(n):
    return f"+1520555{n:04}"


def stored():
    return cases.read_case(NUMBER).enrollment_of("v1")


def standing():
    return [c for c in stored().contacts if c.removed_at is None]


def remove(visitor, contact):
    csrf = visitor.get("/manage").value("csrf")
    assert visitor.post("/manage", csrf=csrf, remove=contact.id).status == 303


def told_about_contacts(settings):
    kinds = (Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED)
    return [d for d in owed(cases.read_case(NUMBER), (), settings, NOW) if d.kind in kinds]


def stored_bytes(value):
    """Return what DynamoDB counts for a value: names, texts, and some bytes for what is nested."""
    ((kind, held),) = value.items()
    if kind == "L":
        return 3 + sum(1 + stored_bytes(v) for v in held)
    if kind == "M":
        return 3 + sum(1 + len(k.encode()) + stored_bytes(v) for k, v in held.items())
    return 1 if kind in ("BOOL", "NULL") else len(str(held).encode())


class TestLanguage:
    def test_a_changed_language_is_told_to_nobody(self, inside, settings):
        sign_up(inside, phone(101))
        before, told = standing(), told_about_contacts(settings)
        sign_up(inside, phone(101), language="es")
        assert [c.language for c in standing()] == ["es"]
        assert standing() == [replace(before[0], language="es")]
        assert told_about_contacts(settings) == told

    def test_it_can_be_changed_however_often(self, inside, settings):
        for n in range(3 * change_limits.CHANGES_A_DAY):
            assert sign_up(inside, phone(101), language=("en", "es")[n % 2]).status == 303
        assert len(stored().contacts) == 1


class TestAdding:
    def test_a_code_adds_only_so_many_contacts_a_day(self, inside, clock, settings):
        for n in range(change_limits.CHANGES_A_DAY):
            assert sign_up(inside, phone(100 + n)).status == 303
            remove(inside, standing()[0])
        refused = sign_up(inside, phone(190))
        assert (refused.status, len(standing())) == (200, 0)
        assert "Too many changes" in refused.text
        clock.move_to(NOW + DAY)
        assert sign_up(with_code(settings, NOW + DAY), phone(190)).status == 303

    def test_over_the_bound_a_person_is_asked_to_help_once_a_day(self, inside):
        for n in range(change_limits.CHANGES_A_DAY + 3):
            sign_up(inside, phone(100 + n))
        (task,) = inbox.early()
        assert (task.number, task.reason) == (NUMBER, "often")
        assert [a["address"] for a in task.data["asked"]] == [
            phone(100 + change_limits.CHANGES_A_DAY)
        ]

    def test_over_the_bound_taking_off_and_calling_unsafe_still_work(self, inside):
        for n in range(change_limits.CHANGES_A_DAY + 1):
            sign_up(inside, phone(100 + n))
        one, other, *_ = standing()
        remove(inside, one)
        assert sign_up(inside, other.address, safe="no").status == 303
        assert not next(c for c in standing() if c.address == other.address).safe
        on_file = cases.read_case(NUMBER).victims[0].phone
        assert sign_up(inside, on_file, safe="no").status == 303

    def test_one_network_adds_only_so_many_an_hour(self, clock, settings):
        put(a_case().with_victim("v1").case)
        for _ in range(settings.verification.fails_per_source):
            assert limits.may_cause("ADDED", "", 0, "203.0.113.9", settings, NOW)
        page = sign_up(by_knowledge(), phone(101)).text
        assert "Too many changes" in page
        assert "Try again in an hour" in page
        assert sign_up(by_knowledge("198.51.100.1"), phone(101)).status == 303

    def test_all_networks_together_add_only_so_many_an_hour(self, clock, settings):
        put(a_case().with_victim("v1").case)
        most = settings.verification.changes_overall
        let = sum(limits.may_cause("ADDED", "", 0, "", settings, NOW) for _ in range(3 * most))
        assert 0.9 * most <= let <= most + limits.MOST_SHARDS
        assert "Too many changes" in sign_up(by_knowledge(), phone(101)).text

    def test_all_codes_together_add_only_so_many_an_hour(self, inside, settings):
        for _ in range(3 * settings.verification.changes_overall):
            limits.may_cause("CHANGED", "", 0, "", settings, NOW)
        csrf = inside.get("/choice").value("csrf")
        for page in (
            sign_up(inside, phone(101)),
            inside.post("/choice", csrf=csrf, answer="waived"),
        ):
            assert "Try again in an hour" in page.text

    def test_one_report_and_five_networks_shut_out_nobody_else(self, clock, settings):
        put(a_case().with_victim("v1").case)
        other = a_case().with_report(number="2611240888", origin="2611240888").with_victim("v1")
        store(replace(other.case, number="2611240888"))
        for network in range(5):
            flood = by_knowledge(f"198.51.100.{network}")
            for _ in range(settings.verification.fails_per_source):
                sign_up(flood, phone(100))
        elsewhere = [by_knowledge(f"203.0.113.{n}", "2611240888") for n in range(3)]
        assert [sign_up(v, phone(200 + n)).status for n, v in enumerate(elsewhere)] == [303] * 3
        assert sign_up(with_code(settings), phone(300)).status == 303

    def test_what_is_over_a_days_forms_of_one_case_looks_as_if_it_were_stored(
        self, clock, settings
    ):
        put(a_case().with_victim("v1").case)
        pages = set()
        for n in range(change_limits.FORMS_A_DAY + 2):
            visitor = by_knowledge(f"198.51.100.{n}")
            page = sign_up(visitor, phone(100))
            pages.add((page.status, str(page.headers), visitor.get("/done").text))
        assert len(pages) == 1
        assert sign_up(by_knowledge(), phone(101)).status == 303
        assert [c.address for c in standing()] == [phone(100)]
        assert sign_up(by_knowledge(), phone(100), safe="no").status == 303
        assert len(standing()) == 1
        on_file = cases.read_case(NUMBER).victims[0].phone
        sign_up(by_knowledge(), on_file, safe="no")
        assert [c.safe for c in standing() if c.address == on_file] == [False]

    def test_a_network_that_sent_too_many_forms_is_told_so_whatever_the_case(self, clock, settings):
        put(a_case().with_victim("v1").case)
        visitor = by_knowledge()
        answers = [
            sign_up(visitor, phone(100)).status
            for _ in range(settings.verification.fails_per_source + 1)
        ]
        assert answers == [303] * settings.verification.fails_per_source + [200]

    def test_a_waiver_given_again_and_again_is_bounded_and_taking_it_back_is_not(self, inside):
        def answer(word):
            csrf = inside.get("/choice").value("csrf")
            return inside.post("/choice", csrf=csrf, answer=word).status

        waived = [(answer("waived"), answer("requested")) for _ in range(12)]
        assert [w for w, _ in waived] == [303] * change_limits.CHANGES_A_DAY + [
            200 for _ in range(12 - change_limits.CHANGES_A_DAY)
        ]
        assert {r for _, r in waived} == {303}
        assert stored().rights is Rights.REQUESTED


class TestWarnings:
    """Calling a contact unsafe is never refused, and said again and again it makes nothing new."""

    ROUNDS = 20

    def rounds(self, clock, settings, warn, visitor):
        """Warn of a phone and take the warning off, over and over; return all that was owed."""
        made: dict[str, Duty] = {}
        for n in range(self.ROUNDS):
            clock.move_to(NOW + timedelta(minutes=n))
            assert warn(n).status == 303
            made |= {d.id: d for d in told_about_contacts(settings)}
            if n < self.ROUNDS - 1:
                remove(visitor, standing()[-1])
                made |= {d.id: d for d in told_about_contacts(settings)}
        return made.values()

    def is_used(self, address, settings):
        case = cases.read_case(NUMBER)
        found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0]).contacts
        return address in {c.address for c in found}

    @pytest.mark.parametrize("added", [False, True], ids=["on-file", "added"])
    def test_a_warning_that_is_taken_off_and_repeated_is_stored_and_told_once(
        self, inside, clock, settings, added
    ):
        his = phone(100) if added else cases.read_case(NUMBER).victims[0].phone
        if added:
            sign_up(inside, his)
        before = len(stored().contacts)
        made = self.rounds(clock, settings, lambda _: sign_up(inside, his, safe="no"), inside)
        assert len(stored().contacts) == before + 1
        warning = standing()[-1].id
        assert sorted((d.fact.partition(":")[0], d.kind) for d in made if warning in d.fact) == [
            ("alone", Kind.CONTACT_CHANGED),
            ("contact", Kind.CONTACT_CHANGED),
            ("contact", Kind.ENROLLMENT_CONFIRMED),
            ("removed", Kind.CONTACT_CHANGED),
        ]
        assert len(made) == 4
        assert [c.safe for c in standing()] == [False]
        assert not self.is_used(his, settings)

    def test_one_repeated_by_knowledge_counts_as_adding_does(self, inside, clock, settings):
        on_file = cases.read_case(NUMBER).victims[0].phone

        def warn(n):
            return sign_up(by_knowledge(f"198.51.100.{n}"), on_file, safe="no")

        for n in range(self.ROUNDS):
            assert warn(n).status == 303
            assert not self.is_used(on_file, settings)
            for contact in standing():
                remove(inside, contact)
        assert len(stored().contacts) == MOST_A_DAY
        assert not self.is_used(on_file, settings)

    def test_what_was_called_safe_since_is_told_when_it_is_called_unsafe_again(
        self, inside, settings
    ):
        for safe in ("yes", "no", "yes", "no"):
            assert sign_up(inside, phone(100), safe=safe).status == 303
        assert [c.safe for c in stored().contacts] == [True, False, True, False]
        assert [c.safe for c in standing()] == [False]

    def test_a_repeated_warning_ends_what_was_opened_since(self, inside, clock, settings):
        on_file = cases.read_case(NUMBER).victims[0].phone
        sign_up(inside, on_file, safe="no")
        remove(inside, standing()[0])
        clock.move_to(NOW + timedelta(minutes=2))
        other = with_code(settings, NOW + timedelta(minutes=2))
        clock.move_to(NOW + timedelta(minutes=3))
        sign_up(inside, on_file, safe="no")
        assert other.get("/manage").status == 403
        assert inside.get("/manage").status == 200


class TestForGood:
    """However long somebody goes on, the row of one victim's contacts stays far from 400 KB."""

    LONG = "x" * 64 + "@" + ".".join(["y" * 60] * 3) + ".com"

    def filled(self, settings):
        consent = Consent(version="2026-11", at=NOW, language="en", source="portal")
        by_knowledge, desk = EVER_BY_KNOWLEDGE, EVER_AT_DESK
        # Past the bound, each contact that stands or is on file may be called unsafe once more.
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

    def test_a_full_row_is_stored_and_two_of_them_still_fit_in_one(self, clock, settings):
        full = self.filled(settings)
        item = enrollments.enrollment_item(NUMBER, full).to_dynamodb_dict()
        assert stored_bytes({"M": item}) < 200 * 1024
        put(a_case().with_victim("v1").but(enrollments=(full,)))

    @pytest.mark.parametrize("how", ["code", "knowledge"])
    def test_at_the_bound_nothing_is_added_and_nothing_fails(self, clock, settings, how):
        put(a_case().with_victim("v1").but(enrollments=(self.filled(settings),)))
        visitor = with_code(settings) if how == "code" else by_knowledge()
        page = sign_up(visitor, phone(101))
        assert page.status == (200 if how == "code" else 303)
        assert standing() == []
        assert len(list(inbox.early())) == (how == "code")  # somebody at the desk can help

    def test_at_the_bound_what_stands_can_be_taken_off_or_disowned(self, clock, settings):
        from aviso.victims import opt_out

        full = self.filled(settings)
        last = replace(full.contacts[-50], removed_at=None, removed_why="")
        mine = replace(full.contacts[-49], removed_at=None, removed_why="")
        contacts = (*full.contacts[:-50], last, mine, *full.contacts[-48:])
        put(a_case().with_victim("v1").but(enrollments=(replace(full, contacts=contacts),)))
        visitor = with_code(settings)
        remove(visitor, last)
        assert [c.id for c in standing()] == [mine.id]

        case = cases.read_case(NUMBER)
        opt_out._change(case, "v1", opt_out._disown, hashing.address_key(mine.address), NOW)
        assert standing() == []
        assert sign_up(visitor, case.victims[0].phone, safe="no").status == 303


class TestBrake:
    def plan(self, settings, case, now=NOW):
        put(case)
        return planning.plan(NUMBER, settings, now)

    def test_what_visitors_cause_never_pulls_the_brake(self, clock, settings):
        strict = replace(settings, brake=replace(settings.brake, floor=2, multiple=2))
        contacts = [a_contact(phone(n), id=f"c{n}", level="code") for n in range(100, 108)]
        case = a_case().with_victim("v1").with_enrollment("v1", *contacts).case
        assert self.plan(strict, case) >= 8
        assert sending_controls.switches().brake == ""
        assert sum(sending_controls.planned_per_hour(NOW + timedelta(hours=1), 1)[0]) <= 2

    def test_nor_does_what_they_are_owed_once_they_ask_for_it(self, clock, settings):
        """A sign-up asks to be informed: facts of before are then owed, and are no mad feed."""
        case = an_arrest_case().but()
        asked = Enrollment(victim="v1", rights=Rights.REQUESTED, rights_at=NOW + DAY / 24)
        kinds = {
            kind: replace(of, told="if_requested") if kind is Kind.ARREST else of
            for kind, of in settings.kinds.items()
        }
        wanting = replace(settings, kinds=kinds, brake=replace(settings.brake, floor=0))
        arrest = replace(case, report=replace(case.report, reported_at=NOW - 99 * DAY))
        self.plan(wanting, arrest)
        sending_controls.turn(**sending_controls.released(NOW))
        before = sending_controls.planned_per_hour(NOW + DAY / 24 * 2, 3)
        enrollments.write_enrollment(NUMBER, asked)
        assert planning.plan(NUMBER, wanting, NOW + DAY / 24) == 1
        assert sending_controls.planned_per_hour(NOW + DAY / 24 * 2, 3) == before

    def test_a_feed_gone_mad_still_does(self, clock, settings):
        strict = replace(settings, brake=replace(settings.brake, floor=0, multiple=1))
        sending_controls.set_usual(0, 0)
        self.plan(strict, an_arrest_case().case)
        assert sending_controls.switches().brake == "notices"


class TestRegions:
    @pytest.mark.parametrize("number", [JAMAICA, MEXICO, "+14165550123", "+18095550123"])
    def test_a_number_outside_the_settings_regions_is_refused_in_both_languages(
        self, inside, number
    ):
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
    def test_one_that_is_on_file_gets_no_text_and_the_desk_says_why(self, clock, settings, number):
        from aviso.web.staff import case_people

        case = a_case().with_victim("v1", phone=number).case
        left = a_contact(number, level="code", id="c1")
        case = replace(case, enrollments=(Enrollment(victim="v1", contacts=(left,)),))
        found = reach(CaseContext(case, Guards(), settings, NOW), case.victims[0])
        assert {c.channel for c in found.contacts} == {Channel.EMAIL}
        word = case_people.trouble_of(case, case.victims[0], Guards(), number, settings)
        assert word == "region"

    def test_where_there_is_nothing_else_a_person_has_a_task(self, clock, settings):
        from aviso.domain.routing import Hold, route
        from infra.harness.builders import a_notice, a_situation

        case = an_arrest_case().case
        case = replace(case, victims=(replace(case.victims[0], phone=JAMAICA, email=""),))
        decision = route(a_situation(case, a_notice(), settings))
        assert decision == Hold(reason=HoldReason.NO_SAFE_CONTACT)

    def test_one_that_is_taken_off_hears_nothing_either(self, clock, settings):
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


def test_codes_are_bounded_for_one_network_too(clock, settings, monkeypatch):
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    put(a_case().with_victim("v1").case)
    for _ in range(settings.verification.fails_per_source):
        assert limits.may_cause("SENT", "", 0, "203.0.113.9", settings, NOW)
    for source in ("203.0.113.9", "198.51.100.1"):
        visitor = by_knowledge(source)
        page = visitor.get("/code")
        visitor.post("/code", csrf=page.value("csrf"), send=page.value("send"))
    assert len(provider.sent) == 1
