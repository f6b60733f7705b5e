"""A visitor's journey as anybody would write it with boto3 and Jinja2, whatever the framework.

Each step makes the calls that ours makes and hands our own template what it needs. It does less
than ours: it knows nothing of codes, unsafe contacts, guardians, locked or renumbered cases, or of
who must not see, takes a birth date in one order and shows no message for what is mistyped.
"""

import re
import secrets
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Any, NamedTuple

import database
from agency import LANGUAGES, SETTINGS, frame
from database import instant, stored

PROMISED = (
    "arrest", "initial_appearance", "warrant", "status_changed", "detective_assigned",
    "sent_to_prosecutor", "case_closed", "case_reopened",
)  # fmt: skip
VISIT = "__Host-visit"
POLICY = SETTINGS["verification"]


class Asked(NamedTuple):
    """What a step reads of a request."""

    language: str
    cookies: Mapping[str, str] = {}
    form: Mapping[str, str] = {}
    source: str = ""


class Answer(NamedTuple):
    """A template with its context; or where to go on, perhaps with a visit's token to set."""

    page: str = ""
    context: Mapping[str, Any] = {}
    status: int = 200
    location: str = ""
    token: str = ""


def find(asked: Asked) -> Answer:
    """Ask for the report number."""
    return Answer("find", frame(asked.language, "find", form="step") | {"typed": {}})


def who(asked: Asked) -> Answer:
    """Ask for name and birth date once the number looks like one."""
    number = _number(asked)
    if not re.fullmatch(SETTINGS["agency"]["case_number_pattern"], number):
        shown = frame(asked.language, "find", form="step")
        return Answer("find", shown | {"typed": asked.form, "errors": {"number": "find_wrong"}})
    return _verify_page(asked)


def verify(asked: Asked) -> Answer:
    """Open a visit for a person who knows the victim's name and birth date."""
    now, number = datetime.now(UTC), _number(asked)
    day, hour = f"{now:%Y-%m-%d}", f"{now:%Y-%m-%dT%H}"
    end_of_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    end_of_day = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    source = sha256(f"{day}|{asked.source}".encode()).hexdigest()[:32]
    limits = (
        (f"CASE#{number}#{day}", POLICY["fails_per_case"], end_of_day),
        (f"SOURCE#{source}#{hour}", POLICY["fails_per_source"], end_of_hour),
        (f"ALL#{hour}", POLICY["fails_overall"], end_of_hour),
    )
    allowed = database.reserve(limits)
    rows = database.case_rows(number)
    victim = _victim(rows, asked.form.get("last_name", ""), asked.form.get("birth_date", ""))
    if victim is None or not allowed:
        database.audit(now, "visitor", "verify_failed", number)
        return _verify_page(asked, refused=True)
    token = secrets.token_urlsafe(16)
    key = database.key_of(token)
    session = {
        "pk": f"SESSION#{key}",
        "case": number,
        "victim": victim["id"],
        "level": "knowledge",
        "csrf": secrets.token_urlsafe(16),
        "created_at": instant(now),
        "idle_until": instant(now + database.IDLE),
        "max_until": instant(now + database.LONGEST),
        "expires": int((now + database.LONGEST).timestamp()),
    }
    row = {"victim": victim["id"], "origin": number, "stamp": _stamp(rows, victim)}
    entry = database.audited(now, f"visit:{key[:12]}", "verified", number, **row)
    database.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "Guards", "Item": stored(session)}},
            {"Put": entry},
            *database.refund(limits),
        ]
    )
    return Answer(status=303, location="status", token=token)


def status(asked: Asked) -> Answer:
    """Show where the case stands."""
    now, token = datetime.now(UTC), asked.cookies.get(VISIT, "")
    session = database.resume(token, now)
    if session is None:
        return _over(asked)
    rows, victim = database.case_rows(session["case"]), session["victim"]
    actor = f"visit:{database.key_of(token)[:12]}"
    database.audit(now, actor, "viewed", session["case"], victim=victim)
    return Answer("status", _status_page(asked, session, rows))


def enroll(asked: Asked) -> Answer:
    """Keep the contacts that were typed."""
    now, token = datetime.now(UTC), asked.cookies.get(VISIT, "")
    session = database.resume(token, now)
    if session is None or not _same(session["csrf"], asked):
        return _over(asked)
    rows = database.case_rows(session["case"])
    contacts = _contacts(asked, session, rows, now)
    if not contacts or asked.form.get("consent") != "yes":
        return Answer("alerts", _alerts_page(asked, session))
    pk, victim = f"CASE#{session['case']}", session["victim"]
    enrollment = {
        "pk": pk,
        "sk": f"ENROLLMENT#{victim}",
        "type": "enrollment",
        "contacts": contacts,
        "rights": "requested",
        "rights_at": instant(now),
        "row_time": instant(now),
        "version": 1,
        "victim": victim,
    }
    new = {"pk": pk, "at": instant(now), "task": "NEW_CONTACT", "type": "contact"}
    listed = [
        {
            **new,
            "sk": f"CONTACT#{contact['id']}",
            "phone" if contact["channel"] == "sms" else "email": contact["address"],
            "victim": victim,
        }
        for contact in contacts
    ]
    actor = f"visit:{database.key_of(token)[:12]}"
    entry = database.audited(now, actor, "enrolled", session["case"], victim=victim)
    shown = {
        "TableName": "Guards",
        "Key": {"pk": {"S": session["pk"]}},
        "ConditionExpression": "attribute_exists(pk)",
        "UpdateExpression": "SET created_at = :now, enrolled = :channels",
        "ExpressionAttributeValues": {
            ":now": {"S": instant(now)},
            ":channels": {"SS": [contact["channel"] for contact in contacts]},
        },
    }
    first = {
        "TableName": "Cases",
        "Item": stored(enrollment),
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    try:
        database.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": first},
                *({"Put": {"TableName": "Cases", "Item": stored(item)}} for item in listed),
                {"Put": entry},
                {"Update": shown},
            ]
        )
    except database.dynamodb.exceptions.TransactionCanceledException:
        return Answer("alerts", _alerts_page(asked, session))
    return Answer(status=303, location="done")


def done(asked: Asked) -> Answer:
    """Confirm what this visit signed up for."""
    session = database.resume(asked.cookies.get(VISIT, ""), datetime.now(UTC))
    if session is None:
        return _over(asked)
    enrolled = session.get("enrolled", ())
    if not enrolled:
        return Answer(status=303, location="status")
    context = frame(asked.language, "done", signed_in=True) | {
        "csrf": session["csrf"],
        "channels": [channel for channel in ("sms", "email") if channel in enrolled],
    }
    return Answer("done", context)


def _number(asked: Asked) -> str:
    return "".join(c for c in asked.form.get("number", "") if c.isalnum()).upper()


def _verify_page(asked: Asked, refused: bool = False) -> Answer:
    names = ("number", "last_name", "birth_date", "code")
    typed = {name: asked.form.get(name, "") for name in names}
    context = frame(asked.language, "verify", form="step")
    return Answer("verify", context | {"refused": refused, "typed": typed})


def _same(csrf: str, asked: Asked) -> bool:
    return compare_digest(csrf.encode(), asked.form.get("csrf", "").encode())


def _over(asked: Asked) -> Answer:
    return Answer("over", frame(asked.language, "over"), status=403)


def _name(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isalnum())


def _victim(rows: list[dict[str, Any]], name: str, born: str) -> dict[str, Any] | None:
    try:
        day = datetime.strptime(born, "%m/%d/%Y").date().isoformat()  # noqa: DTZ007 - a day
    except ValueError:
        return None
    victims = (row for row in rows if row["sk"].startswith("VICTIM#"))
    known = [v for v in victims if _name(v["last_name"]) == _name(name) and v["birth_date"] == day]
    return known[0] if len(known) == 1 else None


def _report(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return next(row for row in rows if row["sk"] == "CASE")


def _stamp(rows: list[dict[str, Any]], victim: dict[str, Any]) -> str:
    report = _report(rows)
    groups = SETTINGS["offense_groups"]
    group = next((n for n, g in groups.items() if report["offense"] in g["offenses"]), "unknown")
    return f"{group}|{report.get('division', 'unknown')}|{victim.get('language', 'unknown')}"


def _contacts(
    asked: Asked, session: dict[str, Any], rows: list[dict[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    victim = next(row for row in rows if row["sk"] == f"VICTIM#{session['victim']}")
    digits = "".join(c for c in asked.form.get("phone", "") if c.isdigit())
    typed = {"sms": ("phone", f"+1{digits}" if len(digits) == 10 else "")}
    typed["email"] = ("email", asked.form.get("email", "").strip().lower())
    return [
        {
            "id": secrets.token_hex(8),
            "channel": channel,
            "address": address,
            "safe": asked.form.get(f"{field}_safe") == "yes",
            "language": asked.form.get(f"{field}_language", LANGUAGES[0][0]),
            "consent_at": instant(now),
            "consent_language": asked.language,
            "consent_source": "portal",
            "consent_version": SETTINGS["consent_version"],
            "level": session["level"],
            "new_to_agency": address != victim.get(field),
            "stamp": _stamp(rows, victim),
        }
        for channel, (field, address) in typed.items()
        if address
    ]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _status_page(
    asked: Asked, session: dict[str, Any], rows: list[dict[str, Any]]
) -> dict[str, Any]:
    report = _report(rows)
    victim = next(row for row in rows if row["sk"] == f"VICTIM#{session['victim']}")
    for name in ("reported_at", "status_at", "export_time", "row_time"):
        report[name] = _time(report.get(name))
    for name in ("assigned_phone", "assigned_email", "assigned", "division", "status"):
        report.setdefault(name, "")
    arrests = [row for row in rows if row["sk"].startswith("ARREST#") and "arrested_at" in row]
    for arrest in arrests:
        arrest["arrested_at"] = _time(arrest["arrested_at"])
        arrest["appearance_at"] = _time(arrest.get("appearance_at"))
        for name in ("custody_phone", "custody_agency", "appearance_place", "juvenile"):
            arrest.setdefault(name, "")
        arrest.setdefault("appearance_time_known", True)
    arrests.sort(key=lambda row: row["arrested_at"], reverse=True)
    status = SETTINGS["statuses"].get(report["status"])
    return frame(asked.language, "status", signed_in=True) | {
        "csrf": session["csrf"],
        "by_code": session["level"].startswith("code"),
        "report": report,
        "standing": status,
        "updated": report["status_at"] or report["row_time"],
        "arrests": arrests,
        "steps": _steps(report, arrests, status),
        "told_on": [c for c, name in (("sms", "phone"), ("email", "email")) if victim.get(name)],
        "links": SETTINGS.get("links", {}).items(),
        "settings": SETTINGS,
    }


def _alerts_page(asked: Asked, session: dict[str, Any]) -> dict[str, Any]:
    return frame(asked.language, "alerts", signed_in=True, form="enroll") | {
        "csrf": session["csrf"],
        "promised": [k for k in PROMISED if SETTINGS["kinds"].get(k, {}).get("on")],
        "languages": LANGUAGES,
        "typed": asked.form,
    }


def _steps(
    report: dict[str, Any], arrests: list[dict[str, Any]], status: dict[str, Any] | None
) -> list[dict[str, Any]]:
    def step(name: str, at: datetime | None, arrest: Any = None, when: str = "done") -> Any:
        return {"name": name, "when": when, "at": at, "arrest": arrest}

    past = [step("received", report["reported_at"])]
    if report["assigned"]:
        past.append(step("assigned", _time(report.get("assigned_at"))))
    past += [step("arrest", arrest["arrested_at"], arrest) for arrest in arrests]
    if sent := _time(report.get("prosecutor_at")):
        past.append(step("prosecutor", sent))
    past.sort(key=lambda s: s["at"] or report["reported_at"])
    told = status and status.get("tells") not in (None, "warrant")
    current = step("status", report["status_at"] if told else None, when="now")
    coming = [
        step("hearing", arrest["appearance_at"], arrest, "next")
        for arrest in arrests
        if arrest["appearance_at"] and arrest["appearance_at"] > datetime.now(UTC)
    ]
    if arrests and status and not status.get("closed") and not sent:
        coming.append(step("charges", None, when="next"))
    return [*past, current, *coming]
