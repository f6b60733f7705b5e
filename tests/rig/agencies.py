"""Victims' requests to other agencies: consents and clerks as tables have them, the verdict.

Consents and their ends are written as a visit to the portal leaves them. Clerks read and confirm on
the desk's own page. What is right says `hand_offs`, and of pages `hand_off_pages`.
"""

import re
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from infra.harness.web_page import Page
from tests.rig.model import hand_off_pages, hand_offs
from tests.rig.model.hand_off_pages import NAMED, Shown
from tests.rig.model.hand_offs import LATE, Agreement, Email, Key
from tests.rig.model.scenario import Named, Scenario
from tests.rig.verdict import Verdict

HAND_OFF = "HANDOFF"  # the key of a request among the rows of the ledger
COUNTED = re.compile(r"new: (\d+), withdrawn: (\d+)")  # what an email says
CALLED = "taken_back"  # why a member calls an agency: no email told it that a request is over
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
LONG_AGO = timedelta(days=700)  # before the service began: no notice announces the contact
Row = Mapping[str, str]
Rows = Mapping[Key, list[Row]]


def texts(**values: str) -> dict[str, Any]:
    """Return text attributes as a table has them."""
    return {name: {"S": value} for name, value in values.items()}


def moment(when: datetime) -> dict[str, str]:
    """Return a time as a table has it."""
    return {"S": when.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"}


def consent(one: Agreement, table: str, now: datetime) -> list[dict[str, Any]]:
    """Return the transaction that stores a contact and a consent, as a visit leaves them."""
    contact = {
        **texts(id=f"c-{one.victim}", channel="sms", address=one.phone, language="en"),
        **texts(level="code", consent_version="1", consent_language="en", consent_source="portal"),
        "consent_at": moment(now - LONG_AGO),
        "tied_at": moment(now - LONG_AGO),
        "safe": {"BOOL": True},
        "new_to_agency": {"BOOL": False},
    }
    given = {
        **texts(id=f"consent-{one.victim}", contact=f"c-{one.victim}", version="1", language="en"),
        "purposes": {"L": [{"S": purpose} for purpose in one.purposes]},
        "at": moment(now),
    }
    enrollment = {
        **texts(pk=f"CASE#{one.case}", sk=f"ENROLLMENT#{one.victim}"),
        **texts(type="enrollment", victim=one.victim, rights="unanswered"),
        "contacts": {"L": [{"M": contact}]},
        "version": {"N": "1"},
    }
    choices = {
        **_choices(one),
        **texts(type="choices", victim=one.victim),
        "hand_off": {"M": given},
    }
    return [{"Put": {"TableName": table, "Item": item}} for item in (enrollment, choices)]


def end_of_consent(one: Agreement, table: str, now: datetime) -> dict[str, Any]:
    """Return the update that ends a consent."""
    return {
        "TableName": table,
        "Key": _choices(one),
        "UpdateExpression": "SET hand_off.ended_at = :now",
        "ExpressionAttributeValues": {":now": moment(now)},
    }


def _choices(one: Agreement) -> dict[str, Any]:
    return texts(pk=f"CASE#{one.case}", sk=f"CHOICES#{one.victim}")


def clerk(agency: str, now: datetime) -> tuple[list[dict[str, Any]], dict[str, str], str]:
    """Return an agency's account and session as the sign-in leaves them, the cookies, the token."""
    name, token, csrf = f"clerk-of-{agency}", secrets.token_urlsafe(8), secrets.token_urlsafe(8)
    soon = moment(now + timedelta(minutes=30))
    account = texts(pk=f"ACCOUNT#{name}", name=name, receiver=agency)
    session = {
        **texts(pk=f"STAFF#{sha256(token.encode()).hexdigest()}", id=name, name=name, csrf=csrf),
        "roles": {"SS": ["receiver"]},
        "created_at": moment(now),
        "idle_until": soon,
        "max_until": soon,
        "expires": {"N": str(int(now.timestamp()) + 86400)},
    }
    return [account, session], {"__Host-staff": token}, csrf


def on_page(agency: str, page: Page, asked: datetime, came: datetime) -> list[Shown]:
    """Return the requests that a page shows."""
    found = []
    for article in page.root.xpath("//article"):
        facts = [" ".join(dd.text_content().split()) for dd in article.xpath(".//dd")]
        found.append(
            Shown(
                agency=agency,
                id=str(article.xpath('.//input[@name="id"]/@value')[0]),
                victim=facts[0],
                speaker=next((fact for fact in facts if NAMED in fact), ""),
                words=" ".join(facts),
                asked=asked,
                came=came,
            )
        )
    return found


def by_key(ledger: Iterable[Row]) -> dict[Key, list[Row]]:
    """Return every request in the ledger: one for each contact and name that it has shown."""
    found: dict[Key, list[Row]] = {}
    for row in ledger:
        key = (row["case"], row["victim"], row["receiver"], row["fact"])
        found.setdefault(key, []).append(row)
    return found


def to_confirm(rows: Rows, agreed: Iterable[Agreement], shown: Collection[str]) -> list[Row]:
    """Return the requests that agencies confirm: every second one, and all taken back later."""
    late = {(one.case, one.victim) for one in agreed if one.taken_back == LATE}
    waiting = [
        (key, row)
        for key, found in sorted(rows.items())
        for row in found
        if row["state"] == "owed" and row["pk"] in shown
    ]
    sure = [row for key, row in waiting if key[:2] in late]
    return sure + [row for key, row in waiting if key[:2] not in late][::2]


def unfinished(row: Row) -> bool:
    """Whether a request waits for its agency, and for no person."""
    return "unsaid" in row or (row["state"] == "owed" and "reason" not in row)


def to_hear(rows: Mapping[Key, Sequence[Row]], over: Collection[Key]) -> Counter[str]:
    """Return of how many requests that are over an email must tell each agency.

    Where no email could tell it within two hours, a member has the task to call the agency.
    """
    called = {key for key in over if any(row.get("reason") == CALLED for row in rows[key])}
    return Counter(key[2] for key in over if key not in called)


def email(to: str, at: datetime, subject: str, text: str) -> Email:
    """Return an email to an agency, with what it counts."""
    found = COUNTED.search(subject)
    counts = (int(found[1]), int(found[2])) if found else (0, 0)
    return Email(to, at, f"{subject} {text}", *counts)


@dataclass(slots=True)
class Requests:
    """What became of a run's requests."""

    agreed: list[Agreement]
    shown: list[Shown] = field(default_factory=list)  # everything that was ever on a page
    last: list[Shown] = field(default_factory=list)  # what agencies read in the end
    confirmed: set[str] = field(default_factory=set)  # by their agency ...
    confirmed_from: datetime = NEVER  # ... since then
    taken_back_by: datetime = NEVER  # what is late

    def judge(
        self,
        verdict: Verdict,
        scenario: Scenario,
        rows: Rows,
        emails: Collection[Email],
        named: Mapping[str, Named],
    ) -> None:
        """Hold requests, pages and emails against the model."""
        keys = {row["pk"]: key for key, found in rows.items() for row in found}
        states = {row["pk"]: row["state"] for found in rows.values() for row in found}
        renamed = hand_off_pages.renamed(self.shown, keys, named)
        confirmed = {keys[id] for id in self.confirmed - renamed}
        expected = hand_offs.expect(scenario, self.agreed, confirmed)
        taken_back = hand_offs.taken_back(expected, {keys[id] for id in self.confirmed})
        gone = to_hear(rows, {*taken_back, *(keys[id] for id in self.confirmed & renamed)})
        read = Counter(keys[id][2] for id in {one.id for one in self.shown})
        reader = hand_off_pages.Reader(scenario, self.agreed, keys, named, self.taken_back_by)
        counted = verdict.figures
        counted["hand_offs"] += len(keys)
        counted["taken_back"] += len(taken_back)
        counted["read_by_agencies"] += len(self.shown)
        counted["names_read"] += sum(bool(one.speaker) for one in self.shown)
        counted["names_taken_back"] += len(renamed)
        found = {key: hand_offs.end(rows[key]) for key in rows}
        kept = [
            f"{hand_offs.words(keys[id])}: a former name stays"
            for id in renamed
            if states[id] != hand_offs.OVER
        ]
        said_yes = {case for case, who in named.items() if who.said == "yes"}
        since = self.confirmed_from
        wrong = [
            *hand_offs.problems(expected, found).items(),
            *hand_offs.unsaid(expected, read, gone, emails, named=said_yes, since=since).items(),
            *reader.wrong(self.shown).items(),
            ("wrong_recipient", kept),
            ("lost", hand_off_pages.unread(expected, found, self.last, keys)),
            ("wrong_recipient", hand_offs.said_too_much((e.words for e in emails), scenario)),
        ]
        for what, sentences in wrong:
            for said in sentences:
                verdict.problem("unequal_to_model" if what == "unequal" else what, "", said)
