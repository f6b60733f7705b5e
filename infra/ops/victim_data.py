"""`make export-victim`, `make erase-victim`, `make hold`: rights over one victim's data.

Acts on the stack that AGENCY, STACK or REGION names, or else on the portal of `make run`, as
`make switch` does. The audit trail records each action and who took it.
"""

import argparse
import json
import os
from pathlib import Path

from aviso.compliance import retention
from aviso.domain.text import normal_number
from aviso.storage import cases
from infra.deploy.agency_settings import compile_settings
from infra.deploy.stacks import DeployError
from infra.ops.connection import SAMPLE, connect, operator

ERASED = """\
Erased {count} rows. Erase the victim in the records system too, or the rows come again.
Not reached by this command, and gone by themselves (administrator's guide, 'What is kept where'):
feed files and printed letters in S3, text receipts and dead letters, the tables' own backups."""
HELD = {"hold": "under a legal hold", "release": "no longer under a legal hold"}


def main() -> int:
    """Carry out what was asked; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["export", "erase", "hold", "release"])
    parser.add_argument("case", help="the case's number")
    parser.add_argument("victim", nargs="?", default="", help="the victim's id in the records feed")
    parser.add_argument("--by", required=True, help="who asks; it goes into the audit trail")
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    options = parser.parse_args()
    number = normal_number(options.case)
    if not options.by or not number:
        raise DeployError("say which case, and BY whom")
    if options.what in ("export", "erase") and not options.victim:
        raise DeployError("say which VICTIM: the id that the records feed gives")
    connect(options.agency, own_settings=True)
    settings = compile_settings(options.agency)
    actor = operator(options.by)
    now, by = actor.now, actor.audit_name
    try:
        if options.what == "export":
            held = retention.export(number, options.victim, by, settings, now)
            write(held, options.out)
        elif options.what == "erase":
            count = retention.erase(number, options.victim, by, settings, now)
            print(ERASED.format(count=count))
            if notes := retention.notes_left(number):
                print(f"{notes} notes stay, maybe about another victim: read them at the desk")
        else:
            case = cases.read_case(number)
            if not retention.is_stored(case):
                raise DeployError(f"the portal has no case {number}; nothing was changed")
            retention.hold(number, by, settings, now, options.what == "hold")
            print(f"case {case.number}: {HELD[options.what]}")
    except retention.LegalHoldError:
        raise DeployError("the case is under a legal hold; nothing was erased") from None
    except LookupError:
        raise DeployError(f"nothing is stored about such a victim of case {number}") from None
    return 0


def write(held: object, out: Path | None) -> None:
    """Write an export to a file that only its writer may read; without a file, to the terminal."""
    text = json.dumps(held, indent=2, ensure_ascii=False, default=str)
    if out is None or out == Path():
        print(text)
        return
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
    print(f"written to {out}")
