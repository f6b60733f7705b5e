"""Correcting or adding a contact: the page shows it as it will be used, then it is used.

For phones, emails and postal addresses. A contact that could never be used is refused while the
person who typed it is still there: half an address, a suspect's own contact, one marked unsafe.
"""

from collections.abc import Mapping

from aviso.domain import addresses, letter_address, people, postal_format, text_regions
from aviso.domain.model import Channel, Person
from aviso.domain.people import is_silenced, mark_of
from aviso.domain.suspects import addresses_of_suspects, rows_of_suspects, suspect_may_live_at
from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import Correction
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_actions, case_homes, case_people, pages
from aviso.web.staff.act import victim_named
from aviso.web.staff.case_homes import PARTS
from aviso.web.staff.confirmation import confirmed, why
from aviso.web.staff.task_return import back, carried, where

Errors = Mapping[str, str]  # a field -> a key of the desk's words


def correct(request: Request, actor: Actor) -> Response:
    """Replace a wrong contact by a new one, or only add it, after confirmation."""
    case, victim = victim_named(request, actor)
    key = request.form.get("line", "")
    old = case_people.address_of(case, victim, key, actor) if key else ""
    channel, address, home = read(request.form)
    correction = Correction(
        case=case, victim=victim, old=old, channel=channel, address=address, home=home
    )
    errors = wrong(correction, actor)
    if not errors and (said := why(request)):
        if home:
            case_decisions.correct_home(correction, said, actor)
        else:
            case_decisions.correct(correction, said, actor)
        if case_actions.was_never_theirs(request, old):
            case_decisions.never_theirs(case, victim, old, actor)
        return back(request, {"contact_replaced" if old else "contact_added": 1})
    return _page(request, correction, errors, actor)


def read(form: Mapping[str, str]) -> tuple[Channel, str, tuple[str, ...]]:
    """Return what a form brought: the channel, the address in its normal form, and a home's parts.

    It is a postal address when the form has its parts, else a phone or an email. The address is
    empty when it is not valid.
    """
    if "street" in form:
        street, city, region, code = (" ".join(form.get(part, "").split()) for part in PARTS)
        home = (street, city, region.upper(), code)
        return Channel.LETTER, "" if postal_format.mistakes(*home) else _lines(home), home
    text = form.get("typed", "")
    if "@" in text:
        return Channel.EMAIL, addresses.email(text), ()
    return Channel.SMS, addresses.phone(text), ()


def _lines(home: tuple[str, ...]) -> str:
    street, city, region, code = home
    at = Person(id="", origin="", street=street, city=city, region=region, postal_code=code)
    return letter_address.lines(at)


def _shown(correction: Correction) -> str:
    """Return the new contact as it is read aloud."""
    if correction.home:
        return _lines(correction.home)
    address = correction.address
    return addresses.read_out(address) if correction.channel is Channel.SMS else address


def wrong(correction: Correction, actor: Actor) -> Errors:
    """Return why a typed contact cannot be used, by field; empty when it can."""
    case, victim, address = correction.case, correction.victim, correction.address
    if is_silenced(victim):
        word = mark_of(victim, actor.today)
        return {"street" if correction.home else "typed": f"desk_correct_{word}"}
    if correction.home:
        return _wrong_home(correction, actor)
    if not address:
        return {"typed": "desk_contact_wrong"}
    if address == correction.old:
        return {"typed": "desk_correct_same"}
    if not text_regions.can_reach(correction.channel, address, actor.settings):
        return {"typed": "desk_contact_region"}
    if case_decisions.is_full(case, victim):
        return {"typed": "desk_contacts_full"}
    if address in addresses_of_suspects(case):
        return {"typed": "desk_correct_of_suspect"}
    if address in victim.desk_unsafe:
        return {"typed": "desk_correct_unsafe"}
    today = actor.today
    if people.is_own_of_minor(case, victim, address, today):
        return {"typed": "desk_correct_minors_own"}
    return {}


def _wrong_home(correction: Correction, actor: Actor) -> Errors:
    case, victim = correction.case, correction.victim
    today = actor.today
    if victim not in people.spoken_for(case, victim, today):
        return {"street": "desk_home_of_speaker"}
    if mistakes := postal_format.mistakes(*correction.home):
        return {part: f"desk_home_{part}_wrong" for part in mistakes}
    if correction.address == correction.old:
        return {"street": "desk_correct_same"}
    street, _, _, code = correction.home
    at = Person(id="", origin="", street=street, postal_code=code)
    if suspect_may_live_at(at, rows_of_suspects(case)):
        return {"street": "desk_home_of_suspect"}
    if letter_address.marked(victim, correction.address):
        return {"street": "desk_correct_unsafe"}
    if victim.confidential_address and not letter_address.substitute(street, actor.settings):
        return {"street": "desk_home_confidential"}
    return {}


def _page(request: Request, correction: Correction, errors: Errors, actor: Actor) -> Response:
    """Return the page that asks for confirmation, or for what is missing."""
    case, victim, old = correction.case, correction.victim, correction.old
    at = case_people.guarded(case, actor)
    actor.note("case_viewed", case.number)  # it names a person, and may be the only page seen
    trouble = "" if correction.home else case_people.trouble_of(at, victim, correction.address)
    names = PARTS if correction.home else ("typed",)
    missing = confirmed(request)
    hidden = case_homes.is_hidden(case, victim, old, actor)
    return pages.page(
        request,
        actor,
        "correct",
        status=400 if errors or missing else 200,
        switches=at.guards.switches,
        case=case,
        victim=victim,
        old="" if hidden else case_people.shown(old),
        whose=case_actions.asks_whose(old),
        theirs=request.form.get("theirs", ""),
        new=correction,
        read_aloud=_shown(correction),
        errors=errors,
        missing=missing,
        trouble=trouble,
        fields=carried(request.form)
        | {name: request.form.get(name, "") for name in ("victim", "line")},
        back=where(request.form),
        given={name: request.form.get(name, "") for name in names},
        prefix=actor.settings.messages.confidential_address_prefix,
    )
