"""`make restore` where a file wrote again what was lost, before it was typed."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import restriction
from aviso.domain.model import Report, Victim
from aviso.domain.name_search import keys_of
from aviso.domain.reasons import Restriction
from aviso.notices import planning, sending
from aviso.staff import case_decisions, suspect_decisions
from aviso.storage import cases, enrollments, name_index, name_key, notices, sending_controls
from infra.harness.builders import NOW, NUMBER, a_case, a_contact, an_arrest_case, an_invocation
from infra.harness.feed_drop import Feed, a_case_row
from infra.harness.feed_files import local
from infra.harness.portal_browser import store
from infra.ops import restore
from infra.ops.connection import operator

# The acts of these tests, which are done now, are before the moment: a restore knows them from the
# copy alone.
MOMENT = restore.Moment(datetime(2126, 11, 26, 12, 0, tzinfo=UTC))
OUTPUTS = {f"{name}Table": name for name in restore.ALL} | {"ReconcileFunction": "reconcile"}
OTHER = "2611240002"
EMAIL = "ana@example.com"
WHY = "He has it"

pytestmark = pytest.mark.in_memory_tables


@pytest.fixture
def decided(database):
    """Store a case of which the desk has decided all that it can."""
    store(an_arrest_case().case)
    ana, case = operator("ana"), cases.read_case(NUMBER)
    (victim,), (suspect,) = case.victims, case.suspects
    case_decisions.restrict(case, ana)
    case_decisions.mark_unsafe(case, victim, victim.phone, WHY, ana)
    case_decisions.incapacitated(cases.read_case(NUMBER), victim, WHY, ana)
    suspect_decisions.clear_suspect(case, suspect, WHY, ana)
    return cases.read_case(NUMBER)


@pytest.fixture
def made_again(keep, lose):
    """Lose the cases, and have the hourly file bring them again."""

    def go() -> None:
        keep()
        lose("Cases")
        case = an_arrest_case().case
        people = {
            name: tuple(replace(row, first_seen=NOW) for row in getattr(case, name))
            for name in ("victims", "suspects")
        }
        store(replace(case, **people))

    return go


def store_signed_up() -> None:
    case = an_arrest_case().with_enrollment("v1", a_contact("own@example.org")).case
    store(case)
    enrollments.write_enrollment(NUMBER, case.enrollments[0])


def remade():
    (victim,) = cases.read_case(NUMBER).victims
    return victim


class TestCase:
    def test_made_again_is_as_the_desk_decided(self, decided, made_again, bring_back):
        made_again()
        assert cases.read_case(NUMBER).report.desk_restriction == ""
        bring_back()
        found = cases.read_case(NUMBER)
        for row, before in (
            (found.report, decided.report),
            (found.victims[0], decided.victims[0]),
            (found.suspects[0], decided.suspects[0]),
        ):
            for name in cases.DESK_FIELDS & cases.NAMES[type(row)]:
                assert getattr(row, name) == getattr(before, name), name

    def test_made_again_keeps_a_rule_s_reason(self, database, made_again, bring_back, settings):
        store(an_arrest_case().case)
        cases.mark_restricted(NUMBER, Restriction.SHARED_HOME)
        made_again()
        bring_back()
        found = restriction.restriction_of(cases.read_case(NUMBER), settings)
        assert found is Restriction.SHARED_HOME

    def test_made_again_texts_no_unsafe_phone(
        self, database, made_again, bring_back, settings, provider
    ):
        store(an_arrest_case().case)
        sending_controls.turn(trial=False)
        phone = remade().phone
        case_decisions.mark_unsafe(cases.read_case(NUMBER), remade(), phone, WHY, operator("ana"))
        made_again()
        bring_back()
        sending_controls.turn(kill=False)
        planning.plan(NUMBER, settings, NOW)
        for n, one in enumerate(notices.of_case(NUMBER)):
            sending.send(one.id, an_invocation(settings, lambda: NOW, token=f"t{n}"))
        assert phone not in {message.address for message in provider.sent}

    def test_made_again_keeps_marks_of_both_rows(self, database, made_again, bring_back):
        store(an_arrest_case().case)
        phone, ana = remade().phone, operator("ana")
        case_decisions.mark_unsafe(cases.read_case(NUMBER), remade(), phone, WHY, ana)
        made_again()
        case_decisions.mark_unsafe(cases.read_case(NUMBER), remade(), EMAIL, WHY, ana)
        bring_back()
        assert set(remade().desk_unsafe) == {phone, EMAIL}

    def test_made_again_keeps_a_later_decision(self, decided, made_again, bring_back):
        made_again()
        case_decisions.lift(cases.read_case(NUMBER), WHY, operator("ben"))
        bring_back()
        assert cases.read_case(NUMBER).report.desk_restriction == "lifted"

    def test_made_again_keeps_what_was_taken_back_since_a_run(
        self, decided, made_again, bring_back, monkeypatch
    ):
        made_again()
        with monkeypatch.context() as same_copy:
            same_copy.setattr(restore, "drop", lambda *_: None)
            bring_back()
        cases.write_row(NUMBER, replace(remade(), first_name="Anna", digest="2"), remade())
        ana, case = operator("ana"), cases.read_case(NUMBER)
        case_decisions.able_again(case, case.victims[0], WHY, ana)
        case_decisions.restore(case, case.victims[0], case.victims[0].phone, WHY, ana)
        suspect_decisions.suspect_again(case, case.suspects[0], WHY, ana)
        taken_back = cases.read_case(NUMBER)
        bring_back()
        assert cases.read_case(NUMBER) == taken_back

    def test_made_again_gets_what_another_moment_knows(
        self, database, made_again, bring_back, settings
    ):
        store(an_arrest_case().case)
        phone, ana = remade().phone, operator("ana")
        case_decisions.mark_unsafe(cases.read_case(NUMBER), remade(), phone, WHY, ana)
        early = restore.Moment(MOMENT.at - timedelta(minutes=30))  # typed first: before the mark
        for name in restore.ALL:
            restore.begin(database, name, early)
        case_decisions.mark_unsafe(cases.read_case(NUMBER), remade(), EMAIL, WHY, ana)
        made_again()
        restore.bring_all_back(OUTPUTS, restore.ALL, early, "dana", settings)
        bring_back()
        assert set(remade().desk_unsafe) == {phone, EMAIL}

    def test_made_again_under_another_id_of_the_victim_is_restricted(
        self, decided, keep, lose, bring_back, settings, capsys
    ):
        keep()
        lose("Cases")
        case = an_arrest_case().case
        (victim,) = case.victims
        store(replace(case, victims=(replace(victim, id="v9"),)))
        left = Victim(id=victim.id, origin=victim.origin, digest=f"{cases.SUPERSEDED}v9")
        cases.write_row(NUMBER, left, None)
        bring_back()
        said = capsys.readouterr().out
        assert f"case {NUMBER} was renumbered" not in said
        assert f"case {NUMBER} lacks what people had decided" in said
        assert "a file renumbered it or one of its people" in said
        found = restriction.restriction_of(cases.read_case(NUMBER), settings)
        assert found is Restriction.DESK

    def test_never_lost_keeps_what_was_taken_back(self, decided, keep, bring_back):
        keep()
        ana, case = operator("ana"), cases.read_case(NUMBER)
        case_decisions.able_again(case, case.victims[0], WHY, ana)
        suspect_decisions.suspect_again(case, case.suspects[0], WHY, ana)
        taken_back = cases.read_case(NUMBER)
        bring_back()
        assert cases.read_case(NUMBER) == taken_back


class TestRenumberedCase:
    @pytest.fixture
    def made_again_as(self, keep, lose):
        """Lose the cases; a file brings the case again, and gives it another number."""

        def go() -> None:
            keep()
            lose("Cases")
            made = an_arrest_case().case
            report = replace(made.report, number=OTHER, former_number=NUMBER, known_as=(OTHER,))
            people = {
                name: tuple(replace(row, first_seen=NOW) for row in getattr(made, name))
                for name in ("victims", "suspects")
            }
            store(replace(made, number=OTHER, report=report, **people))
            pointer = Report(number=NUMBER, origin=NUMBER, offense="", renumbered_to=OTHER)
            cases.write_row(NUMBER, pointer, None)

        return go

    def test_made_again_texts_no_unsafe_phone(
        self, database, made_again_as, bring_back, settings, provider, capsys
    ):
        store(an_arrest_case().case)
        sending_controls.turn(trial=False)
        phone = remade().phone
        case_decisions.mark_unsafe(cases.read_case(NUMBER), remade(), phone, WHY, operator("ana"))
        made_again_as()
        bring_back()
        assert f"case {OTHER} lacks what people had decided" in capsys.readouterr().out
        sending_controls.turn(kill=False)
        planning.plan(OTHER, settings, NOW)
        owed = notices.of(cases.read_case(OTHER))
        assert owed
        for n, one in enumerate(owed):
            sending.send(one.id, an_invocation(settings, lambda: NOW, token=f"t{n}"))
        assert phone not in {message.address for message in provider.sent}

    def test_made_again_is_restricted_if_it_was(
        self, database, made_again_as, bring_back, settings
    ):
        store(an_arrest_case().case)
        case_decisions.restrict(cases.read_case(NUMBER), operator("ana"))
        made_again_as()
        bring_back()
        found = restriction.restriction_of(cases.read_case(OTHER), settings)
        assert found is Restriction.DESK

    def test_made_again_is_restricted_if_the_victim_had_signed_up(
        self, database, made_again_as, bring_back, settings
    ):
        store_signed_up()
        made_again_as()
        bring_back()
        found = restriction.restriction_of(cases.read_case(OTHER), settings)
        assert found is Restriction.DESK

    def test_made_again_without_decisions_is_not_restricted(
        self, database, made_again_as, bring_back, settings
    ):
        store(an_arrest_case().case)
        made_again_as()
        bring_back()
        assert restriction.restriction_of(cases.read_case(OTHER), settings) is None

    def test_never_lost_is_not_restricted(self, database, keep, bring_back, settings):
        store_signed_up()
        phone = remade().phone
        case_decisions.mark_unsafe(cases.read_case(NUMBER), remade(), phone, WHY, operator("ana"))
        keep()
        row = a_case_row(number=OTHER, former_number=NUMBER, row_time=local(NOW))
        Feed(settings).drop("cases", row)
        bring_back()
        assert cases.read_case(NUMBER).number == OTHER
        assert remade().desk_unsafe == (phone,)
        assert restriction.restriction_of(cases.read_case(OTHER), settings) is None


class TestPerson:
    def test_of_before_and_since_is_found_by_name(self, database, keep, lose, bring_back):
        store(a_case().with_report().with_victim(last_name="Muñoz").case)
        keep()
        lose("Guards")
        name_key.forget()
        later = a_case().with_report(number=OTHER, origin=OTHER).with_victim(last_name="Muñoz")
        store(replace(later.case, number=OTHER))  # its import makes another key
        assert found() == [OTHER]
        bring_back()
        assert found() == [NUMBER, OTHER]


def found():
    return sorted(name_index.cases_named(keys_of("Ana Muñoz"), ())[0])
