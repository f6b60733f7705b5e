"""The agency's settings as one frozen object, read by every rule and page.

The build checks the agency's YAML and compiles it to the module `aviso_compiled.settings`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import field
from msgspec.structs import replace

from aviso.domain.model import Channel, Kind
from aviso.domain.receiving_agencies import Receiver, receivers_of
from aviso.domain.text import codes_in, duration, in_language, normal_number
from aviso.domain.value import Frozen

PeriodKind = Literal["month", "quarter", "year"]


class ReportSettings(Frozen, frozen=True, kw_only=True):
    """Which reports are for the public, and what a report compares its figures with."""

    publishes: PeriodKind = "quarter"  # the one kind of period for the public (docs/figures.md)
    # A target that is None is not shown.
    arrest_on_time_target: int | None = None  # percent of arrest notices
    median_minutes_target: int | None = None  # from our records to the notice, at most
    victims_told_target: int | None = None  # percent of victims to whom news was owed
    still_called_target: int | None = None  # percent of those who answered, at most
    deadline_source: Mapping[str, str] = field(default_factory=dict)  # why the deadline is so


# How long a kind's files usually go without a change, at most. A small town has weeks with few
# arrests; its cases change every working day, and a long weekend has three days without one.
STILL_AFTER = {"cases": "4 days", "people": "4 days", "arrests": "10 days"}

# How many times the usual number of rows a file may have, by whether it is full. Files of changes
# may be empty on a holiday.
USUAL = {True: {"least": 0.5, "most": 3}, False: {"least": 0, "most": 20}}

# What the settings may translate a status to: the records system deleted or sealed the case.
REMOVED = "removed"


class FeedFile(Frozen, frozen=True, kw_only=True):
    """How the agency's records system writes one kind of feed file."""

    kind: str  # cases, people, arrests
    name_pattern: str  # matched against the object's base name
    name_example: str  # a name that fits
    full: bool  # a full dump: two absences in a row withdraw a fact (docs/rules.md#10)
    columns: Mapping[str, str]  # canonical name -> the agency's column name
    required: tuple[str, ...]
    date_formats: tuple[str, ...]
    values: Mapping[str, Mapping[str, str]]  # canonical name -> agency's value (upper) -> ours
    encodings: tuple[str, ...]
    delimiter: str
    optional: tuple[str, ...] = ()  # safety columns that a file may lack
    ignore_roles: frozenset[str] = frozenset()  # the agency's codes, in capitals: rows to pass by
    skip_lines: tuple[str, ...] = ()  # patterns of lines that are not rows: totals, dashes
    trailer: str = ""  # pattern of a last line that says how many `rows` the file has
    least: float = 0  # a file with fewer times the usual number of rows waits for a person
    most: float = 20  # ... and one with more times the usual number
    removes: bool = False  # the file is a list of case numbers that were deleted or sealed
    still_after: timedelta = timedelta(days=7)  # files without a change for this long are an alarm


def removes_by_status(file: FeedFile) -> bool:
    """Whether a status of this kind of file says that a case was deleted or sealed."""
    return REMOVED in file.values.get("status", {}).values()


def feed_file(kind: str, raw: Mapping[str, Any]) -> FeedFile:
    """Make one kind of file's settings from checked plain data."""
    return FeedFile(
        kind=kind,
        name_pattern=raw["name_pattern"],
        name_example=raw["name_example"],
        full=raw["full"],
        columns=raw["columns"],
        required=tuple(raw["required"]),
        date_formats=tuple(raw["date_formats"]),
        values={
            column: {theirs.upper(): ours for theirs, ours in codes.items()}
            for column, codes in raw.get("values", {}).items()
        },
        encodings=tuple(raw["encodings"]),
        delimiter=raw["delimiter"],
        optional=tuple(raw.get("optional", ())),
        ignore_roles=frozenset(role.upper() for role in raw.get("ignore_roles", ())),
        skip_lines=tuple(raw.get("skip_lines", ())),
        trailer=raw.get("trailer", ""),
        **(USUAL[raw["full"]] | raw.get("usual_rows", {})),
        still_after=duration(raw.get("still_after", STILL_AFTER[kind])),
    )


Localized = Mapping[str, str]  # language code -> text
UNITED_STATES = ("US", "PR", "VI", "GU", "AS", "MP")  # and its territories: ISO 3166-1 alpha-2
EVERY_OFFENSE = "every_offense"  # the row of `ordinary_relationships` that always counts
OWN_TYPES = "quiet_from quiet_until sms_receipt email_receipt text_regions still_open_days"


class Agency(Frozen, frozen=True, kw_only=True):
    """The agency, as victims see it."""

    name: str
    short_name: str
    phone: str
    email: str
    website: str
    address: tuple[str, ...]
    color: str
    time_zone: str
    languages: tuple[str, ...]  # the first is the default
    case_number_pattern: str  # a regular expression for the normalized number
    case_number_example: str  # as victims see it
    go_live: datetime  # earlier facts owe nothing (docs/rules.md#9)
    names: Localized = field(default_factory=dict)  # the name in other languages
    short_names: Localized = field(default_factory=dict)
    area_code: str = ""  # for a suspect's phone without an area code
    try_drafts: bool = False  # whether a language that nobody approved may be used, on one machine

    @property
    def example_number(self) -> str:
        """The example as case numbers are stored: without spaces and dashes."""
        return normal_number(self.case_number_example)

    def in_language(self, language: str) -> "Agency":
        """Return the agency with the names that readers of a language know."""
        short_name = self.short_names.get(language, self.short_name)
        return replace(self, name=self.names.get(language, self.name), short_name=short_name)

    @property
    def zone(self) -> ZoneInfo:
        """The agency's time zone."""
        return ZoneInfo(self.time_zone)


class Status(Frozen, frozen=True, kw_only=True):
    """A records-system status in plain words, and the kind of notice owed for a change to it."""

    code: str
    label: Localized
    meaning: Localized
    next_step: Localized
    tells: Kind | None
    closed: bool
    suspended: bool  # nobody works on the case, such as for lack of staff
    warrant: bool = False  # a warrant is asked for, of which no victim may hear


class OffenseGroup(Frozen, frozen=True, kw_only=True):
    """A group of offenses with the same rules."""

    name: str
    restricted: bool
    surveys: bool


class KindSettings(Frozen, frozen=True, kw_only=True):
    """How one kind of notice is given."""

    on: bool
    ladder: tuple[tuple[Channel, ...], ...]  # rungs, each a set of channels used together
    deadline: timedelta
    age_limit: timedelta
    quiet_hours: bool  # True: a text waits for the morning
    told: str  # always, unless_waived, if_requested
    since: datetime | None = None  # switched on after go-live: facts seen before owe nothing


class Messages(Frozen, frozen=True, kw_only=True):
    """The sender's identity and the hours in which people get texts."""

    email_from: str
    sms_sender: str  # the sender's name in a text, e.g. "Sonora Wells PD"
    quiet_from: time
    quiet_until: time
    report_number: bool  # may a message carry the report number? (docs/rules.md#13: off)
    carrier_answers_stop: bool  # toll-free: the carrier answers STOP and we do not
    sms_receipt: timedelta  # no receipt by then: unconfirmed
    email_receipt: timedelta
    text_regions: tuple[str, ...] = UNITED_STATES  # where texts go (docs/decisions/text-regions.md)
    confidential_address_prefix: str = "PO BOX"  # the start of a substitute address
    routine_texts_a_day: int = 2  # to one victim of a case (docs/rules.md#21)
    minutes_after_arrest: int = 0  # in which a routine text waits (docs/rules.md#21)
    still_open_days: tuple[int, ...] = ()  # without a change, after which a victim hears so
    unknown_age: str = "ask"  # a victim of unknown age: "ask" a person, or an "adult"
    letter_minutes: int  # staff minutes one letter takes
    letter_cost_cents: int
    letter_share_before: int = 96  # letters per 100 victims before the portal
    staff_hour_cents: int = 0  # cost of a staff hour in cents; 0: not counted in money
    sms_cost_microdollars: int  # one segment, for forecasts
    email_cost_microdollars: int


class Brake(Frozen, frozen=True, kw_only=True):
    """Limits above which claims pause for a person (docs/rules.md#8)."""

    multiple: int
    floor: int  # an hour with fewer new notices than this never brakes
    usual_hours: int  # number of past hours from which the usual is computed


class Verification(Frozen, frozen=True, kw_only=True):
    """How a visitor proves who they are, and how often they may try."""

    knowledge: bool  # number, last name and birth date open ordinary cases
    restricted_by_code: bool  # restricted cases may open by code
    fails_per_case: int  # a day
    fails_per_source: int  # an hour
    fails_overall: int  # an hour
    changes_overall: int = 100  # an hour, each: contacts added, codes sent, texts answered
    session_idle: timedelta
    session_max: timedelta
    code_phone: timedelta
    code_email: timedelta
    code_post: timedelta
    code_card: timedelta
    early_enrollment_days: int  # how long an enrollment may wait for its report


class Resource(Frozen, frozen=True, kw_only=True):
    """A place that helps victims, shown in every page's help."""

    name: Localized
    phone: str
    url: str
    about: Localized
    after_arrest: Localized = field(default_factory=dict)  # who is worried may call at these hours


class SurveyQuestion(Frozen, frozen=True, kw_only=True):
    """One survey question: a scale, a choice or free text."""

    id: str
    type: str  # scale, choice, text
    text: Localized
    choices: tuple[Localized, ...]


class Survey(Frozen, frozen=True, kw_only=True):
    """Who is asked what, and when."""

    on: bool
    after: str  # report or closing: the start of the days
    days_after: int
    days_between: int  # between two surveys to one person
    open_days: int
    reminder_days: int
    questions: tuple[SurveyQuestion, ...]


class Retention(Frozen, frozen=True, kw_only=True):
    """How long each kind of record is kept, in days."""

    closed_cases: int
    notices: int
    audit: int
    responses: int
    feed_files: int


class Settings(Frozen, frozen=True, kw_only=True):
    """All decisions of an agency."""

    version: str
    agency: Agency
    statuses: Mapping[str, Status]
    offense_groups: Mapping[str, OffenseGroup]
    offenses: Mapping[str, str]  # offense code -> group name
    offense_names: Mapping[str, str | Mapping[str, str]]  # code -> name, or language -> name
    ordinary_relationships: Mapping[str, frozenset[str]]  # offense group -> words in upper case
    kinds: Mapping[Kind, KindSettings]
    only_on_page: frozenset[Kind]  # of a restricted case: no message, no task (docs/rules.md#12)
    told_by_officer: frozenset[Kind]  # the records system may say that an officer told these
    messages: Messages
    brake: Brake
    settle: timedelta  # an incomplete case becomes a task after this time (docs/rules.md#4)
    feed: tuple[FeedFile, ...]
    receivers: tuple[Receiver, ...]  # agencies that get a victim's request; may be none
    vendor_email: str  # who hears of mistakes in feed files; empty for nobody
    feed_silence: timedelta  # staff are alerted after this long without a file (docs/rules.md#7)
    verification: Verification
    consent_version: str
    resources: tuple[Resource, ...]
    links: Mapping[str, str]  # the agency's own pages by purpose: property, report
    custody_phone: str  # the jail, for an arrest row without one
    juvenile_phone: str  # the detention center
    prosecutor_phone: str
    survey: Survey
    retention: Retention
    report: ReportSettings
    staff_hours: Localized

    @staticmethod
    @cache
    def current() -> "Settings":
        """Return the settings this build was compiled with."""
        from aviso_compiled.settings import RAW  # the build writes this module

        return build(RAW)

    def today(self, now: datetime) -> date:
        """Return the date at the agency."""
        return now.astimezone(self.agency.zone).date()

    def offense_group(self, offense: str) -> OffenseGroup | None:
        """Return the group of a case's offense, or None when the settings do not have its code.

        Of several offenses, a restricted group is returned first, then None for an unknown code,
        then a group without surveys.
        """
        codes = codes_in(offense, self.offenses)
        groups = [self.offense_groups.get(self.offenses.get(code, "")) for code in codes]
        known = [group for group in groups if group]
        restricted = next((group for group in known if group.restricted), None)
        if restricted or len(known) < len(groups):
            return restricted
        return min(known, key=lambda group: group.surveys)

    def ordinary(self, offense: str) -> frozenset[str]:
        """Return the relationships that do not restrict a case: ordinary for each offense of it."""
        rows = self.ordinary_relationships
        groups = (self.offenses.get(code, "") for code in codes_in(offense, self.offenses))
        shared = frozenset.intersection(*(rows.get(group, frozenset()) for group in groups))
        return rows[EVERY_OFFENSE] | shared

    def offense_words(self, offense: str, language: str) -> str:
        """Return the names of a case's offenses; empty when the settings have none of its codes."""
        codes = codes_in(offense, self.offenses)
        names = (self.offense_names[code] for code in codes if code in self.offense_names)
        return ", ".join(in_language(name, language) for name in names)

    def language_for(self, language: str) -> str:
        """Return the language to write in: the person's, or else the agency's first."""
        short = language.lower().replace("_", "-").split("-")[0]
        return short if short in self.agency.languages else self.agency.languages[0]


def _kind(raw: Mapping[str, Any]) -> KindSettings:
    return KindSettings(
        on=raw["on"],
        ladder=tuple(tuple(Channel(c) for c in rung) for rung in raw["ladder"]),
        deadline=duration(raw["deadline"]),
        age_limit=duration(raw["age_limit"]),
        quiet_hours=raw["quiet_hours"],
        told=raw["told"],
        since=datetime.fromisoformat(raw["since"]) if "since" in raw else None,
    )


def _in_capitals(rows: Mapping[str, Iterable[str]]) -> Mapping[str, frozenset[str]]:
    return {group: frozenset(word.upper() for word in words) for group, words in rows.items()}


def build(raw: Mapping[str, Any]) -> Settings:
    """Make the settings object from checked plain data.

    Args:
        raw: the YAML's content after the schema's checks, as `infra/compiler/compile.py` says it.
    """
    agency, messages = raw["agency"], raw["messages"]
    verification: dict[str, Any] = {
        key: duration(value) if key.startswith(("session_", "code_")) else value
        for key, value in raw["verification"].items()
    }
    return Settings(
        version=raw["version"],
        agency=Agency(
            **{k: v for k, v in agency.items() if k not in ("address", "languages", "go_live")},
            address=tuple(agency["address"]),
            languages=tuple(agency["languages"]),
            go_live=datetime.fromisoformat(agency["go_live"]),
        ),
        statuses={
            code: Status(
                code=code,
                label=s["label"],
                meaning=s["meaning"],
                next_step=s["next_step"],
                tells=Kind(s["tells"]) if s.get("tells") else None,
                **{flag: s.get(flag, False) for flag in ("closed", "suspended", "warrant")},
            )
            for code, s in raw["statuses"].items()
        },
        offense_groups={
            name: OffenseGroup(name=name, restricted=g["restricted"], surveys=g["surveys"])
            for name, g in raw["offense_groups"].items()
        },
        offenses={
            code: name for name, g in raw["offense_groups"].items() for code in g["offenses"]
        },
        offense_names={
            code: name
            for g in raw["offense_groups"].values()
            for code, name in g["offenses"].items()
        },
        ordinary_relationships=_in_capitals(raw["ordinary_relationships"]),
        kinds={Kind(name): _kind(k) for name, k in raw["kinds"].items()},
        only_on_page=frozenset(map(Kind, raw.get("only_on_page", ()))),
        told_by_officer=frozenset(map(Kind, raw.get("told_by_officer", ()))),
        messages=Messages(
            **{k: v for k, v in messages.items() if k not in OWN_TYPES.split()},
            text_regions=tuple(messages.get("text_regions", UNITED_STATES)),
            still_open_days=tuple(messages.get("still_open_days", ())),
            quiet_from=time.fromisoformat(messages["quiet_from"]),
            quiet_until=time.fromisoformat(messages["quiet_until"]),
            sms_receipt=duration(messages["sms_receipt"]),
            email_receipt=duration(messages["email_receipt"]),
        ),
        brake=Brake(**raw["brake"]),
        settle=duration(raw["settle"]),
        feed=tuple(feed_file(kind, f) for kind, f in raw["feed"].items()),
        receivers=receivers_of(raw.get("receivers", {})),
        vendor_email=raw.get("vendor_email", ""),
        feed_silence=duration(raw["feed_silence"]),
        verification=Verification(**verification),
        consent_version=raw["consent_version"],
        resources=tuple(Resource(**r) for r in raw["resources"]),
        links={what: url for what, url in raw.get("links", {}).items() if url},
        custody_phone=raw["custody_phone"],
        juvenile_phone=raw["juvenile_phone"],
        prosecutor_phone=raw["prosecutor_phone"],
        survey=Survey(
            **{k: v for k, v in raw["survey"].items() if k != "questions"},
            questions=tuple(
                SurveyQuestion(**(q | {"choices": tuple(q.get("choices", ()))}))
                for q in raw["survey"]["questions"]
            ),
        ),
        retention=Retention(**raw["retention"]),
        report=ReportSettings(**raw.get("report", {})),
        staff_hours=raw["staff_hours"],
    )
