"""Which cases are restricted: by default they send nothing and show nothing (docs/rules.md#12).

The duty to notify remains, so an owed notice becomes a task for a person.
"""

from collections.abc import Iterator
from itertools import chain, product

from aviso.domain import letter_address
from aviso.domain.address_matching import perhaps_same_place
from aviso.domain.model import Case, Person
from aviso.domain.people import ORGANIZATION, PUBLIC
from aviso.domain.reasons import PROVISIONAL, Restriction, restrictions, worst_restriction
from aviso.domain.settings import Settings
from aviso.domain.suspects import is_suspect, rows_of_suspects
from aviso.domain.text import codes_in

RESTRICTED_BY_DESK = "restricted"  # a person's word, in place of the reasons that one lifted


def restriction_of(case: Case, settings: Settings) -> Restriction | None:
    """Return why a case is restricted, the worst of several, or None when it is not.

    A removal by the records system has priority over everything.
    """
    if case.report and case.report.removed:
        return Restriction.REMOVED
    return worst_restriction(reasons_of(case, settings))


def reasons_of(case: Case, settings: Settings) -> frozenset[Restriction]:
    """Return what restricts a case: by a rule now, recorded before, or by a person's word.

    A person who lifts a restriction lifts the reasons that they saw, and nothing later.
    """
    if case.report is None:
        return frozenset({Restriction.NO_REPORT})
    found = restrictions(case.report.restriction).union(by_rule(case, settings))
    if case.report.desk_restriction == RESTRICTED_BY_DESK:
        return found | {Restriction.DESK}
    return found - restrictions(case.report.desk_restriction)


def to_record(case: Case, settings: Settings) -> frozenset[Restriction]:
    """Return what restricts a case from now on, whatever a later row says (docs/rules.md#12).

    What the next file or the settings may end is not recorded.
    """
    if case.report is None:
        return frozenset()
    known = restrictions(f"{case.report.restriction} {case.report.desk_restriction}")
    return frozenset(by_rule(case, settings)) - known - PROVISIONAL


def by_rule(case: Case, settings: Settings) -> Iterator[Restriction]:
    """Yield why the rules restrict a case that has its report."""
    assert case.report is not None
    group = settings.offense_group(case.report.offense)
    if case.report.restricted:
        yield Restriction.FEED
    if group and group.restricted:
        yield Restriction.OFFENSE
    ordinary = settings.ordinary(case.report.offense)
    words = (codes_in(word.upper(), ordinary) for word in _relationships(case))
    if not ordinary.issuperset(chain.from_iterable(words)):
        yield Restriction.RELATIONSHIP
    if _share_a_home(case):
        yield Restriction.SHARED_HOME
    if case.report.former_number:
        yield Restriction.NEW_NUMBER
    if not group:
        yield Restriction.UNKNOWN_OFFENSE


def _homes(case: Case) -> Iterator[Person]:
    """Yield who must not live with a suspect: the victims, and those who speak for them.

    A suspect's own row as somebody's speaker is left out: nobody is told through it.
    """
    yield from case.victims
    yield from (letter_address.corrected(v) for v in case.victims if v.desk_home)
    yield from (r for r in case.speakers if not is_suspect(case, r))


def _relationships(case: Case) -> Iterator[str]:
    """Yield victims' relationships; an empty one counts for a person in a case with a suspect."""
    for victim in case.victims:
        asked = case.suspects and victim.victim_type not in (ORGANIZATION, PUBLIC)
        if victim.relationship or asked:
            yield victim.relationship


def _share_a_home(case: Case) -> bool:
    """Whether a suspect may live with a victim or a speaker, however each row writes the home."""
    return any(
        perhaps_same_place(one.street, one.postal_code, other.street, other.postal_code)
        for one, other in product(_homes(case), rows_of_suspects(case))
    )
