"""The one case whose story `make demo` plays: a Spanish-speaking victim, and then an arrest."""

from datetime import datetime, timedelta
from typing import Any

from infra.local.sample import names
from infra.local.sample.cases import PLACES, Made, next_morning, written
from infra.local.sample.people import Row

OFFENSE = "13-1508"  # a burglary: ordinary, so that its messages are sent
ARREST_FILE = "story_arrest.csv"
VICTIM, SUSPECT = "N99900101", "N99900102"


def story(now: datetime, number: str) -> tuple[Made, Row, dict[str, Any]]:
    """Return the case, the arrest to be exported later, and what to type on the portal.

    Nobody on the case shares a telephone, an email or a home. The victim has no phone and no
    email on file: messages after sign-up go to the contacts that she gave.

    Args:
        now: the time of the story; the report was three days before, the arrest an hour.
    """
    reported, assigned = now - timedelta(days=3), now - timedelta(days=2)
    who, phone, email = names.DETECTIVES[0]
    report = {
        "number": number,
        "offense": OFFENSE,
        "status": "ACTIVE",
        "status_at": written(assigned),
        "reported_at": written(reported),
        "division": "Midtown",
        "assigned": who,
        "assigned_at": written(assigned),
        "assigned_phone": phone,
        "assigned_email": email,
        "restricted": "N",
        "row_time": written(assigned),
    }
    common = {"number": number, "row_time": written(reported), "city": names.CITY, "region": "AZ"}
    victim = common | {
        "id": VICTIM,
        "role": "VIC",
        "first_name": "Lucía",
        "last_name": "Muñoz-Peña",
        "birth_date": "03/14/1988",
        "street": "2217 N Jacaranda Ct",
        "postal_code": "85797",
        "language": "SPA",
        "minor": "N",
        "deceased": "N",
        "confidential_address": "N",
        "safe_to_contact": "Y",
        "rights": "R",
        "relationship": "STRANGER",
    }
    suspect = common | {
        "id": SUSPECT,
        "role": "SUS",
        "first_name": "Travis",
        "last_name": "Boone",
        "birth_date": "07/02/1991",
        "phone": "928-555-0199",
        "phone_type": "C",
        "street": "4 W Tumbleweed Aly",
        "postal_code": "85799",
    }
    arrest = {
        "number": number,
        "id": "A9990011",
        "suspect": SUSPECT,
        "arrested_at": written(now - timedelta(hours=1)),
        "juvenile": "A",
        "custody_agency": "County Adult Detention",
        "custody_phone": "520-555-0150",
        "appearance_at": written(next_morning(now)),
        "appearance_place": PLACES[0],
        "row_time": written(now),
    }
    told = {
        "case_number": number,
        "last_name": "Muñoz-Peña",
        "birth_date": "1988-03-14",
        "language": "es",
        "phone": names.STORY_PHONE,
        "email": "lucia.munoz@example.com",
        "arrest_file": ARREST_FILE,
    }
    return Made(report, [victim, suspect], []), arrest, told
