"""Correcting or adding a contact: the page shows it as it will be used, then it is used.

For phones, emails and postal addresses. A contact that could never be used is refused while the
person who typed it is still there: half an address, a suspect's own contact, one marked unsafe.
"""

from collections.abc import Mapping

from aviso.domain import addresses, letter_address, people, postal_format, text_regions
from aviso.domain.model import Case, Channel, Person, Victim
from aviso.domain.send_guards import Guards
from aviso.domain.suspects import addresses_of_suspects, suspect_may_live_at
from aviso.domain.value import Frozen
from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.storage import guards
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_actions, case_people, pages
from aviso.web.staff.case import PARTS
from aviso.web.staff.confirmation import confirmed, why
from aviso.web.staff.task_return import back, carried, where

Errors = Mapping[str, str]  # a field -> a key of the desk's words


class Typed(Frozen, frozen=True, kw_only=True):
    """A typed contact, in the normal form in which it is used."""

    channel: Channel
    address: str  # empty when it is not valid
    shown: str  # as it is read aloud
    home: tuple[str, ...] = ()  # the parts of a postal address


def correct(request: Request, actor: Actor) -> Response:
    """Replace a wrong contact by a new one, or only add it, after confirmation."""
    case, victim = case_actions.victim_named(request, actor)
    key = request.form.get("line", "")
    old = case_people.address_of(case, victim, key, actor) if key else ""
    known = guards.read_for(case)
    typed = read(request.form)
    errors = wrong(typed, old, case, victim, actor)
    if not errors and (said := why(request)):
        if typed.home:
            case_decisions.correct_home(case, victim, old, typed.home, said, actor)
        else:
            case_decisions.correct(case, victim, old, typed.channel, typed.address, said, actor)
        if case_actions.was_never_theirs(request, old):
            case_decisions.never_theirs(case, victim, old, actor)
        return back(request)
    return _page(request, case, victim, old, typed, errors, known, actor)


def read(form: Mapping[str, str]) -> Typed:
    """Return what a form brought: a postal address when it has its parts, else a phone or email."""
    if "street" in form:
        street, city, region, code = (" ".join(form.get(part, "").split()) for part in PARTS)
        home = (street, city, region.upper(), code)
        at = Person(id="", origin="", street=street, city=city, region=home[2], postal_code=code)
        address = "" if postal_format.mistakes(*home) else letter_address.lines(at)
        return Typed(
            channel=Channel.LETTER, address=address, shown=letter_address.lines(at), home=home
        )
    text = form.get("typed", "")
    if "@" in text:
        address = addresses.email(text)
        return Typed(channel=Channel.EMAIL, address=address, shown=address)
    address = addresses.phone(text)
    return Typed(channel=Channel.SMS, address=address, shown=addresses.read_out(address))


def wrong(typed: Typed, old: str, case: Case, victim: Victim, actor: Actor) -> Errors:
    """Return why a typed contact cannot be used, by field; empty when it can."""
    if victim.cannot_act:
        word = "deceased" if victim.is_deceased else "incapacitated"
        return {"street" if typed.home else "typed": f"desk_correct_{word}"}
    if typed.home:
        return _wrong_home(typed, old, case, victim, actor)
    if not typed.address:
        return {"typed": "desk_contact_wrong"}
    if typed.address == old:
        return {"typed": "desk_correct_same"}
    if not text_regions.can_reach(typed.channel, typed.address, actor.settings):
        return {"typed": "desk_contact_region"}
    if case_decisions.is_full(case, victim):
        return {"typed": "desk_contacts_full"}
    if typed.address in addresses_of_suspects(case):
        return {"typed": "desk_correct_of_suspect"}
    if typed.address in victim.desk_unsafe:
        return {"typed": "desk_correct_unsafe"}
    today = actor.today
    if people.is_own_of_minor(case, victim, typed.address, today):
        return {"typed": "desk_correct_minors_own"}
    return {}


def _wrong_home(typed: Typed, old: str, case: Case, victim: Victim, actor: Actor) -> Errors:
    today = actor.today
    if victim not in people.spoken_for(case, victim, today):
        return {"street": "desk_home_of_speaker"}
    if mistakes := postal_format.mistakes(*typed.home):
        return {part: f"desk_home_{part}_wrong" for part in mistakes}
    if typed.address == old:
        return {"street": "desk_correct_same"}
    street, _, _, code = typed.home
    at = Person(id="", origin="", street=street, postal_code=code)
    if suspect_may_live_at(at, case.suspected):
        return {"street": "desk_home_of_suspect"}
    if letter_address.marked(victim, typed.address):
        return {"street": "desk_correct_unsafe"}
    if victim.confidential_address and not letter_address.substitute(street, actor.settings):
        return {"street": "desk_home_confidential"}
    return {}


def _page(
    request: Request,
    case: Case,
    victim: Victim,
    old: str,
    typed: Typed,
    errors: Errors,
    known: Guards,
    actor: Actor,
) -> Response:
    """Return the page that asks for confirmation, or for what is missing."""
    actor.note("case_viewed", case.number)  # it names a person, and may be the only page seen
    trouble = (
        ""
        if typed.home
        else case_people.trouble_of(case, victim, known, typed.address, actor.settings)
    )
    names = PARTS if typed.home else ("typed",)
    missing = confirmed(request)
    hidden = case_people.is_hidden(case, victim, old, actor.settings)
    return pages.page(
        request,
        actor,
        "correct",
        status=400 if errors or missing else 200,
        switches=known.switches,
        case=case,
        victim=victim,
        old="" if hidden else case_people.shown(old),
        whose=case_actions.asks_whose(old),
        theirs=request.form.get("theirs", ""),
        typed=typed,
        errors=errors,
        missing=missing,
        trouble=trouble,
        fields=carried(request.form)
        | {name: request.form.get(name, "") for name in ("victim", "line")},
        back=where(request.form),
        given={name: request.form.get(name, "") for name in names},
        prefix=actor.settings.messages.confidential_address_prefix,
    )
