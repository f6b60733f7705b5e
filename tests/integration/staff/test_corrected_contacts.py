"""What follows a correction at the desk: the file of new contacts, announcements, open codes."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.runtime import hashing
from aviso.storage import cases, notices, suppressions
from aviso.victims import access_codes, verification, visits
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import a_case, case_at
from infra.harness.staff_browser import audited, say_of_case
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    a_stored_case,
    at_work,
    notice,
)
from tests.integration.staff.corrections import (
    HOME,
    WHY,
    WRONG,
    YES,
    form,
    heard,
    line,
    reached,
    stored,
    who,
    with_home,
)

RELATIVE = "+15205550177"


def exported(desk):
    """Return the contacts of a new file."""
    return [row.split(",", 3)[3] for row in desk.post("contacts-csv").body.splitlines()[1:]]


class TestFileOfNewContacts:
    def test_has_an_address_that_is_corrected_again(self, desk):
        with_home()
        at_work(desk, Role.RECORDS).confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
        assert len(exported(desk)) == 1
        again = HOME | {"street": "9 W Oak Rd"}
        first = "8 W Fir Rd\nSonora Wells, AZ 85702"
        desk.confirm("correct", why=WHY, **form(**again), **line(first))
        desk.confirm("contacts-done")
        (row,) = exported(desk)
        assert "9 W Oak Rd" in row
        desk.confirm("contacts-done")
        assert exported(desk) == []

    def test_lacks_what_was_called_unsafe_since(self, desk):
        with_home()
        at_work(desk, Role.SUPERVISOR)
        desk.confirm("correct", why=WHY, **form(typed="5205550101"))
        desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
        assert len(exported(desk)) == 2
        desk.confirm("unsafe", why=WHY, **form(), **line("+15205550101"))
        desk.confirm("unsafe", why=WHY, **form(), **line("8 W Fir Rd\nSonora Wells, AZ 85702"))
        assert exported(desk) == []
        assert "There is no contact to enter." in desk.get("contacts").text

    @pytest.mark.parametrize("since", ["a suspect's", "confidential"])
    def test_lacks_suspects_and_confidential_addresses(self, desk, since):
        with_home()
        at_work(desk, Role.SUPERVISOR)
        desk.confirm("correct", why=WHY, **form(typed="5205550101"))
        desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
        case = stored()
        if since == "confidential":
            (before,) = case.victims
            cases.write_row(
                ORDINARY, replace(before, confidential_address=True, digest="5"), before
            )
            assert [row.split(",")[0] for row in exported(desk)] == ["+15205550101"]
            return
        (before,) = case.suspects
        his = replace(before, phone="+15205550101", street="8 W Fir Rd", digest="5")
        cases.write_row(ORDINARY, his, before)
        assert exported(desk) == []

    def test_has_exactly_what_records_is_told_of(self, desk):
        a_stored_case()
        at_work(desk, Role.ADVOCATE).confirm("correct", why=WHY, **form(typed="5205550101"))
        at_work(desk, Role.RECORDS)
        assert "Contacts to enter: 1." in desk.get("contacts").text
        say_of_case(ORDINARY, "restricted")
        assert "There is no contact to enter." in desk.get("contacts").text
        assert "Contacts to enter: 1." in at_work(desk, Role.SUPERVISOR).get("contacts").text


class TestUnsafe:
    @pytest.mark.parametrize(
        ("cannot", "relation"),
        [
            ({}, ""),
            ({"deceased": True}, "next_of_kin"),
            ({"incapacitated": True}, "guardian"),
            ({"minor": True}, "guardian"),
        ],
        ids=["an adult", "dead", "incapacitated", "a minor"],
    )
    def test_says_who_is_told(self, desk, settings, cannot, relation):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, **cannot, digest="9"), before)
        if relation:
            built = a_case().with_speaker(relation=relation, phone=RELATIVE, email="", digest="1")
            cases.write_row(ORDINARY, built.case.speakers[0], None)
        at_work(desk, Role.SUPERVISOR)
        asked = desk.post("unsafe", **form(), **line(PHONE))
        assert ("The victim's other contacts are told." in asked.text) is not cannot
        assert ("Others speak for this victim. They are told" in asked.text) is bool(cannot)
        desk.post("unsafe", **form(), **line(PHONE), **YES)
        assert who(heard(settings)["unsafe"]) == ({RELATIVE} if cannot else {EMAIL})

    @pytest.mark.parametrize("address", [PHONE, WRONG])
    def test_is_told_to_others_and_ends_what_was_open(self, desk, settings, address):
        with_home()
        sent = access_codes.issue(
            ORDINARY, "v1", CodePurpose.EMAIL, NOW - timedelta(hours=2), settings
        )
        at_work(desk, Role.RECORDS).confirm("unsafe", why=WHY, **form(), **line(address))
        told = {d.fact.change for d in owed(case_at(stored(), settings))} - {""}
        assert told == {"home" if address == WRONG else "unsafe"}
        claim = verification.Claim(number=ORDINARY, code=sent, source="192.0.2.1")
        assert visits.open_by_code(claim, settings, NOW + timedelta(seconds=9)) is None

    def test_ends_only_marks_that_bar_the_address(self, desk, settings):
        with_home()
        at_work(desk)
        desk.confirm("unsafe", why=WHY, **form(), **line(WRONG))
        desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
        before = stored().victims[0]
        cases.write_row(ORDINARY, replace(before, street="12 E Pima St # 4", digest="4"), before)
        barred = "12 E Pima St # 4\nSonora Wells, AZ 85701"
        assert reached(settings) == {EMAIL}
        desk.confirm("safe", why=WHY, **form(), **line(barred))
        assert reached(settings) == {EMAIL, barred}
        assert stored().victims[0].desk_unsafe == (PHONE,)


def notices_of(kind):
    return [n for n in notices.of_case(ORDINARY) if n.kind is kind]


class TestGivenBack:
    @pytest.mark.parametrize("others", [EMAIL, ""])
    @pytest.mark.parametrize(("address", "word"), [(PHONE, "given_back"), (WRONG, "home")])
    def test_after_unsafe_is_told_or_waits_for_a_supervisor(
        self, desk, settings, others, address, word
    ):
        with_home()
        before = stored().victims[0]
        alone = {"phone": PHONE if address == PHONE else "", "street": before.street}
        alone |= {} if address == WRONG else {"street": ""}
        cases.write_row(ORDINARY, replace(before, **alone, email=others, digest="9"), before)
        at_work(desk, Role.RECORDS)
        desk.confirm("unsafe", why=WHY, **form(), **line(address))
        asked = desk.post("safe", **form(), **line(address))
        assert "The victim's other contacts are told." in asked.text
        for _ in range(2):
            desk.post("safe", **form(), **line(address), **YES)
        assert address in reached(settings)
        assert who(heard(settings)[word]) == ({EMAIL} if others else "change_unheard")
        assert [action for _, action, _ in audited()].count("contact_unsafe_undone") == 1

    @pytest.mark.parametrize("others", [EMAIL, ""])
    def test_after_not_me_is_told_or_waits_for_a_supervisor(self, desk, settings, others):
        before = a_stored_case().victims[0]
        cases.write_row(ORDINARY, replace(before, email=others, digest="9"), before)
        suppressions.not_me(hashing.address_key(PHONE), ORDINARY, NOW)
        at_work(desk, Role.RECORDS)
        asked = desk.post("restore", **form(), **line(PHONE))
        assert "The victim's other contacts are told." in asked.text
        for _ in range(2):
            desk.post("restore", **form(), **line(PHONE), **YES)
        assert len(stored().enrollments[0].given_back) == 1
        assert who(heard(settings)["given_back"]) == ({EMAIL} if others else "change_unheard")

    def test_cannot_silence_its_own_message(self, desk, settings):
        a_stored_case()
        at_work(desk, Role.RECORDS).confirm("correct", why=WHY, **form(typed="5205550101"))
        planning.plan(ORDINARY, settings, NOW)
        announced = next(n.id for n in notices_of(Kind.CONTACT_CHANGED))
        tick = {f"pick-{announced}": "yes"}
        for role in (Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR):
            ours = role is Role.SUPERVISOR
            page = at_work(desk, role).post("hold", c=form()["c"], **tick)
            assert page.headers["Location"].endswith("&held=1" if ours else "&not_yours=1")
            assert notice(announced).state is (State.HELD if ours else State.PLANNED)
        tick = {f"pick-{announced}": "desk"}
        for role in (Role.RECORDS, Role.ADVOCATE):
            page = at_work(desk, role).post("telephoned", how="phone", **YES, **tick)
            assert page.headers["Location"] == "tasks?not_yours=1"
            assert notice(announced).state is State.HELD
        assert desk.post("release", **YES, **tick).headers["Location"] == "tasks?released=1"
        confirmed = next(n.id for n in notices_of(Kind.ENROLLMENT_CONFIRMED))
        desk.post("hold", c=form()["c"], **{f"pick-{confirmed}": "yes"})
        assert notice(confirmed).state is State.HELD  # what announces nothing is anybody's

    def test_a_moment_ago_hears_of_no_other_change(self, desk, settings):
        with_home()
        before = stored().victims[0]
        cases.write_row(ORDINARY, replace(before, email="", digest="9"), before)
        at_work(desk, Role.RECORDS)
        desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
        desk.confirm("safe", why=WHY, **form(), **line(PHONE))
        desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
        assert {word: who(told) for word, told in heard(settings).items()} == dict.fromkeys(
            ("unsafe", "given_back", "home"), "change_unheard"
        )

    def test_ends_what_was_open(self, desk, settings):
        a_stored_case()
        at_work(desk, Role.RECORDS)
        desk.confirm("unsafe", why=WHY, **form(), **line(PHONE))
        sent = access_codes.issue(ORDINARY, "v1", CodePurpose.EMAIL, datetime.now(UTC), settings)
        desk.confirm("safe", why=WHY, **form(), **line(PHONE))
        claim = verification.Claim(number=ORDINARY, code=sent, source="192.0.2.1")
        assert visits.open_by_code(claim, settings, NOW + timedelta(seconds=30)) is None


class TestLetterCode:
    @pytest.mark.parametrize("how", ["corrected", "called unsafe"])
    def test_ends_with_its_wrong_home(self, desk, settings, how):
        with_home()
        before = NOW - timedelta(days=2)
        posted = access_codes.issue(ORDINARY, "v1", CodePurpose.POST, before, settings)
        on_card = access_codes.issue(ORDINARY, "v1", CodePurpose.CARD, before, settings)
        at_work(desk)
        if how == "corrected":
            desk.confirm("correct", why=WHY, **form(**HOME), **line(WRONG))
        else:
            desk.confirm("unsafe", why=WHY, **form(), **line(WRONG))
        said = stored().victims[0].desk_home_at
        assert said >= NOW

        def opens(code, now):
            claim = verification.Claim(number=ORDINARY, code=code, source="192.0.2.1")
            return visits.open_by_code(claim, settings, now) is not None

        soon = said + timedelta(minutes=1)
        assert not opens(posted, soon)
        assert opens(on_card, soon)
        assert opens(access_codes.issue(ORDINARY, "v1", CodePurpose.POST, soon, settings), soon)
