"""`make told-since` ends: what is still not in the ledger is named, and owed no more at last."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.compliance import retention
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.notices import planning, survey_invitations
from aviso.storage import cases, notices
from infra.harness.builders import NOW, NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.ops import restore
from tests.support.restored import OUTPUTS, log
from tests.support.survey import ASKED_ON, a_surveyed

NIGHT = ASKED_ON.replace(hour=10)  # three o'clock on the agency's clock
MOMENT = restore.Moment(NIGHT - timedelta(hours=2))

pytestmark = [pytest.mark.in_memory_tables, pytest.mark.usefixtures("outside")]


@pytest.fixture
def again(typed):
    """Type the command; return its exit code."""
    at = f"{MOMENT.at:%Y-%m-%dT%H:%MZ}"
    return lambda: typed(OUTPUTS, "told-since", "--at", at, "--by", "dana")


@pytest.fixture
def erased_since(keep, lose, bring_back, settings, clock):
    """Give the id of a notice that was told, whose victim was then erased."""
    clock.move_to(NIGHT + timedelta(hours=8))
    keep()
    store(an_arrest_case().case)
    planning.plan(NUMBER, settings, NOW)
    told = next(n.id for n in notices.of_case(NUMBER) if n.fact.startswith("arrest"))
    log(MOMENT.at + timedelta(hours=1), "dispatched", notice=told, outcome="sent")
    (victim,) = cases.read_case(NUMBER).victims
    retention.erase(NUMBER, victim.id, "Records", settings, MOMENT.at + timedelta(hours=2))
    lose("Notices")
    bring_back()
    return told


@pytest.fixture
def asked_since(keep, settings, clock):
    """Ask somebody in the night after the moment; return the survey's id."""
    clock.move_to(NIGHT + timedelta(hours=8))
    store(a_surveyed().case)
    keep()
    assert ask(settings, NIGHT) == 1
    survey = next(n.id for n in notices.of_case(NUMBER) if n.kind is Kind.SURVEY)
    log(NIGHT + timedelta(hours=6), "dispatched", notice=survey, outcome="sent")
    return survey


def ask(settings, at) -> int:
    case = cases.read_case(NUMBER)
    return survey_invitations.ask(case, notices.of(case), settings, at)["asked"]


def reconciled(message: str = "reconciled", *, all_cases: bool = True) -> None:
    now = datetime.now(UTC)
    at = now + timedelta(seconds=1)
    log(at, message, all_cases_planned=all_cases, as_of=now.isoformat())


class TestMissing:
    def test_is_named(self, erased_since, again, capsys):
        assert again() == 1
        said = capsys.readouterr().out
        assert f"told-since: {erased_since}\n" in said
        assert "done" not in said

    @pytest.mark.parametrize("run", ["reconciled", "night"])
    def test_is_owed_no_more_once_all_cases_are_planned(self, erased_since, again, capsys, run):
        reconciled(run, all_cases=False)  # an hour's run, or a night that lost a part
        assert again() == 1
        reconciled(run)
        assert again() == 0
        said = capsys.readouterr().out
        assert "these are owed no more" in said
        assert erased_since in said

    def test_waits_for_a_run_after_the_restore(self, erased_since, again):
        at = MOMENT.at + timedelta(hours=3)
        log(at, "reconciled", all_cases_planned=True, as_of=at.isoformat())
        assert again() == 1

    @pytest.mark.parametrize("run", ["reconciled", "night"])
    def test_waits_for_a_run_that_began_when_all_rows_were_back(
        self, keep, lose, bring_back, again, settings, clock, monkeypatch, run
    ):
        clock.move_to(NIGHT + timedelta(hours=8))
        keep()
        store(an_arrest_case().case)
        planning.plan(NUMBER, settings, NOW)
        told = next(n.id for n in notices.of_case(NUMBER) if n.fact.startswith("arrest"))
        log(MOMENT.at + timedelta(hours=1), "dispatched", notice=told, outcome="sent")
        lose("Notices")
        there = restore.bring_back

        def waits(database, name, *rest):
            if name == "Cases":  # AWS still made the copies when a night began
                reconciled(run)
            return there(database, name, *rest)

        monkeypatch.setattr(restore, "bring_back", waits)
        bring_back()
        assert again() == 1
        reconciled(run)
        assert again() == 0


class TestSurvey:
    def test_whose_mark_was_not_lost_is_owed_no_more(self, asked_since, lose, bring_back, again):
        lose("Notices")
        bring_back()
        reconciled()
        assert again() == 0

    def test_that_was_told_is_not_asked_again(self, asked_since, lose, bring_back, settings):
        lose("Notices", "Guards")
        bring_back()
        assert notices.read(asked_since).state is State.HELD
        assert ask(settings, NIGHT + timedelta(days=1)) == 0

    def test_that_was_told_bars_one_on_another_case(self, asked_since, lose, bring_back, settings):
        lose("Notices", "Guards")
        bring_back()
        lose("Notices")
        assert ask(settings, NIGHT + timedelta(days=1)) == 0
