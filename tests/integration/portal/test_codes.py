"""Codes: opening the case with number and code, and having one sent."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendFailed, SendUnknown
from aviso.domain.model import Channel
from aviso.providers import sender
from aviso.runtime import hashing
from aviso.storage import cases, enrollments, sending_controls, suppressions
from aviso.victims import access_codes, code_delivery, verification, visits
from aviso.victims.access_codes import CodePurpose
from aviso.web import constant_time
from infra.harness.builders import (
    NOW,
    NUMBER,
    STALKING,
    a_case,
    a_contact,
    a_session,
    an_arrest_case,
)
from infra.harness.portal_browser import Visitor, aws_calls
from tests.integration.portal.codes import (
    BORN,
    EMAIL,
    GIVEN,
    NAME,
    PHONE,
    Provider,
    button,
    code_in,
    issued,
    knowing,
    put,
    with_code,
)

THEIRS = "+15205550178"


@pytest.fixture
def provider(monkeypatch):
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    return provider


class TestOpening:
    def test_works_once(self, clock, settings):
        put(a_case().with_victim("v1").case)
        code = issued(settings)
        with aws_calls() as calls:
            first = Visitor().post("/verify", number=NUMBER, code=code.lower().replace("-", " "))
        assert (first.status, first.headers["Location"]) == (303, "status")
        assert calls == ["TransactWriteItems", "GetItem", "Query", "TransactWriteItems"]
        assert Visitor().post("/verify", number=NUMBER, code=code).status == 200

    def test_gives_one_page_for_every_refusal(self, clock, settings):
        put(a_case().with_victim("v1").case)
        refused = Visitor().verify("2611249999", "x", BORN)
        expired = access_codes.issue(
            NUMBER, "v1", CodePurpose.PHONE, NOW - timedelta(days=1), settings
        )
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

    def test_refuses_another_cases_code_and_keeps_it(self, clock, settings):
        put(a_case().with_victim("v1").case)
        code = issued(settings)
        assert Visitor().post("/verify", number="2611240002", code=code).status == 200
        assert Visitor().post("/verify", number=NUMBER, code=code).status == 303

    def test_works_on_a_case_locked_by_failed_tries(self, clock, settings):
        put(a_case().with_victim("v1").case)
        for n in range(settings.verification.fails_per_case):
            Visitor(source=f"198.51.100.{n}").verify(NUMBER, "wrong", BORN)
        assert Visitor().verify(NUMBER, NAME, BORN).status == 200
        assert Visitor().post("/verify", number=NUMBER, code=issued(settings)).status == 303

    def test_is_refused_to_a_source_that_guesses_on(self, clock, settings):
        put(a_case().with_victim("v1").case)
        for _ in range(settings.verification.fails_per_source):
            Visitor().post("/verify", number=NUMBER, code="K7M2-9QXD")
        code = issued(settings)
        assert Visitor().post("/verify", number=NUMBER, code=code).status == 200
        assert (
            Visitor(source="198.51.100.7").post("/verify", number=NUMBER, code=code).status == 303
        )

    @pytest.mark.parametrize("allowed", [False, True])
    def test_of_a_restricted_case_is_the_agencys_choice(self, clock, settings, allowed):
        put(a_case().with_report(offense=STALKING).with_victim("v1").case)
        policy = replace(settings.verification, restricted_by_code=allowed)
        chosen = replace(settings, verification=policy)
        code = issued(settings)
        claim = verification.Claim(number=NUMBER, code=code, source="192.0.2.1")
        opened = visits.open_by_code(claim, chosen, NOW)
        assert (opened is not None) is allowed
        assert (access_codes.look(code, NOW) is None) is allowed  # refused, it stays good

    def test_is_refused_to_a_suspect(self, clock, settings):
        put(an_arrest_case().with_suspect("v1").case)
        assert Visitor().post("/verify", number=NUMBER, code=issued(settings)).status == 200


class TestSending:
    def test_goes_to_a_masked_contact_on_file(self, clock, provider, settings):
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

    def test_never_goes_to_a_contact_left_by_knowledge(self, clock, provider):
        """A person who knows number, name and birth date could leave their own phone."""
        put(a_case().with_victim("v1").with_enrollment("v1", a_contact(GIVEN)).case)
        visitor = knowing()
        page = visitor.get("/code")
        assert "••67" in page.text
        assert "••42" not in page.body
        visitor.post("/code", csrf=page.value("csrf"), send=button(visitor, GIVEN))
        assert provider.sent == []
        visitor.post("/code", csrf=page.value("csrf"), send=button(visitor, PHONE))
        assert [message.address for message in provider.sent] == [PHONE]

    def test_may_go_to_a_contact_left_with_a_code(self, clock, settings):
        put(a_case().with_victim("v1").with_enrollment("v1", a_contact(GIVEN, level="code")).case)
        case = cases.read_case(NUMBER)
        found = code_delivery.choices(a_session(), case, case.victims[0], settings, NOW)
        assert [c.masked for c in found][-1] == "+1 •••-•••-••42"

    @pytest.mark.parametrize("feed_repeats", [False, True])
    def test_page_tells_an_ex_partner_of_no_new_phone(self, clock, provider, feed_repeats):
        """The pages are the same with and without it; she types it herself."""
        case = a_case().with_victim("v1", phone="", email="").case
        put(case)
        visitor = knowing()
        csrf = visitor.get("/code").value("csrf")

        def pages():
            return visitor.get("/code").body, visitor.post("/code", csrf=csrf, to=GIVEN).body

        before = pages()
        assert provider.sent == []
        hers = a_case().with_enrollment("v1", a_contact(GIVEN, level="code")).case
        enrollments.write_enrollment(NUMBER, hers.enrollments[0])
        if feed_repeats:
            stored = cases.read_case(NUMBER).victims[0]
            cases.write_row(NUMBER, replace(stored, phone=GIVEN), stored)
        assert pages() == before
        assert [message.address for message in provider.sent] == [GIVEN]

    def test_needs_a_phone_or_an_email(self, clock, provider):
        put(a_case().with_victim("v1").case)
        visitor = knowing()
        page = visitor.post("/code", csrf=visitor.get("/code").value("csrf"), to="nowhere")
        assert "Type a phone or an email" in page.text
        assert provider.sent == []

    def test_obeys_the_guards(self, clock, provider, settings):
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

    @pytest.mark.parametrize("barred", [False, True])
    def test_never_goes_to_who_represents_an_adult(self, clock, provider, settings, barred):
        """A lawyer, or whom somebody wrote into the records, would be the victim on the portal."""
        made = a_case().with_victim("v1", phone=PHONE if barred else "", email="")
        case = made.with_speaker("r1", "v1", relation="representative", phone=THEIRS).case
        put(case)
        if barred:
            suppressions.opt_out(hashing.address_key(PHONE), "reply", NOW)
        visitor = knowing()
        csrf = visitor.get("/code").value("csrf")
        visitor.post("/code", csrf=csrf, send=button(visitor, THEIRS))
        visitor.post("/code", csrf=csrf, to=THEIRS)
        assert provider.sent == []
        assert code_delivery.choices(a_session(), case, case.victims[0], settings, NOW) == []

    def test_happens_a_few_times_a_day(self, clock, provider):
        put(a_case().with_victim("v1").case)
        visitor = knowing()
        csrf = visitor.get("/code").value("csrf")
        for _ in range(code_delivery.MOST_A_DAY + 2):
            page = visitor.post("/code", csrf=csrf, send=button(visitor, PHONE))
        assert len(provider.sent) == code_delivery.MOST_A_DAY
        assert "many codes today" in page.text

    def test_to_a_typed_contact_takes_none_away_and_tells_of_none(self, clock, provider):
        """A guess uses up no code of hers, and nobody sees that one was right."""
        put(a_case().with_victim("v1").with_enrollment("v1", a_contact(GIVEN, level="code")).case)
        visitor, most = knowing(), code_delivery.MOST_A_DAY
        csrf = visitor.get("/code").value("csrf")
        seen = {
            visitor.post("/code", csrf=csrf, to=to).body.replace(to, "")
            for to in (THEIRS, GIVEN)
            for _ in range(most + 1)
        }
        assert len(seen) == 1
        assert [message.address for message in provider.sent] == [GIVEN] * most
        pressed = visitor.post("/code", csrf=csrf, send=button(visitor, PHONE))
        assert "We sent a code" in pressed.text
        visitor.post("/code", csrf=csrf, to=EMAIL)
        assert [message.address for message in provider.sent[most:]] == [PHONE, EMAIL]

    def test_says_a_failure_and_not_what_may_arrive(self, clock, provider):
        put(a_case().with_victim("v1").case)
        visitor = knowing()
        csrf = visitor.get("/code").value("csrf")
        provider.error = SendFailed("invalid_address")
        page = visitor.post("/code", csrf=csrf, send=button(visitor, PHONE))
        assert "could not send" in page.text
        provider.error = SendUnknown("no_answer")
        page = visitor.post("/code", csrf=csrf, send=button(visitor, EMAIL))
        assert "We sent a code" in page.text

    @pytest.mark.parametrize(
        ("form", "steps"), [({"code": "K7M2-9QXD"}, 1), ({"send": "nobody"}, 1), ({"to": EMAIL}, 4)]
    )
    def test_is_answered_at_evenly_spaced_moments(self, clock, provider, monkeypatch, form, steps):
        put(a_case().with_victim("v1").case)
        visitor = knowing()
        csrf = visitor.get("/code").value("csrf")
        waited: list[int] = []
        monkeypatch.setattr(constant_time, "wait", lambda since, steps=1: waited.append(steps))
        visitor.post("/code", csrf=csrf, **form)
        assert waited == [steps]

    def test_ignores_a_portal_contact_that_the_feed_repeats(self, clock, provider):
        left = a_contact(GIVEN)
        put(a_case().with_victim("v1", phone=GIVEN).with_enrollment("v1", left).case)
        assert "••42" not in knowing().get("/code").text


def guarded(**changes):
    child = a_case().with_victim("v1", birth_date=date(2015, 3, 1))
    rosa: dict[str, Any] = {"last_name": "Roe", "birth_date": date(1980, 5, 5)}
    return child.with_speaker("r1", **rosa).with_speaker(
        "r2", last_name="Doe", birth_date=date(1981, 6, 6), phone="+15205550178"
    )


class TestGuardian:
    def test_visit_ends_when_a_suspect_and_no_others(self, clock):
        put(guarded().case)
        rosa, doe = Visitor(), Visitor()
        assert rosa.verify(NUMBER, "roe", "5/5/1980").status == 303
        assert doe.verify(NUMBER, "doe", "6/6/1981").status == 303
        suspect = a_case().with_suspect("s9", last_name="Roe", birth_date=date(1980, 5, 5)).case
        cases.write_row(NUMBER, suspect.suspects[0], None)
        assert rosa.get("/status").status == 403
        assert doe.get("/status").status == 200
        assert Visitor().verify(NUMBER, "roe", "5/5/1980").status == 200

    def test_code_for_a_minor_fails_beside_a_suspect(self, clock, settings):
        put(guarded().case)
        visitor, unused = with_code(settings), issued(settings)
        assert visitor.get("/status").status == 200
        suspect = a_case().with_suspect("s9", last_name="Roe", birth_date=date(1980, 5, 5)).case
        cases.write_row(NUMBER, suspect.suspects[0], None)
        assert visitor.get("/status").status == 403
        assert Visitor().post("/verify", number=NUMBER, code=unused).status == 200

    def test_code_fails_for_an_unknown_age_beside_a_suspect(self, clock, settings):
        child = a_case().with_victim("v1", birth_date=None)
        put(child.with_speaker("s9", "v1").with_suspect("s9").case)
        assert Visitor().post("/verify", number=NUMBER, code=issued(settings)).status == 200

    def test_contacts_are_known_as_theirs(self, clock):
        put(guarded().case)
        visitor = Visitor()
        visitor.verify(NUMBER, "roe", "5/5/1980")
        csrf = visitor.get("/status").value("csrf")
        form = {"phone": "520 555 0142", "phone_safe": "yes", "consent": "yes"}
        visitor.post("/enroll", csrf=csrf, **form)
        (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
        assert (contact.level, contact.giver) == ("guardian", "r1")
