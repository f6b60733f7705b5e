"""Naming a victim's lawful representative for a caller, and ending it; each asks for a reason."""

from collections.abc import Mapping

from msgspec.structs import replace

from aviso.domain import addresses, text_regions
from aviso.domain.errors import EnrollmentInvalid
from aviso.domain.model import Case, Channel, Holder, Victim
from aviso.domain.people import is_silenced
from aviso.domain.representatives import PERHAPS_SUSPECT, as_person, barred
from aviso.domain.speakers import others_who_answer, who_answers
from aviso.domain.suspects import shares_last_name
from aviso.staff import acts, callers_answers
from aviso.staff.actor import Actor
from aviso.staff.callers_answers import Caller
from aviso.victims.representatives import LONGEST_NAME, Named
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages
from aviso.web.staff.act import heard_by, settle, victim_named
from aviso.web.staff.case import case_page
from aviso.web.staff.confirmation import Confirmation, speaker_of
from aviso.web.staff.permissions import may


def change(request: Request, actor: Actor) -> Response:
    """Name a representative, or end it with one.

    For a victim who cannot act, only members who may say so name or remove a speaker: the victim
    cannot object (docs/rules.md#23). For a child the page asks which speaker says so. If nobody
    speaks for the child yet, somebody must be named first.
    """
    case, victim = victim_named(request, actor)
    silenced = is_silenced(victim)
    if silenced and not may(actor.roles, "POST", "/capacity"):
        return case_page(request, case, actor, wrong="desk_speak_supervisor")
    others = others_who_answer(victim, who_answers(actor.at(case), victim))
    others = {} if silenced else others
    speaker = speaker_of(request, others)
    id = request.form.get("end", "")
    act = acts.END_SPEAKER if id else acts.NAME_SPEAKER
    question = Confirmation(
        act=act,
        words=f"{act.name}_instead" if silenced else "",
        speakers=others,
        heard="" if silenced else heard_by(case, victim, actor, ended=id),
    )
    if id:
        given = case.enrollment_of(victim.origin).representatives
        names = [_name(c.holder) for c in given if c.id == id and c.holder]

        def end(said: str, actor: Actor) -> None:
            caller = Caller(why=said, speaker=speaker)
            callers_answers.end_speaker(case, victim, id, caller, actor)

        return settle(request, actor, replace(question, also=names), end)
    named = read(request.form, actor)
    if error := wrong(named, case, victim, actor):
        return case_page(request, case, actor, wrong=f"desk_speak_{error}")

    def name(said: str, actor: Actor) -> Response | None:
        caller = Caller(why=said, speaker=speaker)
        try:
            callers_answers.name_speaker(case, victim, named, caller, actor)
        except EnrollmentInvalid:
            return case_page(request, case, actor, wrong="desk_speak_too_many")
        return None

    return settle(
        request, actor, replace(question, also=_shown(named, case, request.language)), name
    )


def _shown(named: Named, case: Case, language: str) -> list[str]:
    """Return the lines of the confirmation: the person, the contact, a suspect's last name."""
    shown = [_name(named.holder), case_people.shown(named.address)]
    if shares_last_name(case, as_person(named.holder)):
        shown.append(pages.strings(language)[f"desk_speak_{PERHAPS_SUSPECT}"])
    return shown


def read(form: Mapping[str, str], actor: Actor) -> Named:
    """Return the person a member typed; the address is empty when it is not valid."""
    typed, languages = form.get("typed", ""), actor.settings.agency.languages
    channel = Channel.EMAIL if "@" in typed else Channel.SMS
    address = addresses.email(typed) if channel is Channel.EMAIL else addresses.phone(typed)
    first, last = (form.get(n, "").strip()[:LONGEST_NAME] for n in ("first_name", "last_name"))
    language = form.get("language", "")
    return Named(
        holder=Holder(first_name=first, last_name=last),
        channel=channel,
        address=address,
        language=language if language in languages else languages[0],
        street=form.get("street", ""),
        postal_code=form.get("postal_code", ""),
    )


def wrong(named: Named, case: Case, victim: Victim, actor: Actor) -> str:
    """Return why a person cannot be named, as the end of a key of the desk's words; or empty."""
    if not (named.holder.first_name and named.holder.last_name):
        return "name_missing"
    if not named.address:
        return "contact_wrong"
    if not text_regions.can_reach(named.channel, named.address, actor.settings):
        return "contact_region"
    person = as_person(named.holder, named.street, named.postal_code)
    return barred(case, victim, person, named.address)


def _name(holder: Holder) -> str:
    return f"{holder.first_name} {holder.last_name}"
