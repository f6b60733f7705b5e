"""What a report hides of how notices were told, on its page and in all its files. Pure.

`small_counts` hides within one table. The page, the file of all figures, the file by kind and the
file of times count the same notices in different ways, so one may tell what another hides. Here all
of them are taken together: the less important number is hidden too, wherever it stands.
"""

from collections.abc import Iterator, Mapping

from aviso.domain.model import Kind
from aviso.domain.value import Frozen
from aviso.reporting import small_counts
from aviso.reporting.arrest_times import GROUPS, hidden_groups, is_secret, minutes
from aviso.reporting.counted_facts import ALL
from aviso.reporting.figures import Figures
from aviso.reporting.small_counts import MEANS, NOT_TOLD, TOTAL, Hidden
from aviso.reporting.subtraction import Sum, revealing

ON_TIME, NOT_ON_TIME, LATE, TOLD = "told_on_time", "not_on_time", "late", "told"
ARREST = Kind.ARREST.value
ENDS = (*(f"{means} {when}" for means in MEANS for when in (ON_TIME, LATE)), NOT_TOLD)
MESSAGES = "by message or letter"
# What each column counts, by how a notice ended.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    TOTAL: ENDS,
    ON_TIME: tuple(e for e in ENDS if e.endswith(f" {ON_TIME}")),
    NOT_ON_TIME: tuple(e for e in ENDS if not e.endswith(f" {ON_TIME}")),
    LATE: tuple(e for e in ENDS if e.endswith(f" {LATE}")),
    TOLD: ENDS[:-1],
    **{means: tuple(e for e in ENDS if e.startswith(means)) for means in MEANS},
    NOT_TOLD: (NOT_TOLD,),
    MESSAGES: tuple(e for e in ENDS if e.startswith(MEANS[:2])),
}
# The figures that count notices: which kinds, and which column; the most important first.
FIGURES: Mapping[str, tuple[str, str]] = {
    "arrests_owed": (ARREST, TOTAL),
    "arrest_on_time_share": (ARREST, ON_TIME),
    "arrest_notices": (ARREST, MESSAGES),
    "notices_owed": (ALL, TOTAL),
    "on_time_share": (ALL, ON_TIME),
    **{means: (ALL, means) for means in MEANS},
    "notices_told": (ALL, MESSAGES),
}
TOLD_COLUMNS = (TOTAL, ON_TIME, NOT_ON_TIME, *MEANS, NOT_TOLD)  # of the file by kind
Name = tuple[str, str, str]  # where, which row, which column


class Disclosure(Frozen, frozen=True, kw_only=True):
    """What is hidden of one period, everywhere."""

    figures: frozenset[str]  # of the sums over everything
    means: frozenset[str]  # of the report's bars
    time: bool  # how many arrests were told
    told: Hidden  # kind -> columns
    minutes: frozenset[str]


def told_by_kind(figures: Figures) -> dict[str, dict[str, int]]:
    """Return the notices owed of each kind: how they were told, and whether on time."""
    table = {}
    for kind in figures.labels("kind"):
        row = _counts(figures, f"kind:{kind}")
        if row[TOTAL]:
            table[kind] = row
    return table


def disclosure(figures: Figures) -> Disclosure:
    """Return what is hidden, so that no small number can be computed from what is left."""
    table, whole = told_by_kind(figures), _counts(figures, ALL)
    hidden = set(small_counts.of_figures({ALL: figures.values()})[ALL])
    bars = small_counts.of_told(
        {m: whole[m] for m in MEANS}, whole[TOTAL], whole[ON_TIME], hidden & set(MEANS)
    )
    if small_counts.small(whole[TOTAL]):
        bars = {*MEANS, NOT_TOLD, TOTAL}
    told = _by_table(table, hidden)
    before = Disclosure(
        figures=frozenset(hidden),
        means=frozenset(bars),
        time=is_secret(figures),
        told=told,
        minutes=frozenset(hidden_groups(figures)),
    )
    found = revealing(
        [(name, sums) for name, sums in _sums(list(table)) if not _is_hidden(before, name)],
        _secrets(figures, table, whole),
        [_sum((ARREST,), TOLD) | dict.fromkeys(GROUPS, -1)],
    )
    return _with(before, found)


def _counts(figures: Figures, cut: str) -> dict[str, int]:
    owed, on_time = figures.total("owed", cut), figures.total(ON_TIME, cut)
    means = {name: figures.total(name, cut) for name in MEANS}
    told = sum(means.values())
    times = {ON_TIME: on_time, NOT_ON_TIME: owed - on_time, LATE: told - on_time}
    both = sum(means[name] for name in MEANS[:2])
    return {TOTAL: owed, **times, TOLD: told, **means, NOT_TOLD: owed - told, MESSAGES: both}


def _by_table(table: Mapping[str, Mapping[str, int]], wholes: set[str]) -> Hidden:
    """Return what the file by kind hides, as one table whose sums are figures."""
    means = {k: {c: row[c] for c in (*MEANS, NOT_TOLD, TOTAL)} for k, row in table.items()}
    times = {k: {c: row[c] for c in (ON_TIME, NOT_ON_TIME, TOTAL)} for k, row in table.items()}
    sums = {ON_TIME, NOT_ON_TIME} if "on_time_share" in wholes else set()
    few: Hidden = {}
    while True:
        now = {
            kind: small_counts.of_told(
                {name: row[name] for name in MEANS}, row[TOTAL], row[ON_TIME], few.get(kind, ())
            )
            for kind, row in table.items()
        }
        found = small_counts.of_counts(means, now, wholes & set(MEANS))
        if found == few:
            break
        few = found
    late = small_counts.of_counts(times, wholes=sums)
    return {kind: found[kind] | late[kind] for kind in table}


def _sum(kinds: tuple[str, ...], column: str) -> dict[str, int]:
    return {f"{kind} {end}": 1 for kind in kinds for end in COLUMNS[column]}


def _sums(kinds: list[str]) -> Iterator[tuple[Name, Sum]]:
    """Yield what a report would show if nothing were hidden, the most important first."""
    every = tuple(kinds)
    for name, (kind, column) in FIGURES.items():
        yield ("figures", name, ""), _sum(every if kind == ALL else (kind,), column)
    yield ("time", "", ""), _sum((ARREST,), TOLD)
    for name in (TOTAL, *MEANS, NOT_TOLD):
        yield ("means", name, ""), _sum(every, name)
    for kind in sorted(kinds, key=lambda k: k != ARREST):
        for column in TOLD_COLUMNS:
            yield ("told", kind, column), _sum((kind,), column)
    for group in GROUPS:
        yield ("minutes", group, ""), {group: 1}


def _is_hidden(before: Disclosure, name: Name) -> bool:
    where, row, column = name
    match where:
        case "figures":
            return row in before.figures
        case "time":
            return before.time
        case "means":
            return row in before.means
        case "told":
            return column in before.told[row]
    return row in before.minutes


def _secrets(
    figures: Figures, table: Mapping[str, Mapping[str, int]], whole: Mapping[str, int]
) -> Iterator[Sum]:
    """Yield the sums that count few people: of each kind, of all, and of all but arrests."""
    others = {c: n - table.get(ARREST, {}).get(c, 0) for c, n in whole.items()}
    rest = tuple(kind for kind in table if kind != ARREST)
    rows = [((kind,), row) for kind, row in table.items()]
    for kinds, row in (*rows, (tuple(table), whole), (rest, others)):
        for column, count in row.items():
            if small_counts.small(count):
                yield _sum(kinds, column)
    for group, count in minutes(figures).items():
        if small_counts.small(count):
            yield {group: 1}


def _with(before: Disclosure, found: set[Name]) -> Disclosure:
    """Return what is hidden, with what was found to tell more."""

    def of(where: str) -> set[str]:
        return {row for place, row, _ in found if place == where}

    told = {
        kind: hidden | {column for place, row, column in found if (place, row) == ("told", kind)}
        for kind, hidden in before.told.items()
    }
    return Disclosure(
        figures=before.figures | of("figures"),
        means=before.means | of("means"),
        time=before.time or bool(of("time")),
        told=told,
        minutes=before.minutes | of("minutes"),
    )
