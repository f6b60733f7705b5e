"""Checks an agency's settings: the schema first, then what a schema cannot say.

This is the second step of the build's compiler. All mistakes are found at once, and each is
explained in a sentence for a person who is not a programmer.
"""

import copy
import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from aviso.domain.settings import EVERY_OFFENSE, REMOVED
from aviso.domain.text import normal_number
from aviso.feed.cells import EPOCH, EXCEL, read_date
from aviso.feed.file_names import name_at, taken
from aviso.feed.rows import ROLES
from infra.compiler.report_checks import targets_measured
from infra.compiler.yaml_lines import Problem, Where, YamlFile

SOME_TIME = datetime(2031, 12, 28, 23, 59, 58, tzinfo=UTC)  # every digit differs from now's
SCHEMA = Path(__file__).resolve().parents[1] / "agency/schema.json"
LAWS = Path(__file__).resolve().parents[1] / "law"
formats = FormatChecker(formats=())

_TYPES = {
    "boolean": "true or false",
    "string": "text (put it in quotes)",
    "integer": "a whole number",
    "number": "a number",
    "object": "a group of settings, one a line and indented",
    "array": "a list",
}
_SENTENCES = {
    "minimum": "{value} is less than {rule}",
    "maximum": "{value} is more than {rule}",
    "minItems": "needs {rule} or more entries",
    "minProperties": "needs {rule} or more entries",
    "maxItems": "has more than {rule} entries",
    "uniqueItems": "lists the same twice",
    "not": "is a question of `aviso feed map`: answer it below, and delete it from this list",
    "anyOf": "{value} is neither empty nor an address with https://",
}


def check(source: YamlFile) -> list[Problem]:
    """Return every mistake in an agency's settings, in the order of its lines."""
    if source.data is None:
        return list(source.problems)
    found = dict.fromkeys(source.problems)  # a dict, since mistakes may repeat
    for error in _validator(source.data).iter_errors(source.data):
        for where, sentence in _explained(error):
            found[source.problem(where, sentence)] = None
    broken = {problem.where[0] for problem in found if problem.where}
    whole = not any(problem.where == () for problem in found)
    for needs, rule in _RULES:
        if whole and broken.isdisjoint(needs):
            found |= {source.problem(where, text): None for where, text in rule(source.data)}
    return sorted(found, key=lambda problem: problem.line)


@cache
def _schema() -> Any:
    return json.loads(SCHEMA.read_text("utf-8"))


def _validator(data: Any) -> Draft202012Validator:
    """Return the schema's validator, which requires the agency's languages in every text."""
    schema = copy.deepcopy(_schema())
    agency = data.get("agency") if isinstance(data, dict) else None
    languages = agency.get("languages") if isinstance(agency, dict) else None
    if isinstance(languages, list) and all(isinstance(code, str) for code in languages):
        text = schema["$defs"]["localized"]
        text["properties"] = dict.fromkeys(languages, text.pop("additionalProperties"))
        text |= {"required": languages, "additionalProperties": False}
    return Draft202012Validator(schema, format_checker=formats)


def _explained(error: ValidationError) -> Iterator[tuple[Where, str]]:
    """Describe the schema's findings in words, at the setting concerned."""
    where: Where = tuple(error.absolute_path)
    value: Any = error.instance
    schema: Any = error.schema
    if error.validator == "additionalProperties":
        known = list(schema.get("properties", {}))
        for key in (key for key in value if key not in known):
            close = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            yield (*where, key), f"there is no such setting{hint}"
    elif error.validator == "required":
        for key in (key for key in schema["required"] if key not in value):
            yield (*where, key), "is missing"
    else:
        yield (*where, value) if _is_name(error) else where, _sentence(error)


def _sentence(error: ValidationError) -> str:
    rule: Any = error.validator_value
    schema: Any = error.schema
    values = {"value": _shown(error.instance), "rule": rule}
    if error.validator == "type":
        return f"{values['value']} is not {_TYPES[rule]}"
    if error.validator == "enum":
        return f"{values['value']} is not one of {', '.join(_shown(choice) for choice in rule)}"
    if sentence := _SENTENCES.get(str(error.validator)):
        return sentence.format(**values)
    return f"{values['value']} is not {schema['description']}"


def _is_name(error: ValidationError) -> bool:
    """Whether the mistake is in a setting's name, not in its value."""
    return "propertyNames" in error.absolute_schema_path


def _shown(value: Any) -> str:
    text = f"'{value}'" if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:56] + " ..."


@formats.checks("moment", raises=ValueError)
def _moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@formats.checks("time-zone", raises=(KeyError, ValueError, OSError))
def _time_zone(text: object) -> bool:
    return not isinstance(text, str) or bool(ZoneInfo(text))


@formats.checks("date-format", raises=ValueError)
def _date_format(text: object) -> bool:
    """Whether a format has a year and reads back a date that it wrote."""
    if not isinstance(text, str) or text in (EXCEL, EPOCH):
        return True
    if "%Y" not in text and "%y" not in text:
        return False
    day = datetime(2026, 11, 24, tzinfo=UTC)
    read = read_date(day.strftime(text), text)
    return read is not None and read.date() == day.date()


@formats.checks("regular-expression", raises=re.error)
def _regular_expression(text: object) -> bool:
    return not isinstance(text, str) or bool(re.compile(text))


@formats.checks("dark-color")
def _dark_color(text: object) -> bool:
    """Whether white text on a color has a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    if not isinstance(text, str):
        return True
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        return False
    parts = (int(text[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    luminance = sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 1.05 / (luminance + 0.05) >= 4.5


Found = Iterator[tuple[Where, str]]


def _law_is_there(data: Mapping[str, Any]) -> Found:
    first = f"locales/{data['agency']['languages'][0]}/messages/first_contact.txt"
    if not (LAWS / data["law"]).is_dir():
        yield ("law",), f"there is no folder {data['law']} in infra/law"
        return
    for file, does in ((first, "tells victims their rights"), ("clauses.yaml", "names the state")):
        if not (LAWS / data["law"] / file).is_file():
            yield ("law",), f"infra/law/{data['law']} has no {file}, which {does}"


def _example_fits(data: Mapping[str, Any]) -> Found:
    agency = data["agency"]
    example = agency["case_number_example"]
    number = normal_number(example)
    if not re.fullmatch(agency["case_number_pattern"], number):
        yield (
            ("agency", "case_number_example"),
            f"'{example}' does not fit agency.case_number_pattern: spaces and dashes are taken out "
            f"of every case number first, and the whole of '{number}' must fit",
        )


def _names_used(data: Mapping[str, Any]) -> Found:
    for setting in ("names", "short_names"):
        for code in data["agency"].get(setting, {}):
            if code not in data["agency"]["languages"]:
                yield ("agency", setting, code), f"'{code}' is not under agency.languages"


def _suspended_says_so(data: Mapping[str, Any]) -> Found:
    """Check that no victim reads of a suspended case what is said of a case in work."""
    statuses = data["statuses"]
    others = [status for status in statuses.values() if not status.get("suspended")]
    for code, status in statuses.items():
        if not status.get("suspended"):
            continue
        if status.get("tells") == "case_reopened":
            yield (
                ("statuses", code, "tells"),
                "is not for a suspended status: that notice says that we are working on the case",
            )
        if any(status["meaning"] == other["meaning"] for other in others):
            yield (
                ("statuses", code),
                "has the meaning of a status that is not suspended: say that nobody works on the "
                "case now",
            )


def _offenses_once(data: Mapping[str, Any]) -> Found:
    group_of: dict[str, str] = {}
    for group, settings in data["offense_groups"].items():
        for code in settings["offenses"]:
            if code in group_of:
                where = ("offense_groups", group, "offenses", code)
                yield where, f"is in the group {group_of[code]} already"
            group_of[code] = group


def _relationships_have_groups(data: Mapping[str, Any]) -> Found:
    for group in data["ordinary_relationships"]:
        if group not in (EVERY_OFFENSE, *data["offense_groups"]):
            yield ("ordinary_relationships", group), f"'{group}' is not under offense_groups"


def _columns_exist(data: Mapping[str, Any]) -> Found:
    for kind, feed in data["feed"].items():
        for index, column in enumerate(feed["required"]):
            if column not in feed["columns"]:
                where: Where = ("feed", kind, "required", index)
                yield where, f"'{column}' is not under feed.{kind}.columns"
        for column in feed.get("values", {}):
            if column not in feed["columns"]:
                yield ("feed", kind, "values", column), f"is not under feed.{kind}.columns"
        headings: dict[str, str] = {}
        for column, heading in feed["columns"].items():
            if heading in headings:
                where = ("feed", kind, "columns", column)
                taken = f"'{heading}' is the heading of {headings[heading]} already"
                yield where, f"{taken}; have the column exported twice, under two headings"
            headings[heading] = column


def _trailers_count(data: Mapping[str, Any]) -> Found:
    for kind, feed in data["feed"].items():
        trailer = feed.get("trailer")
        if trailer and "rows" not in re.compile(trailer).groupindex:
            yield ("feed", kind, "trailer"), r"has no part called rows: (?P<rows>\d+)"


def _passed_by(data: Mapping[str, Any]) -> Found:
    """Check that no row with a case number is skipped, and no role is both used and ignored."""
    number = normal_number(data["agency"]["case_number_example"])
    for kind, feed in data["feed"].items():
        row = feed["delimiter"].join([number] * len(feed["columns"]))
        for index, pattern in enumerate(feed.get("skip_lines", ())):
            if re.fullmatch(pattern, row):
                yield ("feed", kind, "skip_lines", index), f"'{pattern}' also fits real rows"
            elif re.fullmatch(pattern, ""):
                yield ("feed", kind, "skip_lines", index), f"'{pattern}' also fits an empty line"
    used = data["feed"]["people"].get("values", {}).get("role", {})
    for index, role in enumerate(data["feed"]["people"].get("ignore_roles", ())):
        if role.upper() in {*map(str.upper, used), *map(str.upper, ROLES)}:
            yield ("feed", "people", "ignore_roles", index), f"'{role}' is a role that is imported"


def _feed_codes_known(data: Mapping[str, Any]) -> Found:
    for kind, column, known, place in (
        ("cases", "status", {*data["statuses"], REMOVED}, "statuses"),
        ("people", "language", data["agency"]["languages"], "agency.languages"),
    ):
        for code, ours in data["feed"][kind].get("values", {}).get(column, {}).items():
            if ours not in known:
                yield ("feed", kind, "values", column, code), f"'{ours}' is not under {place}"


def _receivers_differ(data: Mapping[str, Any]) -> Found:
    """Check that each arrest and each prosecution means one receiving agency at most."""
    taken: dict[str, str] = {}
    prosecutor = ""
    for id, agency in data.get("receivers", {}).items():
        if agency["kind"] == "prosecutor":
            if prosecutor:
                yield (
                    ("receivers", id, "kind"),
                    f"is a second prosecutor beside {prosecutor}: no column of the feed says which "
                    "one gets a case, so list only one",
                )
            prosecutor = id
            if agency.get("feed_names"):
                yield (
                    ("receivers", id, "feed_names"),
                    "is only for a jail or a detention center: take it out",
                )
        for name in dict.fromkeys((*agency.get("feed_names", ()), *agency["name"].values())):
            words = name.strip().casefold()
            if taken.setdefault(words, id) != id:
                yield ("receivers", id), f"'{name}' is a name of {taken[words]} already"


def _page_opens(data: Mapping[str, Any]) -> Found:
    """Check that what a restricted case has only on its page can be read there."""
    if data.get("only_on_page") and not data["verification"]["restricted_by_code"]:
        yield ("only_on_page",), "nobody can read it: set verification.restricted_by_code to true"


def _questions_once(data: Mapping[str, Any]) -> Found:
    seen: set[str] = set()
    for index, question in enumerate(data["survey"]["questions"]):
        if question["id"] in seen:
            yield ("survey", "questions", index, "id"), f"'{question['id']}' is taken already"
        seen.add(question["id"])


def _file_names_fit(data: Mapping[str, Any]) -> Found:
    """Check each example of a file's name, unchanged and as a test's file would be named."""
    for kind, feed in data["feed"].items():
        pattern, example = feed["name_pattern"], feed["name_example"]
        for name in (example, name_at(SOME_TIME, pattern, example)):
            fits = [k for k, f in data["feed"].items() if taken(f["name_pattern"], name)]
            sentence = f"does not fit feed.{kind}.name_pattern"
            if kind in fits:
                sentence = f"fits feed.{fits[0]}.name_pattern, which is tried first"
            if fits[:1] != [kind]:
                yield ("feed", kind, "name_example"), f"'{name}' {sentence}"
                break


def _no_code(data: Mapping[str, Any]) -> Found:
    """Yield texts that Jinja would run as code once they are on a page."""
    for where, value in _texts((), data):
        if mark := next((mark for mark in ("{{", "{%", "{#") if mark in value), ""):
            yield where, f"has {mark}, which a page would treat as code: leave it out"


def _texts(where: Where, value: Any) -> Iterator[tuple[Where, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping | list):
        for key, inner in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from _texts((*where, key), inner)


_RULES: tuple[tuple[tuple[str, ...], Callable[[Mapping[str, Any]], Found]], ...] = (
    (("law",), _law_is_there),
    (("agency",), _example_fits),
    (("agency",), _names_used),
    ((), _no_code),
    (("statuses",), _suspended_says_so),
    (("offense_groups",), _offenses_once),
    (("ordinary_relationships", "offense_groups"), _relationships_have_groups),
    (("feed",), _columns_exist),
    (("feed",), _file_names_fit),
    (("feed", "agency"), _passed_by),
    (("feed",), _trailers_count),
    (("feed", "statuses", "agency"), _feed_codes_known),
    (("receivers",), _receivers_differ),
    (("only_on_page", "verification"), _page_opens),
    (("survey",), _questions_once),
    (("report", "survey"), targets_measured),
)
