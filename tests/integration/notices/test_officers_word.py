"""The records system says that an officer told a victim: what counts, what does not, what stops."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import StopReason, WaitReason
from aviso.notices import monitoring
from aviso.reporting.counted_facts import facts
from aviso.storage import cases, sending_controls
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, STALKING, ZONE, a_case
from infra.harness.portal_browser import Visitor
from tests.support.sending import EMAIL, HOME, PHONE, World

TOLD = (State.SUPPRESSED, StopReason.TOLD_BY_PERSON)
AT = NOW - timedelta(hours=1)
WORD: dict[str, Any] = {
    "told_of": "first_contact",
    "told_by": "Ofc. Ruiz 114",
    "told_how": "paper",
    "told_at": AT,
}

NO_WORD: dict[str, Any] = {"told_of": "", "told_by": "", "told_how": "", "told_at": None}


def a_reported_case(word=None, **report):
    """Return a case whose rights are owed to a victim of whom the records system says a word."""
    said = WORD if word is None else word
    case = a_case().with_victim(**{"phone": PHONE, "email": EMAIL} | said).with_suspect()
    return case.with_report(**{"reported_at": NOW - timedelta(hours=2)} | report).case


@pytest.fixture
def world(aws, settings, provider):
    words = frozenset({Kind.FIRST_CONTACT, Kind.ARREST})
    return World(replace(settings, told_by_officer=words), provider)


def given(world):
    """Plan and send all, as often as streams say so."""
    for _ in range(2):
        world.deliver()


def a_file_says(**changes):
    """Let a later file change the victim's row."""
    stored = cases.read_case(NUMBER).victims[0]
    digest = f"after {stored.digest}"
    cases.write_row(NUMBER, replace(stored, digest=digest, **changes), stored)


def becomes_dangerous():
    """Let a later file say that the case is one of stalking."""
    stored = cases.read_case(NUMBER).report
    cases.write_row(NUMBER, replace(stored, offense=STALKING, digest="dv"), stored)


def rights(world):
    """Return the one notice of the rights."""
    (notice,) = world.all(Kind.FIRST_CONTACT)
    return notice


class TestWordOfTheRecords:
    @pytest.mark.parametrize("offense", [{}, {"offense": STALKING}], ids=["open", "restricted"])
    def test_ends_the_duty_like_a_delivery(self, world, provider, offense):
        world.store(a_reported_case(**offense))
        given(world)
        found = rights(world)
        assert (found.state, found.reason) == TOLD
        assert (found.told_at, found.officer, found.told_how) == (AT, "Ofc. Ruiz 114", "paper")
        assert provider.sent == []
        assert {"told_by_person"} <= {fact.metric for fact in facts("n", found, ZONE)}

    def test_ends_a_task_that_waits_for_a_person(self, world):
        world.store(a_reported_case({}, offense=STALKING))
        given(world)
        assert rights(world).state is State.HELD
        a_file_says(**WORD)
        given(world)
        assert (rights(world).state, rights(world).reason) == TOLD

    @pytest.mark.parametrize(
        "missing",
        [
            {"told_by": ""},
            {"told_how": ""},
            {"told_how": "dreamt"},
            {"told_at": None},
            {"told_of": ""},
            {"told_of": "arrest"},  # other news
            {"told_at": NOW - timedelta(days=2)},  # before it happened
            {"told_at": NOW + timedelta(days=1)},  # not yet
            {"told_by": "Officer Poole"},  # perhaps the suspect
            {"told_by": "MUNOZ, M."},  # perhaps the victim
        ],
        ids=lambda missing: "-".join(f"{k} {v}"[:18] for k, v in missing.items()),
    )
    def test_counts_nothing_in_doubt(self, world, provider, missing):
        world.store(a_reported_case(WORD | missing))
        given(world)
        assert rights(world).told_by == ""
        assert provider.sent != []

    def test_counts_nothing_about_a_child_who_was_told(self, world):
        world.store(a_reported_case(WORD | {"minor": True}))
        given(world)
        assert rights(world).state is State.HELD

    def test_counts_nothing_where_the_settings_do_not_list_it(self, world, provider):
        world.settings = replace(world.settings, told_by_officer=frozenset())
        world.store(a_reported_case())
        given(world)
        assert provider.sent != []

    def test_counts_nothing_while_nobody_knows_who_is_told(self, world):
        unknown = {"birth_date": None, "minor": None}
        world.store(a_reported_case(WORD | unknown, offense=STALKING))
        given(world)
        assert rights(world).state is State.HELD

    def test_is_about_the_latest_arrest_before_it(self, world, provider):
        case = a_case().with_victim(phone=PHONE, **WORD | {"told_of": "arrest"}).with_suspect()
        for id, hours in (("a1", 2), ("a2", 5)):
            case = case.with_arrest(id, arrested_at=NOW - timedelta(hours=hours))
        world.store(case.case)
        given(world)
        told = {n.fact.subject: n.reason for n in world.all(Kind.ARREST)}
        assert told == {"a1": StopReason.TOLD_BY_PERSON, "a2": ""}

    def test_pulls_the_brake_where_a_yes_stands_everywhere(self, world, provider):
        sending_controls.count_hour(world.now, words=world.settings.brake.floor)
        world.store(a_reported_case(offense=STALKING))
        given(world)
        assert sending_controls.switches().brake == "words"
        found = rights(world)
        assert (found.state, found.reason) == (State.WAITING, WaitReason.BRAKE)
        assert found.told_at is None
        sending_controls.turn(**sending_controls.released(world.now))
        world.go_on(timedelta(minutes=6))
        assert (rights(world).state, rights(world).reason) == TOLD

    @pytest.mark.parametrize("when", ["a letter waits", "it was told"])
    def test_pulls_the_brake_where_a_file_changes_it_everywhere(self, world, provider, when):
        told = when == "it was told"
        world.store(a_reported_case(WORD if told else {"phone": "", "email": "", **HOME}))
        given(world)
        assert rights(world).state is (State.SUPPRESSED if told else State.QUEUED)
        sending_controls.count_hour(world.now, words=world.settings.brake.floor)
        a_file_says(**(NO_WORD if told else WORD))
        given(world)
        assert sending_controls.switches().brake == "words"
        assert (rights(world).state, rights(world).told_at) == (State.WAITING, None)
        assert provider.sent == []

    @pytest.mark.parametrize(
        ("offense", "state"), [({}, State.SENT), ({"offense": STALKING}, State.HELD)]
    )
    def test_taken_back_by_a_file_lets_the_duty_go(self, world, offense, state):
        """The officer had ticked the wrong victim; saying it once more ends nothing."""
        world.store(a_reported_case(**offense))
        given(world)
        world.now += timedelta(days=3)
        a_file_says(**NO_WORD)
        world.plan()
        assert not monitoring.overdue(rights(world), world.now)
        given(world)
        a_file_says(**WORD)
        given(world)
        assert (rights(world).state, rights(world).officer) == (state, "")


def on_the_record(settings):
    """Return a visit with a code, on the page that lists what was sent."""
    visitor = Visitor()
    code = access_codes.issue(NUMBER, "v1", CodePurpose.CARD, NOW, settings)
    visitor.post("/verify", number=NUMBER, code=code)
    return visitor


class TestVictim:
    def test_reads_it_and_may_say_that_it_is_wrong(self, world, provider, clock):
        world.store(a_reported_case())
        given(world)
        visitor = on_the_record(world.settings)
        page = visitor.get("/record")
        assert "An officer gave you this on paper" in page.text
        visitor.post("/record", csrf=page.value("csrf"))
        given(world)
        assert len(provider.sent) == 2  # the text and the email
        again = rights(world)
        assert (again.state, again.officer) == (State.SENT, "")
        page = visitor.get("/record").text
        assert "Said that no officer told them" in page
        assert "No officer told me" not in page
        given(world)
        assert rights(world).state is State.SENT  # the row says the same still

    def test_denies_it_whatever_a_later_file_says(self, world, clock):
        world.store(a_reported_case())
        given(world)
        visitor = on_the_record(world.settings)
        visitor.post("/record", csrf=visitor.get("/record").value("csrf"))
        becomes_dangerous()
        world.now += timedelta(days=3)
        a_file_says(told_at=world.now)
        given(world)
        assert (rights(world).state, rights(world).officer) == (State.HELD, "")

    def test_without_a_code_may_not(self, world, clock):
        world.store(a_reported_case())
        given(world)
        visitor = Visitor()
        visitor.verify(NUMBER, "Muñoz-v1", "1985-04-12")
        csrf = visitor.get("/status").value("csrf")
        assert visitor.post("/record", csrf=csrf).headers["Location"].startswith("code?")
        assert (rights(world).state, rights(world).reason) == TOLD
