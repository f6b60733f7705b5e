"""`make card CASE=<number>`: a card with the case number and a code, for the officer's folder.

Acts on the stack that AGENCY, STACK or REGION names, or else on the portal of `make run`, as
`make held` does. The card opens the case once for anybody who has it: give it only to the victim.
"""

import argparse
import os
from pathlib import Path

import boto3

from aviso.domain.text import normal_number
from aviso.letters import code_card
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.storage import cases
from aviso.victims import access_codes
from infra.ops.connection import SAMPLE, compiled, connect, operator
from infra.repository import ROOT


def main() -> None:
    """Make the card that the command line asks for."""
    parser = argparse.ArgumentParser(description="Print a card with a code that opens a case.")
    parser.add_argument("case", help="the case number")
    parser.add_argument("--victim", default="", help="the victim's id, when the case has several")
    parser.add_argument("--by", required=True, help="who asks; it goes into the audit trail")
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "card.pdf")
    asked = parser.parse_args()
    outputs = connect(asked.agency, own_settings=True)
    compiled(asked.agency)
    portal = boto3.client("lambda").get_function_configuration(
        FunctionName=outputs["PortalFunction"]
    )
    os.environ["OPTOUT_SECRET"] = portal["Environment"]["Variables"]["OPTOUT_SECRET"]
    print(make(asked.case, asked.victim, asked.out, outputs["PortalUrl"], operator(asked.by)))


def make(number: str, victim_id: str, out: Path, portal_url: str, actor: Actor) -> str:
    """Issue a code and write the card; return what to say about it.

    Raises:
        SystemExit: when there is no such case, or it is not clear which victim is meant.
    """
    settings, now = actor.settings, actor.now
    case = cases.read_case(normal_number(number))
    found = [v for v in case.victims if victim_id in ("", v.id)]
    if case.report is None or not found:
        raise SystemExit("There is no such case or victim in the portal.")
    if len(found) > 1:
        raise SystemExit(f"VICTIM=<id> says which: {', '.join(v.id for v in found)}")
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
