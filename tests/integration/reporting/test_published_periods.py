"""Nobody can compute a hidden number by subtracting published periods from each other.

An agency publishes one kind of period: whole months, quarters or years, each once its counts have
settled, so that two copies of it do not tell what came between them. What the public gets of one is
its page, print and PDF, and its files. Periods of other kinds, own dates and the period under way
say on each of these that they are not for the public. They are the case that remains: where
somebody passes them on against that sentence, a reader can subtract them.

The tables by division and offense group have no part here: no two of their periods share a day.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.survey_rules import closes_at
from aviso.reporting import Figures, periods, small_counts
from aviso.reporting.counted_facts import ALL
from aviso.reporting.disclosure import COLUMNS, ENDS, FIGURES, disclosure
from aviso.reporting.periods import Period
from aviso.reporting.report import ON_TIME, report_of
from aviso.reporting.small_counts import MEANS

KINDS: tuple[str, ...] = ("arrest", "case_closed")
CALENDAR = ("month", "quarter", "year")
TODAY = date(2026, 11, 26)
FIRST = date(2024, 1, 1)
MONTHS = [periods.named(f"{year}-{month:02}") for year in (2024, 2025) for month in range(1, 13)]
COUNTS = strategies.sampled_from((0, 0, 1, 2, 3, 4, 5, 6, 12, 40))
WHOLE = {ON_TIME: "arrests_owed", "on_time_share": "notices_owed"}
PRIME = 2**61 - 1
DAY = timedelta(days=1)
Form = Mapping[str, int]


def form(months, kinds, column) -> Form:
    """Return a number of a report as a sum of counts that nobody knows."""
    return {
        f"{m.name} {kind} {end}": 1 for m in months for kind in kinds for end in COLUMNS[column]
    }


def counted(atoms, months, kinds, column):
    return sum(atoms[name] for name in form(months, kinds, column))


@pytest.fixture
def figures_of(settings):
    def make(atoms):
        counts = {}
        for month in MONTHS:
            cut = {k: lambda c, k=k: counted(atoms, [month], (k,), c) for k in KINDS}  # noqa: B023

            def cuts(column, cut=cut):
                found = {f"kind:{kind}": of(column) for kind, of in cut.items()}
                return found | {"all": sum(found.values())}

            arrest = cut["arrest"]
            counts[month.first] = {
                "owed": cuts("total"),
                "told_on_time": cuts("told_on_time"),
                **{means: cuts(means) for means in MEANS},
                "told": {"all": cuts("by message or letter")["all"]},
                "arrests_owed": {"all": arrest("total")},
                "arrests_on_time": {"all": arrest("told_on_time")},
                "arrests_told": {"all": arrest("by message or letter")},
                "arrest_minutes.15": {"all": arrest("told")},
            }
        return Figures(first=FIRST, last=MONTHS[-1].last, counts=counts, settings=settings)

    return make


@strategies.composite
def cases(draw):
    return {
        f"{month.name} {kind} {end}": draw(COUNTS)
        for month in MONTHS
        for kind in KINDS
        for end in ENDS
    }


@strategies.composite
def spans(draw):
    """Give a period that somebody can ask for: a named one, or own dates."""
    day = draw(strategies.dates(date(2024, 1, 1), TODAY))
    if draw(strategies.booleans()):
        return periods.around(draw(strategies.sampled_from(CALENDAR)), day).until(TODAY)
    return periods.of_days(
        f"{day}", f"{min(day + timedelta(draw(strategies.integers(0, 365))), TODAY)}"
    )


def of_figures(months, cells) -> Iterator[Form]:
    """Yield the counts behind figures that are shown; a share gives its counts beside its whole."""
    for name, (kind, column) in FIGURES.items():
        whole = WHOLE.get(name, name)
        if not (cells[name].hidden or cells[whole].hidden):
            yield form(months, KINDS if kind == ALL else (kind,), column)


def shown(figures: Figures, period: Period) -> Iterator[Form]:
    """Yield the numbers that the page and the files of a period show of its days."""
    from aviso.web.staff.dashboard_tables import grid_of

    months = [m for m in MONTHS if period.first <= m.first <= period.last]
    report = report_of(period, figures)
    here = figures.between(period.first, period.last)
    hides = disclosure(here)
    told, minutes, by_month = (grid_of(n, here, hides) for n in ("told", "minutes", "month"))
    yield from of_figures(months, report.now)
    yield from (form(months, KINDS, name) for name, of in report.means.items() if not of.hidden)
    if report.time.told is not None or not minutes.rows["15"][0].hidden:  # all are in that group
        yield form(months, ("arrest",), "told")
    for kind, cells in told.rows.items():
        named = zip(told.columns, cells, strict=True)
        yield from (form(months, (kind,), column) for column, cell in named if not cell.hidden)
    for label, cells in by_month.rows.items():
        row = dict(zip(by_month.columns, cells, strict=True))
        yield from of_figures([periods.named(label)], row)


def secrets(atoms, period: Period) -> Iterator[tuple[str, Form]]:
    """Yield the small counts among the numbers of a period and of its months."""
    months = [m for m in MONTHS if period.first <= m.first <= period.last]
    sums: list[tuple[list[Period], tuple[str, ...], str]] = [
        (months, (kind,), column) for kind in KINDS for column in COLUMNS
    ]
    figures = [*FIGURES.values(), ("arrest", "not_on_time"), (ALL, "not_on_time")]
    for kind, column in figures:
        of: tuple[str, ...] = KINDS if kind == ALL else (kind,)
        sums += [(some, of, column) for some in (months, *([m] for m in months))]
    for some, of, column in sums:
        if small_counts.small(counted(atoms, some, of, column)):
            name = f"{column} of {' and '.join(of)} in {some[0].name} to {some[-1].name}"
            yield name, form(some, of, column)


class Known:
    """What a reader can compute from sums, by elimination modulo a prime."""

    def __init__(self, forms):
        self.rows = []
        for one in forms:
            if rest := self.rest(one):
                pivot = next(iter(rest))
                inverse = pow(rest[pivot], -1, PRIME)
                self.rows.append((pivot, {k: n * inverse % PRIME for k, n in rest.items()}))

    def rest(self, one):
        rest = dict(one)
        for pivot, row in self.rows:
            if factor := rest.get(pivot):
                for name, n in row.items():
                    rest[name] = (rest.get(name, 0) - factor * n) % PRIME
                    if not rest[name]:
                        del rest[name]
        return rest


def publishing(settings, kind, **survey):
    return replace(
        settings,
        report=replace(settings.report, publishes=kind),
        survey=replace(settings.survey, **survey),
    )


def is_published(period, settings, today=TODAY):
    day = periods.published_from(period, settings)
    return day is not None and day <= today


def hidden_of(report):
    return {name for name, of in report.now.items() if of.hidden}


EXAMPLES = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class TestPublishedPeriods:
    @EXAMPLES
    @given(spans(), spans(), strategies.sampled_from(CALENDAR))
    def test_two_of_them_share_no_day(self, settings, one, other, kind):
        if all(is_published(p, publishing(settings, kind)) for p in (one, other)):
            same = (one.first, one.last) == (other.first, other.last)
            assert same or one.last < other.first or other.last < one.first

    @pytest.mark.parametrize("kind", CALENDAR)
    @EXAMPLES
    @given(cases())
    def test_later_report_shows_no_more_of_an_earlier_one(self, figures_of, kind, atoms):
        figures = figures_of(atoms)
        last = periods.around(kind, MONTHS[-1].first)
        earlier, later = report_of(periods.previous(last), figures), report_of(last, figures)
        assert {n for n, of in later.then.items() if of.hidden} == hidden_of(earlier)
        assert later.time_before == earlier.time
        before = {m.first: (m.owed.hidden, m.on_time.hidden) for m in earlier.months}
        for month in later.months:
            if month.first < later.period.first and month.first in before:
                assert (month.owed.hidden, month.on_time.hidden) >= before[month.first]

    @pytest.mark.parametrize("kind", CALENDAR)
    @EXAMPLES
    @given(cases())
    def test_months_tell_no_hidden_number(self, figures_of, kind, atoms):
        figures = figures_of(atoms)
        period = periods.around(kind, MONTHS[-1].first)
        known = Known(shown(figures, period))
        found = [name for name, one in secrets(atoms, period) if not known.rest(one)]
        assert found == []


class TestSettledPeriods:
    def test_late_answer_tells_itself_to_who_has_two_copies(self, settings):
        """Both copies show enough answers; their difference is one person's answer."""

        def copy(called):
            counts = {
                "surveys_sent": {"all": 60},
                "responses": {"all": 14 + called},
                "answer.still_called.0": {"all": 14},
                "answer.still_called.1": {"all": called},
            }
            period = periods.named("2026-Q1")
            read = Figures(
                first=FIRST, last=period.last, counts={period.last: counts}, settings=settings
            )
            shown = report_of(period, read).now
            return shown["responses"].value, shown["still_called_share"].value

        assert (copy(16), copy(17)) == ((30, 16 / 30), (31, 17 / 31))
        last_answer = date(2026, 4, 14)  # to a survey of March 31
        assert not is_published(periods.named("2026-Q1"), settings, last_answer)

    @EXAMPLES
    @given(
        strategies.dates(FIRST, TODAY),
        strategies.sampled_from(CALENDAR),
        strategies.integers(1, 90),
        strategies.integers(0, 90),
    )
    def test_no_survey_of_theirs_is_still_open(self, settings, day, kind, open_days, reminder):
        agency = publishing(settings, kind, open_days=open_days, reminder_days=reminder)
        asked = datetime.combine(day, time(23, 59), agency.agency.zone)
        closed = closes_at(asked, agency).astimezone(agency.agency.zone).date()
        assert not is_published(periods.around(kind, day), agency, closed)
        assert not is_published(periods.around(kind, day), agency, closed + periods.LATE - DAY)

    @pytest.mark.parametrize(
        ("kind", "on", "settled"),
        [(Kind.STILL_OPEN, False, "2026-04-29"), (Kind.STILL_OPEN, True, "2026-05-05")],
    )
    def test_deadline_of_a_kind_of_notice_has_passed(self, settings, kind, on, settled):
        long = replace(settings.kinds[kind], on=on, deadline=timedelta(days=19, hours=1))
        agency = replace(settings, kinds={**settings.kinds, kind: long})
        day = periods.published_from(periods.named("2026-Q1"), agency)
        assert day == date.fromisoformat(settled)

    def test_agency_without_surveys_waits_for_its_deadlines(self, settings):
        agency = publishing(settings, "month", on=False)
        slowest = max(
            [k.deadline for k in agency.kinds.values() if k.on]
            + [r.deadline for r in agency.receivers]
        )
        wait = periods.settling(agency) - periods.LATE
        assert slowest <= wait < slowest + DAY


class TestOtherPeriods:
    @pytest.mark.parametrize(
        ("kind", "name"),
        [("quarter", "2026-10"), ("quarter", "2025"), ("quarter", "2026-Q4"), ("month", "2026-11"),
         ("month", "2026-Q3"), ("year", "2026"), ("year", "2025-Q1")],
    )  # fmt: skip
    def test_are_not_for_the_public(self, settings, kind, name):
        assert not is_published(periods.named(name).until(TODAY), publishing(settings, kind))

    def test_a_day_more_makes_own_dates_another_period(self, settings):
        third = periods.of_days("2026-07-01", "2026-09-30")
        assert is_published(third, settings)
        assert not is_published(periods.of_days("2026-06-30", "2026-09-30"), settings)
        assert not is_published(third, settings, date(2026, 10, 28))  # not settled yet

    def test_own_dates_of_a_quarter_are_compared_as_that_quarter(self):
        third = periods.of_days("2026-07-01", "2026-09-30")
        assert third == periods.named("2026-Q3")
        assert periods.compared(third) == periods.named("2026-Q2")

    def test_quarter_less_its_months_is_the_case_that_remains(self, settings, figures_of):
        """Two late arrests in May: the month hides them, and April, June and the quarter do not."""
        late = {"2025-04": 6, "2025-05": 2, "2025-06": 7}
        atoms = dict.fromkeys((n for m in MONTHS for n in form([m], KINDS, "total")), 0)
        for month in MONTHS:
            atoms[f"{month.name} arrest told_by_message told_on_time"] = 40
            atoms[f"{month.name} arrest told_by_message late"] = late.get(month.name, 0)
        figures = figures_of(atoms)
        months = [report_of(periods.named(name), figures) for name in late]
        assert [m.now[ON_TIME].hidden for m in months] == [False, True, False]
        assert not report_of(periods.named("2025-Q2"), figures).now[ON_TIME].hidden
        known = [form([periods.named(m)], ("arrest",), "late") for m in ("2025-04", "2025-06")]
        quarter = [m for m in MONTHS if m.name in late]
        secret = form([periods.named("2025-05")], ("arrest",), "late")
        assert not Known([*known, form(quarter, ("arrest",), "late")]).rest(secret)
        assert [m.period for m in months if is_published(m.period, settings)] == []
