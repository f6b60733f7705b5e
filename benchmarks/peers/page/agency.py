"""What every page shows of the agency, and how our templates are told of it."""

import json
import os
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

with open(os.environ["BENCH_AGENCY"], encoding="utf-8") as _file:  # noqa: PTH123
    AGENCY = json.load(_file)
SETTINGS, STRINGS, DATES = AGENCY["settings"], AGENCY["strings"], AGENCY["dates"]
ZONE = ZoneInfo(SETTINGS["agency"]["time_zone"])
LANGUAGES = [(code, STRINGS[code]) for code in SETTINGS["agency"]["languages"]]
NEUTRAL = "https://www.weather.gov/"
JINJA_OPTIONS = {"trim_blocks": True, "lstrip_blocks": True, "auto_reload": False}


def loader() -> Any:
    """Return Jinja's loader: sources as the frameworks read them, or compiled ones like ours."""
    from jinja2 import FileSystemLoader, ModuleLoader

    compiled = os.environ.get("BENCH_COMPILED")
    return ModuleLoader(compiled) if compiled else FileSystemLoader(os.environ["BENCH_TEMPLATES"])


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
    def date(context: Any, value: datetime, language: str = "") -> str:
        return _written(value, "date", language or context["lang"])

    @pass_context
    def moment(context: Any, value: datetime, language: str = "") -> str:
        return _written(value, "moment", language or context["lang"])

    return {"fill": fill, "date": date, "moment": moment}


def _agency_name(language: str) -> str:
    agency = SETTINGS["agency"]
    return str(agency["names"].get(language, agency["name"]))


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


def frame(language: str, page: str, *, signed_in: bool = False, form: str = "") -> dict[str, Any]:
    """Return the context of the frame that every page shares."""
    return {
        "t": STRINGS[language],
        "lang": language,
        "others": [pair for pair in LANGUAGES if pair[0] != language],
        "agency": SETTINGS["agency"] | {"name": _agency_name(language)},
        "staff_hours": SETTINGS["staff_hours"][language],
        "stylesheet": AGENCY["assets"]["site.css"],
        "icon": AGENCY["assets"]["icon.svg"],
        "leave": "leave" if signed_in else NEUTRAL,
        "signed_in": signed_in,
        "form": form,
        "page": page,
        "tel": _tel,
        "shown": _shown,
        "dial": _dial,
        "say": lambda text: text.get(language) or text[LANGUAGES[0][0]],
        "errors": {},
    }
