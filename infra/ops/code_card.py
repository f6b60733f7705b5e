"""A card with the case number and a code, for the officer's folder.

The card opens the case once for anybody who has it: give it only to the victim.
"""

import os
from pathlib import Path

import boto3

from aviso.letters import code_card
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.storage import cases
from aviso.victims import access_codes


def sign_as(portal: str) -> None:
    """Use the key under which the portal's function stores codes."""
    found = boto3.client("lambda").get_function_configuration(FunctionName=portal)
    os.environ["OPTOUT_SECRET"] = found["Environment"]["Variables"]["OPTOUT_SECRET"]


def make(number: str, victim_id: str, out: Path, portal_url: str, actor: Actor) -> str:
    """Issue a code and write the card; return what to say about it.

    Raises:
        SystemExit: when there is no such case, or it is not clear which victim is meant.
    """
    settings, now = actor.settings, actor.now
    case = cases.read_case(number)
    found = [v for v in case.victims if victim_id in ("", v.id)]
    if case.report is None or not found:
        raise SystemExit("There is no such case or victim in the portal.")
    if len(found) > 1:
        raise SystemExit(f"--victim says which: {', '.join(v.id for v in found)}")
    (victim,) = found
    actor.note(acts.PRINT_CARD.audit, case.number, victim.origin)
    code = access_codes.issue(
        case.origin, victim.origin, access_codes.CodePurpose.CARD, now, settings
    )
    until = now + access_codes.lifetime(access_codes.CodePurpose.CARD, settings)
    out.parent.mkdir(parents=True, exist_ok=True)
    language = settings.language_for(victim.language)
    card = code_card.CodeCard(
        number=case.number, code=code, until=until, portal_url=portal_url, language=language
    )
    with out.open("wb") as file:
        code_card.render(card, settings, file)
    return f"{out.name}: good until {until:%Y-%m-%d}, opens the case once."
