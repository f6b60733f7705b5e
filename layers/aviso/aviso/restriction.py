"""Which cases are restricted: they send nothing and show nothing by default (rule 12).

The duty to notify remains, so what is owed becomes a task for a person.
"""

from aviso.models import Case, Person
from aviso.settings import Settings

# How one street is written in two rows: USPS Publication 28, appendices C1 and C2.
USPS_SHORT = {
    "STREET": "ST",
    "AVENUE": "AVE",
    "AV": "AVE",
    "ROAD": "RD",
    "DRIVE": "DR",
    "LANE": "LN",
    "BOULEVARD": "BLVD",
    "COURT": "CT",
    "CIRCLE": "CIR",
    "PLACE": "PL",
    "TRAIL": "TRL",
    "PARKWAY": "PKWY",
    "HIGHWAY": "HWY",
    "TERRACE": "TER",
    "SQUARE": "SQ",
    "WY": "WAY",
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
}
UNIT_WORDS = frozenset({"APT", "APARTMENT", "UNIT", "STE", "SUITE", "SPC", "SPACE", "LOT", "NO"})


def restricted(case: Case, settings: Settings) -> str:
    """Return why a case is restricted, or an empty string when it is not.

    A person's word decides either way; without one, a restriction once recorded stays even when
    a later feed row would no longer cause it.
    """
    if case.report is None:
        return "no_report"
    if case.report.desk_restriction == "lifted":
        return ""
    if case.report.desk_restriction == "restricted":
        return "desk"
    return case.report.restriction or by_rule(case, settings)


def by_rule(case: Case, settings: Settings) -> str:
    """Return why the rules alone restrict a case whose report is there, or an empty string."""
    assert case.report is not None
    group = settings.offense_group(case.report.offense)
    if case.report.restricted:
        return "feed"
    if group and group.restricted:
        return "offense"
    ordinary = settings.ordinary_relationships
    if any(v.relationship and v.relationship.upper() not in ordinary for v in case.victims):
        return "relationship"
    homes = [*case.victims, *(v.corrected for v in case.victims if v.desk_home)]
    if any(same_home(home, s) for home in homes for s in case.suspected):
        return "shared_home"
    # The last: whoever overrules it, having looked the offense up, overrules nothing else.
    return "" if group else "unknown_offense"


def same_home(one: Person, other: Person) -> bool:
    """Say whether two people live at one address, however each row writes it.

    A postal code tells homes apart only when both rows have one.
    """
    return same_place(one.street, one.postal_code, other.street, other.postal_code)


def same_place(street: str, code: str, other_street: str, other_code: str) -> bool:
    """Say whether two streets with their postal codes are one place."""
    if not street or _street(street) != _street(other_street):
        return False
    return len({code[:5], other_code[:5]} - {""}) < 2


def perhaps_same_place(street: str, code: str, other_street: str, other_code: str) -> bool:
    """Say whether two streets may be one place: one row may leave out the unit."""
    one, other = _street(street), _street(other_street)
    shorter = min(len(one), len(other))
    if not shorter or one[:shorter] != other[:shorter]:
        return False
    return len({code[:5], other_code[:5]} - {""}) < 2


def _street(street: str) -> tuple[str, ...]:
    words = "".join(c if c.isalnum() else " " for c in street.upper()).split()
    return tuple(USPS_SHORT.get(word, word) for word in words if word not in UNIT_WORDS)
