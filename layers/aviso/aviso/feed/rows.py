"""Make records into rows of the Cases table, each with its version and its digest."""

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from msgspec.structs import asdict, replace

from aviso.domain.errors import RowRejected
from aviso.domain.model import Arrest, Report, Speaker, Suspect, Victim
from aviso.domain.people import A_PERSON, ORGANIZATION, PUBLIC, UNKNOWN_TYPE
from aviso.domain.requests import Rights
from aviso.domain.settings import REMOVED, Settings, removes_by_status
from aviso.domain.text import codes_in, normal_number
from aviso.domain.value import Frozen, defaults
from aviso.feed.cells import AHEAD, MAX_KEY, Values
from aviso.feed.columns import COLUMNS, CellForm
from aviso.storage.cases import DESK_FIELDS, Row, RowKey, sort_key

SUSPECT = "suspect"
VICTIM = "victim"
SPEAKERS = frozenset({"guardian", "next_of_kin", "representative"})
ROLES = SPEAKERS | {SUSPECT, VICTIM}

# Not the feed's own content: known from elsewhere, or from the stored row. The case's number is a
# key: a row with only a new key has not changed.
OUTSIDE_DIGEST = DESK_FIELDS | frozenset(
    {"number", "origin", "alias_of", "later_numbers", "differs", "answers"}
    | {"withdrawn_at", "withdrawals", "export_time", "digest", "first_seen"}
    | {"past_contacts", "past_homes"}
)

# A blank cell says nothing, so the earlier row's values stay: a blank never lifts a protection.
OF_PERSON: dict[str, tuple[str, ...]] = {
    n: (n,) for n in ("removed", "safe_to_contact", "last_name", "birth_date")
}
KEPT: dict[type[Row], dict[str, tuple[str, ...]]] = {
    Report: {"restricted": ("restricted",), "removed": ()},  # see `merging`
    Victim: OF_PERSON
    | {name: (name,) for name in ("deceased", "incapacitated", "minor", "confidential_address")}
    | {name: (name,) for name in ("victim_type", "rights", "relationship")}
    | {"age": ("age", "age_at"), "birth_date": ("birth_date", "birth_date_unreadable")},
    Speaker: OF_PERSON,
    Suspect: OF_PERSON
    | {"street": ("street", "city", "region", "postal_code")}
    | {"phone": ("unreadable_contact",)},
    Arrest: {},
}


class Parsed(Frozen, frozen=True, kw_only=True):
    """A row as a file states it."""

    number: str
    row: Row
    former: str = ""  # the number or id it was known under before, as the file has it
    earlier: bool = False  # it came under a number that its case no longer has
    withdrawn: bool = False
    listed: bool = False  # by a list of removed cases: it says nothing else of the case
    line: int = 0  # the file's line it begins on
    other_suspect: bool = False  # its arrest's number had another suspect in an earlier file
    blank: frozenset[str] = frozenset()  # the columns of `KEPT` that say nothing
    denied_by: "Parsed | None" = None  # a contradicting row of the same moment: see `merging`
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> RowKey:
        """The row's key in the table."""
        return self.number, sort_key(self.row)


def parse(values: Values, settings: Settings, exported: datetime) -> Parsed:
    """Make a record's values into a row; `exported` is when the file was written.

    Raises:
        RowRejected: with a code and the agency's column, never the value.
    """
    number = case_number(values, settings)
    row: Row
    match values.file.kind:
        case "cases":
            report = _report(values, settings, number, exported)
            row, withdrawn = _listed(report) if values.file.removes else report, False
        case "people":
            row, withdrawn = _person(values, settings, exported), False
        case _:
            row, withdrawn = _arrest(values, exported)
    former = row.former_number if isinstance(row, Report) else values.former("former_id")
    own = number if isinstance(row, Report) else row.id
    return Parsed(
        number=number,
        row=_with_digest(row, withdrawn),
        former="" if former == own else former,
        withdrawn=withdrawn,
        listed=values.file.removes,
        blank=_blank(values, row),
        warnings=tuple(values.warnings),
    )


def _blank(values: Values, row: Row) -> frozenset[str]:
    """Return the columns that say nothing; a status may say that a case is removed, or not."""
    by_status = {"removed"} if removes_by_status(values.file) else set[str]()
    return frozenset(name for name in KEPT[type(row)].keys() - by_status if not values.mapped(name))


def case_number(values: Values, settings: Settings) -> str:
    """Return a record's case number in its normal form."""
    number = normal_number(values.needed("number"))
    if not re.fullmatch(settings.agency.case_number_pattern, number):
        raise RowRejected("bad_number", values.column("number"))
    return number


def role(values: Values) -> str:
    """Return the role of the person in a people record."""
    word = values.mapped("role").lower()
    if not word:
        raise RowRejected("missing", values.column("role"))
    if word not in ROLES:
        raise RowRejected("unknown_role", values.column("role"))
    return word


def _row_time(values: Values) -> datetime | None:
    """Return when the records system last changed a row; a future time would freeze the row."""
    at = values.instant("row_time")
    if at and at > values.exported + AHEAD:
        values.lost_date("row_time", "future_row_time")
        return None
    return at


def _past(values: Values) -> dict[str, Any]:
    """Return when what a row states happened, by column."""
    columns = COLUMNS[values.file.kind]
    return {c.name: values.instant(c.name) for c in columns if c.form is CellForm.PAST}


def _status(values: Values, settings: Settings) -> str:
    """Return a status code; an unknown one causes no notice, so it gives a warning."""
    if values.means("status", REMOVED):
        return ""
    code = values.mapped("status").upper()
    if code and code not in settings.statuses:
        values.warn("unknown_status", "status")
    return code


def _offense(values: Values, settings: Settings) -> str:
    """Return the offense codes of a cell; an unknown one restricts the case and gives a warning."""
    offense = values.mapped_each("offense")
    codes = codes_in(offense, settings.offenses)
    if offense and not all(code in settings.offenses for code in codes):
        values.warn("unknown_offense", "offense")
    return offense


def _listed(report: Report) -> Report:
    """Return the row of a case that a list removes.

    If a later row brings the case back, its restriction is remembered: nobody can know whether the
    list or the row is right, so nothing is shown or told until a person has looked.
    """
    return replace(report, removed=True, restricted=True)


def _report(values: Values, settings: Settings, number: str, exported: datetime) -> Report:
    report = Report(
        number=number,
        origin=number,
        offense=_offense(values, settings),
        status=_status(values, settings),
        division=values.mapped("division"),
        assigned=values.text("assigned"),
        assigned_phone=values.phone("assigned_phone"),
        assigned_email=values.email("assigned_email"),
        # Perhaps removed: the case is neither shown nor forgotten until a person has looked.
        restricted=values.flag("restricted", unreadable=True) or values.doubtful("removed"),
        removed=values.flag("removed") or values.means("status", REMOVED),
        former_number=normal_number(values.former("former_number")),
        row_time=_row_time(values),
        export_time=exported,
        **_past(values),
    )
    return replace(report, undated=tuple(sorted(values.undated)))


def _person(values: Values, settings: Settings, exported: datetime) -> Victim | Suspect | Speaker:
    who = role(values)
    person_id = values.needed("id")
    common: dict[str, Any] = {
        "id": person_id,
        "origin": person_id,
        "first_name": values.text("first_name"),
        "last_name": values.text("last_name"),
        "birth_date": values.day("birth_date"),
        "phone_type": values.mapped("phone_type").lower(),
        "street": values.text("street"),
        "city": values.text("city"),
        "region": values.text("region"),
        "postal_code": values.text("postal_code"),
        "language": _language(values, settings),
        "row_time": _row_time(values),
        "export_time": exported,
    }
    if who == SUSPECT:
        return _suspect(values, common)
    # A victim who may have been removed is neither told nor forgotten: a person looks.
    unsafe = values.doubtful("removed") or (
        bool(values.text("safe_to_contact")) and not values.flag("safe_to_contact")
    )
    common |= {"phone": values.phone("phone"), "email": values.email("email")}
    common |= {"told_by": values.name("told_by"), "told_at": values.instant("told_at")}
    common |= {"told_of": values.mapped("told_of"), "told_how": values.mapped("told_how")}
    common["safe_to_contact"] = not unsafe
    if who in SPEAKERS:
        # An unreadable cell counts as removed: a former guardian must not be told. A person looks.
        removed = values.flag("removed", unreadable=True)
        return Speaker(**common, removed=removed, victim=values.needed("for_person"), relation=who)
    return _victim(values, common)


def _suspect(values: Values, common: dict[str, Any]) -> Suspect:
    phones, emails, unreadable = values.contacts()
    return Suspect(
        **common,
        phone=phones[0] if phones else "",
        email=emails[0] if emails else "",
        past_contacts=tuple(sorted({*phones, *emails})),
        unreadable_contact=unreadable,
        removed=values.flag("removed"),
    )


def _victim(values: Values, common: dict[str, Any]) -> Victim:
    minor = values.flag("minor", unreadable=True) if values.text("minor") else None
    return Victim(
        **common,
        removed=values.flag("removed"),
        minor=minor,
        age=values.age("age"),
        age_at=values.day("age_at"),
        birth_date_unreadable=values.dated("birth_date") and common["birth_date"] is None,
        deceased=values.flag("deceased", unreadable=True),
        # An unreadable cell is a no: a yes would end what the victim hears, and tell others.
        incapacitated=values.flag("incapacitated"),
        confidential_address=values.flag("confidential_address", unreadable=True),
        rights=_rights(values),
        relationship=values.mapped_each("relationship"),
        victim_type=_victim_type(values),
    )


def _arrest(values: Values, exported: datetime) -> tuple[Arrest, bool]:
    arrest_id, suspect = values.needed("id"), values.needed("suspect")
    if len((arrest_id + suspect).encode()) > MAX_KEY:  # one key may contain both
        raise RowRejected("too_long", values.column("suspect"))
    withdrawn = values.certain("withdrawn")
    row = Arrest(
        id=arrest_id,
        origin=arrest_id,
        suspect=suspect,
        juvenile=values.flag("juvenile"),
        custody_agency=values.mapped("custody_agency"),
        custody_phone=values.phone("custody_phone"),
        appearance_at=(court := values.instant("appearance_at")),
        appearance_time_known=court is None or values.has_time("appearance_at"),
        appearance_place=values.mapped("appearance_place"),
        row_time=_row_time(values),
        export_time=exported,
        **_past(values),
    )
    return replace(row, undated=tuple(sorted(values.undated))), withdrawn


def _language(values: Values, settings: Settings) -> str:
    """Return one of the agency's languages, or an empty string: the default is then used."""
    word = values.mapped("language").lower()
    if word and word not in settings.agency.languages:
        values.warn("unknown_language", "language")
        return ""
    return word


def _victim_type(values: Values) -> str:
    """Return what a victim is, empty for a person; the summary counts the others."""
    word = values.mapped("victim_type").lower()
    if word in ("", "person"):
        return A_PERSON
    if word not in (ORGANIZATION, PUBLIC):
        word = UNKNOWN_TYPE
    values.warn(f"victim_{word}", "victim_type")
    return word


def _rights(values: Values) -> Rights:
    """Return a victim's answer; an unreadable one is not a waiver (docs/rules.md#16)."""
    word = values.mapped("rights").lower()
    if word and word not in Rights:
        values.warn("unknown_rights", "rights")
        return Rights.UNANSWERED
    return Rights(word or Rights.UNANSWERED)


def _with_digest(row: Row, withdrawn: bool) -> Row:
    return replace(row, digest=digest(row, withdrawn))


def digest(row: Row, withdrawn: bool) -> str:
    """Return the SHA-256 of a row's normalized content.

    Default values are left out, so that a new column does not make every stored row look changed.
    """
    usual = defaults(type(row))
    content = {
        name: str(value)
        for name, value in asdict(row).items()
        if name not in OUTSIDE_DIGEST and value not in ("", None, usual.get(name, ""))
    }
    if withdrawn:
        content["withdrawn"] = "yes"
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
