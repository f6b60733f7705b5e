"""The status page as anybody would write it with boto3 and Jinja2, with or without a framework.

It makes the calls that ours makes and hands our own template what it needs. It does less than ours:
it knows nothing of unsafe contacts, guardians, locked or renumbered cases, or of who must not see.
"""

import json
import os
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

import boto3
from boto3.dynamodb.types import TypeDeserializer
from markupsafe import Markup, escape

with open(os.environ["BENCH_AGENCY"], encoding="utf-8") as _file:  # noqa: PTH123
    AGENCY = json.load(_file)
SETTINGS, STRINGS, DATES = AGENCY["settings"], AGENCY["strings"], AGENCY["dates"]
ZONE = ZoneInfo(SETTINGS["agency"]["time_zone"])
PROMISED = (
    "arrest", "initial_appearance", "warrant", "status_changed", "detective_assigned",
    "sent_to_prosecutor", "case_closed", "case_reopened",
)  # fmt: skip
JINJA_OPTIONS = {"trim_blocks": True, "lstrip_blocks": True, "auto_reload": False}

dynamodb = boto3.client("dynamodb", region_name="us-west-2")
_deserialize = TypeDeserializer().deserialize


def loader() -> Any:
    """Return Jinja's loader: sources as the frameworks read them, or compiled ones like ours."""
    from jinja2 import FileSystemLoader, ModuleLoader

    compiled = os.environ.get("BENCH_COMPILED")
    return ModuleLoader(compiled) if compiled else FileSystemLoader(os.environ["BENCH_TEMPLATES"])


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _written(value: datetime, form: str, language: str) -> str:
    at, table = value.astimezone(ZONE), DATES[language]
    return str(
        table["forms"][form]
        % {
            "EEEE": table["weekdays"][at.weekday()],
            "MMMM": table["months"][at.month - 1],
            "MMM": table["short_months"][at.month - 1],
            "M": at.month,
            "MM": f"{at.month:02}",
            "d": at.day,
            "dd": f"{at.day:02}",
            "y": at.year,
            "H": at.hour,
            "HH": f"{at.hour:02}",
            "h": at.hour % 12 or 12,
            "mm": f"{at.minute:02}",
            "a": table["periods"][at.hour // 12],
        }
    )


def filters() -> dict[str, Any]:
    """Return the filters our templates use."""
    from jinja2 import pass_context, pass_eval_context

    @pass_eval_context
    def fill(_escaping: Any, text: str, /, **values: object) -> str:
        return escape(text).format(**values)

    @pass_context
    def date(context: Any, value: datetime) -> str:
        return _written(value, "date", context["lang"])

    @pass_context
    def moment(context: Any, value: datetime) -> str:
        return _written(value, "moment", context["lang"])

    return {"fill": fill, "date": date, "moment": moment}


def _shown(phone: str) -> str:
    national = phone.removeprefix("+1")
    if national == phone or len(national) != 10:
        return phone
    return f"{national[:3]}-{national[3:6]}-{national[6:]}"


def _tel(phone: str) -> str:
    digits = "".join(c for c in phone if c.isdigit())
    return f"tel:+1{digits}" if len(digits) == 10 else f"tel:{'+' * (len(digits) > 10)}{digits}"


def _dial(phone: str) -> Markup:
    return Markup('<a href="{}">{}</a>').format(_tel(phone), _shown(phone))


def status(cookies: dict[str, str], language: str) -> dict[str, Any] | None:
    """Return the page's context for whoever holds a visit's cookie, None when it is over."""
    now = datetime.now(UTC)
    key = sha256(cookies.get("__Host-visit", "").encode()).hexdigest()
    try:
        found = dynamodb.update_item(
            TableName="Guards",
            Key={"pk": {"S": f"SESSION#{key}"}},
            UpdateExpression="SET idle_until = :until",
            ConditionExpression="idle_until > :now AND max_until > :now",
            ExpressionAttributeValues={
                ":until": {"S": _instant(now + timedelta(minutes=15))},
                ":now": {"S": _instant(now)},
            },
            ReturnValues="ALL_NEW",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return None
    session = _plain(found["Attributes"])
    answer = dynamodb.query(
        TableName="Cases",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"CASE#{session['case']}"}},
        ConsistentRead=True,
    )
    rows = [_plain(item) for item in answer["Items"]]
    dynamodb.put_item(
        TableName="Audit",
        Item={
            "pk": {"S": f"{now:%Y-%m-%d}#{secrets.randbelow(4)}"},
            "sk": {"S": f"{_instant(now)}#{secrets.token_hex(8)}"},
            "at": {"S": _instant(now)},
            "actor": {"S": f"visit:{key[:12]}"},
            "action": {"S": "viewed"},
            "case": {"S": session["case"]},
            "victim": {"S": session["victim"]},
            "expires": {"N": str(int(now.timestamp()) + 86400 * SETTINGS["retention"]["audit"])},
        },
    )
    return _context(session, rows, language)


def _context(session: dict[str, Any], rows: list[dict[str, Any]], language: str) -> dict[str, Any]:
    report = next(row for row in rows if row["sk"] == "CASE")
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
    languages = SETTINGS["agency"]["languages"]
    named = [(code, STRINGS[code]["language_name"]) for code in languages]
    return {
        "t": STRINGS[language],
        "lang": language,
        "others": [pair for pair in named if pair[0] != language],
        "agency": SETTINGS["agency"],
        "staff_hours": SETTINGS["staff_hours"][language],
        "stylesheet": AGENCY["assets"]["site.css"],
        "icon": AGENCY["assets"]["icon.svg"],
        "leave": "leave",
        "signed_in": True,
        "form": "enroll",
        "page": "status",
        "tel": _tel,
        "shown": _shown,
        "dial": _dial,
        "say": lambda text: text.get(language) or text[languages[0]],
        "csrf": session["csrf"],
        "by_code": session["level"].startswith("code"),
        "report": report,
        "standing": SETTINGS["statuses"].get(report["status"]),
        "updated": report["status_at"] or report["row_time"],
        "arrests": sorted(arrests, key=lambda row: row["arrested_at"], reverse=True),
        "told_on": [c for c, name in (("sms", "phone"), ("email", "email")) if victim.get(name)],
        "promised": [k for k in PROMISED if SETTINGS["kinds"].get(k, {}).get("on")],
        "settings": SETTINGS,
        "languages": named,
        "typed": {},
        "errors": {},
    }
