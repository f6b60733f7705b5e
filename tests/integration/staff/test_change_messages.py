"""The message about a change of a contact or an answer: who at the desk may stop or end it."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import CODE, DESK, TAKEN_OFF
from aviso.domain.model import Channel, Holder, Kind
from aviso.domain.notice import State
from aviso.domain.people import addresses_of
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.notices.sending import send
from aviso.storage import cases, enrollments, notices
from aviso.web.staff.case_people import line_key
from infra.harness.builders import (
    NUMBER,
    STALKING,
    a_case,
    a_consenting_case,
    a_contact,
    an_invocation,
)
from infra.harness.portal_browser import store
from infra.harness.staff_browser import case_address
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import at_work, notice
from tests.integration.staff.corrections import YES, form

ACTS = {  # the kind of the change -> the form that records it
    "waived": ("answer", {"answer": "waived"}),
    "shared": ("consent", {"do": "end"}),
    "hidden": ("answer", {"answer": "hidden"}),
}
SENTENCE = {
    "en": "Only a supervisor may tell this person about this change, by phone or in person.",
    "es": "Solo un supervisor puede avisar de este cambio a esta persona, por teléfono o",
}


def recorded(desk, act, settings, **report):
    """Let the member record a change for a caller, plan, and return the notices of it."""
    case = a_consenting_case().with_report(**report).with_arrest().case
    store(case)
    enrollments.write_enrollment(NUMBER, case.enrollments[0])
    address, fields = ACTS[act]
    assert desk.confirm(address, **form(**fields), why=YES["why"]).status == 303
    planning.plan(NUMBER, settings, NOW)
    found = [n for n in notices.of_case(NUMBER) if n.kind is Kind.CONTACT_CHANGED]
    assert {n.fact.kind for n in found} == {act, "alone"}
    return [n.id for n in found]


def send_all(settings, ids):
    for id in ids:
        send(id, an_invocation(settings, lambda: NOW))


def outcome(page):
    return page.headers["Location"].rpartition("&" if "&" in page.headers["Location"] else "?")[2]


@pytest.mark.parametrize("act", ACTS)
class TestChangeMessage:
    def test_is_silenced_by_no_clerk(self, desk, settings, act):
        at_work(desk, Role.RECORDS)
        reference = case_address(NUMBER).removeprefix("case?c=")
        for id in recorded(desk, act, settings):
            for role in (Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR):
                ours = role is Role.SUPERVISOR
                page = at_work(desk, role).post("hold", c=reference, **{f"pick-{id}": "yes"})
                assert outcome(page) == ("held=1" if ours else "not_yours=1")
                assert notice(id).state is (State.HELD if ours else State.PLANNED)
            for role in (Role.RECORDS, Role.ADVOCATE):
                told = at_work(desk, role).post(
                    "telephoned", how="phone", **YES, **{f"pick-{id}": "desk"}
                )
                assert (outcome(told), notice(id).state) == ("not_yours=1", State.HELD)
            message = notice(id).fact.kind == act
            released = outcome(desk.post("release", **YES, **{f"pick-{id}": "desk"}))
            assert released == ("released=1" if message else "not_yours=1")

    def test_of_a_restricted_case_is_ended_by_a_supervisor(self, desk, settings, act):
        at_work(desk, Role.ADVOCATE)
        ids = recorded(desk, act, settings, offense=STALKING)
        for id in ids:
            send(id, an_invocation(settings, lambda: NOW))
        seen = {f"pick-{id}": "restricted_offense" for id in ids}
        assert {notice(id).reason for id in ids} == {"restricted_offense"}
        assert outcome(desk.post("telephoned", how="phone", **YES, **seen)) == "not_yours=2"
        assert {notice(id).state for id in ids} == {State.HELD}
        at_work(desk, Role.SUPERVISOR)
        assert outcome(desk.post("telephoned", how="phone", **YES, **seen)) == "told=2"
        assert {notice(id).reason for id in ids} == {"told_by_person"}

    def test_of_a_restricted_case_needs_a_supervisor(self, desk, settings, act):
        """An advocate sends the message when no contact is left, and the task stays."""
        at_work(desk, Role.ADVOCATE)
        ids = recorded(desk, act, settings, offense=STALKING)
        send_all(settings, ids)
        seen = {f"pick-{id}": "restricted_offense" for id in ids}
        case = cases.read_case(NUMBER)
        for address in addresses_of(case):
            desk.confirm("unsafe", **form(line=line_key(NUMBER, address)), why=YES["why"])
        released = desk.post("release", home="checked", **YES, **seen)
        assert "not_yours=1" in released.headers["Location"]
        send_all(settings, [id for id in ids if notice(id).state is State.PLANNED])
        ended = {notice(id).fact.kind: (notice(id).state, notice(id).reason) for id in ids}
        assert ended == {
            act: (State.HELD, "change_unheard"),
            "alone": (State.HELD, "restricted_offense"),
        }

    @pytest.mark.parametrize("language", SENTENCE)
    def test_is_a_supervisors_on_the_card_and_the_call_list(self, desk, settings, act, language):
        at_work(desk, Role.ADVOCATE)
        for id in recorded(desk, act, settings, offense=STALKING):
            send(id, an_invocation(settings, lambda: NOW))
        for role in (Role.ADVOCATE, Role.SUPERVISOR):
            at_work(desk, role).language = language
            for page in (desk.get(case_address(NUMBER)), desk.post("call-list")):
                said = " ".join(page.text.split())
                assert (SENTENCE[language] in said) is (role is Role.ADVOCATE)


class TestConfirmation:
    def test_of_a_phone_that_the_desk_typed_is_a_supervisors(self, desk, settings):
        """Its confirmation is held once a caller said that it is not safe."""
        case = a_consenting_case().case
        given = case.enrollments[0]
        (phone,) = given.contacts
        typed = replace(phone, level=DESK, consent=replace(phone.consent, at=NOW))
        store(case)
        enrollments.write_enrollment(NUMBER, replace(given, contacts=(typed,)))
        at_work(desk, Role.ADVOCATE)
        planning.plan(NUMBER, settings, NOW)
        for address in addresses_of(cases.read_case(NUMBER)):
            desk.confirm("unsafe", **form(line=line_key(NUMBER, address)), why=YES["why"])
        kind = Kind.ENROLLMENT_CONFIRMED
        (id,) = [n.id for n in notices.of_case(NUMBER) if n.kind is kind]
        send(id, an_invocation(settings, lambda: NOW))
        assert notice(id).reason == "change_unheard"
        for page in (desk.get(case_address(NUMBER)), desk.post("call-list")):
            assert SENTENCE["en"] in " ".join(page.text.split())


class TestCardWithOtherNews:
    def test_leaves_only_the_change_to_a_supervisor(self, desk, settings):
        """An advocate may tell of the arrest on the same card."""
        at_work(desk, Role.ADVOCATE)
        ids = recorded(desk, "shared", settings, offense=STALKING)
        (arrest,) = [n.id for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST]
        send_all(settings, [*ids, arrest])
        at_work(desk, Role.ADVOCATE)
        (said,) = desk.get(case_address(NUMBER)).root.xpath(
            '//section[@class="todo"]/div[@class="say"]'
        )
        parts = [" ".join(part.text_content().split()) for part in said.xpath("./p | ./div")]
        beside = [parts[n + 1] for n, part in enumerate(parts) if part.startswith(SENTENCE["en"])]
        assert beside
        assert not any("arrest" in part for part in beside)
        assert any("arrest" in part for part in parts)
        seen = {f"pick-{id}": "restricted_offense" for id in (*ids, arrest)}
        desk.post("telephoned", how="phone", **YES, **seen)
        assert notice(arrest).reason == "told_by_person"
        assert {notice(id).state for id in ids} == {State.HELD}


# The kinds of the changes -> what somebody with a code left on the portal.
PORTAL_ACTS: dict[tuple[str, ...], dict[str, Any]] = {
    ("contact",): {},
    ("agreed", "contact"): {"holder": Holder(first_name="E", last_name="P", agreed_at=NOW)},
    ("removed",): {"removed_at": NOW, "removed_why": TAKEN_OFF},
}


@pytest.mark.parametrize("kinds", PORTAL_ACTS)
class TestPortalChangeMessage:
    def test_is_silenced_by_no_clerk(self, desk, settings, kinds):
        old = {} if "contact" in kinds else {"at": NOW - timedelta(days=9)}
        his = a_contact("+15205550188", Channel.SMS, id="his", level=CODE, **PORTAL_ACTS[kinds])
        his = replace(his, consent=replace(his.consent, **{"at": NOW} | old))
        case = a_case().with_report().with_victim().with_enrollment("v1", his).case
        store(case)
        enrollments.write_enrollment(NUMBER, case.enrollments[0])
        planning.plan(NUMBER, settings, NOW)
        changes = [n for n in notices.of_case(NUMBER) if n.kind is Kind.CONTACT_CHANGED]
        assert tuple(sorted(n.fact.kind for n in changes)) == kinds
        seen = {"c": case_address(NUMBER).removeprefix("case?c=")}
        seen |= {f"pick-{n.id}": "desk" for n in changes}
        for role in (Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR):
            end = f"={len(kinds)}"
            ours = role is Role.SUPERVISOR
            held = outcome(at_work(desk, role).post("hold", **seen))
            assert held == ("held" if ours else "not_yours") + end
        for role in (Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR):
            told = outcome(at_work(desk, role).post("telephoned", how="phone", **YES, **seen))
            assert told == ("told" if role is Role.SUPERVISOR else "not_yours") + end
