"""A waiver that a later file of the records system brings, and whom the word of it reaches."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import DESK
from aviso.domain.model import Channel, Enrollment, Holder, Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import overruling
from aviso.domain.requests import Right, Rights
from aviso.notices import composing
from aviso.providers.receipts import Outcome
from aviso.storage import cases, notices, sending_controls
from infra.harness.builders import NUMBER, a_case, a_contact, an_answer, case_at
from tests.support.sending import EMAIL, HOME, PHONE, arrested

HERS, HIS = "hers@example.org", "his@example.org"
TOLD, GUARDIAN = "waived_in_file", "+15205550177"
# Marks of the same file as the waiver, and who speaks for the victim then.
MARKS = {"incapacitated": "guardian", "deceased": "next_of_kin", "minor": "guardian"}


def left(address, level, now, **changes):
    contact = a_contact(address, Channel.EMAIL, id=level, level=level, **changes)
    return replace(contact, consent=replace(contact.consent, at=now - timedelta(days=3)))


@pytest.fixture
def waived(world):
    """Return how to store a case whose victim a later file calls one who wants no news."""

    def store(*contacts, speaker=None, **victim):
        said = {"rights": Rights.WAIVED, "waived_at": world.now}
        built = a_case().with_victim("v1", **{"phone": PHONE, "email": ""} | victim | said)
        built = built.with_enrollment("v1", *contacts) if contacts else built
        world.store((built.with_speaker(**speaker) if speaker else built).case)

    return store


def heard(world, provider):
    """Let everything go out; return who got what, and what a person must look at."""
    world.plan()
    world.send()
    changes = {n.id: n for n in world.all(Kind.CONTACT_CHANGED)}
    told = {m.address for m in provider.sent if m.notice in changes}
    return told, [n for n in changes.values() if n.state is State.HELD]


class TestWaiver:
    def test_is_told_to_safe_contacts(self, world, provider, waived):
        hers, his = left(HERS, "code", world.now), left(HIS, "knowledge", world.now)
        his = replace(his, id="other")
        waived(hers, his)
        told, held = heard(world, provider)
        assert (told, held) == ({PHONE, HERS}, [])

    def test_is_not_told_to_a_representative(self, world, provider, waived):
        luz = Holder(first_name="Luz", last_name="Rey", agreed_at=world.now - timedelta(days=3))
        waived(left(HIS, "code", world.now, holder=luz))
        assert heard(world, provider)[0] == {PHONE}

    @pytest.mark.parametrize("mark", MARKS)
    def test_beside_a_false_guardian_is_told_her(self, world, provider, waived, mark):
        """Who speaks for her by the same file hears nothing."""
        said = {mark: True, f"{mark}_at": world.now}
        waived(**said, speaker={"relation": MARKS[mark], "email": HIS})
        _, held = heard(world, provider)
        (word,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.fact.change == TOLD]
        assert {m.address for m in provider.sent if m.notice == word.id} == {PHONE}
        assert held == []
        facts = composing.facts_of(
            case_at(cases.read_case(NUMBER), world.settings, world.now), word
        )
        assert facts["silenced"]

    def test_of_a_child_is_told_the_guardians_alone(self, world, provider, waived):
        waived(birth_date=date(2015, 4, 12), speaker={"email": HIS})
        assert heard(world, provider) == ({GUARDIAN, HIS}, [])

    @pytest.mark.parametrize("right", [Right.NEWS, Right.HAND_OFF])
    @pytest.mark.parametrize("who", [*MARKS, "a child"])
    def test_by_one_call_is_no_guardians_alone(self, world, provider, right, who):
        """Who speaks for a silenced victim does not hear what the same person asked for."""
        child = {"birth_date": date(2015, 4, 12)}
        said = {who: True, f"{who}_at": world.now} if who in MARKS else child
        built = a_case().with_victim("v1", phone=PHONE, email="", **said)
        world.store(built.with_speaker(relation=MARKS.get(who, "guardian"), email=HIS).case)
        answer = an_answer(Rights.WAIVED, right=right, at=world.now, speaker="r1")
        world.change(Enrollment(victim="v1", requests=(answer,)), root=DESK)
        told, held = heard(world, provider)
        assert (told, held) == ({PHONE} if who in MARKS else {GUARDIAN, HIS}, [])

    def test_stops_the_arrests_notice_once_heard(self, world, provider, waived):
        waived(email=EMAIL)
        assert heard(world, provider)[0] == {PHONE, EMAIL}
        cases.write_row(NUMBER, arrested().case.arrests[0], None)
        world.plan()
        assert world.all(Kind.ARREST) == []

    def test_says_how_news_comes_back_in_her_language(self, world, provider, waived):
        waived(left(HERS, "code", world.now, language="en"))
        heard(world, provider)
        said = {m.address: m.text for m in provider.sent}
        assert "Nos dijeron que usted ya no quiere noticias" in said[PHONE]
        assert "You can ask for news again at any time" in said[HERS]

    def test_that_arrives_nowhere_is_a_task(self, world, provider, waived):
        waived(email=EMAIL)
        assert heard(world, provider) == ({PHONE, EMAIL}, [])
        (word,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.fact.change == TOLD]
        for n in (1, 2):
            world.receipt(n, Outcome.FAILED, notice=word)
        world.plan()
        world.send()
        assert notices.read(word.id).state is State.HELD
        assert notices.read(word.id).reason == "change_unheard"

    def test_without_a_contact_is_one_task(self, world, provider, waived):
        waived(phone="")
        told, (held,) = heard(world, provider)
        assert (told, held.reason) == (set(), "change_unheard")

    def test_released_sends_a_letter_that_says_it(self, world, provider, waived):
        waived(phone="", **HOME)
        _, (held,) = heard(world, provider)
        notices.move(held, State.PLANNED, due_at=world.now, overruled=overruling(held))
        world.send()
        (letter,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.id == held.id]
        assert letter.state is State.QUEUED
        facts = composing.facts_of(
            case_at(cases.read_case(NUMBER), world.settings, world.now), letter
        )
        assert facts["change"] == TOLD

    @pytest.mark.parametrize("by", ["the next file", "the victim"])
    def test_taken_back_is_told_no_more(self, world, provider, waived, by):
        waived()
        world.plan()
        if by == "the victim":
            (given,) = cases.read_case(NUMBER).enrollments
            world.change(replace(given, requests=(an_answer(at=world.now),)))
        else:
            (before,) = cases.read_case(NUMBER).victims
            row = replace(before, rights=Rights.REQUESTED, digest="2")
            cases.write_row(NUMBER, row, before)
        assert heard(world, provider) == (set(), [])

    def test_of_many_at_once_pulls_the_brake(self, world, provider):
        """A broken column may say it of everybody. The tasks beside it do not count."""
        small = replace(world.settings.brake, floor=5, multiple=2)
        world.settings = replace(world.settings, brake=small)
        for size, brake in ((5, ""), (6, "notices")):
            built = a_case()
            for n in range(size):
                own = {"phone": f"+1520555011{n}", "email": ""}
                said = {"rights": Rights.WAIVED, "waived_at": world.now}
                built = built.with_victim(f"v{n}", **own, **said)
            world.store(built.case)
            world.plan()
            assert sending_controls.switches().brake == brake
        world.send()
        assert provider.sent == []
