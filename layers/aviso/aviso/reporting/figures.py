"""The figures of the dashboard, read from the counters of the days shown (docs/figures.md).

A figure is a sum of counters over another sum of counters, for a range of days and one cut:
everything, a group of offenses, a division, a language. `docs/figures.md` says what each counts.
`counted_facts.py` decides what counts, such as whether a victim was told on time.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

from msgspec import field
from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting.counted_facts import ALL
from aviso.storage import counters

Unit = Literal["count", "share", "average", "hours", "dollars"]
Terms = Mapping[str, int]  # metric -> factor
Dimension = Literal["day", "month", "group", "division", "language", "kind", "channel", "source"]

SCALE = range(1, 6)  # the answers of a scale


class Figure(Frozen, frozen=True, kw_only=True):
    """A figure: numerator over denominator, or the numerator alone."""

    name: str
    unit: Unit
    over: Terms
    under: Terms = field(default_factory=dict)
    whole: bool = False  # about addresses, which belong to no case: has no cuts


class Value(Frozen, frozen=True, kw_only=True):
    """A figure's value and the counts behind it."""

    value: float | None  # None where the denominator is zero, or there is no such cut
    over: int = 0
    under: int | None = None


def _plain(name: str, metric: str = "") -> Figure:
    return Figure(name=name, unit="count", over={metric or name: 1})


def _share(name: str, over: str, under: str) -> Figure:
    return Figure(name=name, unit="share", over={over: 1}, under={under: 1})


SPARED: Terms = {"victims_notified": 1, "victims_lettered": -1}  # the first by the former share
TRIED: Terms = {"calls_reached": 1, "calls": 1}
OPEN_STATES = (State.PLANNED, State.WAITING, State.HELD, State.FAILED, State.QUEUED)

FIGURES: tuple[Figure, ...] = (
    _plain("logins"),
    _plain("visitors"),
    _plain("enrolled"),
    _share("enrolled_share", "visitors_enrolled", "visitors"),
    _plain("contacts"),
    _share("contacts_new_share", "contacts_new", "contacts"),
    _plain("arrest_notices", "arrests_told"),
    _share("arrest_enrolled_share", "arrests_told_enrolled", "arrests_told"),
    _share("arrest_portal_share", "arrests_told_portal", "arrests_told"),
    _plain("arrests_owed"),
    _share("arrest_on_time_share", "arrests_on_time", "arrests_owed"),
    _plain("victims_owed"),
    _plain("victims_told"),
    _share("victims_told_share", "victims_told", "victims_owed"),
    _plain("notices_owed", "owed"),
    _share("on_time_share", "told_on_time", "owed"),
    _plain("told_by_message"),
    _plain("told_by_letter"),
    _plain("told_by_person"),
    _plain("only_on_page"),
    Figure(name="calls_tried", unit="count", over=TRIED),
    _plain("calls_reached"),
    _plain("calls_missed", "calls"),
    Figure(name="calls_reached_share", unit="share", over={"calls_reached": 1}, under=TRIED),
    _plain("hand_offs_sent"),
    _plain("hand_offs_confirmed"),
    _share("hand_offs_confirmed_share", "hand_offs_confirmed", "hand_offs_sent"),
    _plain("hand_offs_taken_back"),
    _plain("victims_notified"),
    _plain("letters", "victims_lettered"),
    _share("letter_share", "victims_lettered", "victims_notified"),
    _plain("surveys_sent"),
    _plain("responses"),
    _share("response_rate", "responses", "surveys_sent"),
    Figure(
        name="satisfaction",
        unit="average",
        over={f"answer.satisfaction.{n}": n for n in SCALE},
        under={f"answer.satisfaction.{n}": 1 for n in SCALE},
    ),
    Figure(
        name="still_called_share",
        unit="share",
        over={f"answer.still_called.{n}": 1 for n in (1, 2)},
        under={f"answer.still_called.{n}": 1 for n in (0, 1, 2)},
    ),
    Figure(name="hours_saved", unit="hours", over=SPARED),
    Figure(name="money_saved", unit="dollars", over=SPARED),
    _plain("notices_told", "told"),
    _plain("notices_delivered", f"notices.{State.DELIVERED}"),
    Figure(name="notices_open", unit="count", over={f"notices.{s}": 1 for s in OPEN_STATES}),
    Figure(name="bounces", unit="count", over={"bounced": 1}, whole=True),
    Figure(name="opt_outs", unit="count", over={"opted_out": 1}, whole=True),
)


class Figures(Frozen, frozen=True, kw_only=True):
    """The counters of a range of days, and all their figures."""

    first: date
    last: date
    counts: Mapping[date, counters.Counts]
    settings: Settings

    def between(self, first: date, last: date) -> "Figures":
        """Return the figures of some of these days."""
        counts = {day: of for day, of in self.counts.items() if first <= day <= last}
        return replace(self, first=first, last=last, counts=counts)

    def values(self, cut: str = ALL) -> dict[str, Value]:
        """Return every figure over all the days, for one cut such as `group:property`."""
        return self._values(self.counts, cut)

    def by(self, dimension: Dimension) -> dict[str, dict[str, Value]]:
        """Return every figure by day, month or a cut: label -> figure -> value."""
        if dimension in ("day", "month"):
            parts: dict[str, dict[date, counters.Counts]] = {}
            for day, counts in sorted(self.counts.items()):
                label = day.isoformat() if dimension == "day" else f"{day:%Y-%m}"
                parts.setdefault(label, {})[day] = counts
            return {label: self._values(days, ALL) for label, days in parts.items()}
        return {label: self.values(f"{dimension}:{label}") for label in self.labels(dimension)}

    def labels(self, dimension: Dimension) -> list[str]:
        """Return the labels of a dimension in these days."""
        prefix = f"{dimension}:"
        cuts = {c for day in self.counts.values() for m in day.values() for c in m}
        return sorted(c.removeprefix(prefix) for c in cuts if c.startswith(prefix))

    def notices(self, dimension: Dimension) -> dict[str, dict[str, int]]:
        """Return the notices by kind or channel (or another cut): label -> state -> how many."""
        table: dict[str, dict[str, int]] = {}
        for label in self.labels(dimension):
            cut = f"{dimension}:{label}"
            row = {s.value: self.total(f"notices.{s}", cut) for s in State}
            if any(row.values()):
                table[label] = row
        return table

    def answers(self, cut: str = ALL) -> dict[str, dict[str, int]]:
        """Return how often each answer was given: question -> answer -> how many."""
        table: dict[str, dict[str, int]] = {}
        for question in self.settings.survey.questions:
            if question.type == "text":
                continue
            values = SCALE if question.type == "scale" else range(len(question.choices))
            names = {str(v): f"answer.{question.id}.{v}" for v in values}
            table[question.id] = {v: self.total(name, cut) for v, name in names.items()}
        return table

    def total(self, metric: str, cut: str = ALL) -> int:
        """Return one counter's sum over all the days."""
        return _total(self.counts, metric, cut)

    def _values(self, days: Mapping[date, counters.Counts], cut: str) -> dict[str, Value]:
        return {f.name: self._value(f, days, cut) for f in FIGURES}

    def _value(self, figure: Figure, days: Mapping[date, counters.Counts], cut: str) -> Value:
        if figure.whole and cut != ALL:
            return Value(value=None)
        total = {m: _total(days, m, cut) for m in (*figure.over, *figure.under)}
        over = sum(n * total[metric] for metric, n in figure.over.items())
        under = sum(n * total[metric] for metric, n in figure.under.items())
        if figure.unit == "count":
            return Value(value=over, over=over)
        if figure.under:
            return Value(value=over / under if under else None, over=over, under=under)
        spared = self._spared(total[metric] for metric in SPARED)
        return Value(value=spared * self._worth(figure.unit), over=over)

    def _spared(self, counts: Iterable[int]) -> float:
        """Return the number of letters that were not needed, of those that were sent before."""
        notified, lettered = counts
        return notified * self.settings.messages.letter_share_before / 100 - lettered

    def _worth(self, unit: Unit) -> float:
        """Return the value of one letter that was not needed, from the costs in the settings."""
        messages = self.settings.messages
        hours = messages.letter_minutes / 60
        cents = messages.letter_cost_cents + hours * messages.staff_hour_cents
        return hours if unit == "hours" else cents / 100


def _total(days: Mapping[date, counters.Counts], metric: str, cut: str) -> int:
    return sum(counts.get(metric, {}).get(cut, 0) for counts in days.values())


def read(first: date, last: date, settings: Settings) -> Figures:
    """Read the figures of these days, both included.

    Costs one Query per shard and month shown: the number of cases does not matter.
    """
    return Figures(first=first, last=last, counts=counters.read(first, last), settings=settings)
