"""One home however its rows write it: no letter goes there, and who shares it is restricted."""

import pytest
from msgspec.structs import replace

from aviso import homes
from aviso.places import perhaps_same_place, same_place
from aviso.restriction import restricted
from tests.builders import a_case

SAME = [
    ("12 E Pima St", "12 east pima street"),
    ("12 E Pima St", "12 E. Pima St."),
    ("12 Pima St", "12 E Pima St"),
    ("12 E Pima", "12 E Pima St"),
    ("12 Pima St Apt 4", "12 E Pima"),
    ("12 E Pima St", "Apt 4, 12 E Pima St"),
    ("12 E Pima St", "c/o Lopez, 12 E Pima St"),
    ("12 E Pima St Apt 4B", "12 E Pima St Apt 4-B"),
    ("12 E Pima St Apt 4B", "12 E Pima St #4 B"),
    ("12 E Pima St Apt 4", "12 E Pima St Bldg 1 Apt 4"),
    ("12 E Pima St Trlr 4", "12 E Pima St Lot 4"),
    ("12 E Pima St Rm 4", "12 E Pima St 4th Fl"),
    ("12 West St", "12 West St Apt 4"),
    ("12-14 E Pima St", "12 E Pima St"),
    ("PO Box 12", "P.O. Box 12"),
    ("PO Box 12", "P O Box 12"),
    ("PO Box 12", "POB 12"),
    ("PO Box 12", "Post Office Box 12"),
    ("12 E First St", "12 E 1st St"),
    ("12 E Twelfth St", "12 E 12th St"),
    ("12 E Twenty-Second St", "12 E 22nd St"),
    ("12 E Twenty Second St", "12 E 22nd St"),
    ("12 E Fortieth St", "12 E 40th St"),
    ("12 NE Pima St", "12 Northeast Pima St"),
    ("12 NE Pima St", "12 N.E. Pima St"),
    ("12 NE Pima St", "12 North East Pima St"),
    ("12 Saint Marys Rd", "12 St Marys Rd"),
    ("12 Saint Mary's Rd", "12 St Marys Rd"),
    ("12 St. Mary’s Rd", "12 St Marys Rd"),
    ("12 Ft Lowell Rd", "12 Fort Lowell Road"),
    ("12 Camino Seco", "12 S Camino Seco"),
    ("12 Mountain Ave", "12 Mountain Av."),
    ("12 Avenida Anza", "12 Ave Anza"),
    ("12 Niño Dr", "12 Nino Dr"),
    ("12 Nin\u0303o Dr", "12 NIÑO DRIVE"),
    ("12 Rio Pkwy", "12 Río Parkway"),
    ("12 Mary-Ann Ln", "12 Mary Ann Lane"),
]
OTHER = [
    ("12 E Pima St", "14 E Pima St"),
    ("12 E Pima St", "12 W Pima St"),
    ("12 NE Pima St", "12 NW Pima St"),
    ("12 E Pima St", "12 E Pima Ave"),
    ("12 E 1st St", "12 E 2nd St"),
    ("12 E 1st St", "12 E 1st Ave"),
    ("12 E Pima St Apt 4", "12 E Pima St Apt 9"),
    ("12 E Pima St Apt E", "12 E Pima St Apt W"),
    ("PO Box 12", "PO Box 14"),
    ("PO Box 12", "12 E Pima St"),
    ("12", "12 E Pima St"),
    ("", ""),
]


def shared(one, other):
    """Return a case whose victim and suspect have these streets; nothing else restricts."""
    at = {"city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
    case = a_case().with_report().with_victim(phone="", email="", street=one, **at)
    return case.with_suspect(street=other, **at).case


@pytest.mark.parametrize(("one", "other"), [*SAME, *((b, a) for a, b in SAME)])
def test_one_home_in_two_spellings_restricts_and_gets_no_letter(settings, one, other):
    case = shared(one, other)
    victim = case.victims[0]
    assert restricted(case, settings) == "shared_home"
    assert homes.usable(victim, victim, case.suspects, settings) == ""
    marked = replace(victim, desk_unsafe=(f"{other}\nSonora Wells, AZ 85701",))
    assert homes.usable(marked, marked, [], settings) == ""


@pytest.mark.parametrize(("one", "other"), [*OTHER, *((b, a) for a, b in OTHER)])
def test_two_homes_are_two(settings, one, other):
    assert not perhaps_same_place(one, "", other, "")
    assert restricted(shared(one, other), settings) == ""


def test_a_postal_code_tells_two_places_apart_when_both_rows_have_one():
    street = "12 E Pima St"
    assert not perhaps_same_place(street, "85701", street, "85702")
    assert perhaps_same_place(street, "85701", street, "85701-1234")
    assert perhaps_same_place(street, "85701", street, "")


def test_what_one_row_leaves_out_makes_places_perhaps_the_same_and_not_surely():
    assert not same_place("12 E Pima St", "", "12 E Pima St Apt 4", "")
    assert same_place("12 E Pima St", "85701", "12 East Pima Street", "")
