"""What the records system exports: changed rows, in the sample agency's own columns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from infra.harness.feed_files import PHOENIX, columns, export_text, local
from infra.local.sample import names
from tests.simulation.people import Case, Person

Row = dict[str, str]


class Records:
    """The records system: what changed since its last export."""

    def __init__(self) -> None:
        self.changed: dict[str, dict[str, Row]] = defaultdict(dict)

    def note(self, case: Case, now: datetime) -> None:
        """Take note of all that is true of a case by now; people once, with the report."""
        self.changed["cases"][case.number] = _case(case, now)
        if now == case.reported:
            for row in _people(case):
                self.changed["people"][row["NAME_ID"]] = row | {"LAST_UPD": local(now)}
        if case.arrested and case.arrested <= now:
            suspect = _suspect(case) | {"LAST_UPD": local(case.arrested)}
            self.changed["people"][suspect["NAME_ID"]] = suspect
            self.changed["arrests"][case.number] = _arrest(case, now)

    def export(self, now: datetime) -> Iterator[tuple[str, bytes]]:
        """Yield the files of what changed, and forget it."""
        stamp = f"{now + PHOENIX:%Y%m%dT%H%M}"
        for kind in ("people", "arrests", "cases"):
            rows = self.changed.pop(kind, {})
            if rows:
                yield f"{kind}_{stamp}.csv", _csv(kind, list(rows.values()))


def _csv(kind: str, rows: list[Row]) -> bytes:
    return export_text(columns(kind), rows).encode("utf-8-sig")


def _case(case: Case, now: datetime) -> Row:
    at, status = [s for s in case.statuses if s[0] <= now][-1]
    assigned = case.assigned is not None and case.assigned <= now
    who, phone, email = case.detective if case.detective and assigned else ("", "", "")
    return {
        "INCIDENT_NUM": case.number,
        "OFFENSE_CD": case.offense,
        "CASE_STATUS": status,
        "STATUS_DT": local(at),
        "RPT_DT": local(case.reported),
        "DIV": case.division,
        "ASGN_OFFICER": who,
        "ASGN_DT": local(case.assigned) if assigned else "",
        "ASGN_PHONE": phone,
        "ASGN_EMAIL": email,
        "WARRANT_DT": "",
        "PROS_SUBMIT_DT": local(at) if status == "PROS" else "",
        "CONF_FLAG": "Y" if case.flagged else "N",
        "LAST_UPD": local(now),
    }


def _people(case: Case) -> Iterator[Row]:
    for victim in case.victims:
        row = _person(case, victim, "VIC") | {"REL_TO_SUSP": case.relationship}
        if victim.guardian:
            row |= {"MINOR_FLAG": "Y"}
            yield _person(case, victim.guardian, "GRD") | {"FOR_NAME_ID": victim.id}
        yield row


def _person(case: Case, person: Person, role: str) -> Row:
    home = bool(person.street)
    return {
        "INCIDENT_NUM": case.number,
        "NAME_ID": person.id,
        "INVL_TYPE": role,
        "FOR_NAME_ID": "",
        "FIRST_NM": person.first,
        "LAST_NM": person.last,
        "DOB": f"{person.born:%m/%d/%Y}",
        "PHONE": person.phone.address.removeprefix("+1") if person.phone else "",
        "PHONE_TYPE": ("H" if person.landline else "C") if person.phone else "",
        "EMAIL": person.email.address if person.email else "",
        "ADDR": person.street,
        "CITY": names.CITY if home else "",
        "STATE": names.REGION if home else "",
        "ZIP": names.POSTAL_CODES[0] if home else "",
        "LANG": person.language,
        "MINOR_FLAG": "N",
        "RIGHTS_CD": "W" if person.waived else "",
        "ACP_FLAG": "Y" if person.hidden else "",
        "SAFE_CONTACT": "Y" if person.safe else "N",
        "REL_TO_SUSP": "",
    }


def _suspect(case: Case) -> Row:
    nobody = Person(
        id=f"S{case.number}",
        first="Sam",
        last=f"Nadie-{case.number[-4:]}",
        born=case.reported.date() - timedelta(days=9000 + int(case.number[-4:])),
        language="",
    )
    return _person(case, nobody, "SUS")


def _arrest(case: Case, now: datetime) -> Row:
    gone = case.withdrawn is not None and case.withdrawn <= now
    return {
        "INCIDENT_NUM": case.number,
        "ARREST_NUM": f"A{case.number}",
        "NAME_ID": f"S{case.number}",
        "ARREST_DT": local(case.arrested),
        "JUV_FLAG": "N",
        "IA_DT": local(case.appears),
        "IA_LOC": "Sonora Wells City Court, Courtroom 2",
        "VOID_FLAG": "Y" if gone else "N",
        "LAST_UPD": local(now),
    }


def moments(case: Case) -> Mapping[datetime, None]:
    """Return every time at which something about a case changes, the report first."""
    times = [at for at, _ in case.statuses] + [case.arrested, case.withdrawn]
    return dict.fromkeys(sorted(at for at in times if at))
