"""A caller names a victim's representative at the desk, or ends it; a restricted case waits."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import letter_address
from aviso.domain.model import Channel, Enrollment, Holder, Kind
from aviso.domain.requests import LINK, AnsweredAt, Right, Rights
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.storage import cases, enrollments, notices
from aviso.web.staff.case_people import line_key
from infra.harness.builders import STALKING, a_case, a_contact, an_answer
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import NOW, ORDINARY, RESTRICTED, a_stored_case, at_work
from tests.support.routing import HOME

LUZ = "luz@example.org"
NAMED = {"first_name": "Luz", "last_name": "Rey", "typed": LUZ, "language": "en"}

CANNOT_ACT = [{"deceased": True}, {"incapacitated": True}]


def form(number=ORDINARY, **more):
    reference = case_address(number).removeprefix("case?c=")
    return {"c": reference, "victim": "v1", "why": "She called.", **more}


def enrollment(number=ORDINARY):
    return cases.read_case(number).enrollment_of("v1")


def a_victim_who(cannot, *contacts):
    """Store a case whose victim cannot act, or can, and named these representatives."""
    (before,) = a_stored_case().victims
    cases.write_row(ORDINARY, replace(before, **cannot, digest="2"), before)
    if contacts:
        enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", contacts=contacts))


def named_with_a_code(id, address):
    holder = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW - timedelta(days=1))
    return a_contact(address, Channel.EMAIL, id=id, level="code", holder=holder)


class TestRepresentative:
    def test_is_named_once_and_waits_for_a_yes(self, desk):
        a_stored_case()
        at_work(desk)
        for _ in range(2):
            assert desk.confirm("representative", **form(**NAMED)).status == 303
        (luz,) = enrollment().representatives
        (record,) = enrollment().requests
        assert (luz.level, luz.holder.agreed_at, luz.new_to_agency) == ("desk", None, False)
        assert (record.answer, record.about, record.place) == (Rights.REQUESTED, luz.id, "desk")
        assert "has not said yes yet" in desk.get(case_address(ORDINARY)).text

    def test_is_told_apart_from_another(self, desk):
        given = {"right": Right.SPEAKING, "place": AnsweredAt.LINK, "proof": LINK}
        yes = an_answer(Rights.REQUESTED, NOW, about="r1", **given)
        no = an_answer(Rights.WAIVED, NOW, about="r2", **given)
        luz = named_with_a_code("r1", LUZ)
        ana = a_contact(
            "ana@example.org",
            Channel.EMAIL,
            id="r2",
            holder=Holder(first_name="Ana", last_name="Vega"),
            removed_at=NOW,
            removed_why="declined",
        )
        a_stored_case()
        answered = Enrollment(victim="v1", contacts=(luz, ana), requests=(yes, no))
        enrollments.write_enrollment(ORDINARY, answered)
        page = at_work(desk).get(case_address(ORDINARY)).text
        assert "The named person said yes: Luz Rey" in page
        assert "The named person said no: Ana Vega" in page

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({}, "In use"),
            ({"holder": Holder(first_name="Luz", last_name="Rey")}, "has not said yes yet"),
            (
                {"holder": Holder(first_name="Sam", last_name="Poole-s1", agreed_at=NOW)},
                "This person may be a suspect",
            ),
            ({"removed_at": NOW, "removed_why": "declined"}, "Luz Rey Said no"),
            ({"removed_at": NOW, "removed_why": "ended"}, "Luz Rey No longer the representative"),
        ],
    )
    def test_is_shown_with_why_they_are_not_told(self, desk, changes, said):
        a_stored_case()
        contacts = (replace(named_with_a_code("r1", LUZ), **changes),)
        enrollments.write_enrollment(ORDINARY, Enrollment(victim="v1", contacts=contacts))
        page = at_work(desk).get(case_address(ORDINARY)).text
        assert said in page
        assert "Not usable" not in page

    def test_is_found_by_name_until_it_ends(self, desk):
        a_stored_case()
        at_work(desk).confirm("representative", **form(**NAMED))
        for typed in ("Rey", "Luz Rey", "rey, luz"):
            page = desk.post("find", what=typed)
            assert len(page.links("case?c=")) == 1
            assert "L. R." in page.text
        (luz,) = enrollment().representatives
        assert desk.confirm("representative", **form(end=luz.id)).status == 303
        assert "No case has this." in desk.post("find", what="Luz Rey").text

    def test_is_left_out_of_a_records_search(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        at_work(desk).confirm("representative", **form(RESTRICTED, **NAMED))
        assert len(desk.post("find", what="Luz Rey").links("case?c=")) == 1
        assert not at_work(desk, Role.RECORDS).post("find", what="Luz Rey").links("case?c=")

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"last_name": ""}, "Type the first and the last name"),
            ({"typed": "520"}, "This is not a phone or an email"),
            ({"first_name": "Sam", "last_name": "Poole-s1"}, "A suspect cannot represent"),
            ({"typed": "+1 520 555 0166"}, "A suspect cannot represent"),
        ],
    )
    def test_is_refused_with_the_reason(self, desk, changes, said):
        a_stored_case()
        page = at_work(desk).post("representative", **form(**NAMED | changes))
        assert (page.status, said in page.text) == (400, True)
        assert enrollment().contacts == ()

    @pytest.mark.parametrize("role", [Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR])
    @pytest.mark.parametrize("cannot", [{}, *CANNOT_ACT])
    def test_of_who_cannot_act_has_forms_for_supervisors(self, desk, role, cannot):
        a_victim_who(cannot, replace(named_with_a_code("r1", LUZ), level="desk"))
        page, may = at_work(desk, role).get(case_address(ORDINARY)).body, not cannot
        shown = page.split(f">{LUZ}<")[1].split("</details>")[0]
        for form_of in ('name="last_name"', 'name="end"'):
            assert (form_of in page) is (may or role is Role.SUPERVISOR)
        assert ('action="unsafe"' in shown) is (may or role is Role.SUPERVISOR)
        only = "Only a supervisor decides about a contact" in page
        assert only is not (may or role is Role.SUPERVISOR)

    @pytest.mark.parametrize("shared", [HOME, {"phone": "+15205550177"}], ids=["home", "phone"])
    def test_contact_that_the_victim_shares_too(self, desk, shared):
        """A mark on the victim's own phone or home would bar it for the speaker."""
        a_victim_who({"incapacitated": True} | shared)
        kin = a_case().with_speaker(relation="next_of_kin", digest="1", **shared).case.speakers[0]
        cases.write_row(ORDINARY, kin, None)
        (victim,) = cases.read_case(ORDINARY).victims
        address = letter_address.lines(victim) if "street" in shared else victim.phone
        marking = form(line=line_key(ORDINARY, address), confirmed="yes")
        assert at_work(desk, Role.RECORDS).post("unsafe", **marking).status == 400
        assert cases.read_case(ORDINARY).victims[0].desk_unsafe == ()

    @pytest.mark.parametrize("cannot", CANNOT_ACT)
    def test_named_with_a_code_is_asked_again(self, desk, settings, cannot):
        a_victim_who(cannot, named_with_a_code("r1", LUZ), named_with_a_code("r2", "b@example.org"))
        boss = at_work(desk, Role.SUPERVISOR)
        for _ in range(2):
            assert boss.confirm("representative", **form(**NAMED)).status == 303
        first, other, luz = enrollment().contacts
        assert (first.removed_why, other.active) == ("replaced", True)
        assert (luz.address, luz.level, luz.holder.agreed_at) == (LUZ, "desk", None)
        planning.plan(ORDINARY, settings, NOW)
        asked = notices.list_notices(cases.read_case(ORDINARY))
        asked = [n for n in asked if n.kind is Kind.ENROLLMENT_CONFIRMED]
        assert luz.id in {n.fact.subject for n in asked}

    def test_of_who_can_act_stays_as_named(self, desk):
        a_victim_who({}, named_with_a_code("r1", LUZ))
        assert at_work(desk).confirm("representative", **form(**NAMED)).status == 303
        (luz,) = enrollment().contacts
        assert (luz.level, luz.active) == ("code", True)

    @pytest.mark.parametrize(("last_name", "warned"), [("Poole-S1", True), ("Rey", False)])
    def test_with_a_suspects_last_name_needs_a_look(self, desk, last_name, warned):
        a_stored_case()
        page = at_work(desk).post("representative", **form(**NAMED | {"last_name": last_name}))
        assert ("A suspect has this last name" in page.text) is warned
