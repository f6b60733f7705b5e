"""A waiver that a later file of the records system brings, and whom the word of it reaches."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.audience import is_hers
from aviso.domain.model import Channel, Enrollment, Holder, Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import overruling
from aviso.domain.requests import Right, Rights
from aviso.notices import composing
from aviso.providers.receipts import Outcome
from aviso.storage import cases, enrollments, notices, sending_controls
from infra.harness.builders import NUMBER, a_case, a_contact, an_answer
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
    @pytest.mark.parametrize(("hers", "tasks"), [({}, 1), ({"email": EMAIL}, 0)])
    def test_beside_a_false_guardian_is_told_her(self, world, provider, waived, mark, hers, tasks):
        """Who speaks for her by the same file hears it too, and is not a witness."""
        said = {mark: True, f"{mark}_at": world.now}
        waived(**hers, **said, speaker={"relation": MARKS[mark], "email": HIS})
        _, held = heard(world, provider)
        (word,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.fact.change == TOLD]
        assert {m.address for m in provider.sent if m.notice == word.id} == {
            PHONE,
            GUARDIAN,
            HIS,
            *hers.values(),
        }
        assert [n.reason for n in held] == ["change_unheard"] * tasks
        facts = composing.facts_of(cases.read_case(NUMBER), word, [], world.settings, world.now)
        assert facts["silenced"]

    def test_of_a_child_is_told_the_guardians_alone(self, world, provider, waived):
        waived(birth_date=date(2015, 4, 12), speaker={"email": HIS})
        assert heard(world, provider) == ({GUARDIAN, HIS}, [])

    @pytest.mark.parametrize("right", [Right.NEWS, Right.HAND_OFF])
    @pytest.mark.parametrize(("who", "tasks"), [*((mark, 1) for mark in MARKS), ("a child", 0)])
    def test_by_one_call_is_no_guardians_alone(self, world, provider, right, who, tasks):
        """Who speaks for a silenced victim is not a witness of what the same person asked for."""
        child = {"birth_date": date(2015, 4, 12)}
        said = {who: True, f"{who}_at": world.now} if who in MARKS else child
        built = a_case().with_victim("v1", phone=PHONE, email="", **said)
        built = built.with_speaker(relation=MARKS.get(who, "guardian"), email=HIS)
        answer = an_answer(Rights.WAIVED, right=right, at=world.now, speaker="r1")
        given = {"rights": Rights.WAIVED, "rights_at": world.now} if right is Right.NEWS else {}
        world.store(built.with_enrollment("v1", requests=(answer,), **given).case)
        _, held = heard(world, provider)
        alone = [n for n in world.all(Kind.CONTACT_CHANGED) if n.fact.kind == "alone"]
        assert [n.reason for n in alone] == ["change_unheard" if tasks else "heard_elsewhere"]
        assert len(held) == tasks
        victim = cases.read_case(NUMBER).victims[0]
        assert [is_hers(victim, n) for n in alone] == [bool(tasks)]

    @pytest.mark.parametrize("who", [*MARKS, "a child"])
    def test_promises_a_code_to_who_opens_the_case_alone(self, world, provider, who):
        """Nobody opens it for a victim who was silenced; a guardian does for a child."""
        child = {"birth_date": date(2015, 4, 12)}
        said = {who: True, f"{who}_at": world.now} if who in MARKS else child
        built = a_case().with_victim("v1", phone=PHONE, email="", **said)
        built = built.with_speaker(
            relation=MARKS.get(who, "guardian"), email=HIS, phone="", language="en"
        )
        answer = an_answer(Rights.WAIVED, at=world.now, speaker="r1")
        given = {"rights": Rights.WAIVED, "rights_at": world.now, "requests": (answer,)}
        world.store(built.with_enrollment("v1", **given).case)
        heard(world, provider)
        (word,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.fact.change == "waived"]
        (text,) = [m.text for m in provider.sent if (m.notice, m.address) == (word.id, HIS)]
        assert ("You will need a code" in text) is (who == "a child")

    def test_by_one_call_is_in_a_letter_to_her_own_home(self, world, provider):
        """Released, because nobody answers at her own phones."""
        said = {"incapacitated": True, "incapacitated_at": world.now, "language": "en"}
        built = a_case().with_victim("v1", phone=PHONE, email="", **HOME, **said)
        built = built.with_speaker(relation="guardian", email=HIS)
        answer = an_answer(Rights.WAIVED, at=world.now, speaker="r1")
        given = {"rights": Rights.WAIVED, "rights_at": world.now, "requests": (answer,)}
        world.store(built.with_enrollment("v1", **given).case)
        _, (held,) = heard(world, provider)
        notices.move(held, State.PLANNED, due_at=world.now, overruled=overruling(held))
        world.send()
        (letter,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.id == held.id]
        assert letter.state is State.QUEUED

    def test_stops_the_arrests_notice(self, world, provider):
        said = {"rights": Rights.WAIVED, "waived_at": world.now}
        world.store(arrested(**said).case)
        heard(world, provider)
        assert world.all(Kind.ARREST) == []
        assert {message.address for message in provider.sent} == {PHONE, EMAIL}

    def test_says_how_news_comes_back_in_her_language(self, world, provider, waived):
        waived(left(HERS, "code", world.now, language="en"))
        heard(world, provider)
        said = {m.address: m.text for m in provider.sent}
        assert "Nos dijeron que usted ya no quiere noticias" in said[PHONE]
        assert "You can ask for news again at any time" in said[HERS]

    def test_that_few_hear_of_is_a_task(self, world, provider, waived):
        waived(**HOME)
        told, (held,) = heard(world, provider)
        assert (told, held.reason) == ({PHONE}, "change_unheard")

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
        waived(**HOME)
        _, (held,) = heard(world, provider)
        notices.move(held, State.PLANNED, due_at=world.now, overruled=overruling(held))
        world.send()
        (letter,) = [n for n in world.all(Kind.CONTACT_CHANGED) if n.id == held.id]
        assert letter.state is State.QUEUED
        facts = composing.facts_of(cases.read_case(NUMBER), letter, [], world.settings, world.now)
        assert facts["change"] == TOLD

    @pytest.mark.parametrize("by", ["the next file", "the victim"])
    def test_taken_back_is_told_no_more(self, world, provider, waived, by):
        waived()
        world.plan()
        if by == "the victim":
            asked = Enrollment(victim="v1", requests=(an_answer(at=world.now),))
            enrollments.write_enrollment(NUMBER, asked)
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
