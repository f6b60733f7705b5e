"""No hidden number of a report can be computed from the numbers that it shows.

It covers the headlines, the bars, all figures, the file by kind and the groups of minutes, of one
period. It does not cover the states of notices (docs/limits.md).
"""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from aviso.reporting import Figures, small_counts
from aviso.reporting.arrest_times import GROUPS
from aviso.reporting.disclosure import disclosure
from aviso.reporting.periods import Period
from aviso.reporting.report import report_of
from aviso.reporting.small_counts import MEANS

TODAY = date(2026, 11, 24)
KINDS = ("arrest", "case_closed")
COUNTS = strategies.sampled_from((0, 1, 2, 3, 4, 5, 6, 12, 40))
# Nobody knows these; every number of a report is a sum of them.
ENDS = (*(f"{means} {when}" for means in MEANS for when in ("in time", "late")), "untold")
ATOMS = [f"{kind} {end}" for kind in KINDS for end in ENDS]
Form = Mapping[str, int]


def form(kinds=KINDS, having=""):
    return {a: 1 for a in ATOMS if a.split()[0] in kinds and all(w in a for w in having.split())}


def told(kinds=KINDS):
    return {a: 1 for a in form(kinds) if not a.endswith("untold")}


FORMS = {
    **{f"{name} {kind}": sums for kind in KINDS for name, sums in {
        "total": form((kind,)), "told": told((kind,)), "not_told": form((kind,), "untold"),
        "told_on_time": form((kind,), "in time"), "late": form((kind,), " late"),
        "not_on_time": form((kind,), " late") | form((kind,), "untold"),
        **{means: form((kind,), means) for means in MEANS}}.items()},
    "total": form(), "told": told(), "not_told": form(having="untold"),
    "told_on_time": form(having="in time"), "late": form(having=" late"),
    **{means: form(having=means) for means in MEANS},
    **{group: {group: 1} for group in GROUPS},
    "messages arrest": form(("arrest",), MEANS[0]) | form(("arrest",), MEANS[1]),
    "messages": form(having=MEANS[0]) | form(having=MEANS[1]),
    "by person arrest": form(("arrest",), MEANS[2]),
}  # fmt: skip


def counters(atoms, minutes):
    def total(name):
        return sum(n * atoms.get(a, 0) for a, n in FORMS[name].items())

    def cuts(name):
        return {"all": total(name)} | {f"kind:{kind}": total(f"{name} {kind}") for kind in KINDS}

    return {
        "owed": cuts("total"),
        "told_on_time": cuts("told_on_time"),
        **{means: cuts(means) for means in MEANS},
        "told": {"all": total("messages")},
        "arrests_owed": {"all": total("total arrest")},
        "arrests_on_time": {"all": total("told_on_time arrest")},
        "arrests_told": {"all": total("messages arrest")},
        **{f"arrest_minutes.{group}": {"all": n} for group, n in minutes.items()},
    }


def shown(figures):
    """Return the sums that a report and its files show, among them that minutes add up."""
    from aviso.web.staff.dashboard_tables import grid_of

    report, hides = report_of(Period(first=TODAY, last=TODAY), figures), disclosure(figures)
    now = {name: not figure.hidden for name, figure in report.now.items()}
    found = [{**FORMS["told arrest"], **dict.fromkeys(GROUPS, -1)}]
    names = {
        "total arrest": now["arrests_owed"],
        "told_on_time arrest": now["arrest_on_time_share"] and now["arrests_owed"],
        "told arrest": report.time.told is not None,
        "messages arrest": now["arrest_notices"],
        "messages": now["notices_told"],
        "total": now["notices_owed"],
        "told_on_time": now["on_time_share"] and now["notices_owed"],
        "not_told": not report.means["not_told"].hidden,
        **{means: now[means] or not report.means[means].hidden for means in MEANS},
    }
    names |= {g: not cell.hidden for g, (cell,) in grid_of("minutes", figures, hides).rows.items()}
    for kind, cells in (told := grid_of("told", figures, hides)).rows.items():
        for column, cell in zip(told.columns, cells, strict=True):
            names[f"{column} {kind}"] = names.get(f"{column} {kind}", False) or not cell.hidden
    return found + [FORMS[name] for name, visible in names.items() if visible]


def rank(forms):
    columns = [*ATOMS, *GROUPS]
    rows = [[Fraction(f.get(c, 0)) for c in columns] for f in forms]
    found = 0
    for n in range(len(columns)):
        pivot = next((row for row in rows[found:] if row[n]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for row in rows[found + 1 :]:
            if row[n]:
                factor = row[n] / pivot[n]
                row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        found += 1
    return found


@pytest.fixture
def figures_of(settings):
    def make(atoms, minutes):
        counts = {TODAY: counters(atoms, minutes)}
        return Figures(first=TODAY, last=TODAY, counts=counts, settings=settings)

    return make


def revealed(figures, atoms, minutes):
    known = shown(figures)
    base = rank(known)
    counts = atoms | minutes
    values = {n: sum(counts.get(a, 0) * k for a, k in f.items()) for n, f in FORMS.items()}
    return {
        name
        for name, sums in FORMS.items()
        if small_counts.small(values[name]) and rank([*known, sums]) == base
    }


@strategies.composite
def cases(draw):
    atoms = {atom: draw(COUNTS) for atom in ATOMS}
    left, minutes = sum(atoms[a] for a in FORMS["told arrest"]), dict.fromkeys(GROUPS, 0)
    for group in GROUPS[:4]:
        minutes[group] = draw(strategies.integers(0, left))
        left -= minutes[group]
    minutes[GROUPS[4]] = left
    return atoms, minutes


class TestHiddenCounts:
    def test_of_the_headline_are_not_told(self, figures_of):
        """32 of 43 arrests on time, and 41 told, would say that two are not told."""
        first = f"arrest {MEANS[0]}"
        atoms = {f"{first} in time": 32, f"{first} late": 9, "arrest untold": 2}
        minutes = {"15": 20, "45": 12, "360": 9}
        assert revealed(figures_of(atoms, minutes), atoms, minutes) == set()
        report = report_of(Period(first=TODAY, last=TODAY), figures_of(atoms, minutes))
        assert report.time.told is None

    @settings(
        max_examples=40,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(cases())
    def test_are_told_by_no_sum(self, figures_of, case):
        assert revealed(figures_of(*case), *case) == set()
