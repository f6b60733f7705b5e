"""The cases that visitors in browser tests know, as a records system exports them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

STAMP = "%m/%d/%Y %H:%M"
LAST_NAME = "Óñez-Peña"


@dataclass(frozen=True)
class Known:
    """What a visitor knows of a case."""

    number: str
    last_name: str = LAST_NAME
    birth_date: str = "4/12/1985"


BY_KEYBOARD = {"en": Known("2611248101"), "es": Known("2611248102")}
LOOKED_AT = {"en": Known("2611248103"), "es": Known("2611248104")}  # with an arrest
BY_CODE = {"en": Known("2611248106"), "es": Known("2611248107")}  # with an email on file
LEFT = Known("2611248105")
ALL = (*BY_KEYBOARD.values(), *LOOKED_AT.values(), *BY_CODE.values(), LEFT)


def on_file(known: Known) -> str:
    """Return the email that a case has from its report."""
    return f"ines-{known.number[-2:]}@example.com"


def files(now: datetime) -> dict[str, str]:
    """Return the three files of an export, in the agency's local time."""
    local = now - timedelta(hours=7)
    at, before = (f"{local - timedelta(days=days):{STAMP}}" for days in (0, 2))
    tomorrow = f"{local + timedelta(days=1):%m/%d/%Y} 09:00"
    reports = [
        "INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,STATUS_DT,RPT_DT,DIV,ASGN_OFFICER,ASGN_DT,"
        "ASGN_PHONE,ASGN_EMAIL,LAST_UPD"
    ]
    people = ["INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,EMAIL,LANG,LAST_UPD"]
    arrests = [
        "INCIDENT_NUM,ARREST_NUM,NAME_ID,ARREST_DT,JUV_FLAG,CUST_AGENCY,CUST_PHONE,IA_DT,IA_LOC,"
        "LAST_UPD"
    ]
    for known in ALL:
        n = known.number
        reports.append(
            f"{n},13-1507,ACTIVE,{before},{before},Midtown,Det. Rosa Quintero,{before},"
            f"520-555-0131,rosa.quintero@example.org,{at}"
        )
        email = on_file(known) if known in BY_CODE.values() else ""
        people.append(f"{n},V{n},VIC,Inés,{known.last_name},04/12/1985,{email},SPA,{at}")
        people.append(f"{n},S{n},SUS,Travis,Boone,07/02/1991,,ENG,{at}")
        if known in LOOKED_AT.values():
            arrests.append(
                f"{n},A{n},S{n},{at},A,County Adult Detention,520-555-0150,{tomorrow},"
                f"Pima County Consolidated Justice Court,{at}"
            )
    rows = {"cases.csv": reports, "people.csv": people, "arrests.csv": arrests}
    return {name: "\n".join(lines) + "\n" for name, lines in rows.items()}
