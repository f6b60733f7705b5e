"""A code shows more than knowledge, is used once, and reaches only who is on file.

See docs/rules.md#14.
"""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.errors import SendFailed, SendUnknown
from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Channel
from aviso.domain.reasons import HoldReason
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, sending_controls, suppressions
from aviso.victims import access_codes, code_delivery, verification, visits
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import (
    NOW,
    NUMBER,
    STALKING,
    a_case,
    a_contact,
    a_session,
    an_arrest_case,
)
from infra.harness.portal_browser import Visitor, aws_calls, store
from infra.harness.staff_browser import say_of_case

NAME, BORN = "munoz v1", "4/12/1985"
PHONE, EMAIL, GIVEN = "+15205550167", "v1@example.com", "+15205550142"


class Provider:
    """Takes messages in the provider's place."""

    def __init__(self):
        self.sent, self.error = [], None

    def send(self, message, seconds_left):
        if self.error:
            raise self.error
        self.sent.append(message)
        return Handed("id")


@pytest.fixture
def clock(aws):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def provider(monkeypatch):
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    return provider


def put(case):
    store(case)
    for enrollment in case.enrollments:
        enrollments.write_enrollment(case.number, enrollment)


def knowing(**visitor):
    someone = Visitor(**visitor)
    assert someone.verify(NUMBER, NAME, BORN).status == 303
    return someone


def issued(settings, purpose=CodePurpose.CARD, case=NUMBER, victim="v1"):
    return access_codes.issue(case, victim, purpose, NOW, settings)


def with_code(settings):
    someone = Visitor()
    assert someone.post("/verify", number=NUMBER, code=issued(settings)).status == 303
    return someone


def button(visitor, address):
    """Return the id of the button that sends a code to an address in this visit."""
    visit = visits.key_of(visitor.jar["__Host-visit"])
    return hashing.address_key(f"{visit}|{address}")[: code_delivery.ID_CHARACTERS]


def code_in(message):
    return next(word for word in message.text.split() if len(word) == 9 and word[4] == "-")


def test_number_and_code_open_the_case_once(clock, settings):
    put(a_case().with_victim("v1").case)
    code = issued(settings)
    with aws_calls() as calls:
        first = Visitor().post("/verify", number=NUMBER, code=code.lower().replace("-", " "))
    assert (first.status, first.headers["Location"]) == (303, "status")
    assert calls == ["TransactWriteItems", "GetItem", "Query", "TransactWriteItems"]
    assert Visitor().post("/verify", number=NUMBER, code=code).status == 200


def test_every_refused_code_gives_the_same_page_and_calls_as_any_other(clock, settings):
    put(a_case().with_victim("v1").case)
    refused = Visitor().verify("2611249999", "x", BORN)
    expired = access_codes.issue(NUMBER, "v1", CodePurpose.PHONE, NOW - timedelta(days=1), settings)
    tries = [(NUMBER, "ZZZZ-9999"), ("2611249999", "ZZZZ-9999"), (NUMBER, expired)]
    seen = set()
    for number, code in tries:
        with aws_calls() as calls:
            page = Visitor().post("/verify", number=number, code=code)
        body = page.body.replace(number, "N").replace(code, "C")
        seen.add((page.status, body, str(page.headers), str(page.cookies), tuple(calls)))
    assert len(seen) == 1
    assert "We cannot show a case with these answers" in page.text
    assert (page.status, page.headers) == (refused.status, refused.headers)


def test_a_code_of_another_case_opens_nothing_and_stays_good(clock, settings):
    put(a_case().with_victim("v1").case)
    code = issued(settings)
    assert Visitor().post("/verify", number="2611240002", code=code).status == 200
    assert Visitor().post("/verify", number=NUMBER, code=code).status == 303


def test_a_case_locked_by_failed_tries_still_opens_by_code(clock, settings):
    put(a_case().with_victim("v1").case)
    for n in range(settings.verification.fails_per_case):
        Visitor(source=f"198.51.100.{n}").verify(NUMBER, "wrong", BORN)
    assert Visitor().verify(NUMBER, NAME, BORN).status == 200
    assert Visitor().post("/verify", number=NUMBER, code=issued(settings)).status == 303


def test_one_source_may_not_guess_codes_on_and_on(clock, settings):
    put(a_case().with_victim("v1").case)
    for _ in range(settings.verification.fails_per_source):
        Visitor().post("/verify", number=NUMBER, code="K7M2-9QXD")
    code = issued(settings)
    assert Visitor().post("/verify", number=NUMBER, code=code).status == 200
    assert Visitor(source="198.51.100.7").post("/verify", number=NUMBER, code=code).status == 303


@pytest.mark.parametrize("allowed", [False, True])
def test_a_restricted_case_opens_by_code_only_where_the_agency_allows_it(clock, settings, allowed):
    put(a_case().with_report(offense=STALKING).with_victim("v1").case)
    policy = replace(settings.verification, restricted_by_code=allowed)
    chosen = replace(settings, verification=policy)
    code = issued(settings)
    claim = verification.Claim(number=NUMBER, code=code, source="192.0.2.1")
    opened = visits.open_by_code(claim, chosen, NOW)
    assert (opened is not None) is allowed
    assert (access_codes.look(code, NOW) is None) is allowed  # refused, it stays good


def test_becoming_restricted_ends_a_visit_that_began_by_code(clock, settings):
    put(a_case().with_victim("v1").case)
    policy = replace(settings.verification, restricted_by_code=True)
    chosen = replace(settings, verification=policy)
    claim = verification.Claim(number=NUMBER, code=issued(settings), source="192.0.2.1")
    token, session = visits.open_by_code(claim, chosen, NOW)
    assert visits.visited_case(session, chosen, NOW) is not None
    say_of_case(NUMBER, "restricted")
    assert visits.visited_case(session, chosen, NOW) is None
    assert visits.resume(token, chosen, NOW) is None


def test_a_suspect_with_a_code_sees_nothing(clock, settings):
    put(an_arrest_case().with_suspect("v1").case)
    assert Visitor().post("/verify", number=NUMBER, code=issued(settings)).status == 200


def test_a_code_goes_to_a_contact_on_file_that_is_shown_masked(clock, provider, settings):
    put(a_case().with_victim("v1").case)
    visitor = knowing()
    page = visitor.get("/code")
    assert "+1 •••-•••-••67" in page.text
    assert "v•••@•••" in page.text
    assert "example.com" not in page.text
    assert PHONE not in page.body
    assert EMAIL not in page.body
    before = visitor.jar["__Host-visit"]
    sent = visitor.post("/code", csrf=page.value("csrf"), send=button(visitor, PHONE))
    assert "We sent a code" in sent.text
    (message,) = provider.sent
    assert message.address == PHONE
    went = visitor.post("/code", csrf=page.value("csrf"), code=code_in(message))
    assert went.headers["Location"] == "status"
    assert visitor.jar["__Host-visit"] != before
    assert Visitor(jar={"__Host-visit": before}).get("/status").status == 403
    assert visitor.get("/manage").status == 200


def test_a_contact_left_by_knowledge_never_gets_a_code(clock, provider):
    """A person who knows number, name and birth date could leave their own phone."""
    put(a_case().with_victim("v1").with_enrollment("v1", a_contact(GIVEN)).case)
    visitor = knowing()
    page = visitor.get("/code")
    assert "••42" not in page.text
    visitor.post("/code", csrf=page.value("csrf"), send=button(visitor, GIVEN))
    assert provider.sent == []


def test_a_contact_left_with_a_code_may_get_one(clock, settings):
    put(a_case().with_victim("v1").with_enrollment("v1", a_contact(GIVEN, level="code")).case)
    case = cases.read_case(NUMBER)
    found = code_delivery.choices(a_session(), case, case.victims[0], settings, NOW)
    assert [c.masked for c in found][-1] == "+1 •••-•••-••42"


def test_guards_hold_for_codes_too(clock, provider, settings):
    def offered(case=None):
        case = case or cases.read_case(NUMBER)
        return [
            c.channel
            for c in code_delivery.choices(a_session(), case, case.victims[0], settings, NOW)
        ]

    put(a_case().with_victim("v1").case)
    assert offered() == [Channel.SMS, Channel.EMAIL]
    suppressions.opt_out(hashing.address_key(PHONE), "reply", NOW)
    assert offered() == [Channel.EMAIL]
    suppressions.not_me(hashing.address_key(EMAIL), NUMBER, NOW)
    assert offered() == []
    shared = a_case().with_victim("v2").with_suspect("s1", phone="+15205550119").case
    shared = replace(shared, victims=(replace(shared.victims[0], phone="+15205550119"),))
    assert offered(shared) == []
    assert offered(a_case().with_victim("v3").case) == [Channel.SMS, Channel.EMAIL]
    sending_controls.turn(trial=True, guests=["v3@example.com"])
    assert offered(a_case().with_victim("v3").case) == [Channel.EMAIL]
    sending_controls.turn(kill=True)
    assert offered(a_case().with_victim("v3").case) == []


def test_codes_are_sent_a_few_times_a_day_at_most(clock, provider):
    put(a_case().with_victim("v1").case)
    visitor = knowing()
    csrf = visitor.get("/code").value("csrf")
    for _ in range(code_delivery.MOST_A_DAY + 2):
        page = visitor.post("/code", csrf=csrf, send=button(visitor, PHONE))
    assert len(provider.sent) == code_delivery.MOST_A_DAY
    assert "many codes today" in page.text


def test_a_code_that_could_not_be_sent_is_said_and_one_that_may_arrive_is_not(clock, provider):
    put(a_case().with_victim("v1").case)
    visitor = knowing()
    csrf = visitor.get("/code").value("csrf")
    provider.error = SendFailed("invalid_address")
    page = visitor.post("/code", csrf=csrf, send=button(visitor, PHONE))
    assert "could not send" in page.text
    provider.error = SendUnknown("no_answer")
    page = visitor.post("/code", csrf=csrf, send=button(visitor, EMAIL))
    assert "We sent a code" in page.text


@pytest.mark.parametrize(("path", "form"), [("/manage", {"lock": "on"}), ("/record", None)])
def test_knowledge_is_led_to_the_code_and_changes_nothing(clock, path, form):
    put(a_case().with_victim("v1").case)
    visitor = knowing()
    csrf = visitor.get("/status").value("csrf")
    went = visitor.post(path, csrf=csrf, **form) if form else visitor.get(path)
    assert (went.status, went.headers["Location"]) == (303, "code")
    assert cases.read_case(NUMBER).enrollments == ()


def test_with_a_code_a_contact_is_removed_once(clock, settings):
    contact = a_contact(GIVEN)
    put(a_case().with_victim("v1").with_enrollment("v1", contact).case)
    visitor = with_code(settings)
    page = visitor.get("/manage")
    for shown in ("520-555-0142", "520-555-0167", EMAIL):
        assert shown in page.text
    for _ in range(2):
        went = visitor.post("/manage", csrf=page.value("csrf"), remove=contact.id)
        assert went.headers["Location"] == "manage"
    enrollment = cases.read_case(NUMBER).enrollments[0]
    assert [(c.removed_at, c.removed_why) for c in enrollment.contacts] == [(NOW, "victim")]
    assert enrollment.version == 2
    assert "520-555-0142" not in visitor.get("/manage").text


def test_what_only_a_contact_that_is_not_hers_was_told_is_told_again_elsewhere(clock, settings):
    from aviso.domain.model import Kind
    from aviso.domain.notice import Attempt, Duty, State
    from aviso.storage import notices

    his = a_contact(GIVEN)
    put(a_case().with_victim("v1").with_enrollment("v1", his).case)
    times: dict[str, Any] = {"fact_at": NOW, "first_seen": NOW, "deadline": NOW}
    duty = Duty(id="n" * 26, case=NUMBER, victim="v1", kind=Kind.ARREST, fact=FactKey("f"), **times)
    notices.insert(duty, State.PLANNED, NOW, "", NOW)
    claimed = notices.claim(duty.id, token="t", lease_until=NOW, due_at=NOW)
    attempt = Attempt(
        n=1,
        channel=Channel.SMS,
        address_key=hashing.address_key(GIVEN),
        state=State.SENT,
        at=NOW,
        contact=his.id,
    )
    notices.mark(claimed, attempt, State.SENT, due_at=NOW, told_at=NOW, channel="sms")
    visitor = with_code(settings)
    page = visitor.get("/manage")
    assert "had no code" in page.text
    for _ in range(2):
        visitor.post("/manage", csrf=page.value("csrf"), not_mine=his.id)
    (gone,) = cases.read_case(NUMBER).enrollments[0].contacts
    assert (gone.removed_at, gone.removed_why) == (NOW, "not_mine")
    again = notices.read(duty.id)
    assert (again.state, [a.reason for a in again.attempts]) == (State.PLANNED, ["not_me"])


def test_a_contact_on_file_that_somebody_disowned_is_shown_as_such(clock, settings):
    disowned = {hashing.address_key(PHONE): NOW}
    put(a_case().with_victim("v1").with_enrollment("v1", disowned=disowned).case)
    assert "told us that it is not yours" in with_code(settings).get("/manage").text


@pytest.mark.parametrize("way", ["a code that does not work", "a contact that is not there"])
def test_an_answer_about_a_code_comes_at_one_of_evenly_spaced_moments(
    clock, provider, monkeypatch, way
):
    from aviso.web import constant_time

    put(a_case().with_victim("v1").case)
    visitor = knowing()
    csrf = visitor.get("/code").value("csrf")
    waited: list[float] = []
    monkeypatch.setattr(constant_time, "wait", waited.append)
    form = {"code": "K7M2-9QXD"} if way.startswith("a code") else {"send": "nobody"}
    visitor.post("/code", csrf=csrf, **form)
    assert len(waited) == 1


def guarded(**changes):
    child = a_case().with_victim("v1", birth_date=date(2015, 3, 1))
    rosa: dict[str, Any] = {"last_name": "Roe", "birth_date": date(1980, 5, 5)}
    return child.with_representative("r1", **rosa).with_representative(
        "r2", last_name="Doe", birth_date=date(1981, 6, 6), phone="+15205550178"
    )


def test_a_guardians_visit_ends_when_that_guardian_is_named_a_suspect_and_no_others(clock):
    put(guarded().case)
    rosa, doe = Visitor(), Visitor()
    assert rosa.verify(NUMBER, "roe", "5/5/1980").status == 303
    assert doe.verify(NUMBER, "doe", "6/6/1981").status == 303
    suspect = a_case().with_suspect("s9", last_name="Roe", birth_date=date(1980, 5, 5)).case
    cases.write_row(NUMBER, suspect.suspects[0], None)
    assert rosa.get("/status").status == 403
    assert doe.get("/status").status == 200
    assert Visitor().verify(NUMBER, "roe", "5/5/1980").status == 200


def test_a_code_for_a_minor_opens_nothing_once_one_of_the_guardians_is_a_suspect(clock, settings):
    put(guarded().case)
    visitor, unused = with_code(settings), issued(settings)
    assert visitor.get("/status").status == 200
    suspect = a_case().with_suspect("s9", last_name="Roe", birth_date=date(1980, 5, 5)).case
    cases.write_row(NUMBER, suspect.suspects[0], None)
    assert visitor.get("/status").status == 403
    assert Visitor().post("/verify", number=NUMBER, code=unused).status == 200


def test_a_code_opens_nothing_where_a_suspect_may_speak_for_somebody_of_unknown_age(
    clock, settings
):
    child = a_case().with_victim("v1", birth_date=None)
    put(child.with_representative("s9", "v1").with_suspect("s9").case)
    assert Visitor().post("/verify", number=NUMBER, code=issued(settings)).status == 200


def test_what_a_guardian_leaves_is_known_as_theirs(clock):
    put(guarded().case)
    visitor = Visitor()
    visitor.verify(NUMBER, "roe", "5/5/1980")
    csrf = visitor.get("/status").value("csrf")
    form = {"phone": "520 555 0142", "phone_safe": "yes", "consent": "yes"}
    visitor.post("/enroll", csrf=csrf, **form)
    (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
    assert (contact.level, contact.giver) == ("guardian", "r1")


def test_a_removed_contact_is_not_handed_to_the_records_system(clock, settings):
    from aviso.storage.case_items import CaseItem

    put(a_case().with_victim("v1").case)
    visitor = with_code(settings)
    csrf = visitor.get("/status").value("csrf")
    form = {"phone": "520 555 0142", "phone_safe": "yes", "consent": "yes"}
    visitor.post("/enroll", csrf=csrf, **form)
    (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
    assert contact.level == "code"
    visitor.post("/manage", csrf=csrf, remove=contact.id)
    assert [i.sk for i in CaseItem.scan() if i.sk.startswith("CONTACT#")] == []


def test_a_locked_case_answers_like_an_unknown_one_until_unlocked_by_code(clock, settings):
    put(a_case().with_victim("v1").case)
    earlier = knowing()
    visitor = with_code(settings)
    csrf = visitor.get("/manage").value("csrf")
    for _ in range(2):
        visitor.post("/manage", csrf=csrf, lock="on")
    assert cases.read_case(NUMBER).enrollments[0].locked_at == NOW
    assert earlier.get("/status").status == 403
    with aws_calls() as unknown_calls:
        unknown = Visitor().verify("2611249999", NAME, BORN)
    with aws_calls() as locked_calls:
        locked = Visitor().verify(NUMBER, NAME, BORN)
    assert locked.body.replace(NUMBER, "N") == unknown.body.replace("2611249999", "N")
    assert (locked.status, locked.headers, locked_calls) == (
        unknown.status,
        unknown.headers,
        unknown_calls,
    )
    assert visitor.get("/status").status == 200
    visitor.post("/manage", csrf=csrf, lock="off")
    assert Visitor().verify(NUMBER, NAME, BORN).status == 303


def test_the_record_tells_what_was_sent_and_who_looked(clock, settings):
    from aviso.domain.model import Kind
    from aviso.domain.notice import Duty, State
    from aviso.storage import notices

    put(a_case().with_victim("v1").with_victim("v2").case)
    times: dict[str, Any] = {"fact_at": NOW, "first_seen": NOW, "deadline": NOW}
    for victim, kind in (("v1", Kind.ARREST), ("v2", Kind.WARRANT)):
        duty = Duty(
            id=victim * 13, case=NUMBER, victim=victim, kind=kind, fact=FactKey("f"), **times
        )
        notices.insert(duty, State.HELD, NOW, HoldReason.NO_SAFE_CONTACT, NOW)
    Visitor().verify(NUMBER, "Zorrilla", BORN)
    Visitor().verify(NUMBER, "munoz v2", BORN)
    visitor = with_code(settings)
    visitor.get("/status")
    text = visitor.get("/record").text
    assert "Someone was arrested" in text
    assert "A person here is taking care of it" in text
    assert "warrant" not in text
    for row in ("Tried to open the case, and could not", "Opened the case with a code"):
        assert row in text
    assert "Opened the case with name and birth date" not in text  # another victim's own visit
    assert "You, in this visit" in text
    assert "Saw this list" in visitor.get("/record").text


def test_the_pages_of_a_code_are_there_in_spanish(clock, settings):
    put(a_case().with_victim("v1").case)
    visitor = with_code(settings)
    visitor.language = "es"
    assert "Sus contactos" in visitor.get("/manage").title
    assert "Quién vio su caso" in visitor.get("/record").text
    assert "Confirme con un código" in visitor.get("/code").text


def test_a_visit_ends_when_its_visitor_turns_out_to_be_a_suspect(clock):
    put(a_case().with_victim("v1").case)
    visitor = knowing()
    assert visitor.get("/status").status == 200
    suspect = a_case().with_suspect("s9", last_name="Muñoz v1", birth_date=date(1985, 4, 12)).case
    cases.write_row(NUMBER, suspect.suspects[0], None)
    assert visitor.get("/status").status == 403


def test_a_contact_known_from_the_portal_alone_gets_no_code_when_the_records_system_repeats_it(
    clock, provider
):
    left = a_contact(GIVEN)
    put(a_case().with_victim("v1", phone=GIVEN).with_enrollment("v1", left).case)
    assert "••42" not in knowing().get("/code").text
