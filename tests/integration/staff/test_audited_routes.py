"""Every view and change of a person's data is in the audit trail, whichever route it takes."""

from datetime import UTC, date, datetime, timedelta

import pytest

from aviso.domain.model import Channel, Enrollment
from aviso.domain.notice import State
from aviso.domain.staff import STAFF, Role
from aviso.domain.survey_response import SurveyResponse
from aviso.staff.actor import Actor
from aviso.storage import enrollments, inbox, inbox_tasks, notices, survey_responses
from aviso.storage.audit import AuditItem
from aviso.victims import early_sign_up
from aviso.victims.sign_up_form import Asked
from aviso.victims.verification import Claim
from aviso.web.staff.case_people import line_key
from infra.harness.builders import a_contact, a_visitor
from infra.harness.staff_browser import audited, case_address, fields
from tests.integration.staff.audited_routes import NOTHING, TABLE, TRAIL, YES, C
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    PHONE,
    a_held_notice,
    a_posted_letter,
    a_printed_letter,
    a_stored_case,
    notice,
)

NOTHING_OF_A_PERSON = {route for route, (_, did, _) in TABLE.items() if did == NOTHING}


@pytest.fixture
def world(desk, pool, settings):
    """Give what replaces each mark in the forms, with something waiting for every route."""
    a_stored_case()
    a_stored_case("2611240003")
    held, planned = a_held_notice(), a_held_notice(state=State.PLANNED, fact="arrest:a2")
    delivered = a_held_notice(state=State.PLANNED, fact="arrest:a3")
    notices.move(notice(delivered), State.DELIVERED, due_at=None, told_at=NOW)
    a_printed_letter(fact="arrest:a4")
    mailed = a_posted_letter()
    contact = a_contact("left@example.org", Channel.EMAIL)
    told = a_contact("told@example.org", Channel.EMAIL, id="c9", level="desk")
    enrollments.write_enrollment(
        ORDINARY, Enrollment(victim="v1", contacts=(contact, told)), new_contacts=True
    )
    reply = {
        "text": "Who is this?",
        "address": PHONE,
        "address_key": "key-1",
        "maybe_stop": False,
        "at": NOW.isoformat(),
    }
    answer = SurveyResponse(
        survey="survey-1",
        case=ORDINARY,
        victim="v1",
        answers={"better": "Call."},
        asked_at=NOW,
        answered_at=NOW,
        changed_at=NOW,
    )
    survey_responses.write(answer, None)
    for id in ("r1", "seen"):
        inbox_tasks.put_reply(id, reply, NOW)
    actor = Actor.member(desk.sign_in(Role.RECORDS), NOW)
    asked_for = reply | {"text": "copy", "victim": "v1", "cases": [ORDINARY]}
    inbox_tasks.put_asked("asked", asked_for, actor.record("asked_copy", ORDINARY, "v1"), NOW)
    inbox.see_to(inbox.one("REPLY#seen"), "records", NOW, actor.record("reply_read", ""))
    inbox_tasks.put_rejected("people_1", "incoming/people_1.csv", 1, NOW)
    waits = {"about": "2 / 90", "etag": "e1", "numbers": {"now": 2, "usual": 90}}
    inbox_tasks.put_refused("arrests", "incoming/arrests.csv", "smaller", waits, NOW)
    claim = Claim(
        number=ORDINARY,
        last_name="Muñoz-v1",
        birth_dates=(date(1985, 4, 13),),
        source="203.0.113.9",
    )
    asked = [Asked(channel=Channel.EMAIL, address="early@example.org", language="en", safe=True)]
    early_sign_up.leave(claim, asked, a_visitor(settings, NOW - timedelta(days=2)))
    early_sign_up.tie_all(settings, datetime.now(UTC))
    (waiting,) = inbox.early()
    return {
        "HELD": held,
        "WHY_HELD": notice(held).reason,
        "PLANNED": planned,
        "DELIVERED": delivered,
        "MAILED": mailed,
        "EARLY": waiting.name,
        "PHONE": line_key(ORDINARY, PHONE),
        "EMAIL": line_key(ORDINARY, "v1@example.com"),
        C: case_address(ORDINARY).removeprefix("case?c="),
    }


NAMES_A_PERSON = (
    *("resend", "returned", "unsafe", "restore", "resume", "correct", "suspect"),
    *("answer", "representative", "reveal", "consent", "capacity"),
)


class TestEveryRoute:
    @pytest.mark.parametrize(
        ("route", "left"), TRAIL.items(), ids=lambda value: str(value[-1])[:20]
    )
    def test_leaves_its_row_in_the_trail(self, desk, pool, world, route, left):
        (method, path), (action, form) = route, left
        filled = {
            "-".join(world.get(part, part) for part in name.split("-")): world.get(value, value)
            for name, value in form.items()
        }
        desk.sign_in(*STAFF, id="id-everyone")
        if path == "/safe":
            desk.post("unsafe", **filled)
        if path == "/untell":
            said = {f"pick-{world['HELD']}": "yes", "how": "phone", "why": "Her mother."}
            desk.post("telephoned", **said | YES)
        if path == "/contacts-done":
            desk.post("contacts-csv")
        if path == "/lift":
            desk.post("restrict", **filled)
        if method == "GET":
            page = desk.get(f"{path}?c={filled['c']}" if "c" in filled else path)
        else:
            page = desk.post(path, **filled)
        assert page.status in (200, 303) or filled.get("number") == "half", page.status
        rows = {(row.actor, row.action) for row in AuditItem.scan()}
        assert ("staff:id-everyone", action) in rows

    @pytest.mark.parametrize("path", [*NAMES_A_PERSON, "restrict", "lift"])
    def test_that_asks_for_a_yes_is_a_look(self, desk, pool, world, path):
        _, form = TRAIL["POST", f"/{path}"]
        filled = {
            "-".join(world.get(part, part) for part in name.split("-")): world.get(value, value)
            for name, value in form.items()
            if name not in ("confirmed", "why")
        }
        desk.sign_in(*STAFF, id="id-everyone")
        if path == "lift":
            desk.post("restrict", **filled | YES)
        before = len(audited())
        page = desk.post(path, **filled)
        assert (page.status, "confirmed" in fields(page)) == (200, True)
        assert ("staff:id-everyone", "case_viewed", ORDINARY) in audited()
        assert len(audited()) == before + 1

    @pytest.mark.parametrize("route", sorted(NOTHING_OF_A_PERSON))
    def test_without_a_row_names_nobody(self, desk, pool, world, route):
        desk.sign_in(*STAFF)
        page = desk.get(route[1] + ("?table=day" if route[1] != "/" else ""))
        for said in ("Muñoz", "Ana", PHONE, "left@example.org", ORDINARY, "Who is this?"):
            assert said not in page.body
