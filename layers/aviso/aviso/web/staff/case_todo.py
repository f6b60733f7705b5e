"""What a case asks of a person: one card for each victim with held notices.

That a victim is incapacitated is on a card of its own: the victim alone hears of it, all else is
told to those who speak for the victim.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from aviso.domain.audience import as_this_tells, is_hers
from aviso.domain.case_at import CaseAt
from aviso.domain.model import Victim
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
    victim: str = ""  # the origin id; empty for a notice without a victim
    name: str
    mark: str = ""  # see `people.mark_of`: who calls must know it before
    language: str  # in which the victim is told, in the page's words
    held: tuple[HeldTask, ...]
    reasons: tuple[str, ...]  # why a person is needed, the worst first
    why: tuple[str, ...]  # the same in words
    due: ShownDeadline
    owner: str
    speakers: tuple[str, ...] = ()  # whom to ask for
    phones: tuple[PhoneLine, ...] = ()  # those to call first
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
    """Return the card of a victim; of nobody, for a notice without a victim.

    Args:
        apart: the victim alone hears of it. A child does not, and nobody calls a child.
    """
    case, language, actor = shown.at.case, shown.language, shown.actor
    words, zone = pages.strings(language), actor.settings.agency.zone
    victim = person.victim if person else None
    reasons = queue_lines.reasons_of(case, victim, (n.reason for n in held), actor)
    instead = "advocate" if queue_lines.first_of(reasons) else "letter"
    since = _calls_since(shown, held, victim)
    spoken = _spoken(shown, victim)
    owners = [tasks.owner(notice.id) for notice in held]
    card = ToDo(
        keys=tuple(dict.fromkeys(work_queue.key_of(n.case, n.victim) for n in held)),
        name=queue_lines.name_of(victim) or words["desk_nobody_named"],
        language=queue_lines.language_of(victim, words, actor),
        held=tuple(HeldTask(id=n.id, kind=n.kind.value, reason=n.reason) for n in held),
        reasons=reasons,
        why=tuple(_why(reason, words) for reason in reasons),
        due=deadline(held[0].deadline, actor.now, zone, words),
        owner=", ".join(dict.fromkeys(filter(None, owners))),
        instead=instead,
        scripts=_scripts(shown, held, victim, spoken),
        read_as=_scripts(shown, held, victim, language) if language != spoken else (),
        unsaid=tuple(what_to_say.unsaid(case, [n.kind for n in held], actor.settings)),
        calls=since,
        to_supervisor=tuple(n.kind.value for n in held if not notice_decisions.is_theirs(n, actor)),
        write=instead if calls.days(since, zone) >= ENOUGH_DAYS else "",
    )
    if person is None:
        return card
    card = replace(card, victim=person.victim.origin, mark=person.mark)
    if apart and not person.speaks:
        return card
    phones = _phones(shown, held, person, reasons)
    if any(line.call for line in phones):
        instead = ""
    elif any(line.ask for line in phones):
        instead = "advocate"
    speakers = spoken_for(case, person.victim, actor.today)
    return replace(card, phones=phones, instead=instead, speakers=tuple(map(name_of, speakers)))


def _calls_since(
    shown: ShownCase, held: Sequence[Notice], victim: Victim | None
) -> tuple[Call, ...]:
    """Return the calls to a victim that reached nobody since the first of the notices is owed."""
    first = min(notice.created_at for notice in held)
    return tuple(c for c in shown.made if victim and c.victim == victim.origin and c.at >= first)


def _spoken(shown: ShownCase, victim: Victim | None) -> str:
    """Return the victim's language, if the desk has words in it; else the page's."""
    spoken = shown.actor.settings.language_for(victim.language if victim else "")
    return spoken if spoken in pages.languages() else shown.language


def _scripts(
    shown: ShownCase, held: Sequence[Notice], victim: Victim | None, spoken: str
) -> tuple[Script, ...]:
    """Return what to say of each notice; first of all, once, whether they can talk.

    A suspect may be in the room.
    """
    said = (what_to_say.script(shown.at, notice, spoken, shown.actor) for notice in held)
    begin, *rest = dict.fromkeys(said)  # two notices of one kind may need the same words
    words = pages.strings(spoken)
    said_first = [words["desk_say_first"]]
    if victim and victim not in shown.at.spoken_for(victim):  # else "your case" is whose?
        said_first.append(words["desk_say_about"].format(name=queue_lines.name_of(victim)))
    return replace(begin, said=(*said_first, *begin.said)), *rest


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


def _deadline(notice: Notice) -> tuple[float, str]:
    return notice.deadline.timestamp(), notice.id
