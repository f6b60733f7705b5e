"""A supervisor says that a victim is incapacitated: who is told then, and what nobody gains."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import reach
from aviso.domain.errors import Conflict
from aviso.domain.model import AuditEntry, Kind
from aviso.domain.people import mark_of
from aviso.domain.reasons import HoldReason
from aviso.domain.requests import Rights
from aviso.domain.settings import Settings
from aviso.domain.staff import Remark, Role
from aviso.domain.text import shown
from aviso.feed.row_writer import storing
from aviso.notices import planning
from aviso.storage import case_decisions, cases, notices
from aviso.storage.audited_change import AuditRow
from aviso.storage.case_decisions import CaseDecision
from infra.harness.builders import NUMBER, a_case, case_at
from infra.harness.portal_browser import Visitor
from infra.harness.staff_browser import audited, case_address, fields
from tests.integration.portal.abuser import enter, issued
from tests.integration.staff.conftest import NOW, a_stored_case, at_work

WHY = "The hospital wrote to us."
KIN = "+15205550177"
LATER = NOW + timedelta(minutes=1)
CHILD = {"birth_date": date(2015, 3, 1)}
NAME, BORN = "Muñoz v1", "4/12/1985"


def form(do="incapacitated", **more):
    reference = case_address(NUMBER).removeprefix("case?c=")
    return {"c": reference, "victim": "v1", "do": do, "why": WHY, **more}


def in_the_records_system(word=True, at=NOW, street="", mark="incapacitated"):
    """Store the victim's row as an import does."""
    before = victim()
    since = {mark: word, f"{mark}_at": at if word else None}
    row = replace(before, **since, street=street, digest=f"{word} {at} {street}")
    storing(Settings.current(), at)(NUMBER, row, before)


def at_the_desk(desk):
    at_work(desk, Role.SUPERVISOR).confirm("capacity", **form())


MARKS = ["incapacitated", "deceased", "minor"]
SAID = pytest.mark.parametrize(
    "says",
    [at_the_desk, *(lambda _, m=mark: in_the_records_system(at=LATER, mark=m) for mark in MARKS)],
    ids=["desk", *MARKS],
)


def victim():
    return cases.read_case(NUMBER).victims[0]


def told(settings):
    context = case_at(cases.read_case(NUMBER), settings)
    found = reach(context, victim())
    return found.trouble or {c.address for c in found.contacts}


@pytest.fixture
def marked(desk):
    a_stored_case()
    at_work(desk, Role.SUPERVISOR).confirm("capacity", **form())
    return desk


class TestIncapacity:
    def test_is_said_once_with_a_reason(self, desk, settings):
        a_stored_case()
        at_work(desk, Role.SUPERVISOR)
        assert "incapacitated" not in desk.get(case_address(NUMBER)).body.split("capacity")[0]
        assert desk.post("capacity", **form(confirmed="yes", why="")).status == 400
        assert not victim().is_incapacitated
        assert desk.confirm("capacity", **form()).status == 303
        assert desk.post("capacity", **form(confirmed="yes")).status == 303  # a second click
        assert [action for _, action, _ in audited()].count("incapacity_recorded") == 1
        assert told(settings) is HoldReason.INCAPACITATED_WITHOUT_SPEAKER
        page = desk.get(case_address(NUMBER)).text
        assert "The victim cannot act." in page
        assert "Said that the victim is incapacitated" in page
        assert [n.text for n in case_decisions.remarks(cases.read_case(NUMBER))] == [WHY]

    def test_is_taken_back(self, marked, settings):
        before = told(settings)
        assert marked.confirm("capacity", **form(do="able_again")).status == 303
        assert told(settings) != before
        assert not victim().is_incapacitated

    @pytest.mark.parametrize("role", [Role.RECORDS, Role.ADVOCATE])
    def test_is_for_supervisors(self, desk, role):
        a_stored_case()
        page = at_work(desk, role).get(case_address(NUMBER))
        assert 'action="capacity"' not in page.body
        assert desk.post("capacity", **form(confirmed="yes")).status == 403
        assert not victim().is_incapacitated

    def test_of_another_word_is_refused(self, marked):
        assert marked.post("capacity", **form(do="deceased", confirmed="yes")).status == 400

    def test_stays_when_the_records_system_changes_the_row(self, marked):
        before = victim()
        cases.write_row(NUMBER, replace(before, first_name="Anna", digest="2"), before)
        assert (victim().first_name, victim().is_incapacitated) == ("Anna", True)

    def test_refuses_a_contact_of_the_victims_own(self, marked):
        typed = {"c": form()["c"], "victim": "v1", "typed": "+1 520 555 0144"}
        page = marked.post("correct", **typed)
        assert (page.status, "This victim is incapacitated" in page.text) == (400, True)

    @SAID
    def test_is_told_to_the_victims_own_contacts(self, desk, settings, says):
        a_stored_case()
        says(desk)
        planning.plan(NUMBER, settings, LATER)
        owed = [
            n
            for n in notices.list_notices(cases.read_case(NUMBER))
            if n.kind is Kind.CONTACT_CHANGED
        ]
        assert [n.fact.change for n in owed] == ["incapacitated"]

    @pytest.mark.parametrize(
        ("mark", "button"),
        [
            ("incapacitated", "The victim can act again"),
            ("deceased", "The victim did not die"),
            ("minor", "The victim is an adult"),
        ],
    )
    def test_of_the_records_system_is_overruled(self, desk, settings, mark, button):
        a_stored_case()
        before = told(settings)
        in_the_records_system(mark=mark)
        assert told(settings) != before
        page = at_work(desk, Role.SUPERVISOR).get(case_address(NUMBER)).text
        assert "The records system says so." in page
        assert button in page
        assert desk.post("capacity", **form(do="able_again", confirmed="yes", why="")).status == 400
        assert desk.confirm("capacity", **form(do="able_again")).status == 303
        assert desk.post("capacity", **form(do="able_again", confirmed="yes")).status == 303
        assert told(settings) == before
        assert [action for _, action, _ in audited()].count("incapacity_ended") == 1
        page = desk.get(case_address(NUMBER)).text
        assert f'The records system says "{mark.capitalize()}". A supervisor overruled it' in page
        assert button not in page
        assert [n.text for n in case_decisions.remarks(cases.read_case(NUMBER))] == [WHY]

    @pytest.mark.parametrize("mark", MARKS)
    def test_that_was_overruled_comes_back_after_a_no(self, desk, mark):
        a_stored_case()
        in_the_records_system(mark=mark)
        at_work(desk, Role.SUPERVISOR).confirm("capacity", **form(do="able_again"))
        in_the_records_system(street="1 Elm St", mark=mark)  # a later file still says yes
        assert mark_of(victim(), NOW.date()) == ""
        in_the_records_system(word=False, mark=mark)
        in_the_records_system(at=NOW + timedelta(days=1), mark=mark)
        assert mark_of(victim(), NOW.date()) == mark

    @pytest.mark.parametrize("who", [CHILD, {"minor": True}])
    def test_of_a_child_from_the_start_is_not_overruled(self, desk, settings, who):
        a_stored_case()
        cases.write_row(NUMBER, replace(victim(), **who, digest="2"), victim())
        before = told(settings)
        page = at_work(desk, Role.SUPERVISOR).get(case_address(NUMBER))
        assert "The victim is an adult" not in page.text
        desk.post("capacity", **form(do="able_again", confirmed="yes"))
        assert (told(settings), victim().desk_able_at) == (before, None)

    @pytest.mark.parametrize("mark", MARKS)
    def test_of_the_desk_that_ends_overrules_no_mark_from_before(self, desk, mark):
        """The records system took its mark back. When it sets it again, nobody has judged it."""
        a_stored_case()
        in_the_records_system(mark=mark)
        in_the_records_system(word=False, mark=mark)
        at_the_desk(desk)
        desk.confirm("capacity", **form(do="able_again"))
        assert (victim().desk_able_at, mark_of(victim(), NOW.date())) == (None, "")

    @pytest.mark.parametrize("mark", ["deceased", "minor"])
    def test_that_came_after_the_question_is_asked_again(self, desk, mark):
        """An old tab, or the Back button, must not overrule a death that nobody read."""
        a_stored_case()
        in_the_records_system()
        asked = fields(at_work(desk, Role.SUPERVISOR).post("capacity", **form(do="able_again")))
        in_the_records_system(mark=mark, street="1 Elm St")
        again = desk.post("capacity", **form(do="able_again") | asked)
        assert (again.status, mark.capitalize() in again.text, WHY in again.text) == (
            200,
            True,
            True,
        )
        assert (victim().desk_able_at, mark_of(victim(), NOW.date()) != "") == (None, True)
        assert desk.post("capacity", **form(do="able_again") | fields(again)).status == 303
        assert mark_of(victim(), NOW.date()) == ""

    @pytest.mark.parametrize("mark", MARKS)
    def test_is_overruled_only_as_read(self, desk, mark):
        a_stored_case()
        in_the_records_system(mark=mark)
        read = victim()
        in_the_records_system(word=False, mark=mark)
        in_the_records_system(at=NOW + timedelta(days=1), mark=mark)
        entry = AuditEntry(at=NOW, actor="staff:b", action="said", case=NUMBER)
        note = Remark(at=NOW + timedelta(days=2), by="b", text=WHY)
        record = AuditRow(entry=entry, keep_days=1)
        with pytest.raises(Conflict):
            case_decisions.judge_capacity(read, None, None, CaseDecision(record, note))
        assert mark_of(victim(), NOW.date()) == mark


class TestDesk:
    """On a restricted case the victim hears of it from a person, and others of the rest."""

    @pytest.fixture
    def page(self, desk, settings):
        built = a_stored_case(restricted=True)
        kin = a_case().with_speaker(relation="next_of_kin", phone=KIN, digest="1").case.speakers[0]
        cases.write_row(NUMBER, kin, None)
        at_work(desk, Role.SUPERVISOR).confirm("capacity", **form())
        for _ in range(2):
            planning.plan(NUMBER, settings, NOW)
        assert built.victims[0].phone != KIN
        return desk.get(case_address(NUMBER))

    def test_has_a_card_for_the_victim_and_one_for_the_rest(self, page, desk):
        cards = page.root.xpath("//section[.//form[@action='telephoned']]")
        said = {"in your place" in card.text_content(): card for card in cards}
        assert len(cards) == 2
        apart, rest = said[True], said[False]
        phone = shown(victim().phone)
        assert [a.text for a in apart.xpath(".//a[@class='call']")] == [phone]
        assert [a.text for a in rest.xpath(".//a[@class='call']")] == [shown(KIN)]

    @pytest.mark.parametrize("who", [{}, {"deceased": True}, {"minor": True}, CHILD])
    def test_calls_nobody_who_speaks_about_the_word(self, page, desk, who):
        built = a_case().with_speaker("r2", relation="representative", digest="1")
        cases.write_row(NUMBER, built.case.speakers[0], None)
        cases.write_row(NUMBER, replace(victim(), **who, digest="2"), victim())
        cards = desk.get(case_address(NUMBER)).root.xpath("//section[@class='todo']")
        (apart,) = [c for c in cards if "in your place" in c.text_content()]
        called = [a.text for a in apart.xpath(".//a[@class='call']")]
        assert called == ([] if who is CHILD else [shown(victim().phone)])
        (rest,) = [card for card in cards if card is not apart]
        assert shown(KIN) in [a.text for a in rest.xpath(".//a[@class='call']")]

    def test_tells_nobody_both(self, page, desk):
        held = page.root.xpath(
            "//form[@action='telephoned']//input[starts-with(@name, 'pick-')]/@name"
        )
        answer = desk.post("telephoned", **dict.fromkeys(held, "yes"))
        assert (answer.status, "cannot be recorded together" in answer.text) == (400, True)

    def test_asks_the_victim_about_a_waiver_too(self, page, desk, settings):
        """The file that brought it may have named a false relative."""
        waived = replace(victim(), rights=Rights.WAIVED, waived_at=NOW, digest="3")
        storing(settings, NOW)(NUMBER, waived, victim())
        for _ in range(2):
            planning.plan(NUMBER, settings, NOW)
        cards = desk.get(case_address(NUMBER)).root.xpath(
            "//section[.//form[@action='telephoned']]"
        )
        (apart,) = [card for card in cards if "no more news" in card.text_content()]
        assert "in your place" in apart.text_content()
        assert [a.text for a in apart.xpath(".//a[@class='call']")] == [shown(victim().phone)]
        picks = apart.xpath(".//form[@action='telephoned']//input[starts-with(@name, 'pick-')]")
        assert len(picks) == 2
        answer = desk.post("telephoned", **{pick.get("name"): "yes" for pick in picks})
        assert "cannot be recorded together" not in answer.text

    def test_calls_nobody_from_the_list(self, page, desk):
        listed = desk.post("call-list").text
        assert "told different things" in listed
        assert shown(KIN) not in listed


class TestPortal:
    """An ex-partner who talks somebody into it gains nothing there."""

    def test_opens_nothing_by_name_and_birth_date(self, marked):
        assert Visitor().verify(NUMBER, NAME, BORN).status == 200

    def test_opens_nothing_by_a_relatives_name_and_birth_date(self, desk):
        born = a_stored_case().victims[0].birth_date
        built = a_case().with_speaker(relation="next_of_kin", birth_date=born, digest="1")
        (kin,) = built.case.speakers
        cases.write_row(NUMBER, kin, None)
        assert Visitor().verify(NUMBER, NAME, BORN).status == 303
        at_work(desk, Role.SUPERVISOR).confirm("capacity", **form())
        assert Visitor().verify(NUMBER, kin.last_name, BORN).status == 200
        assert Visitor().verify(NUMBER, NAME, BORN).status == 200

    @pytest.mark.parametrize("relation", ["guardian", "representative"])
    def test_opens_nothing_to_a_guardian_of_an_adult(self, desk, relation):
        """A clerk believed in a birth date, and in a guardian."""
        (before,) = a_stored_case().victims
        kin = a_case().with_speaker(relation=relation, birth_date=before.birth_date, digest="1")
        (guardian,) = kin.case.speakers
        cases.write_row(NUMBER, guardian, None)
        row = replace(before, birth_date=CHILD["birth_date"], minor_at=NOW, digest="2")
        cases.write_row(NUMBER, row, before)
        assert Visitor().verify(NUMBER, guardian.last_name, BORN).status == 200
        at_work(desk, Role.SUPERVISOR).confirm("capacity", **form(do="able_again"))
        assert Visitor().verify(NUMBER, guardian.last_name, BORN).status == 200

    @SAID
    def test_ends_visits_and_codes_from_before(self, desk, clock, settings, says):
        a_stored_case()
        code = issued(settings, at=NOW - timedelta(days=1))
        visitor, entered = enter(code)
        assert entered
        says(desk)
        assert visitor.get("/manage").status != 200
        assert not enter(code)[1]
