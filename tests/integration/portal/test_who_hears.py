"""What somebody who holds her phone for a while, or knows her, can do to silence her; who hears.

See docs/rules.md#14 and #27. Each row does what an attacker did, through the real handlers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.model import Channel, Kind, Speaker, Victim
from aviso.domain.notice import State
from aviso.domain.standing import in_force
from aviso.feed.row_writer import storing
from aviso.providers import sender
from aviso.runtime import hashing
from aviso.staff import case_decisions, notice_decisions
from aviso.staff.case_decisions import Correction
from aviso.storage import cases, suppressions
from aviso.victims import early_sign_up
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor
from tests.integration.portal.scene import (
    BORN,
    CO_VICTIMS,
    HIS,
    HIS_EMAIL,
    MOTHERS,
    NAME,
    OLD,
    SISTERS,
    Scene,
    arrested,
    heard,
    her_case,
    press,
    warn,
)
from tests.support.sending import EMAIL, PHONE, Provider, World


def two_forms(attack: Scene) -> None:
    """By knowledge: her contacts are not safe; here is another phone."""
    visitor = attack.knowing()
    warn(attack, visitor, PHONE, EMAIL)
    attack.signs_up(visitor, phone=HIS, phone_safe="yes")


def two_forms_other_order(attack: Scene) -> None:
    visitor = attack.knowing()
    attack.signs_up(visitor, phone=HIS, phone_safe="yes")
    warn(attack, visitor, PHONE, EMAIL)


def early(attack: Scene) -> None:
    """The same before the case is shown, tied by `chase`."""
    for form in (
        {"phone": PHONE, "phone_safe": "no", "email": EMAIL, "email_safe": "no"},
        {"phone": HIS, "phone_safe": "yes"},
    ):
        who = {"number": NUMBER, "last_name": NAME, "birth_date": BORN}
        Visitor().post("/early", consent="yes", consent_asked="yes", **who, **form)
    assert early_sign_up.tie_all(attack.settings, attack.world.now)["early_tied"] == 2


def warned_and_removed(attack: Scene) -> None:
    """One code: his phone, hers are not safe, and these lines are removed again."""
    visitor = attack.with_code(PHONE)
    attack.signs_up(visitor, phone=HIS, phone_safe="yes")
    warn(attack, visitor, PHONE, EMAIL)
    for address in (PHONE, EMAIL):
        press(visitor, remove=attack.contact(address))


def own_witnesses(attack: Scene) -> None:
    """Her phone once, for a phone and an email of his; days later a code to his phone."""
    visitor = attack.with_code(PHONE)
    attack.signs_up(visitor, phone=HIS, phone_safe="yes", email=HIS_EMAIL, email_safe="yes")
    heard(attack)
    attack.later(days=3)
    press(attack.with_code(HIS), lock="on")


def own_witnesses_waive(attack: Scene) -> None:
    visitor = attack.with_code(PHONE)
    attack.signs_up(visitor, phone=HIS, phone_safe="yes", email=HIS_EMAIL, email_safe="yes")
    heard(attack)
    attack.later(days=3)
    visitor = attack.with_code(HIS)
    csrf = visitor.get("/choice").value("csrf")
    assert visitor.post("/choice", csrf=csrf, answer="waived").status == 303


def first_consent(attack: Scene) -> None:
    """His phone, and the first consent that the jail calls it."""
    visitor = attack.with_code(PHONE)
    attack.signs_up(visitor, phone=HIS, phone_safe="yes")
    form = {"csrf": visitor.get("/share").value("csrf"), "contact": attack.contact(HIS)}
    assert visitor.post("/share", release="yes", **form).status == 303


def unheard_by_removal(attack: Scene) -> None:
    """Lock, and remove at once the contact that would hear of it."""
    attack.signs_up(attack.with_code(EMAIL), email=SISTERS, email_safe="yes")
    heard(attack)
    attack.later(minutes=1)
    visitor = attack.with_code(PHONE)
    press(visitor, lock="on")
    press(visitor, remove=attack.contact(SISTERS))


def stopped_at_once(attack: Scene) -> None:
    """His phone by a code to hers, and STOP from hers."""
    attack.signs_up(attack.with_code(PHONE), phone=HIS, phone_safe="yes")
    suppressions.opt_out(hashing.address_key(PHONE), "text", attack.world.now)


def stopped_after_an_hour(attack: Scene) -> None:
    """The same, but her phone heard of his before."""
    attack.signs_up(attack.with_code(PHONE), phone=HIS, phone_safe="yes")
    assert heard(attack) == ({PHONE}, [])
    attack.later(hours=1)
    suppressions.opt_out(hashing.address_key(PHONE), "text", attack.world.now)


def bounced_after_an_hour(attack: Scene) -> None:
    """The same, but her line was ended."""
    attack.signs_up(attack.with_code(PHONE), phone=HIS, phone_safe="yes")
    assert heard(attack) == ({PHONE}, [])
    suppressions.bounced(hashing.address_key(PHONE), "unreachable", attack.world.now)


def not_hers_after_weeks(attack: Scene) -> None:
    """By her phone: the email that she added with it is not hers."""
    attack.signs_up(attack.with_code(PHONE), email=SISTERS, email_safe="yes")
    heard(attack)
    attack.later(days=21)
    press(attack.with_code(PHONE), not_mine=attack.contact(SISTERS))


def mistyped(attack: Scene) -> None:
    """She takes back what her own code let in: that takes nothing from anybody else."""
    visitor = attack.with_code(PHONE)
    attack.signs_up(visitor, email=SISTERS, email_safe="yes")
    press(visitor, remove=attack.contact(SISTERS))


def speakers_row(attack: Scene, id: str, phone: str, relation: str = "guardian") -> None:
    """A file brings a person who speaks for her."""
    row = a_case().with_speaker(id, phone=phone, relation=relation, first_seen=OLD).case.speakers[0]
    row = replace(row, digest="1", export_time=OLD)
    storing(attack.settings, attack.world.now)(NUMBER, row, None)


def row_of_representative(attack: Scene) -> None:
    """A friend in records adds a row."""
    speakers_row(attack, "r9", HIS, "representative")


def row_of_second_guardian(attack: Scene) -> None:
    """Her mother speaks for her; a friend in records adds a row."""
    speakers_row(attack, "g1", MOTHERS)
    speakers_row(attack, "g2", HIS)


def later_row(attack: Scene, id: str, **changes: Any) -> None:
    """A friend in records writes something else into the row of somebody on the case."""
    case = cases.read_case(NUMBER)
    people: tuple[Victim | Speaker, ...] = (*case.victims, *case.speakers)
    before = next(p for p in people if p.id == id)
    row = replace(before, digest="2", **changes)
    if isinstance(row, Victim) and isinstance(before, Victim):
        row = in_force(row, before, attack.world.now.date())
    storing(attack.settings, attack.world.now)(NUMBER, row, before)


def row_with_another_phone(attack: Scene) -> None:
    later_row(attack, "v1", phone=HIS)


def row_with_one_more_phone(attack: Scene) -> None:
    later_row(attack, "v1", phone=HIS)


def row_with_another_phone_on_the_first_day(attack: Scene) -> None:
    later_row(attack, "v1", phone=HIS, first_seen=attack.world.now)
    later_row(attack, "v1", email=HIS_EMAIL)


def row_with_a_mark_and_another_phone(attack: Scene) -> None:
    later_row(attack, "v1", incapacitated=True, phone=HIS, email=HIS_EMAIL)


def guardians_row_with_another_phone(attack: Scene) -> None:
    speakers_row(attack, "g1", MOTHERS)
    later_row(attack, "g1", phone=HIS, first_name="Eva")


def guardians_row_removed(attack: Scene) -> None:
    row_of_second_guardian(attack)
    heard(attack)
    later_row(attack, "g1", removed=True)


def relatives_row_with_another_phone(attack: Scene) -> None:
    heard(attack)
    speakers_row(attack, "k1", MOTHERS, "next_of_kin")
    later_row(attack, "k1", phone=HIS)


def childs_row_of_an_adult(attack: Scene) -> None:
    """An adult is told by the phone in the child's own row."""
    speakers_row(attack, "g1", MOTHERS)
    later_row(attack, "v1", minor=False, phone=HIS)


def named_representative(attack: Scene) -> None:
    visitor = attack.with_code(PHONE)
    form = {"first_name": "Al", "last_name": "Friend", "phone": HIS}
    sure = {"adult": "yes", "apart": "yes", "consent": "yes", "do": "name"}
    csrf = visitor.get("/speaks").value("csrf")
    assert visitor.post("/speaks", csrf=csrf, **form, **sure).status == 303


def named_then_stopped(attack: Scene) -> None:
    """He names himself by another name, says yes, and stops her phone."""
    named_representative(attack)
    heard(attack)
    asked = next(m.text for m in reversed(attack.provider.sent) if m.address == HIS)
    token = asked.partition("/speak?t=")[2].split()[0]
    assert Visitor().post("/speak", t=token, answer="yes").status == 200
    suppressions.opt_out(hashing.address_key(PHONE), "text", attack.world.now)


def next_of_kin(attack: Scene) -> None:
    """The report has his phone as a relative's, and he leaves it as hers."""
    speakers_row(attack, "k1", HIS, "next_of_kin")
    attack.signs_up(attack.with_code(PHONE), phone=HIS, phone_safe="yes")
    assert heard(attack) == ({PHONE}, [])


def next_of_kin_waives(attack: Scene) -> None:
    next_of_kin(attack)
    visitor = attack.with_code(PHONE)
    csrf = visitor.get("/choice").value("csrf")
    assert visitor.post("/choice", csrf=csrf, answer="waived").status == 303


def next_of_kin_stops(attack: Scene) -> None:
    next_of_kin(attack)
    suppressions.opt_out(hashing.address_key(PHONE), "text", attack.world.now)


def co_victim_who_is_held(attack: Scene) -> None:
    """Another victim leaves her phone as their own, lets their own news wait, and adds his."""
    row = a_case().with_victim("a0", phone=CO_VICTIMS, email=HIS_EMAIL, first_seen=OLD)
    cases.write_row(NUMBER, row.case.victims[0], None)
    visitor = attack.with_code(CO_VICTIMS, "munoz a0")
    attack.signs_up(visitor, phone=PHONE, phone_safe="yes")
    attack.signs_up(attack.knowing(), phone=HIS, phone_safe="yes")
    heard(attack)
    warn(attack, visitor, HIS_EMAIL)


def by_telephone(attack: Scene) -> None:
    """A caller gives a phone at the desk, and then says that hers is not safe."""
    case = cases.read_case(NUMBER)
    his = Correction(case=case, victim=case.victims[0], old="", channel=Channel.SMS, address=HIS)
    case_decisions.correct(his, "called", attack.actor())
    attack.later(minutes=5)
    case = cases.read_case(NUMBER)
    case_decisions.mark_unsafe(case, case.victims[0], PHONE, "called", attack.actor())


def co_victim(attack: Scene) -> None:
    """Another victim calls hers unsafe with a code to their own, and adds his by knowledge."""
    row = a_case().with_victim("v2", phone=CO_VICTIMS, email="", first_seen=OLD).case.victims[0]
    cases.write_row(NUMBER, row, None)
    warn(attack, attack.with_code(CO_VICTIMS, "munoz v2"), PHONE, EMAIL)
    attack.signs_up(attack.knowing(), phone=HIS, phone_safe="yes")


@dataclass
class End:
    """What must follow: who hears of changes, how many tasks a supervisor has, and of the news."""

    heard: set[str]
    tasks: int
    arrest: set[str]
    reason: str = ""  # why the arrest is held
    victim: Any = None
    task: str = "change_unheard"


BOTH = {PHONE, EMAIL}
ONE = {"email": ""}
CHILD = {"phone": "", "email": "", "minor": True}
DEAD = {"deceased": True}
FIRST_DAY = {"first_seen": NOW}
DOUBT = "victim_in_doubt"
ATTACKS: dict[Callable[[Scene], None], End] = {
    two_forms: End(set(), 0, set(), "contact_doubted"),
    two_forms_other_order: End(set(), 0, set(), "contact_doubted"),
    early: End(set(), 0, set(), "contact_doubted"),
    warned_and_removed: End(set(), 2, set(), "change_unheard"),
    own_witnesses: End(set(), 1, {PHONE, HIS, HIS_EMAIL}, victim=ONE),
    own_witnesses_waive: End(set(), 1, {PHONE, HIS, HIS_EMAIL}, victim=ONE),
    first_consent: End({PHONE}, 1, {PHONE, HIS}, victim=ONE),
    unheard_by_removal: End({EMAIL, SISTERS}, 0, BOTH),
    stopped_at_once: End(set(), 0, set(), "change_unheard", victim=ONE),
    stopped_after_an_hour: End(set(), 0, set(), "change_unheard", victim=ONE),
    bounced_after_an_hour: End(set(), 0, set(), "change_unheard", victim=ONE),
    not_hers_after_weeks: End(set(), 1, set(), "change_unheard", victim=ONE),
    mistyped: End({PHONE, SISTERS}, 0, {PHONE}, victim=ONE),
    row_of_representative: End(BOTH, 0, {*BOTH, HIS}),
    row_of_second_guardian: End({MOTHERS}, 0, {MOTHERS, HIS}, victim=CHILD),
    row_with_another_phone: End(BOTH, 0, {HIS, EMAIL}),
    row_with_one_more_phone: End({EMAIL}, 0, {HIS, EMAIL}, victim={"phone": ""}),
    row_with_another_phone_on_the_first_day: End(set(), 0, {HIS, HIS_EMAIL}, victim=FIRST_DAY),
    row_with_a_mark_and_another_phone: End(
        set(), 1, set(), "victim_in_doubt", task="victim_in_doubt"
    ),
    guardians_row_with_another_phone: End({MOTHERS}, 0, {HIS}, victim=CHILD),
    guardians_row_removed: End({MOTHERS, HIS}, 0, {HIS}, victim=CHILD),
    relatives_row_with_another_phone: End({MOTHERS}, 0, {HIS}, victim=DEAD),
    childs_row_of_an_adult: End({MOTHERS}, 0, {HIS}, victim=CHILD),
    named_representative: End(set(), 1, {PHONE}, victim=ONE),
    named_then_stopped: End(set(), 1, set(), "change_unheard", victim=ONE),
    next_of_kin_waives: End(set(), 1, {PHONE, HIS}, victim=ONE),
    next_of_kin_stops: End(set(), 0, set(), "change_unheard", victim=ONE),
    co_victim_who_is_held: End(set(), 1, {PHONE, HIS}, victim=ONE),
    by_telephone: End(set(), 2, set(), "change_unheard", victim=ONE),
    co_victim: End(set(), 2, set(), "unsafe_for_another"),
}


@pytest.fixture
def attack(aws, settings, monkeypatch):
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    with time_machine.travel(NOW, tick=False) as clock:
        found = Scene(World(settings, provider), provider, settings)
        found.clock = clock
        yield found


class TestAttack:
    @pytest.mark.parametrize("does", ATTACKS, ids=lambda does: does.__name__)
    def test_silences_nobody_unheard(self, attack, does):
        end = ATTACKS[does]
        her_case(attack, **(end.victim or {}))
        does(attack)
        told, held = heard(attack)
        assert (told, held) == (end.heard, [end.task] * end.tasks)
        assert arrested(attack) == (end.arrest, end.reason)

    def test_on_her_contacts_holds_news_until_it_is_ended(self, attack):
        her_case(attack)
        warned_and_removed(attack)
        heard(attack)
        assert arrested(attack) == (set(), "change_unheard")
        assert goes_after(attack) == (set(), "change_unheard")  # another change of the case
        ended(attack)
        assert goes_after(attack) == ({HIS}, "")

    def test_that_she_hears_of_holds_no_news(self, attack):
        her_case(attack)
        attack.signs_up(attack.with_code(EMAIL), email=SISTERS, email_safe="yes")
        heard(attack)
        press(attack.with_code(PHONE), remove=attack.contact(SISTERS))
        arrested(attack)
        assert goes_after(attack) == (BOTH, "")

    def test_then_stop_is_decided_once(self, attack):
        """Perhaps it is her new phone. Another one that is added later is another question."""
        her_case(attack, **ONE)
        stopped_after_an_hour(attack)
        assert arrested(attack) == (set(), "change_unheard")
        held = {attack.world.arrest().id: "change_unheard"}
        assert notice_decisions.release(held, "her new phone", attack.actor())["released"] == 1
        assert goes_after(attack) == ({HIS}, "")
        attack.later(days=1)
        assert arrested(attack, "a2") == ({HIS}, "")
        attack.signs_up(attack.with_code(HIS), phone=MOTHERS, phone_safe="yes")
        heard(attack)
        suppressions.opt_out(hashing.address_key(HIS), "text", attack.world.now)
        assert arrested(attack, "a3") == (set(), "change_unheard")


def ended(attack: Scene) -> None:
    """A supervisor ends each task about a change."""
    held = [n for n in attack.world.all(Kind.CONTACT_CHANGED) if n.state is State.HELD]
    notice_decisions.told([n.id for n in held], "asked her", attack.actor())


def goes_after(attack: Scene) -> tuple[set[str], str]:
    """Plan the case again; return who is told of the arrest, and why it is held, if it is."""
    attack.world.plan()
    attack.world.send()
    notice = attack.world.arrest()
    told = {m.address for m in attack.provider.sent if m.notice == notice.id}
    return told, notice.reason if notice.state is State.HELD else ""


class TestWarningByKnowledge:
    def test_ends_once_a_member_calls_the_phone_safe(self, attack):
        her_case(attack)
        warn(attack, attack.knowing(), PHONE, EMAIL)
        heard(attack)
        assert arrested(attack) == (set(), "contact_doubted")
        for address in (PHONE, EMAIL):
            case = cases.read_case(NUMBER)
            case_decisions.mark_safe(case, case.victims[0], address, "hers", attack.actor())
        assert goes_after(attack) == (BOTH, "")

    def test_renews_no_doubt_that_a_member_ended(self, attack):
        her_case(attack)
        warn(attack, attack.knowing(), PHONE)
        case = cases.read_case(NUMBER)
        case_decisions.mark_safe(case, case.victims[0], PHONE, "hers", attack.actor())
        warn(attack, attack.knowing(), PHONE)
        assert arrested(attack) == (BOTH, "")
