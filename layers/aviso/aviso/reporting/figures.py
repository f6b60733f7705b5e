"""The figures of the dashboard, read from the counters of the days shown (docs/figures.md).

A figure is a sum of counters over another sum of counters, for a range of days and one cut:
everything, a group of offenses, a division, a language. `docs/figures.md` lists the figures, and a
test compares it with this table.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import field

from aviso.domain.notice import State
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting.counted_facts import ALL
from aviso.storage import counters, markers

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
    """A figure's value and the counts behind it, so that small counts can be hidden."""

    value: float | None  # None where the denominator is zero, or there is no such cut
    over: int = 0
    under: int | None = None
    parts: tuple[int, ...] = ()


def _plain(name: str, metric: str = "") -> Figure:
    return Figure(name=name, unit="count", over={metric or name: 1})


def _share(name: str, over: str, under: str) -> Figure:
    return Figure(name=name, unit="share", over={over: 1}, under={under: 1})


SPARED: Terms = {"victims_notified": 1, "victims_lettered": -1}  # the first by the former share
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


# How long a count is valid: `chase` counts each minute, some cases are reconciled each hour, and
# all of them each night, which must be repeated before its time is over.
LOOKED_LATELY, RECONCILED_LATELY = timedelta(minutes=15), timedelta(hours=2)
LAST_NIGHT = timedelta(hours=26)


class Health(Frozen, frozen=True, kw_only=True):
    """The current state of the flow; not a counter, and the same for any days shown."""

    overdue: int | None  # the silence clock; None: no recent count
    held: int | None
    tasks_overdue: int | None  # past the day that a person has; the inbox's too
    letters_overdue: int | None
    stuck: int | None
    looked_at: datetime | None
    missing: int | None  # owed minus ledger, at the last reconciliation; None: no recent one
    reconciled_at: datetime | None
    night_missing: int | None  # the same for the last night, when every case was compared
    night_failed: int | None  # cases that could not be compared
    night_ended: bool  # it reached the last case
    night_at: datetime | None
    feeds: Mapping[str, datetime | None]  # kind of file -> when the last one was read
    silent_feeds: tuple[str, ...]
    still_feeds: Mapping[str, datetime]  # kind of file -> the last change, when it is too old


class Figures(Frozen, frozen=True, kw_only=True):
    """The counters of a range of days, and all their figures."""

    first: date
    last: date
    counts: Mapping[date, counters.Counts]
    settings: Settings
    health: Health

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
            return Value(value=over, over=over, parts=(over,))
        parts = tuple(total.values())
        if figure.unit == "share":  # the others can be derived from it
            parts = (*parts, over, under - over)
        if figure.under:
            quotient = over / under if under else None
            return Value(value=quotient, over=over, under=under, parts=parts)
        spared = self._spared(total[metric] for metric in SPARED)
        return Value(value=spared * self._worth(figure.unit), over=over, parts=parts)

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


def read(first: date, last: date, settings: Settings, now: datetime) -> Figures:
    """Read the figures of these days, both included.

    Costs one Query per shard and month shown, and a few reads of the flow's current state: the
    number of cases does not matter.
    """
    return Figures(
        first=first,
        last=last,
        counts=counters.read(first, last),
        settings=settings,
        health=_health(settings, now),
    )


def _health(settings: Settings, now: datetime) -> Health:
    looks = {
        markers.GAUGES: LOOKED_LATELY,
        markers.RECONCILED: RECONCILED_LATELY,
        markers.RECONCILED_NIGHT: LAST_NIGHT,
    }
    kinds = [f.kind for f in settings.feed]
    kept = markers.markers([*looks, *markers.feed_names(kinds)])
    news = markers.last_news(kinds, kept)
    times = {name: at for name, (at, _) in kept.items()}
    # When the function that counts has stopped, no number is true.
    found, run, night = (
        kept[name][1] if name in kept and now - times[name] <= lately else {}
        for name, lately in looks.items()
    )
    feeds = {kind: at for kind, (at, _) in news.items()}
    silent = (k for k, at in feeds.items() if at is None or at + settings.feed_silence < now)
    still = {
        f.kind: at for f in settings.feed if (at := news[f.kind][1]) and at + f.still_after < now
    }
    return Health(
        overdue=_number(found.get("Overdue")),
        held=_number(found.get("Held")),
        tasks_overdue=_number(found.get("TasksOverdue")),
        letters_overdue=_number(found.get("LettersOverdue")),
        stuck=_number(found.get("Stuck")),
        looked_at=times.get(markers.GAUGES),
        missing=_number(run.get("missing")),
        reconciled_at=times.get(markers.RECONCILED),
        night_missing=_number(night.get("missing")),
        night_failed=_number(night.get("failed")),
        night_ended=not night.get("go_on_at"),
        night_at=times.get(markers.RECONCILED_NIGHT),
        feeds=feeds,
        silent_feeds=tuple(silent),
        still_feeds=still,
    )


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None
