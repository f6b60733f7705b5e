"""The report's four headline figures in words, with change, target and n."""

from collections.abc import Mapping
from datetime import timedelta

from aviso.domain.model import Kind
from aviso.domain.report_settings import ReportSettings
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting.arrest_times import GROUPS, Time
from aviso.reporting.report import ON_TIME, ReportFigures, Shown
from aviso.reporting.small_counts import SMALL, small
from aviso.web.staff.report_links import Links
from aviso.web.staff.report_words import duration, written, written_time

Words = Mapping[str, str]
UNBROKEN = "\u00a0"  # a space at which no line ends


class Tile(Frozen, frozen=True, kw_only=True):
    """One headline figure."""

    title: str
    value: str
    change: str = ""  # against the period before
    better: bool | None = None  # None: neither
    note: str
    link: str = ""  # the page of its tasks
    link_text: str = ""


def tiles_of(report: ReportFigures, settings: Settings, t: Words, links: Links) -> list[Tile]:
    """Return the headline figures, each with its change against the period before.

    Args:
        links: to the lists of tasks that are not empty.
    """
    within = duration(settings.kinds[Kind.ARREST].deadline, t)
    target = settings.report
    on_time, owed = report.now[ON_TIME], report.now["arrests_owed"]
    called = report.now["still_called_share"]
    return [
        Tile(
            title=t["desk_report_on_time"].format(within=within),
            value=written(on_time, t, target.arrest_on_time_target),
            change=_points(ON_TIME, report, t),
            better=_better(ON_TIME, report),
            note=_note(_of(on_time, owed, t), "", target.arrest_on_time_target, t),
            link=links.get(("late", "", ""), ""),
            link_text=t["desk_report_late"],
        ),
        _median(report.time, report.time_before, target, t),
        _told(report, target, t),
        Tile(
            title=t["desk_report_called"],
            value=written(called, t),
            change=_points("still_called_share", report, t),
            better=_better("still_called_share", report, more=False),
            note=_note(_answers(report, t), "_most", target.still_called_target, t),
        ),
    ]


def _answers(report: ReportFigures, t: Words) -> str:
    """Return how many answered; not where few did, or did not, or left the question out."""
    n = report.now["still_called_share"].under
    sent, responses = report.now["surveys_sent"], report.now["responses"]
    if n < SMALL:
        return t["desk_report_few_answers"]
    if small(sent.over - n) or small(responses.over - n):
        return t["desk_report_surveys"].format(sent=written(sent, t))
    return t["desk_report_answers"].format(n=f"{n:,}", sent=written(sent, t))


def _told(report: ReportFigures, target: ReportSettings, t: Words) -> Tile:
    told, share = report.now["victims_told"], report.now["victims_told_share"]
    owed = report.now["victims_owed"]
    words = "desk_report_of_owed" if told.hidden else "desk_report_told_of_owed"
    of = t[words].format(told=written(told, t), owed=written(owed, t))
    return Tile(
        title=t["desk_report_told"],
        value=written(share, t, target.victims_told_target),
        change=_points("victims_told_share", report, t),
        better=_better("victims_told_share", report),
        note=_note(of, "", target.victims_told_target, t),
    )


def _median(now: Time, then: Time, target: ReportSettings, t: Words) -> Tile:
    better: bool | None = None
    if now.middle and then.middle and now.middle != then.middle:
        better = GROUPS.index(now.middle) < GROUPS.index(then.middle)
    before = then.middle and t["desk_report_before"].format(value=t[f"desk_minutes_{then.middle}"])
    slowest = t[f"desk_minutes_{now.slowest}"] if now.slowest else ""
    minutes = target.median_minutes_target
    most = duration(timedelta(minutes=minutes), t) if minutes else None
    return Tile(
        title=t["desk_report_median"],
        value=written_time(now, t),
        change=before if now.middle else "",
        better=better,
        note=_note(_slowest(now, slowest, t), "_time", most, t),
    )


def _slowest(time: Time, value: str, t: Words) -> str:
    """Return when the slowest tenth begins, and of how many where that number is shown."""
    if not value:
        return t["desk_report_no_time"]
    slowest = t["desk_report_slowest"].format(value=value)
    if time.told is None:
        return slowest
    return f"{slowest}. {t['desk_report_slowest_of'].format(n=f'{time.told:,}')}"


def _of(shown: Shown, whole: Shown, t: Words) -> str:
    """Return the counts behind a share; of a hidden one only how many there are, if they show."""
    if whole.hidden:
        return ""
    words = "desk_report_among" if shown.hidden else "desk_report_counts"
    return t[words].format(over=f"{shown.over:,}", under=f"{shown.under:,}") if shown.under else ""


def _note(said: str, kind: str, target: int | str | None, t: Words) -> str:
    """Return what stands below a figure: what it is of, and its target where there is one."""
    goal = "" if target is None else t[f"desk_report_target{kind}"].format(target=target)
    return " · ".join(filter(None, (said, goal.replace(" ", UNBROKEN))))


def _difference(name: str, report: ReportFigures) -> float | None:
    """Return by how many points a share changed, to a tenth; None when one is not shown."""
    now, then = report.now[name].value, report.then[name].value
    return None if now is None or then is None else round((now - then) * 100, 1)


def _points(name: str, report: ReportFigures, t: Words) -> str:
    points = _difference(name, report)
    if points is None:
        return ""
    if not points:
        return t["desk_report_same"]
    return t["desk_report_up" if points > 0 else "desk_report_down"].format(n=f"{abs(points):.1f}")


def _better(name: str, report: ReportFigures, *, more: bool = True) -> bool | None:
    points = _difference(name, report)
    return (points > 0) is more if points else None
