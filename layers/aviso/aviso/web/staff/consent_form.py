"""A caller's consent that other agencies get the request: asked, confirmed with a reason, ended.

For a victim who cannot act the page asks who answers. If nobody may, nothing is recorded. But a
supervisor can always end a consent as the agency: who gave it may have become a suspect, and who
answers may be none who speaks for the victim. Otherwise the record would name a victim who asked
nothing.
"""

from collections.abc import Mapping, Sequence

from aviso.content import dates
from aviso.domain.hand_off_duties import offered
from aviso.domain.model import Case, Channel, Victim
from aviso.domain.receiving_agencies import Purpose, names_by_purpose
from aviso.domain.requests import AGENCY
from aviso.domain.speakers import others_who_answer, who_answers
from aviso.staff import acts, callers_answers
from aviso.staff.actor import Actor
from aviso.staff.callers_answers import Caller, CallersConsent
from aviso.victims.hand_off_consent import last_day
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages
from aviso.web.staff.act import settle, victim_named
from aviso.web.staff.case import case_page
from aviso.web.staff.confirmation import Confirmation, speaker_of
from aviso.web.staff.permissions import may


def change(request: Request, actor: Actor) -> Response:
    """Record a caller's consent or its end; both are confirmed with a reason.

    Raises:
        RefusedError: when no agency is in the settings: then there is no such form.
    """
    case, victim = victim_named(request, actor)
    if not actor.settings.receivers:
        raise RefusedError(404)
    may_answer = who_answers(actor.at(case), victim)
    ends = request.form.get("do") == "end"
    as_agency = ends and may(actor.roles, "POST", "/capacity")
    if not (may_answer or as_agency):
        return case_page(request, case, actor, wrong="desk_answer_nobody")
    others = others_who_answer(victim, may_answer)
    if may_answer and as_agency:
        others = may_answer | {AGENCY: pages.strings(request.language)["desk_answer_as_agency"]}
    speaker = speaker_of(request, others)
    speaker = "" if speaker == victim.origin else speaker
    if ends:
        words = "" if may_answer else "consent_end_agency"
        end = Confirmation(act=acts.END_CONSENT, words=words, speakers=others)
        speaker = speaker if may_answer else AGENCY

        def do(said: str, actor: Actor) -> None:
            caller = Caller(why=said, speaker=speaker)
            callers_answers.end_consent(case, victim, caller, actor)

        return settle(request, actor, end, do)
    asked, wrong = read(request.form, case, victim, actor)
    if asked is None:
        return case_page(request, case, actor, wrong=wrong)
    shown = _shown(asked, case, victim, request.language, actor)
    question = Confirmation(act=acts.GIVE_CONSENT, also=shown, speakers=others)

    def agree(said: str, actor: Actor) -> None:
        caller = Caller(why=said, speaker=speaker)
        callers_answers.agree(case, victim, asked, caller, actor)

    return settle(request, actor, question, agree)


def read(
    form: Mapping[str, str], case: Case, victim: Victim, actor: Actor
) -> tuple[CallersConsent | None, str]:
    """Return what a caller agrees to, or what is wrong with the form, a key of the words."""
    purposes = tuple(p for p in Purpose if form.get(p) == "yes")
    until, wrong = last_day(form.get("until", "").strip(), actor.today)
    known = {contact.id for contact in offered(actor.at(case), victim)}
    if not purposes:
        wrong = "desk_consent_nobody"
    elif form.get("contact", "") not in known:
        wrong = "desk_consent_no_contact"
    if wrong:
        return None, wrong
    languages = actor.settings.agency.languages
    language = form.get("language", "")
    return CallersConsent(
        contact=form["contact"],
        purposes=purposes,
        language=language if language in languages else languages[0],
        until=until,
    ), ""


def _shown(
    asked: CallersConsent, case: Case, victim: Victim, language: str, actor: Actor
) -> Sequence[str]:
    """Return the lines of the confirmation: the contact, the agencies, the last day."""
    contact = next(c for c in offered(actor.at(case), victim) if c.id == asked.contact)
    lines = [case_people.shown(contact.address)]
    if contact.channel is Channel.SMS:  # perhaps nobody calls it before they asked
        lines = [pages.strings(language)["desk_phone_end"].format(end=lines[0][-2:])]
    names = names_by_purpose(actor.settings.receivers, language)
    lines += [", ".join(names[p]) for p in asked.purposes if p in names]
    if asked.until:
        day = dates.written(asked.until, "date", language)
        lines.append(pages.strings(language)["desk_consent_until"].format(day=day))
    return lines
