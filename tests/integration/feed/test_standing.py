"""What a later row says of a victim: dead, a minor, no person, no news. Who is told then.

Each row of the tables is what files say, an hour apart, before an arrest.
"""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.fact_keys import DOUBT
from aviso.domain.model import Enrollment, Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.requests import Rights
from aviso.storage import enrollments
from infra.harness.builders import NUMBER, a_contact, an_answer
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row, stored
from infra.harness.feed_files import local
from tests.support.incidents import Incidents, incidents

HERS, HIS = "ana@example.com", "his@example.org"
HOUR = timedelta(hours=1)
Row = dict[str, str]
DOUBTED = HoldReason.VICTIM_IN_DOUBT
FLAG, NO_FLAG = {"incapacitated": "Y"}, {"incapacitated": "N"}
DEAD, ALIVE = {"deceased": "Y"}, {"deceased": "N"}
MINOR, BORN_2015 = {"minor": "Y"}, {"birth_date": "04/12/2015"}
AGE_4, AGE_40 = {"birth_date": "", "age": "4"}, {"birth_date": "", "age": "40"}
SHOP, PUBLIC, PERSON = ({"victim_type": code} for code in "BSI")
NO_NEWS, NEWS = {"rights": "W"}, {"rights": "R"}
OFF, ON = {"removed": "Y"}, {"removed": "N"}
NEW = {"id": "P7", "former_id": "P1"}


@pytest.fixture
def world(aws: None, settings: Any, monkeypatch: Any) -> Incidents:
    world = incidents(settings, monkeypatch)
    people = world.feed.file("people")
    flag = {"incapacitated": {"Y": "yes", "N": "no"}}
    columns = {**people.columns, "incapacitated": "INCAP_FLAG"}
    people = replace(people, columns=columns, values={**people.values, **flag})
    files = tuple(people if f.kind == "people" else f for f in world.feed.settings.feed)
    kinds = dict(world.feed.settings.kinds)
    kinds[Kind.CONTACT_CHANGED] = replace(kinds[Kind.CONTACT_CHANGED], on=True)
    world.feed.settings = replace(world.feed.settings, feed=files, kinds=kinds)
    return world


def says(world: Incidents, row: Row, role: str = "") -> None:
    """Let a file come that says something of the victim, perhaps with who speaks for her."""
    world.now += HOUR
    rows = [a_person_row(**{"row_time": local(world.now)} | row)]
    if role:
        kin = {"id": "P9", "role": role, "for_person": "P1", "phone": "", "email": HIS}
        rows.append(a_person_row(**kin, last_name="Rey", birth_date="05/06/1980"))
    world.drop("people", *rows)
    world.go()


def arrested(world: Incidents, number: str = NUMBER) -> Any:
    """Let an arrest come; return who is told by email, or why a person must look."""
    before = len(world.sent)
    world.drop("arrests", an_arrest_row(number=number))
    world.go()
    told = {m.address for m in world.sent[before:] if "@" in m.address}
    held = [n.reason for n in world.ledger(Kind.ARREST) if n.state is State.HELD]
    return told or (held[0] if held else set())


def asked(world: Incidents) -> list[str]:
    """Return what supervisors are asked about the victim now."""
    found = [n for n in world.ledger(Kind.CONTACT_CHANGED) if n.fact.kind == DOUBT]
    assert {n.reason for n in found if n.state is State.HELD} <= {DOUBTED}
    return [n.fact.value for n in found if n.state is State.HELD]


# Who speaks by the same file; what each file says; and the words about which a supervisor is asked.
ATTACKS: dict[str, tuple[str, list[Row], str]] = {
    "called dead, with a relative": ("NOK", [DEAD], "deceased"),
    "called incapacitated, with a guardian": ("GRD", [FLAG], "incapacitated"),
    "made a minor by the flag, with a guardian": ("GRD", [MINOR], "minor"),
    "made a minor by the birth date": ("GRD", [BORN_2015], "minor"),
    "made a minor by the age": ("GRD", [AGE_40, {"birth_date": ""}, AGE_4], "minor"),
    "called a shop, with its contact person": ("REP", [SHOP], "organization-person"),
    "called the public": ("", [PUBLIC], "person-public"),
    "called one thing after the other": ("", [SHOP, PUBLIC], "person-public"),
    "said to want no news": ("", [NO_NEWS], "waived"),
    "several at once": ("GRD", [DEAD | MINOR | NO_NEWS], "deceased-minor-waived"),
    "a column that flips each night": ("NOK", [DEAD, ALIVE, DEAD, ALIVE, DEAD], "deceased"),
    "taken off the case": ("", [OFF], "removed"),
    "under a new id": ("NOK", [NEW | DEAD], "deceased"),
    "a waiver under a new id": ("", [NEW | NO_NEWS], "waived"),
    "a shop under a new id": ("REP", [NEW | SHOP], "organization-person"),
}
# What files say, the first one included, and who is told of the arrest without a question.
CERTAIN: dict[str, tuple[str, list[Row], Any]] = {
    "dead in the first row": ("NOK", [DEAD], {HIS}),
    "a minor in the first row": ("GRD", [MINOR], {HIS}),
    "incapacitated in the first row, and a blank type": ("GRD", [FLAG, FLAG], {HIS}),
    "a shop in the first row, then blank": ("REP", [SHOP, {}], {HIS}),
    "of a waiver in the first row": ("", [NO_NEWS], set()),
    "who gave her right back": ("", [NO_NEWS, NEWS], {HERS}),
    "who grew up": ("GRD", [MINOR, {"minor": "N"}], {HERS}),
    "a child whose age is blank later": ("GRD", [AGE_4, {"birth_date": ""}], {HIS}),
    "whose mark the next file takes back": ("NOK", [{}, DEAD, ALIVE], {HERS}),
    "called a shop by mistake": ("REP", [PERSON, SHOP, PERSON], {HERS, HIS}),
    "whose waiver the next file takes back": ("", [{}, NO_NEWS, NEWS], {HERS}),
    "off the case for a night": ("", [{}, OFF, ON], {HERS}),
    "off the case in the first row, and back": ("", [OFF, ON], {HERS}),
    "dead in the first row, and alive": ("NOK", [DEAD, ALIVE], DOUBTED),
    "the public in the first row, and a person": ("", [PUBLIC, PERSON], DOUBTED),
    "of no known type in the first row": ("", [{"victim_type": "U"}], DOUBTED),
}


class TestLaterRow:
    @pytest.mark.parametrize(("role", "rows", "words"), ATTACKS.values(), ids=list(ATTACKS))
    def test_silences_nobody_and_asks_once(self, world, role, rows, words):
        world.incident(a_person_row(), a_suspect_row())
        for row in rows:
            says(world, row, role)
        assert arrested(world) == DOUBTED
        assert asked(world) == [words]
        if role != "REP":  # who represents an adult is news of its own
            assert HIS not in {m.address for m in world.sent}

    def test_that_comes_again_after_days_asks_again(self, world):
        world.incident(a_person_row(), a_suspect_row())
        for row in (DEAD, ALIVE, DEAD):
            says(world, row)
            world.now += timedelta(days=3)
        assert asked(world) == ["deceased"]

    @pytest.mark.parametrize(("role", "rows", "told"), CERTAIN.values(), ids=list(CERTAIN))
    def test_of_a_victim_is(self, world, role, rows, told):
        world.drop("cases", a_case_row())
        world.drop("people", a_suspect_row())
        for row in rows:
            says(world, row, role)
        assert arrested(world) == told

    def test_under_a_new_number_is_in_doubt_too(self, world):
        world.incident(a_person_row(), a_suspect_row())
        number = "2611240777"
        world.drop("cases", a_case_row(number=number, former_number=NUMBER))
        kin = {"id": "P9", "role": "NOK", "for_person": "P1", "email": HIS, "last_name": "Rey"}
        said = DEAD | NO_NEWS | {"row_time": local(world.now)}
        people = [a_person_row(**said), a_suspect_row(), a_person_row(**kin)]
        world.drop("people", *(row | {"number": number} for row in people))
        world.go()
        assert [v.differs for v in stored().victims] == [("deceased", "waived")]
        assert arrested(world, number) == DOUBTED

    @pytest.mark.parametrize("answer", [Rights.REQUESTED, Rights.WAIVED])
    def test_counts_less_than_what_she_told_aviso(self, world, answer):
        world.incident(a_person_row(), a_suspect_row())
        mine = Enrollment(victim="P1", requests=(an_answer(answer, world.now),))
        enrollments.write_enrollment(NUMBER, mine)
        says(world, NO_NEWS)
        assert arrested(world) == ({HERS} if answer is Rights.REQUESTED else set())

    def test_reaches_nobody_who_adds_a_phone_meanwhile(self, world):
        world.incident(a_person_row(), a_suspect_row())
        says(world, DEAD)
        before = stored().enrollment_of("P1")
        left = replace(before, contacts=(a_contact("+15205550188", level="code"),))
        enrollments.write_enrollment(NUMBER, left, before)
        assert arrested(world) == DOUBTED

    def test_of_a_whole_file_pulls_no_brake(self, world):
        """What waits for a person sends nothing, so the notices of all others go on."""
        world.feed.settings = replace(
            world.feed.settings, brake=replace(world.feed.settings.brake, floor=1, multiple=2)
        )
        many = [a_person_row(id=f"P{n}", phone="", email=f"v{n}@example.org") for n in range(5)]
        world.drop("cases", a_case_row())
        world.drop("people", *many, a_suspect_row())
        world.now += HOUR
        shops = [row | SHOP | {"row_time": local(world.now)} for row in many]
        world.drop("people", *shops, a_suspect_row())
        assert all(v.differs and not v.victim_type for v in stored().victims)


# What a file says of another victim, and who speaks for that one.
PUT_IN_HER_PLACE: dict[str, tuple[Row, str]] = {
    "dead": (DEAD, "NOK"),
    "incapacitated": (FLAG, "GRD"),
    "a minor": (MINOR, "GRD"),
    "a shop": (SHOP, "REP"),
    "who wants no news": (NO_NEWS, ""),
    "with his email": ({"phone": "", "email": HIS}, ""),
}


class TestAnotherInHerPlace:
    """A file takes a victim off, or gives her another role, and brings another victim."""

    @pytest.mark.parametrize("off", [OFF, {"role": "NOK", "for_person": "P7"}], ids=["off", "kin"])
    @pytest.mark.parametrize(
        ("said", "role"), PUT_IN_HER_PLACE.values(), ids=list(PUT_IN_HER_PLACE)
    )
    def test_hears_nothing_before_a_supervisor_decides(self, world, off, said, role):
        world.incident(a_person_row(), a_suspect_row())
        world.now += HOUR
        at = {"row_time": local(world.now)}
        kin = {"id": "P9", "role": role, "for_person": "P7", "last_name": "Rey", "email": HIS}
        rows = [a_person_row(**off), a_person_row(id="P7", **said)]
        world.drop(
            "people", *(row | at for row in [*rows, a_person_row(**kin)][: 3 if role else 2])
        )
        world.go()
        assert arrested(world) == DOUBTED
        assert asked(world) == ["removed"]
        assert HIS not in {m.address for m in world.sent}

    def test_was_there_before_and_hears_it(self, world):
        """Two rows of one person: the records system keeps the first."""
        world.incident(a_person_row(phone="", email=HIS, id="P2"), a_suspect_row())
        world.go(HOUR)
        world.drop("people", a_person_row(row_time=local(world.now)))
        says(world, OFF)
        assert arrested(world) == {HIS}
        assert asked(world) == ["removed"]


class TestSpeaker:
    def test_who_moves_to_another_victim_is_no_secret(self, world):
        """A guardian's row names another child: who heard of the first one's case hears it."""
        mother = {"id": "P9", "role": "GRD", "last_name": "Rey", "phone": "", "email": HERS}
        children = [a_person_row(id=id, phone="", email="", **MINOR) for id in ("P1", "P2")]
        world.incident(*children, a_suspect_row(), a_person_row(for_person="P1", **mother))
        world.go(HOUR)
        sent = len(world.sent)
        moved = a_person_row(for_person="P2", row_time=local(world.now), **mother)
        world.drop("people", moved)
        world.go()
        changes = {n.id for n in world.ledger(Kind.CONTACT_CHANGED) if n.victim == "P1"}
        assert [m.address for m in world.sent[sent:] if m.notice in changes] == [HERS]


class TestNewId:
    """Later rows of who speaks for a victim name the victim by the id of now."""

    @pytest.mark.parametrize(
        ("victim", "before", "role", "heard"),
        [
            (MINOR | {"phone": "", "email": ""}, "mother@example.org", "GRD", "mother@example.org"),
            ({}, "", "REP", HERS),
        ],
        ids=["another email of her mother", "a representative"],
    )
    def test_hides_no_change_of_who_is_told(self, world, victim, before, role, heard):
        def speaks(id: str, email: str) -> Row:
            kin = {"id": "P9", "role": role, "for_person": id, "last_name": "Rey", "phone": ""}
            return a_person_row(**kin, email=email, row_time=local(world.now))

        first = [speaks("P1", before)] if before else []
        world.incident(a_person_row(**victim), a_suspect_row(), *first)
        says(world, victim | NEW)
        world.go(HOUR)
        sent = len(world.sent)
        world.drop("people", speaks("P7", HIS))
        world.go()
        changes = {n.id for n in world.ledger(Kind.CONTACT_CHANGED)}
        assert heard in {m.address for m in world.sent[sent:] if m.notice in changes}


class TestTypes:
    @pytest.mark.parametrize(("codes", "kind"), [("IB", "organization"), ("SI", ""), ("IS", "")])
    def test_of_two_in_one_file_the_careful_one_counts(self, world, codes, kind):
        world.drop("people", *(a_person_row(victim_type=code) for code in codes))
        assert stored().victims[0].victim_type == kind

    @pytest.mark.parametrize("code", ["S", "B", "U"])
    def test_is_counted_in_the_summary(self, world, code):
        found = world.drop("people", a_person_row(victim_type=code))
        kind = {"S": "public", "B": "organization", "U": "unknown"}[code]
        assert found["warnings"] == {f"victim_{kind}:VIC_TYPE": 1}
