"""One home however its rows write it: no letter goes there, and who shares it is restricted."""

import pytest
from msgspec.structs import replace

from aviso.domain import letter_address, street_words
from aviso.domain.address_matching import perhaps_same_place, same_place
from aviso.domain.restriction import restriction_of
from infra.harness.builders import a_case

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
    ("12 E Mesquite Loop", "12 E Mesquite Lp"),
    ("12 Mesquite Loop", "12 E Mesquite"),
    ("12 Deer Crossing", "12 Deer Xing"),
    ("12 Quail Cove", "12 Quail Cv"),
    ("12 Eagle Point", "12 Eagle Pt"),
    ("12 N Painted Ridge", "12 N Painted Rdg"),
    ("12 Tinder Alley", "12 Tinder Aly"),
    ("12 Sol Plaza", "12 Sol Plz"),
    ("12 E Cherry Stravenue", "12 E Cherry Stra"),
    ("12 N Valley View Dr", "12 Valley Vw"),
    ("12 E River Rd", "12 River"),
    ("12 Mission Rd", "12 S Msn Rd"),
    ("12 Agua Mountain Pass", "12 Agua Mtn Pass"),
    ("12 State Route 86", "12 SR 86"),
    ("12 Arizona Highway 86", "12 AZ-86"),
    ("40 Maple Ct 5", "40 Maple Court 5"),  # no state's road
    ("12 Oak Al 3", "12 Oak Alley 3"),
    ("12 State Route 86", "12 State Hwy 86"),
    ("12 State Route 86", "12 S.R. 86"),
    ("12 AZ-86", "12 W State Rte 86"),
    ("12 Highway 86", "12 State Route 86"),
    ("12 Route 66", "12 Rt. 66"),
    ("12 US Highway 89", "12 U.S. Hwy 89"),
    ("12 I-10", "12 Interstate 10"),
    ("12 County Road 4", "12 Co Rd 4"),
    ("12 County Road 4", "12 CR 4"),
    ("RR 2 Box 18", "Rural Route 2 Box 18"),
    ("RR 2 Box 18", "Rt 2 Box 18"),
    ("HC 68 Box 23", "Highway Contract Rte 68 Box 23"),
    ("12 Calle Anza", "12 Cll Anza"),
    ("12 Placita Anza", "12 Pla Anza"),
    ("12 E Pima St Basement", "12 E Pima St Bsmt"),
    ("12 E Pima St Slip 4", "12 E Pima St #4"),
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
    ("12 Mesquite Loop", "12 Mesquite Cove"),
    ("12 Valley View Dr", "12 Valley Vista Dr"),
    ("12 E River Rd", "12 E Valley Rd"),
    ("12 Hill St", "12 Mill St"),
    ("12 State Route 86", "12 State Route 87"),
    ("12 State Route 86", "12 US Highway 86"),
    ("12 E Pima St Front", "12 E Pima St Rear"),
    ("12 Key St", "12 Pier St"),
    ("PO Box 12", "12 E Pima St"),
    ("12", "12 E Pima St"),
    ("", ""),
]


def shared(one, other):
    """Return a case whose victim and suspect have these streets; nothing else restricts."""
    at = {"city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
    case = a_case().with_report().with_victim(phone="", email="", street=one, **at)
    return case.with_suspect(street=other, **at).case


class TestHome:
    @pytest.mark.parametrize(("one", "other"), [*SAME, *((b, a) for a, b in SAME)])
    def test_in_two_spellings_restricts_and_gets_no_letter(self, settings, one, other):
        case = shared(one, other)
        victim = case.victims[0]
        assert restriction_of(case, settings) == "shared_home"
        assert letter_address.usable(victim, victim, case.suspects, settings) == ""
        marked = replace(victim, desk_unsafe=(f"{other}\nSonora Wells, AZ 85701",))
        assert letter_address.usable(marked, marked, [], settings) == ""

    @pytest.mark.parametrize(("one", "other"), [*OTHER, *((b, a) for a, b in OTHER)])
    def test_differs_from_another(self, settings, one, other):
        assert not perhaps_same_place(one, "", other, "")
        assert restriction_of(shared(one, other), settings) is None

    def test_differs_by_postal_code_when_both_have_one(self):
        street = "12 E Pima St"
        assert not perhaps_same_place(street, "85701", street, "85702")
        assert perhaps_same_place(street, "85701", street, "85701-1234")
        assert perhaps_same_place(street, "85701", street, "")

    def test_is_perhaps_the_same_where_a_row_lacks_parts(self):
        assert not same_place("12 E Pima St", "", "12 E Pima St Apt 4", "")
        assert same_place("12 E Pima St", "85701", "12 East Pima Street", "")


class TestSpellings:
    def test_of_table_c1_equal_their_abbreviations(self):
        rows = [line.split() for line in street_words.C1.splitlines() if line]
        assert len(rows) == 202  # of Publication 28; the words of units are in table C2
        for short, *others in rows:
            for other in others:
                assert perhaps_same_place(f"12 E Anza {other}", "", f"12 Anza {short}", ""), other

    def test_stand_for_one_suffix_and_no_direction_or_unit(self):
        words = [word for line in street_words.C1.splitlines() for word in line.split()]
        assert len(words) == len(set(words))
        both = set(words) & set(street_words.spellings(street_words.C2_NUMBERED))
        assert both == {"KEY", "TRAILER", "TRLR"}  # the tables themselves have them twice
        assert not set(words) & set(street_words.spellings(street_words.DIRECTIONALS))
