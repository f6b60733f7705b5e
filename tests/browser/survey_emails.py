"""Cases of two weeks ago, whose victims are asked today how they were treated, and their emails."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from infra.harness.feed_files import complete
from infra.local import drop_feed
from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser.feed_cases import LAST_NAME, STAMP

DAYS_AGO = 15  # what the sample agency waits after a report, and a day: this morning may be to come
NIGHT, MORNING = timedelta(hours=10), timedelta(hours=17)  # 3:00 and 10:00 in Arizona, in UTC


def address(number: str) -> str:
    """Return the email of a case's victim."""
    return f"asked-{number[-4:]}@example.com"


def files(numbers: Iterable[str], now: datetime) -> dict[str, str]:
    """Return an export of these cases, in the agency's local time."""
    local = now - timedelta(hours=7)
    at, then = (f"{local - timedelta(days=days):{STAMP}}" for days in (0, DAYS_AGO))
    reports = ["INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,STATUS_DT,RPT_DT,DIV,LAST_UPD"]
    people = ["INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,EMAIL,LANG,LAST_UPD"]
    for n in numbers:
        reports.append(f"{n},13-1507,ACTIVE,{at},{then},Midtown,{at}")
        born = f"{int(n[-3]):02}/{int(n[-2:]):02}/1985"  # each is a person of their own
        people.append(f"{n},V{n},VIC,Inés,{LAST_NAME},{born},{address(n)},ENG,{at}")
    rows = {"cases.csv": reports, "people.csv": people}
    return {name: "\n".join(lines) + "\n" for name, lines in rows.items()}


def ask(aws: LocalAws, numbers: Iterable[str], folder: Path) -> None:
    """Import the cases, and ask their victims as on any morning."""
    dropped, keys = datetime.now(UTC), []
    for name, text in files(numbers, dropped).items():
        (folder / name).write_text(complete(name, text), encoding="utf-8-sig")
        keys.append(drop_feed.drop(aws, folder / name, f"incoming/asked_{name}"))
    for key in keys:
        drop_feed.wait_for_import(aws, key, dropped)
    ask_all(aws)


def ask_all(aws: LocalAws, days: int = 0) -> None:
    """Have surveys entered as in the last night, or a later one, and those sent that are due."""
    now = datetime.now(UTC)
    morning = (now - MORNING).replace(hour=0, minute=0, second=0, microsecond=0)
    night = morning + timedelta(days=days) + NIGHT
    aws.invoke("reconcile", {"time": night.isoformat(), "which": "all"})
    aws.invoke("chase", {"time": now.isoformat(timespec="seconds")})


def link(aws: LocalAws, number: str, name: str = "survey") -> str:
    """Wait for the survey's email to a case's victim, and return one of its links."""
    found: str = wait_for(
        partial(_link, aws, address(number), name), PATIENCE, "the survey's email"
    )
    return found


def _link(aws: LocalAws, to: str, name: str) -> str:
    """Return the link of the email that asks; other emails have no link to a survey."""
    asking = (mail.text for mail in aws.sent_emails() if to in mail.to and "/survey?" in mail.text)
    found = (re.search(rf"http\S+/{name}\?t=[\w.-]+", text) for text in asking)
    return next((match[0] for match in found if match), "")
