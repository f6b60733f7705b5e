"""What a case asks of a person: one card for each victim with held notices.

That a victim is incapacitated is on a card of its own: the victim alone hears of it, all else is
told to those who speak for the victim.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from aviso.domain.audience import as_this_tells, is_hers
from aviso.domain.case_at import CaseAt
from aviso.domain.model import Case, Victim
from aviso.domain.notice import Notice, State
from aviso.domain.people import name_of, spoken_for
from aviso.domain.reasons import UNSAFE
from aviso.domain.staff import Call
from aviso.domain.value import Frozen
from aviso.staff import calls, notice_decisions
from aviso.staff.actor import Actor
from aviso.staff.calls import ENOUGH_DAYS
from aviso.storage import tasks
from aviso.web.staff import case_people, pages, queue_lines, what_to_say, work_queue
from aviso.web.staff.case_people import VictimLines
from aviso.web.staff.deadlines import ShownDeadline, deadline
from aviso.web.staff.phone_lines import PhoneLine, phone_lines
from aviso.web.staff.what_to_say import Script


class HeldTask(Frozen, frozen=True, kw_only=True):
    """A held notice on the card: its id, its kind, and why it is held."""

    id: str
    kind: str
    reason: str


class ToDo(Frozen, frozen=True, kw_only=True):
    """A victim who must be told, and all that a clerk needs to do it."""

    keys: tuple[str, ...]  # the names of its rows in the list: one for each number of the case
    victim: str  # the origin id; empty for a notice without a victim
    name: str
    mark: str  # see `people.mark_of`: who calls must know it before
    language: str  # in which the victim is told, in the page's words
    held: tuple[HeldTask, ...]
    reasons: tuple[str, ...]  # why a person is needed, the worst first
    why: tuple[str, ...]  # the same in words
    due: ShownDeadline
    owner: str
    speakers: tuple[str, ...]  # whom to ask for
    phones: tuple[PhoneLine, ...]  # those to call first
    instead: str  # without a phone to call: letter or advocate
    scripts: tuple[Script, ...]  # in the victim's language
    read_as: tuple[Script, ...]  # the same in the page's language, when that is another
    unsaid: tuple[str, ...]
    calls: tuple[Call, ...]
    to_supervisor: tuple[str, ...]  # the kinds that only a supervisor tells, and the member is none
    write: str  # after enough calls: letter or advocate; empty before

    @property
    def key(self) -> str:
        """The name of its row in the list."""
        return self.keys[0]


class ShownCase(Frozen, frozen=True, kw_only=True):
    """A case as a member looks at it."""

    at: CaseAt
    made: Sequence[Call]  # the calls that reached nobody
    language: str  # the page's
    actor: Actor
    asked: tuple[str, str] = ("", "")  # a victim, and the key of the phone that is safe to call


def cards(shown: ShownCase, people: Sequence[VictimLines]) -> list[ToDo]:
    """Return a card for each victim with held notices, the most urgent first.

    A card has the calls that were made since its notices are owed.

    Args:
        people: the case's victims with their contacts.
    """
    case = shown.at.case
    held = sorted((n for n in shown.at.told if n.state is State.HELD), key=_deadline)
    by_victim: dict[tuple[str, bool], list[Notice]] = {}
    for notice in held:
        victim = case.victim(notice.victim)
        key = (victim.origin if victim else notice.victim, is_hers(victim, notice))
        by_victim.setdefault(key, []).append(notice)
    lines = {(person.victim.origin, False): person for person in people}
    lines |= {
        (v.origin, True): case_people.person_of(
            shown.at, as_this_tells(v, by_victim[v.origin, True][0]), shown.actor
        )
        for v in case.victims
        if (v.origin, True) in by_victim
    }
    return [
        _card(shown, notices, lines.get(key), apart=key[1]) for key, notices in by_victim.items()
    ]


def _card(
    shown: ShownCase, held: Sequence[Notice], person: VictimLines | None, *, apart: bool
) -> ToDo:
    case, language, actor = shown.at.case, shown.language, shown.actor
    words, first = pages.strings(language), held[0]
    victim = person.victim if person else None
    spoken_by_victim = actor.settings.language_for(victim.language if victim else "")
    hers = spoken_by_victim if spoken_by_victim in pages.languages() else language
    mine = [call for call in shown.made if victim and call.victim == victim.origin]
    since = [call for call in mine if call.at >= min(n.created_at for n in held)]
    zone = actor.settings.agency.zone
    owners = [tasks.owner(notice.id) for notice in held]

    silent = apart and person is not None and not person.speaks  # a child, whom nobody calls
    told_to = None if silent else person
    reasons = queue_lines.reasons_of(case, victim, (n.reason for n in held), actor)
    instead = "advocate" if queue_lines.first_of(reasons) else "letter"
    kinds = [n.kind for n in held]
    phones = _phones(shown, held, told_to, reasons) if told_to else ()
    asks = any(line.ask for line in phones)

    def scripts(spoken: str) -> tuple[Script, ...]:
        said = (what_to_say.script(shown.at, notice, spoken, actor) for notice in held)
        begin, *rest = dict.fromkeys(said)  # two notices of one kind may need the same words
        # First of all, once: can they talk? A suspect may be in the room.
        said_first = [pages.strings(spoken)["desk_say_first"]]
        if victim and victim not in shown.at.spoken_for(victim):  # else "your case" is whose?
            name = queue_lines.name_of(victim)
            said_first.append(pages.strings(spoken)["desk_say_about"].format(name=name))
        return replace(begin, said=(*said_first, *begin.said)), *rest

    return ToDo(
        keys=tuple(dict.fromkeys(work_queue.key_of(n.case, n.victim) for n in held)),
        victim=victim.origin if victim else "",
        name=queue_lines.name_of(victim) or words["desk_nobody_named"],
        mark=person.mark if person else "",
        language=queue_lines.language_of(victim, words, actor),
        held=tuple(HeldTask(id=n.id, kind=n.kind.value, reason=n.reason) for n in held),
        reasons=reasons,
        why=tuple(_why(reason, words) for reason in reasons),
        due=deadline(first.deadline, actor.now, zone, words),
        owner=", ".join(dict.fromkeys(filter(None, owners))),
        speakers=_speakers(case, victim, actor) if told_to else (),
        phones=phones,
        instead="" if any(line.call for line in phones) else "advocate" if asks else instead,
        scripts=scripts(hers),
        read_as=scripts(language) if language != hers else (),
        unsaid=tuple(what_to_say.unsaid(case, kinds, actor.settings)),
        calls=tuple(since),
        to_supervisor=tuple(n.kind.value for n in held if not notice_decisions.is_theirs(n, actor)),
        write=instead if calls.days(since, zone) >= ENOUGH_DAYS else "",
    )


def unsafe(
    cards: Sequence[ToDo], people: Sequence[VictimLines], language: str
) -> list[tuple[str, tuple[str, ...], str]]:
    """Return the victims to contact with care, whether or not a notice is held.

    Each has why, the worst first, and what to do before a call, a key of the desk's words.
    """
    words = pages.strings(language)
    known: dict[str, tuple[str, tuple[str, ...]]] = {}
    known |= {p.victim.origin: (queue_lines.name_of(p.victim), p.dangers) for p in people}
    known |= {card.victim: (card.name, card.reasons) for card in cards}
    found = ((name, [r for r in reasons if r in UNSAFE]) for name, reasons in known.values())
    return [
        (name, tuple(_why(r, words) for r in unsafe), queue_lines.first_of(unsafe))
        for name, unsafe in found
        if unsafe
    ]


def _phones(
    shown: ShownCase, held: Sequence[Notice], person: VictimLines, reasons: Sequence[str]
) -> tuple[PhoneLine, ...]:
    """Return a victim's phones; one about which the member asked somebody may be called."""
    found = phone_lines(
        shown.at,
        person,
        [n.kind for n in held],
        [n.fact for n in held if n.fact.change],
        ask_first=queue_lines.is_in_danger(reasons),
    )
    safe = shown.asked
    return tuple(
        replace(line, call=True, ask=False)
        if line.ask and safe == (person.victim.origin, line.key)
        else line
        for line in found
    )


def _why(reason: str, words: Mapping[str, str]) -> str:
    return words.get(f"desk_reason_{reason}", reason)


def _speakers(case: Case, victim: Victim | None, actor: Actor) -> tuple[str, ...]:
    """Return the names of those who may be told: the victim, or who speaks for them."""
    if victim is None:
        return ()
    found = spoken_for(case, victim, actor.today)
    return tuple(map(name_of, found))


def _deadline(notice: Notice) -> tuple[float, str]:
    return notice.deadline.timestamp(), notice.id
