"""The morning email: how much waits, with links, to each member who asked for it.

It has counts alone and no personal data: what is late or due today, and every count of the rail, so
that a quiet morning is quiet. A schedule starts it on working days, perhaps twice: each member gets
one email a day.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from aviso.domain.errors import HandOverError, SendUnknown
from aviso.domain.model import Channel
from aviso.domain.settings import Settings
from aviso.domain.staff import Account, Colleague
from aviso.providers import cognito_users, sender
from aviso.providers.errors import SECONDS_NEEDED
from aviso.providers.message import OutgoingMessage
from aviso.runtime import environment
from aviso.staff import account_locks
from aviso.staff.actor import Actor
from aviso.storage import digests, staff_accounts, tasks
from aviso.storage.digests import Digest
from aviso.storage.tasks import WaitingNotice
from aviso.web.staff import pages, work_queue
from aviso.web.staff.navigation import rail
from aviso.web.staff.permissions import may

SATURDAY = 5
NO_NOTICE = "desk"  # an email's events name a notice: this email is in no ledger
DUE = ("late", "rest")  # tabs of the task list that the rail does not count


class NotSentError(Exception):
    """Some emails could not be sent: the schedule's event comes again."""


def send(now: datetime) -> Counter[str]:
    """Send the day's emails as of the schedule's own time; return how many had which outcome.

    Raises:
        NotSentError: when some were not sent; the next delivery sends those alone.
    """
    day = Settings.current().today(now)
    asked = digests.everyone() if day.weekday() < SATURDAY else []
    if not asked:
        return Counter()
    colleagues = {colleague.id: colleague for colleague in cognito_users.everyone()}
    accounts = staff_accounts.accounts(digest.id for digest in asked)
    waiting = tasks.waiting()
    done: Counter[str] = Counter()
    for digest in asked:
        colleague = colleagues.get(digest.id)
        account = accounts.get(digest.id, Account(id=digest.id))
        if colleague is None or not _works(colleague, account, now):
            done["no_access"] += 1
        elif not digests.claim(digest.id, day):
            done["sent_before"] += 1
        else:
            done[_send(digest, colleague, waiting, now)] += 1
    if done["not_sent"]:
        raise NotSentError(f"{done['not_sent']} morning emails were not sent")
    return done


def _works(colleague: Colleague, account: Account, now: datetime) -> bool:
    """Whether a member may see tasks now."""
    locked = account_locks.judge(account, now)
    return colleague.enabled and not locked and may(colleague.roles, "GET", "/tasks")


def _send(
    digest: Digest, colleague: Colleague, waiting: Sequence[WaitingNotice], now: datetime
) -> str:
    actor = Actor(
        id=colleague.id,
        name=colleague.name,
        audit_name=f"staff:{colleague.id}",
        roles=colleague.roles,
        settings=Settings.current(),
        now=now,
    )
    subject, text = words(digest.language, waiting, actor)
    message = OutgoingMessage(address=colleague.email, subject=subject, text=text, notice=NO_NOTICE)
    try:
        sender.sender(Channel.EMAIL).send(message, SECONDS_NEEDED + 1)
    except SendUnknown:
        return "unknown"  # it may have been sent: a second one would be one too many
    except HandOverError:
        digests.unclaim(digest.id, actor.today)
        return "not_sent"
    return "sent"


def words(language: str, waiting: Sequence[WaitingNotice], actor: Actor) -> tuple[str, str]:
    """Return subject and text: counts, each with the address of its list."""
    t, desk = pages.strings(language), environment.name("STAFF_URL")
    counts = [
        (f"desk_tab_{due}", len(work_queue.rows(waiting, {"due": due}, actor)), f"tasks?due={due}")
        for due in DUE
    ]
    counts += [
        (f"desk_menu_{link.name}", link.count or 0, link.to)
        for link in rail(actor, waiting)["work"]
    ]
    lines = [f"{t[word]}: {n}\n{desk}/{page}" for word, n, page in counts if n]
    agency = actor.settings.agency.in_language(language)
    open_tasks = len(work_queue.rows(waiting, {}, actor))
    subject = t["desk_digest_subject"].format(n=open_tasks, agency=agency.short_name)
    body = lines or [t["desk_digest_nothing"]]
    end = t["desk_digest_end"].format(page=f"{desk}/me")
    return subject, "\n\n".join([*body, f"{t['desk_digest_report']}\n{desk}/report", end]) + "\n"
