"""What the records system exports of the simulated city: what changed since its last export."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from tests.rig.model import exports, scenario
from tests.rig.model.scenario import State
from tests.simulation.people import A_BUSINESS, DEAD, Case, Person

KEYS = {"people": "NAME_ID", "cases": "INCIDENT_NUM", "arrests": "INCIDENT_NUM"}


class Records:
    """The records system: what changed since its last export."""

    def __init__(self) -> None:
        self.changed: dict[str, dict[str, exports.Row]] = defaultdict(dict)
        self.renumbered: list[exports.Row] = []

    def note(self, case: Case, now: datetime) -> None:
        """Take note of all that is true of a case by now; people once, with the report."""
        state = _state(case, now)
        number = case.number_at(now)
        for kind, key in KEYS.items():
            for row in exports.ROWS[kind](number, state):
                self.changed[kind][row[key]] = row | _more(kind, row, case, now)
        if number != case.number:
            self.renumbered.append(self.changed["cases"][number])

    def export(self, now: datetime) -> Iterator[tuple[str, bytes]]:
        """Yield the files of what changed, and forget it; another number comes before its rows."""
        stamp = f"{now + exports.PHOENIX:%Y%m%dT%H%M}"
        if self.renumbered:
            yield f"cases_{stamp}00.csv", exports.csv_file("cases", self.renumbered)
            self.renumbered = []
        for kind in KEYS:
            if rows := self.changed.pop(kind, {}):
                yield f"{kind}_{stamp}.csv", exports.csv_file(kind, [*rows.values()])


def _state(case: Case, now: datetime) -> State:
    """Return a case as it is now: of its people, those who are new or have a new row."""
    at, status = [s for s in case.statuses if s[0] <= now][-1]
    known = case.detective and case.assigned is not None and case.assigned <= now
    who, phone, email = (case.detective if known else None) or ("", "", "")
    arrested = case.arrested is not None and case.arrested <= now
    people = [*_victims(case, now)] if now in _rows_at(case) else []
    return State(
        offense=case.offense,
        reported=case.reported,
        status=status,
        status_at=at,
        division=case.division,
        assigned=who,
        assigned_at=case.assigned if known else None,
        assigned_phone=phone,
        assigned_email=email,
        prosecutor_at=at if status == "PROS" else None,
        flagged=case.flagged,
        people=(*people, *([_suspect(case)] if arrested else ())),
        arrests=(_arrest(case, case.arrested, now),) if arrested and case.arrested else (),
    )


def _rows_at(case: Case) -> list[datetime | None]:
    """Return when the victims of a case are exported: its report, another number, a later row."""
    told = any("arrest" in victim.told for victim in case.victims)
    later = [*(victim.later_at for victim in case.victims), case.arrested if told else None]
    return [case.reported, case.renumbered, *later]


def _more(kind: str, row: exports.Row, case: Case, now: datetime) -> exports.Row:
    """Return the columns that no other rig has: another number, a victim's type; and the time."""
    written = {"LAST_UPD": exports.local(now)}
    if kind == "cases":
        former = case.number if row["INCIDENT_NUM"] != case.number else ""
        return written | {"PREV_INCIDENT_NUM": former}
    if kind == "people":
        theirs = (_says(v, A_BUSINESS, now) for v in case.victims if v.id == row["NAME_ID"])
        return written | {"VIC_TYPE": A_BUSINESS if any(theirs) else ""} | _word(row, case, now)
    return written


def _word(row: exports.Row, case: Case, now: datetime) -> exports.Row:
    """Return what a row says of an officer who told the person, by now."""
    words = {"rights": ("first_contact", case.reported), "arrest": ("arrest", case.arrested)}
    who = next((v for v in case.victims if row["NAME_ID"] in _told_ids(v)), None)
    said = {of: at for kind, (of, at) in words.items() if who and kind in who.told and at}
    said = {of: at for of, at in said.items() if at <= now}
    told = {
        "RIGHTS_GIVEN": " ".join(said),
        "RIGHTS_OFFICER": "Badge 114",
        "RIGHTS_HOW": "in_person",
    }
    return told | {"RIGHTS_GIVEN_DT": exports.local(max(said.values(), default=None))}


def _told_ids(victim: Person) -> set[str]:
    """Return the id of the person who is told: a child's guardian."""
    return {(victim.guardian or victim).id}


def _says(victim: Person, word: str, now: datetime) -> bool:
    """Whether the victim's row says this by now."""
    return victim.later == word and victim.later_at is not None and victim.later_at <= now


def _victims(case: Case, now: datetime) -> Iterator[scenario.Person]:
    for victim in (victim for victim in case.victims if not victim.erased):
        yield replace(
            _person(victim, "VIC"),
            minor=victim.guardian is not None,
            deceased=_says(victim, DEAD, now),
            relationship=case.relationship,
        )
        if victim.guardian:
            yield replace(_person(victim.guardian, "GRD"), speaks_for=victim.id)


def _person(person: Person, role: str) -> scenario.Person:
    return scenario.Person(
        id=person.id,
        role=role,
        first=person.first,
        last=person.last,
        born=person.born,
        phone=person.phone.address if person.phone else "",
        landline=person.landline,
        email=person.email.address if person.email else "",
        street=person.street,
        language=person.language,
        rights="W" if person.waived else "",
        confidential=person.hidden,
        unsafe=not person.safe,
    )


def _suspect(case: Case) -> scenario.Person:
    return scenario.Person(
        id=f"S{case.number}",
        role="SUS",
        first="Sam",
        last=f"Nadie-{case.number[-4:]}",
        born=case.reported.date() - timedelta(days=9000 + int(case.number[-4:])),
    )


def _arrest(case: Case, at: datetime, now: datetime) -> scenario.Arrest:
    return scenario.Arrest(
        id=f"A{case.number}",
        suspect=f"S{case.number}",
        at=at,
        appearance=case.appears,
        withdrawn=case.withdrawn is not None and case.withdrawn <= now,
    )


def moments(case: Case) -> Mapping[datetime, None]:
    """Return every time at which something about a case changes, the report first."""
    times = [at for at, _ in case.statuses] + [case.arrested, case.withdrawn]
    times += _rows_at(case)
    return dict.fromkeys(sorted(at for at in times if at))
