"""The message about a change of a contact or an answer: who at the desk may stop or end it."""

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import CODE, TAKEN_OFF
from aviso.domain.model import EnrolledContact, Holder, Kind
from aviso.domain.notice import State
from aviso.domain.people import addresses_of
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.notices.announcing import changed, maker_of
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
    assert {n.fact.kind for n in found} == {act}
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
            released = outcome(desk.post("release", **YES, **{f"pick-{id}": "desk"}))
            assert released == "released=1"

    def test_of_a_restricted_case_is_ended_by_a_supervisor(self, desk, settings, act):
        at_work(desk, Role.ADVOCATE)
        ids = recorded(desk, act, settings, offense=STALKING)
        for id in ids:
            send(id, an_invocation(settings, lambda: NOW))
        seen = {f"pick-{id}": "restricted_offense" for id in ids}
        assert {notice(id).reason for id in ids} == {"restricted_offense"}
        assert outcome(desk.post("telephoned", how="phone", **YES, **seen)) == "not_yours=1"
        assert {notice(id).state for id in ids} == {State.HELD}
        at_work(desk, Role.SUPERVISOR)
        assert outcome(desk.post("telephoned", how="phone", **YES, **seen)) == "told=1"
        assert {notice(id).reason for id in ids} == {"told_by_person"}

    def test_of_a_restricted_case_needs_a_supervisor(self, desk, settings, act):
        """An advocate sends the message when no contact is left, and it is a supervisor's."""
        at_work(desk, Role.ADVOCATE)
        ids = recorded(desk, act, settings, offense=STALKING)
        send_all(settings, ids)
        seen = {f"pick-{id}": "restricted_offense" for id in ids}
        case = cases.read_case(NUMBER)
        for address in addresses_of(case):
            desk.confirm("unsafe", **form(line=line_key(NUMBER, address)), why=YES["why"])
        desk.post("release", home="checked", **YES, **seen)
        send_all(settings, [id for id in ids if notice(id).state is State.PLANNED])
        assert [notice(id).reason for id in ids] == ["change_unheard"]

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


# The kinds of the changes -> what somebody with a code left on the portal before and now.
HIS = a_contact("+15205550188", id="his", level=CODE)
ASKED = replace(HIS, holder=Holder(first_name="E", last_name="P"))
PORTAL_ACTS: dict[tuple[str, ...], tuple[EnrolledContact, ...]] = {
    ("contact",): (HIS,),
    ("agreed", "contact"): (*(ASKED, replace(ASKED, holder=replace(ASKED.holder, agreed_at=NOW))),),
    ("removed",): (HIS, replace(HIS, removed_at=NOW, removed_why=TAKEN_OFF)),
}


@pytest.mark.parametrize("kinds", PORTAL_ACTS)
class TestPortalChangeMessage:
    def test_is_silenced_by_no_clerk(self, desk, settings, kinds):
        case = a_case().with_report().with_victim().case
        store(case)
        for step in PORTAL_ACTS[kinds]:
            there = cases.read_case(NUMBER)
            after = replace(there.enrollment_of("v1"), contacts=(step,))
            stored = changed(there, after, maker_of(NOW, settings))
            enrollments.write_enrollment(NUMBER, stored.after, stored.before)
        planning.plan(NUMBER, settings, NOW)
        found = [n for n in notices.of_case(NUMBER) if n.kind is Kind.CONTACT_CHANGED]
        changes = [n for n in found if n.fact.kind in kinds]
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
