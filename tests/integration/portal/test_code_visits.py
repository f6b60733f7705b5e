"""What a visit with a code can do and knowledge cannot: remove contacts, see the record."""

from datetime import date
from typing import Any
from unittest.mock import Mock

import pytest
from msgspec.structs import replace

from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, Duty, State
from aviso.domain.reasons import HoldReason
from aviso.domain.settings import Settings
from aviso.notices import planning
from aviso.runtime import hashing
from aviso.storage import cases, notices
from aviso.storage.case_items import CaseItem
from aviso.storage.notice_items import NewNotice
from aviso.victims import self_service, verification, visits
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, a_contact
from infra.harness.portal_browser import Visitor, aws_calls
from infra.harness.staff_browser import say_of_case
from tests.integration.portal.codes import BORN, EMAIL, GIVEN, NAME, issued, knowing, put, with_code


class TestVisitWithCode:
    def test_ends_when_the_case_becomes_restricted(self, clock, settings):
        put(a_case().with_victim("v1").case)
        policy = replace(settings.verification, restricted_by_code=True)
        chosen = replace(settings, verification=policy)
        claim = verification.Claim(number=NUMBER, code=issued(settings), source="192.0.2.1")
        token, session = visits.open_by_code(claim, chosen, NOW)
        assert visits.visited_case(session, chosen, NOW) is not None
        say_of_case(NUMBER, "restricted")
        assert visits.visited_case(session, chosen, NOW) is None
        assert visits.resume(token, chosen, NOW) is None

    @pytest.mark.parametrize("listed", [frozenset(), frozenset({Kind.CASE_CLOSED})])
    def test_says_where_the_news_of_a_restricted_case_is(
        self, clock, settings, monkeypatch, listed
    ):
        policy = replace(settings.verification, restricted_by_code=True)
        chosen = replace(settings, verification=policy, only_on_page=listed)
        monkeypatch.setattr(Settings, "current", staticmethod(lambda: chosen))
        closed = {"status": "CLOSED", "status_at": NOW, "first_seen": {"status": NOW}}
        put(a_case().with_report(offense=STALKING, **closed).with_victim("v1").case)
        planning.plan(NUMBER, chosen, NOW)
        visitor = with_code(chosen)
        said = "we do not send news of our work on this case" in visitor.get("/status").text
        assert said is bool(listed)
        assert ("only on your page" in visitor.get("/record").text) is bool(listed)

    @pytest.mark.parametrize(
        ("path", "form"),
        [
            *(
                (f"/{page}", None)
                for page in ("ask", "form", "manage", "record", "share", "speaks")
            ),
            ("/manage", {"lock": "on"}),
            ("/choice", {"answer": "waived"}),
        ],
    )
    def test_leads_to_the_page_that_was_asked_for(self, clock, settings, path, form):
        put(a_case().with_victim("v1").case)
        visitor = knowing()
        csrf = visitor.get("/status").value("csrf")
        led = visitor.post(path, csrf=csrf, **form) if form else visitor.get(path)
        assert (led.status, cases.read_case(NUMBER).enrollments) == (303, ())
        to = led.headers["Location"]
        actions = {form.get("action") for form in visitor.get(f"/{to}").root.forms}
        assert actions == {to, "leave"}
        went = visitor.post(f"/{to}", csrf=csrf, code=issued(settings))
        assert (went.status, went.headers["Location"]) == (303, path.strip("/"))
        assert visitor.get(path).status == 200

    def test_goes_on_with_hers_in_her_record(self, clock, settings):
        put(a_case().with_victim("v1").case)
        visitor = knowing()
        csrf = visitor.get("/status").value("csrf")
        clock.shift(60)
        for code in ("ABCD-EFGH", issued(settings)):
            visitor.post("/code", csrf=csrf, code=code)
            clock.shift(60)
        text = visitor.get("/record").text
        tried = "Tried a code that did not work"
        assert f"birth date. {tried}. Typed a code to see more You, in this visit" in text

    @pytest.mark.parametrize("next", ["//example.org", "https:", "..", "", "nowhere", "enroll/"])
    def test_leads_to_no_other_place(self, clock, settings, next):
        put(a_case().with_victim("v1").case)
        page = knowing().get("/code", next=next)
        assert 'action="code?next=status"' in page.body

    def test_unlocks_a_case_that_looks_unknown(self, clock, settings):
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

    def test_shows_what_was_sent_and_who_looked(self, clock, settings):
        put(a_case().with_victim("v1").with_victim("v2").case)
        times: dict[str, Any] = {"fact_at": NOW, "first_seen": NOW, "deadline": NOW}
        for victim, kind in (("v1", Kind.ARREST), ("v2", Kind.WARRANT)):
            duty = Duty(
                id=victim * 13, case=NUMBER, victim=victim, kind=kind, fact=FactKey("f"), **times
            )
            new = NewNotice(
                duty=duty,
                state=State.HELD,
                due_at=NOW,
                created_at=NOW,
                reason=HoldReason.NO_SAFE_CONTACT,
            )
            notices.insert(new)
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

    def test_ends_when_the_visitor_is_a_suspect(self, clock):
        put(a_case().with_victim("v1").case)
        visitor = knowing()
        assert visitor.get("/status").status == 200
        suspect = (
            a_case().with_suspect("s9", last_name="Muñoz v1", birth_date=date(1985, 4, 12)).case
        )
        cases.write_row(NUMBER, suspect.suspects[0], None)
        assert visitor.get("/status").status == 403


class TestRemoval:
    def test_happens_once(self, clock, settings):
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
        page = visitor.get("/manage").body
        assert ("520-555-0142" in page, EMAIL in page) == (False, True)

    @pytest.mark.parametrize("crashes", [False, True])
    def test_sends_again_what_only_a_stranger_was_told(self, clock, settings, monkeypatch, crashes):
        his = a_contact(GIVEN)
        put(a_case().with_victim("v1").with_enrollment("v1", his).case)
        times: dict[str, Any] = {"fact_at": NOW, "first_seen": NOW, "deadline": NOW}
        duty = Duty(
            id="n" * 26, case=NUMBER, victim="v1", kind=Kind.ARREST, fact=FactKey("f"), **times
        )
        new = NewNotice(duty=duty, state=State.PLANNED, due_at=NOW, created_at=NOW)
        notices.insert(new)
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
        if crashes:
            monkeypatch.setattr(self_service, "change", Mock(side_effect=SystemExit))
            with pytest.raises(SystemExit):
                visitor.post("/manage", csrf=page.value("csrf"), not_mine=his.id)
        else:
            for _ in range(2):
                visitor.post("/manage", csrf=page.value("csrf"), not_mine=his.id)
            (gone,) = cases.read_case(NUMBER).enrollments[0].contacts
            assert (gone.removed_at, gone.removed_why) == (NOW, "not_mine")
        again = notices.read(duty.id)
        assert (again.state, [a.reason for a in again.attempts]) == (State.PLANNED, ["not_me"])

    def test_keeps_the_contact_from_the_records_system(self, clock, settings):
        put(a_case().with_victim("v1").case)
        visitor = with_code(settings)
        csrf = visitor.get("/status").value("csrf")
        form = {"phone": "520 555 0142", "phone_safe": "yes", "consent": "yes"}
        visitor.post("/enroll", csrf=csrf, **form)
        (contact,) = cases.read_case(NUMBER).enrollments[0].contacts
        assert contact.level == "code"
        visitor.post("/manage", csrf=csrf, remove=contact.id)
        assert [i.sk for i in CaseItem.scan() if i.sk.startswith("CONTACT#")] == []
