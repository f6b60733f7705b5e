"""The list to telephone by when a region is lost: whom Aviso chooses by the newest export."""

from datetime import timedelta

import pytest

from infra.harness.builders import NOW, STALKING
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import local
from infra.replay import compare

DAY = timedelta(days=1)
LATER = NOW + 2 * DAY
NEWER = {"row_time": local(LATER)}
HE = {"first_name": "Sam", "last_name": "Poole", "birth_date": "01/02/1979"}
SHE = {"first_name": "Eva", "last_name": "Lopez", "birth_date": "01/01/1985"}


def a_speaker_row(id, role, phone, **who):
    return a_person_row(id=id, for_person="P1", role=role, phone=phone, email="", **who)


def a_child_with_two_guardians(his, hers):
    """Return the rows of a child whose guardians are Sam, the suspect, and Eva."""
    return [
        a_person_row(birth_date="03/04/2018", email="", phone=""),
        a_suspect_row(**HE),
        a_speaker_row("R0", "GRD", his, **HE),
        a_speaker_row("R1", "GRD", hers, **SHE),
    ]


def listed(folder, capsys, days=3):
    settings = folder.settings
    assert compare.compare(settings, settings, folder.path, days, names=True) == 0
    return capsys.readouterr().out.split("Who is told what:")[1]


def line(shown, kind):
    return next(one for one in shown.splitlines() if f": {kind}: " in one)


class TestNumber:
    def test_of_a_child_is_the_innocent_guardians(self, folder, capsys):
        people = a_child_with_two_guardians("(520) 555-0144", "(520) 555-0133")
        folder.put(cases=[a_case_row()], people=people, arrests=[an_arrest_row()])
        shown = listed(folder, capsys)
        assert "sms to +15205550133 (Eva Lopez, guardian)" in line(shown, "arrest")
        assert "0144" not in shown

    def test_of_a_representative_stands_beside_the_victims_own(self, folder, capsys):
        people = [a_person_row(email=""), a_speaker_row("R1", "REP", "(520) 555-0133", **SHE)]
        folder.put(cases=[a_case_row()], people=people)
        to = "to +15205550101 (the victim), +15205550133 (Eva Lopez, representative)"
        assert to in line(listed(folder, capsys), "first_contact")

    def test_shared_with_a_suspected_guardian_is_not_there(self, folder, capsys):
        people = a_child_with_two_guardians("520-555-0133", "520-555-0133")
        folder.put(cases=[a_case_row()], people=people)
        shown = listed(folder, capsys)
        assert "a person (contact_shared_with_suspect)" in line(shown, "first_contact")
        assert "0133" not in shown

    def test_shared_with_a_representative_names_both(self, folder, capsys):
        people = [a_person_row(email=""), a_speaker_row("R1", "REP", "520-555-0101", **SHE)]
        folder.put(cases=[a_case_row()], people=people)
        to = "to +15205550101 (the victim or Eva Lopez, representative);"
        assert to in line(listed(folder, capsys), "first_contact")

    @pytest.mark.parametrize(
        ("case", "victim", "way"),
        [
            ({"offense": STALKING}, {}, "a person (restricted_offense)"),
            ({}, {"birth_date": "03/04/2018"}, "a person (minor_without_guardian)"),
            ({}, {"phone": "", "email": ""}, "a person (no_safe_contact)"),
        ],
        ids=["restricted", "child", "without a contact"],
    )
    def test_is_none_where_a_person_decides(self, folder, capsys, case, victim, way):
        folder.put(cases=[a_case_row(**case)], people=[a_person_row(**victim)])
        shown = line(listed(folder, capsys), "first_contact")
        assert f": {way}; of 2026-11-22 12:00" in shown
        assert "555" not in shown

    def test_comes_after_what_a_caller_must_know(self, folder, capsys):
        folder.ordinary()
        before = listed(folder, capsys).partition("+15205550101")[0]
        for said in ("Call no other number", "the desk or the portal", "leave no message"):
            assert said in " ".join(before.split())

    def test_is_in_no_comparison(self, folder, capsys):
        folder.ordinary()
        changed = folder.kinds(arrest={"on": False})
        assert compare.compare(folder.settings, changed, folder.path, 3, names=True) == 0
        shown = capsys.readouterr().out
        assert "Muñoz" in shown
        assert not [one for one in ("0101", "ana@example.com") if one in shown]


class TestLateFact:
    @pytest.fixture
    def before(self, folder):
        """An export of two days ago, without the arrest."""
        row = {"row_time": local(NOW - 3 * DAY)}
        case = a_case_row(reported_at=local(NOW - 5 * DAY), **row)
        folder.put(NOW - 2 * DAY, cases=[case], people=[a_person_row(**row), a_suspect_row(**row)])
        return folder

    def test_of_before_these_days_is_listed(self, before, capsys):
        arrested = local(NOW - 4 * DAY)
        row = an_arrest_row(arrested_at=arrested, row_time=local(NOW - DAY / 2))
        before.put(NOW, arrests=[row])
        shown = listed(before, capsys, days=1)
        assert "sms and email to +15205550101" in line(shown, "arrest")
        assert "of 2026-11-20 12:00" in line(shown, "arrest")
        assert ": first_contact:" not in shown

    def test_of_a_victim_who_came_late_is_listed(self, before, capsys):
        before.put(NOW, people=[a_person_row(id="P2", last_name="Soto", phone="520-555-0155")])
        shown = line(listed(before, capsys, days=1), "first_contact")
        assert "Ana Soto" in shown
        assert "+15205550155" in shown

    def test_older_than_its_kinds_age_limit_is_not_listed(self, before, capsys):
        before.put(NOW, arrests=[an_arrest_row(arrested_at=local(NOW - 31 * DAY))])
        assert ": arrest:" not in listed(before, capsys)

    def test_of_a_case_that_never_came_is_a_persons(self, before, capsys):
        row = an_arrest_row(number="2611240077", arrested_at=local(NOW - 4 * DAY))
        before.put(NOW, arrests=[row])
        assert "arrest: a person (unsettled_no_report)" in listed(before, capsys, days=1)

    def test_shown_once_more_is_not_listed_again(self, before, capsys):
        row = {"id": "A1", "arrested_at": local(NOW - 4 * DAY)}
        before.put(NOW, arrests=[an_arrest_row(**row)])
        again = an_arrest_row(custody_agency="Pima County Jail", row_time=local(NOW + DAY), **row)
        before.put(NOW + 2 * DAY, arrests=[again])
        assert ": arrest:" not in listed(before, capsys, days=1)


class TestWithdrawal:
    def test_of_what_was_told_before_these_days_is_listed(self, folder, capsys):
        folder.ordinary()
        later = local(NOW + 5 * DAY)
        folder.put(NOW + 5 * DAY, arrests=[an_arrest_row(withdrawn="Y", row_time=later)])
        shown = listed(folder, capsys)
        assert "to +15205550101 (the victim)" in line(shown, "correction")
        assert ": arrest:" not in shown


class TestNewerExport:
    """What an export said two days ago, within the days asked for, and what the newest says."""

    def test_with_the_guardian_as_a_suspect_leaves_no_number(self, folder, capsys):
        tim = {"first_name": "Tim", "last_name": "Reed", "birth_date": "05/06/1980"}
        child = a_person_row(birth_date="03/04/2018", email="", phone="")
        guardian = a_speaker_row("R1", "GRD", "(520) 555-0144", **tim)
        people = [child, a_suspect_row(), guardian]
        folder.put(cases=[a_case_row()], people=people, arrests=[an_arrest_row()])
        assert "sms to +15205550144 (Tim Reed, guardian)" in line(listed(folder, capsys), "arrest")
        folder.put(LATER, people=[a_suspect_row(id="S2", **tim, **NEWER)])
        shown = listed(folder, capsys)
        assert "a person (minor_without_guardian)" in line(shown, "arrest")
        assert "0144" not in shown

    def test_with_the_victims_phone_as_a_suspects_leaves_no_number(self, folder, capsys):
        folder.ordinary()
        folder.put(LATER, people=[a_suspect_row(phone="520-555-0101", **NEWER)])
        shown = listed(folder, capsys)
        assert ": arrest: " in shown
        assert "0101" not in shown

    def test_with_a_restricted_offense_leaves_no_number(self, folder, capsys):
        folder.ordinary()
        folder.put(LATER, cases=[a_case_row(offense=STALKING, **NEWER)])
        shown = listed(folder, capsys)
        assert "a person (restricted_offense)" in line(shown, "arrest")
        assert "0101" not in shown

    def test_with_another_phone_gives_that(self, folder, capsys):
        folder.ordinary()
        folder.put(LATER, people=[a_person_row(phone="520-555-0166", **NEWER)])
        shown = listed(folder, capsys)
        assert "+15205550166 (the victim)" in line(shown, "arrest")
        assert "0101" not in shown

    def test_that_withdraws_an_arrest_makes_its_correction_a_persons(self, folder, capsys):
        """It may have been told before the loss, or not: nobody may tell of that arrest now."""
        folder.ordinary()
        folder.put(LATER, arrests=[an_arrest_row(withdrawn="Y", **NEWER)])
        shown = listed(folder, capsys)
        assert ": arrest:" not in shown
        assert "correction: a person (original_open)" in line(shown, "correction")
        assert " to " not in line(shown, "correction")

    def test_changes_no_figure_of_a_comparison(self, folder):
        folder.ordinary()
        before = folder.told()
        folder.put(LATER, cases=[a_case_row(offense=STALKING, **NEWER)])
        assert folder.told() == before


class TestIncompleteCase:
    PEOPLE = (a_person_row(), a_suspect_row())

    def arrest_first(self, folder, at, arrested):
        folder.put(at, people=self.PEOPLE, arrests=[an_arrest_row(arrested_at=local(arrested))])

    def test_that_was_completed_since_has_its_number(self, folder, capsys):
        self.arrest_first(folder, NOW, NOW - DAY / 24)
        assert "a person (unsettled_no_report)" in line(listed(folder, capsys), "arrest")
        folder.put(NOW + DAY, cases=[a_case_row()])
        assert "to +15205550101 (the victim)" in line(listed(folder, capsys), "arrest")

    def test_of_before_these_days_is_listed_once_complete(self, folder, capsys):
        self.arrest_first(folder, NOW, NOW - DAY)
        folder.put(NOW + 5 * DAY, cases=[a_case_row()])
        assert "to +15205550101 (the victim)" in line(listed(folder, capsys), "arrest")

    def test_completed_before_these_days_is_not_listed_again(self, folder, capsys):
        self.arrest_first(folder, NOW, NOW - DAY)
        folder.put(NOW + DAY, cases=[a_case_row()])
        newer = a_person_row(phone="520-555-0166", row_time=local(NOW + 6 * DAY))
        folder.put(NOW + 6 * DAY, people=[newer])
        assert ": arrest:" not in listed(folder, capsys)

    def test_that_stays_incomplete_is_not_listed_again(self, folder, capsys):
        self.arrest_first(folder, NOW, NOW - DAY)
        folder.put(NOW + 5 * DAY, people=[a_person_row(phone="", row_time=local(NOW + 5 * DAY))])
        assert ": arrest:" not in listed(folder, capsys)

    def test_with_its_arrest_withdrawn_has_a_person_look(self, folder, capsys):
        """The exports before the folder's first may have had the case: then it was told."""
        self.arrest_first(folder, NOW, NOW - DAY)
        later = {"row_time": local(NOW + 5 * DAY)}
        folder.put(NOW + 5 * DAY, arrests=[an_arrest_row(withdrawn="Y", **later)])
        shown = line(listed(folder, capsys), "correction")
        assert "a person (original_open)" in shown
