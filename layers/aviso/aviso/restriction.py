"""Which cases are restricted: they send nothing and show nothing by default (rule 12).

The duty to notify remains, so what is owed becomes a task for a person.
"""

from aviso.models import Case, Person
from aviso.settings import Settings


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
    if group is None:
        return "unknown_offense"
    if group.restricted:
        return "offense"
    if any(v.relationship.upper() in settings.restricted_relationships for v in case.victims):
        return "relationship"
    homes = {found for s in case.suspects if (found := home(s))}
    if any(home(v) in homes for v in case.victims):
        return "shared_home"
    return ""


def home(person: Person) -> tuple[str, str] | None:
    """Return what makes two people's homes the same, None when the street is unknown."""
    street = " ".join(person.street.upper().replace(".", " ").replace(",", " ").split())
    return (street, person.postal_code[:5]) if street else None
