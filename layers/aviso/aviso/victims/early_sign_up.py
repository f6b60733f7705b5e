"""Signing up before the report is in the system.

The portal offers it after every failed search (docs/rules.md#15), and a card leads to it.

What the visitor asked for waits in Guards under the typed number. `chase` checks whether the case
has come. A sign-up is tied to the case only when the case is settled, unrestricted and open to what
was typed. Otherwise, if the last name is one of the case's, a person gets a task, one for each
case. A sign-up without a case expires silently, and so does a task in the end: nobody has proved
that the phone is theirs, and a message would tell a stranger that a report exists. A tied sign-up
is not confirmed to the typed contact: that would tell anybody who guessed a birth date that the
guess was right.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.structs import asdict

from aviso.domain import people, restriction
from aviso.domain.errors import Conflict, EnrollmentInvalid
from aviso.domain.model import AuditEntry, Case, Channel, Consent
from aviso.domain.reasons import Restriction
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.settings import Settings
from aviso.domain.text import plain_name
from aviso.notices.announcing import changed, maker_of
from aviso.runtime import hashing
from aviso.runtime.logs import logger
from aviso.storage import audit, cases, enrollments, inbox_tasks, markers
from aviso.storage.enrollments import EnrollmentChange
from aviso.victims import scene_cards, sign_up_rules, verification
from aviso.victims.sign_up_form import Asked
from aviso.victims.sign_up_rules import SignUp
from aviso.victims.verification import Claim, Verified
from aviso.victims.visitor import PortalVisitor

WAITING = "EARLY"  # the key in the index of tasks of sign-ups that wait for their case
PEOPLE_FOLLOW = timedelta(days=1)  # the file of people may come a day after the file of cases
EVERY = 2  # minutes between checks whether the reports have come
AT_ONCE = 300  # sign-ups in one run whose report has come
TASK_KEPT = timedelta(days=30)  # by then the task's due date and its overdue alarm are long past
ALIKE = 4  # letters of a last name that must match in another spelling of it
PLACE = "EARLY_PLACE"  # where the next run continues when there are more than AT_ONCE


def leave(
    claim: Claim,
    asked: Sequence[Asked],
    visitor: PortalVisitor,
    *,
    keep: bool = True,
    card: str = "",
) -> None:
    """Keep what a visitor asked for until the case comes; a repeated request is stored once.

    Args:
        card: the code of the card that led here; empty without one.
        keep: False when there were too many: the same number of calls is made, nothing is stored.
    """
    settings, now = visitor.settings, visitor.now
    data: dict[str, Any] = {
        "number": claim.number,
        "last_name": plain_name(claim.last_name),
        "typed": claim.last_name,
        "birth_dates": [day.isoformat() for day in claim.birth_dates],
        "asked": [asdict(a) for a in asked],
        "consent": asdict(visitor.consent) | {"at": now.isoformat()},
    }
    who = "|".join((data["number"], data["last_name"], *data["birth_dates"]))
    name = hashing.address_key("|".join((who, *sorted(a.address for a in asked))))
    if card:
        data |= {"card": scene_cards.key_of(card), "name": name}
    if keep:
        days = timedelta(days=settings.verification.early_enrollment_days)
        # An existing row stays: it may be a task by now, with other sign-ups in it.
        markers.put_new_marker(f"EARLY#{name}", data, now, days, WAITING)
        if card:
            scene_cards.use(data["card"], name, now)
    else:
        for _ in range(2 if card else 1):
            markers.marker(f"EARLY#{name}")
    entry = AuditEntry(
        at=now,
        actor="visitor",
        action="early_enrollment",
        case=claim.number,
        subject="" if keep else "not kept",
    )
    audit.append(entry, settings.retention.audit)


def is_time(now: datetime) -> bool:
    """Whether to check in this minute for the reports of early sign-ups."""
    return now.minute % EVERY == 0


def tie_all(settings: Settings, now: datetime) -> Counter[str]:
    """Check the sign-ups that wait for their case; return how many had each outcome.

    One read of the reports says which have come. When these are more than one run checks, the next
    run continues after them: sign-ups with another's number wait for days, and must not block the
    others.
    """
    keep = timedelta(days=settings.verification.early_enrollment_days)
    place = markers.marker(PLACE)
    ready, ends = _ready(now - keep)
    found = [one for one in ready if place is None or one[1] >= place[0]][:AT_ONCE]
    if len(found) == AT_ONCE:
        markers.put_marker(PLACE, {}, found[-1][1], keep)
    elif place:
        markers.drop_marker(PLACE)
    for pk, at, data in found:
        ends[f"early_{_step(pk, at, data, settings, now)}"] += 1
    return ends


def _ready(expired: datetime) -> tuple[list[tuple[str, datetime, Mapping[str, Any]]], Counter[str]]:
    """Return the sign-ups whose report has come or that expired, and a count of the others."""
    waiting = list(inbox_tasks.waiting(WAITING))
    numbers = {str(data.get("number", "")) for _, _, data in waiting}
    come = {number for number, _ in cases.read_rows([(number, "CASE") for number in numbers])}
    ready = [one for one in waiting if one[1] <= expired or one[2].get("number") in come]
    return ready, +Counter(early_waits=len(waiting) - len(ready))


def _step(pk: str, at: datetime, data: Mapping[str, Any], settings: Settings, now: datetime) -> str:
    """Check one sign-up; an error in one must not block the others."""
    if now - at >= timedelta(days=settings.verification.early_enrollment_days):
        markers.drop_marker(pk)
        return "expired"
    try:
        why = _tie(data, at, settings, now)
        if why == "tied":
            markers.drop_marker(pk)
        elif why != "waits":
            inbox_tasks.make_early_task(pk, data, why, now, TASK_KEPT)
        return why
    except Conflict:
        return "overtaken"  # somebody else is changing the same enrollment: the next run retries
    except Exception as error:
        logger.error("early_sign_up_failed", extra={"error": type(error).__name__})
        return "failed"


def _tie(data: Mapping[str, Any], at: datetime, settings: Settings, now: datetime) -> str:
    """Return `tied`, `waits`, or the reason why a person must look."""
    case = cases.read_case(str(data["number"]))
    if case.report is None:
        return "waits"
    last_name, fresh = str(data["last_name"]), now - at < PEOPLE_FOLLOW
    if why := restriction.restriction_of(case, settings):
        # An offense that is unknown today may be known tomorrow: half a case decides nothing
        # (docs/rules.md#4).
        unsettled = why is Restriction.UNKNOWN_OFFENSE and fresh
        return "waits" if unsettled or not _named(case, last_name) else "restricted"
    days = [date.fromisoformat(day) for day in data["birth_dates"]]
    today = settings.today(now)
    found = verification.verify(case, last_name, days, today)
    if found is None:
        return "waits" if fresh or not _named(case, last_name) else "no_match"
    shown = verification.may_see(case, found.victim, found.level, settings)
    if not settings.verification.knowledge or not shown:
        return "needs_code"
    return _enroll(case, found, data, settings, now)


def _named(case: Case, last_name: str) -> bool:
    """Whether a last name may be that of a victim, or of a person who speaks for one.

    One of two last names may be missing. When none matches, nobody needs to look: somebody mistyped
    the number, or is trying numbers.
    """
    typed = plain_name(last_name)
    names = {plain_name(p.last_name) for p in (*case.victims, *case.speakers)}
    return any(
        typed == name
        or (len(typed) >= ALIKE and (name.startswith(typed) or name.endswith(typed)))
        or (len(name) >= ALIKE and (typed.startswith(name) or typed.endswith(name)))
        for name in names - {""}
    )


def _enroll(
    case: Case,
    found: Verified,
    data: Mapping[str, Any],
    settings: Settings,
    now: datetime,
) -> str:
    victim = found.victim
    if "card" in data and not scene_cards.may_tie(data):
        return "card_again"
    try:
        change = tied(case, found, data, settings, now)
    except EnrollmentInvalid:
        return "too_many"
    if change.after != change.before:
        enrollments.write_enrollment(case.number, change.after, change.before, new_contacts=True)
        entry = AuditEntry(
            at=now, actor="visitor", action="enrolled", case=case.number, victim=victim.origin
        )
        audit.append(entry, settings.retention.audit)
    return "tied"


def tied(
    case: Case, found: Verified, data: Mapping[str, Any], settings: Settings, now: datetime
) -> EnrollmentChange:
    """Return what a sign-up before the report changes in a victim's enrollment.

    The contacts are new to the case now, however long the sign-up waited: the contacts already
    there are told of them.

    Args:
        found: who asked, as the rules or a person decided.
        data: what `leave` stored.

    Raises:
        EnrollmentInvalid: when there would be more contacts than one victim can need.
    """
    asked = [Asked(**a | {"channel": Channel(a["channel"])}) for a in data["asked"]]
    consent = data["consent"]
    given = Consent(**consent | {"at": datetime.fromisoformat(consent["at"])})
    victim = found.victim
    sign_up = SignUp(
        asked=asked,
        consent=given,
        level=found.level,
        stamp=stamp_of(case, victim.origin, settings),
        giver=found.speaker,
        tied_at=now,
    )
    before = case.enrollment_of(victim.origin)
    told = list(people.spoken_for(case, victim, settings.today(now)))
    wanted = sign_up_rules.add(before, victim, sign_up, told)
    taken = {(c.channel, c.address) for c in wanted.active_contacts}
    if not {(a.channel, a.address) for a in asked} <= taken:
        raise EnrollmentInvalid("phone", "enroll_too_many")
    return changed(case, wanted, maker_of(now, settings))
