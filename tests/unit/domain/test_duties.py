"""Who is owed which notice, by when (docs/rules.md#1, #4, #9, #10, #16)."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, strategies
from msgspec.structs import replace

from aviso.domain.duties import Standing, duty_id, owed, standing
from aviso.domain.fact_keys import DATED
from aviso.domain.model import Case, Kind
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import StopReason
from aviso.domain.requests import Rights
from infra.harness.builders import (
    BURGLARY,
    NOW,
    STALKING,
    a_case,
    a_notice,
    an_arrest_case,
    case_at,
)


def kinds(duties):
    return {d.kind for d in duties}


def of(kind, duties):
    return [d for d in duties if d.kind is kind]


def as_told(duties, state=State.DELIVERED) -> list[Notice]:
    told_at = NOW if state in (State.SENT, State.DELIVERED) else None
    return [
        a_notice(d.kind, d.fact, victim=d.victim, state=state, told_at=told_at, fact_at=d.fact_at)
        for d in duties
    ]


class TestArrest:
    def test_is_owed_to_every_victim_on_the_case(self, settings):
        case = an_arrest_case().with_victim("v2").case
        duties = of(Kind.ARREST, owed(case_at(case, settings)))
        assert {d.victim for d in duties} == {"v1", "v2"}
        assert {d.deadline for d in duties} == {NOW + settings.kinds[Kind.ARREST].deadline}

    def test_is_owed_to_a_victim_who_arrives_later(self, settings):
        late = an_arrest_case().with_victim("v2", first_seen=NOW + timedelta(hours=3)).case
        duty = next(
            d for d in owed(case_at(late, settings)) if d.victim == "v2" and "arrest" in d.fact
        )
        assert duty.id == duty_id(late.number, "arrest:a1", Kind.ARREST, "v2")
        assert duty.deadline > NOW + timedelta(hours=3)

    def test_notice_includes_an_appearance_known_with_it(self, settings):
        hearing = NOW + timedelta(days=1)
        together = a_case().with_victim().with_suspect().with_arrest(appearance_at=hearing).case
        assert Kind.INITIAL_APPEARANCE not in kinds(owed(case_at(together, settings)))
        arrest = together.arrests[0]
        key = f"appearance:a1@{hearing:%Y-%m-%dT%H:%MZ}"
        later = replace(
            arrest, first_seen={"arrest:a1": NOW - timedelta(hours=1), key: NOW}, arrested_at=NOW
        )
        case = replace(together, arrests=(later,))
        assert Kind.INITIAL_APPEARANCE in kinds(owed(case_at(case, settings)))

    def test_that_is_reinstated_is_told_again(self, settings):
        arrested = an_arrest_case()
        first = of(Kind.ARREST, owed(case_at(arrested.case, settings)))
        again = replace(arrested.case.arrests[0], withdrawals=1, first_seen={"arrest:a1~1": NOW})
        duties = owed(case_at(arrested.but(arrests=(again,)), settings, told=as_told(first)))
        (second,) = of(Kind.ARREST, duties)
        assert second.id != first[0].id
        assert len(of(Kind.CORRECTION, duties)) == 1


class TestDuty:
    def test_does_not_come_from_before_go_live(self, settings):
        before = settings.agency.go_live - timedelta(days=1)
        case = a_case().with_victim().with_suspect().with_arrest(arrested_at=before).case
        assert not of(Kind.ARREST, owed(case_at(case, settings)))

    def test_does_not_come_from_a_fact_too_old(self, settings):
        limit = settings.kinds[Kind.ARREST].age_limit
        long_live = replace(settings.agency, go_live=NOW - 2 * limit)
        settings = replace(settings, agency=long_live)
        for age, expected in ((limit, 1), (limit + timedelta(seconds=1), 0)):
            case = a_case().with_victim().with_suspect().with_arrest(arrested_at=NOW - age).case
            assert len(of(Kind.ARREST, owed(case_at(case, settings)))) == expected

    def test_does_not_come_from_before_a_kind_was_on(self, settings):
        kinds_then = settings.kinds | {
            Kind.ARREST: replace(settings.kinds[Kind.ARREST], since=NOW + timedelta(seconds=1))
        }
        case = an_arrest_case().case
        assert not of(Kind.ARREST, owed(case_at(case, replace(settings, kinds=kinds_then))))

    @pytest.mark.parametrize(
        ("feed", "portal", "told"),
        [
            (Rights.UNANSWERED, Rights.UNANSWERED, True),
            (Rights.WAIVED, Rights.UNANSWERED, False),
            (Rights.WAIVED, Rights.REQUESTED, True),
            (Rights.REQUESTED, Rights.WAIVED, False),
        ],
    )
    def test_ends_only_with_a_waiver(self, settings, feed, portal, told):
        unless_waived = settings.kinds | {
            Kind.ARREST: replace(settings.kinds[Kind.ARREST], told="unless_waived")
        }
        case = (
            a_case()
            .with_victim(rights=feed)
            .with_suspect()
            .with_arrest()
            .with_enrollment("v1", rights=portal)
            .case
        )
        duties = owed(case_at(case, replace(settings, kinds=unless_waived)))
        assert bool(of(Kind.ARREST, duties)) is told

    def test_does_not_come_from_a_later_number(self, settings):
        case = an_arrest_case().with_report(alias_of="2611249999").case
        assert not owed(case_at(case, settings))


class TestUnsettledCase:
    @pytest.mark.parametrize(
        ("changes", "why"), [({"report": None}, "no_report"), ({"suspects": ()}, "suspect_missing")]
    )
    def test_owes_nothing_and_becomes_a_task_after_an_hour(self, settings, changes, why):
        case = replace(an_arrest_case().case, **changes)
        assert not of(Kind.ARREST, owed(case_at(case, settings)))
        later = of(Kind.ARREST, owed(case_at(case, settings, NOW + settings.settle)))
        assert [d.unsettled for d in later] == [why]

    def test_without_report_or_victims_becomes_a_task(self, settings):
        case = replace(an_arrest_case().case, report=None, victims=())
        assert not owed(case_at(case, settings))
        (task,) = owed(case_at(case, settings, NOW + settings.settle))
        assert (task.victim, task.unsettled) == ("", "no_report")

    def test_asks_about_victims_until_they_come(self, settings):
        """They have tasks of their own then, although the suspect is still missing."""
        alone = replace(an_arrest_case().case, suspects=(), victims=())
        (task,) = as_told(owed(case_at(alone, settings, NOW + settings.settle)), State.HELD)
        late = replace(an_arrest_case().case, suspects=())
        found = [standing(case_at(case, settings), task) for case in (alone, late)]
        assert found == [Standing.HALF, Standing.GONE]


# Whether a fact that is taken back owes a correction, by how far its notice had come.
CORRECTED = [
    (State.PLANNED, True),  # it waits, and is suppressed when the original is replaced
    (State.CLAIMED, True),
    (State.SENT, True),
    (State.DELIVERED, True),
    (State.UNCONFIRMED, True),
    (State.MAILED, True),
    (State.REPLACED, False),
    (State.SUPPRESSED, False),
]


def stated(kind, day=timedelta(days=1), name="Det. Luz Ochoa"):
    """Return the column of a case row that states a kind, with a value."""
    return {kind.column: NOW - day if kind in DATED else name}


COLUMNS = {kind: stated(kind) for kind in Kind if kind.column}


def every_kind_on(settings):
    return replace(
        settings, kinds={k: replace(v, on=True, told="always") for k, v in settings.kinds.items()}
    )


class TestCorrection:
    @pytest.mark.parametrize(("state", "corrected"), CORRECTED)
    def test_of_a_withdrawn_arrest_is_owed_to_the_told(self, settings, state, corrected):
        arrested = an_arrest_case()
        told = as_told(of(Kind.ARREST, owed(case_at(arrested.case, settings))), state)
        withdrawn = replace(arrested.case.arrests[0], withdrawn_at=NOW, withdrawals=1)
        case = arrested.but(arrests=(withdrawn,))
        duties = owed(case_at(case, settings, told=told))
        assert not of(Kind.ARREST, duties)
        corrections = of(Kind.CORRECTION, duties)
        assert [c.corrects for c in corrections] == ([told[0].id] if corrected else [])

    def test_is_owed_to_who_was_told_by_telephone(self, settings):
        arrested = an_arrest_case()
        (notice,) = as_told(
            of(Kind.ARREST, owed(case_at(arrested.case, settings))), State.SUPPRESSED
        )
        told = [replace(notice, reason=StopReason.TOLD_BY_PERSON, told_at=NOW)]
        withdrawn = replace(arrested.case.arrests[0], withdrawn_at=NOW, withdrawals=1)
        duties = owed(case_at(arrested.but(arrests=(withdrawn,)), settings, told=told))
        assert [c.corrects for c in of(Kind.CORRECTION, duties)] == [notice.id]

    @pytest.mark.parametrize("kind", COLUMNS)
    @pytest.mark.parametrize(("state", "corrected"), CORRECTED)
    def test_follows_what_the_case_row_takes_back(self, settings, kind, state, corrected):
        settings = every_kind_on(settings)
        said = a_case().with_report(**COLUMNS[kind]).with_victim().case
        told = as_told(of(kind, owed(case_at(said, settings))), state)
        assert len(told) == 1
        assert not of(Kind.CORRECTION, owed(case_at(said, settings, told=told)))
        emptied = a_case().with_report().with_victim().case
        duties = owed(case_at(emptied, settings, told=told))
        assert not of(kind, duties)
        assert [c.corrects for c in of(Kind.CORRECTION, duties)] == (
            [told[0].id] if corrected else []
        )
        assert standing(case_at(emptied, settings), told[0]) is Standing.WITHDRAWN

    @pytest.mark.parametrize("kind", COLUMNS)
    def test_is_not_owed_for_what_ended_or_was_replaced(self, settings, kind):
        settings = every_kind_on(settings)
        said = a_case().with_report(**COLUMNS[kind]).with_victim().case
        told = as_told(of(kind, owed(case_at(said, settings))), State.DELIVERED)
        closed = next(code for code, status in settings.statuses.items() if status.closed)
        other = stated(kind, timedelta(), "Det. Ed Roy")
        for case in (
            a_case().with_report(status=closed).with_victim().case,
            a_case().with_report(**other).with_victim().case,
        ):
            assert not of(Kind.CORRECTION, owed(case_at(case, settings, told=told)))

    def test_is_not_owed_for_a_warrant_before_an_arrest(self, settings):
        settings = every_kind_on(settings)
        said = a_case().with_report(**COLUMNS[Kind.WARRANT]).with_victim().case
        told = as_told(of(Kind.WARRANT, owed(case_at(said, settings))), State.DELIVERED)
        assert not of(Kind.CORRECTION, owed(case_at(an_arrest_case().case, settings, told=told)))


class TestReopening:
    def test_is_owed_after_a_told_closing(self, settings):
        closing = next(c for c, s in settings.statuses.items() if s.tells is Kind.CASE_CLOSED)
        change = next(c for c, s in settings.statuses.items() if s.tells is Kind.STATUS_CHANGED)
        closed = (
            a_case().with_victim().with_report(status=closing, status_at=NOW - timedelta(hours=9))
        )
        told = as_told(owed(case_at(closed.case, settings)))
        assert Kind.CASE_CLOSED in {n.kind for n in told}
        open_again = closed.with_report(status=change, status_at=NOW - timedelta(hours=1)).case
        fresh = {d.kind for d in owed(case_at(open_again, settings, told=told))} - {
            n.kind for n in told
        }
        assert fresh == {Kind.CASE_REOPENED}
        unaware = {d.kind for d in owed(case_at(open_again, settings))}
        assert Kind.STATUS_CHANGED in unaware


@strategies.composite
def cases(draw) -> Case:
    builder = a_case().with_report(offense=draw(strategies.sampled_from([BURGLARY, STALKING])))
    for n in range(draw(strategies.integers(0, 3))):
        builder = builder.with_victim(f"v{n}", rights=draw(strategies.sampled_from(list(Rights))))
    for n in range(draw(strategies.integers(1, 2))):
        builder = builder.with_suspect(f"s{n}")
    for n in range(draw(strategies.integers(0, 2))):
        hours = draw(strategies.integers(0, 72))
        builder = builder.with_arrest(
            f"a{n}", f"s{draw(strategies.integers(0, 1))}", arrested_at=NOW - timedelta(hours=hours)
        )
    return builder.case


class TestOrder:
    @given(cases(), strategies.data())
    def test_duplicates_and_replays_change_no_duty(self, settings, case, data):
        first = owed(case_at(case, settings))
        shuffled = replace(
            case,
            victims=tuple(data.draw(strategies.permutations(case.victims))),
            suspects=tuple(data.draw(strategies.permutations(case.suspects))),
            arrests=tuple(data.draw(strategies.permutations(case.arrests))),
        )
        assert {d.id: d for d in owed(case_at(shuffled, settings))} == {d.id: d for d in first}
        assert len({d.id for d in first}) == len(first)
        state = data.draw(
            strategies.sampled_from([State.PLANNED, State.HELD, State.DELIVERED, State.REPLACED])
        )
        assert {d.id for d in owed(case_at(case, settings, told=as_told(first, state)))} == {
            d.id for d in first
        }

    def test_of_rows_does_not_matter_in_the_end(self, settings):
        whole = an_arrest_case().with_victim("v2").case
        final = {d.id for d in owed(case_at(whole, settings))}
        parts = ("report", "victims", "suspects", "arrests")
        for order in permutations(parts):
            case, planned = Case(number=whole.number), set()
            for part in order:
                case = replace(case, **{part: getattr(whole, part)})
                planned |= {d.id for d in owed(case_at(case, settings))}
            assert planned == final
