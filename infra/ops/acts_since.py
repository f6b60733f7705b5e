"""What people did after the moment to which tables were restored, from the audit trail.

A row that comes back is as old as that moment: it knows no STOP, no "this is not me", no mark as
unsafe that came later. The trail and its locked copy know. `make restore` enters the STOPs again,
each under the hash that its row names, and restricts each case that somebody changed: then nothing
goes out until a person has looked. Legal holds are again as people left them, and accounts of the
desk that were locked are locked.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aviso.compliance import audit_check, retention
from aviso.domain.errors import Conflict
from aviso.domain.value import Frozen
from aviso.staff import account_locks, case_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, inbox, staff_accounts, suppressions
from infra.deploy.rows import Row, copy_missing, scan_rows

# The act that `make restore` records before anything else, and again once all rows are back.
RESTORED = "tables_restored"
STOPS = frozenset({"opted_out", "reply_stopped", "not_me"})
LOCKS = {"account_locked": True, "account_released": False}
HOLDS = {"legal_hold": True, "legal_hold_ended": False}
# Acts on a case that make nobody safer. Any other, of a later release too, counts as a change.
LOOKS = frozenset(
    {
        *("viewed", "viewed_record", "case_viewed", "case_listed", "case_found_restricted"),
        *("call_listed", "answer_viewed", "letter_viewed", "trail_viewed", "victim_exported"),
        *("verified", "verified_by_code", "proved_by_code", "verify_failed", "code_failed"),
        *("code_sent", "card_made", "contact_exported", "contact_handed_over", "search_found"),
        *("task_taken", "task_given_back", "task_assigned", "note_added", "call_not_reached"),
        *("hand_off_read", "hand_off_task_seen", "hand_off_downloaded", "hand_off_confirmed"),
        *("notice_released", "notice_resent", "notice_untold"),
        *("letter_returned", "letter_mailed", "reply_read"),
        # `restore` does these again by itself
        *("legal_hold", "legal_hold_ended", "victim_erased", "texts_erased"),
        "case_forgotten",
    }
)


class Act(Frozen, frozen=True, kw_only=True):
    """One row of the trail, as far as a restore needs it."""

    at: datetime
    actor: str
    action: str
    case: str
    victim: str
    subject: str


def of_trail(database: Any, table: str, since: datetime) -> list[Act]:
    """Return what the audit trail says was done from a moment on, in order of time."""
    acts = (_act(row) for row in scan_rows(database, table))
    return sorted((act for act in acts if act.at >= since), key=lambda act: act.at)


def bring_trail_back(database: Any, table: str, bucket: str, since: datetime, now: datetime) -> int:
    """Copy to the trail the rows that only its locked copy has; return how many.

    A row that the copy has in two ways is left out: `make trail` names it, and a person decides.
    """
    found: defaultdict[str, list[Row]] = defaultdict(list)
    first = since.astimezone(UTC).date()
    for n in range((now.astimezone(UTC).date() - first).days + 1):
        for row in audit_check.copied(bucket, first + timedelta(days=n)):
            if "at" in row and row not in found[_key(row)]:
                found[_key(row)].append(row)
    rows = (versions[0] for versions in found.values() if len(versions) == 1)
    return copy_missing(database, (row for row in rows if _act(row).at >= since), table, bucket)


def stop_again(acts: Iterable[Act]) -> int:
    """Enter again who ended messages or said "this is not me", and what undid it, in order.

    Returns:
        How many acts there were. Doing it twice changes nothing.
    """
    named = [act for act in acts if act.subject and act.action in AGAIN]
    for act in named:
        AGAIN[act.action](act, act.subject.rpartition(": ")[2])  # the desk's has a text's id first
    return len(named)


def _stop(act: Act, key: str) -> None:
    suppressions.opt_out(key, "restored", act.at)


def _start(act: Act, key: str) -> None:
    suppressions.opt_in(key, act.at)


def _not_me(act: Act, key: str) -> None:
    suppressions.not_me(key, act.case, act.at)


def _not_me_undone(act: Act, key: str) -> None:
    case = cases.read_case(act.case)
    for number in {act.case, case.origin, *case.numbers}:  # it may be recorded under any of them
        suppressions.not_me_undone(key, number)


# What a link, a text or the desk did to an address; the row names its hash.
AGAIN: Mapping[str, Callable[[Act, str], None]] = {
    "opted_out": _stop,
    "reply_stopped": _stop,
    "opted_in": _start,
    "opt_out_undone": _start,
    "not_me": _not_me,
    "not_me_undone": _not_me_undone,
}


def lock_again(acts: Iterable[Act], actor: Actor) -> int:
    """Lock the accounts that were last locked, and whose lock is gone; return how many."""
    found = [act for act in acts if act.action in LOCKS]
    last = {act.subject.partition(":")[0]: LOCKS[act.action] for act in found}
    locked = [id for id, locked in last.items() if locked]
    open_again = [id for id in locked if staff_accounts.account(id).locked_at is None]
    for id in open_again:
        account_locks.lock(id, actor.audit_name, actor.settings.retention.audit, actor.now)
    return len(open_again)


def hold_again(acts: Iterable[Act], actor: Actor) -> int:
    """Put cases under a legal hold, or end it, as people last did; return how many had changed."""
    found = [act for act in acts if act.action in HOLDS]
    last = {cases.read_case(act.case).number: HOLDS[act.action] for act in found}
    lost = [n for n, on in last.items() if retention.held(cases.read_case(n)) != on]
    for number in lost:
        retention.hold(number, actor.audit_name, actor.settings, actor.now, last[number])
    return len(lost)


def stamp(moment: datetime) -> str:
    """Return the subject of the act `RESTORED` for a moment."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def last_run(acts: Iterable[Act], moment: datetime) -> datetime | None:
    """Return when the rows of the last restore to a moment were back; None if there was none.

    If that restore stopped halfway, this is when it began.
    """
    return max((act.at for act in acts if _began(act, moment)), default=None)


def _began(act: Act, moment: datetime) -> bool:
    return act.action == RESTORED and act.subject == stamp(moment)


def restrict_changed(
    acts: Iterable[Act], moment: datetime, actor: Actor, *, all_changes: bool
) -> tuple[int, list[str]]:
    """Restrict each case that somebody changed before the restore began, until a person looks.

    Args:
        acts: since the moment, in order of time.
        moment: to which the tables are restored.
        all_changes: whether cases are restored; else only a STOP of an older release counts, whose
            row names no hash.

    Returns:
        How many cases, and the numbers of those that have no report to restrict: they are not
        imported again yet.
    """
    done, missing = 0, list[str]()
    for number in sorted(set(_changed(acts, moment, all_changes))):
        case = cases.read_case(number)
        if case.report is not None and case.report.desk_restriction == "restricted":
            continue
        try:
            case_decisions.restrict(case, actor)
        except Conflict:
            missing.append(number)
            continue
        done += 1
    return done, missing


def _changed(acts: Iterable[Act], moment: datetime, all_changes: bool) -> Iterator[str]:
    for act in acts:
        if _began(act, moment):
            return  # what people did since this restore's first run is in the rows
        unnamed = act.action in STOPS and not act.subject
        if act.case and (unnamed or (all_changes and is_change(act.action))):
            yield act.case


def is_change(action: str) -> bool:
    """Whether an act may have made somebody safer."""
    return action not in LOOKS and not action.startswith("refused:")


def erased(acts: Iterable[Act]) -> Mapping[tuple[str, str], datetime]:
    """Return when each victim (a case and an id) was last erased; `acts` are in order of time."""
    return {(act.case, act.victim): act.at for act in acts if act.action == "victim_erased"}


def came_back(number: str, victim: str, erased: datetime) -> bool:
    """Whether the records system sent a victim again after the erasure."""
    victims = cases.read_case(number).victims
    found = (one for one in victims if victim in {one.id, one.origin, *one.known_as})
    return any(one.first_seen is not None and one.first_seen > erased for one in found)


def erase_texts_again(acts: Iterable[Act]) -> int:
    """Delete the texts that came back and that an erasure had deleted; return how many.

    Those of a case under a legal hold stay. The trail names each text: whose it was cannot be
    found out any more, and another victim's text must stay.
    """
    erasures = [act for act in acts if act.action == "texts_erased"]
    held = {n for n in {act.case for act in erasures} if retention.held(cases.read_case(n))}
    names = (id for act in erasures if act.case not in held for id in act.subject.split())
    return sum(inbox.forget(id) for id in names)


def _act(row: Row) -> Act:
    texts = {name: row[name]["S"] for name in Act.__struct_fields__[1:] if name in row}
    empty = dict.fromkeys(Act.__struct_fields__[1:], "")
    return Act(at=datetime.fromisoformat(row["at"]["S"]), **empty | texts)


def _key(row: Row) -> str:
    return f"{row['pk']['S']} {row['sk']['S']}"
