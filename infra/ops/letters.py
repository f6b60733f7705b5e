"""`make letters`, `mailed` and `returned`: print the queue, record what became of the letters.

Acts on the stack that AGENCY, STACK or REGION names, or else on the portal of `make run`, as
`make held` does. Letters contain names and addresses: nothing is downloaded unless asked for. Each
action has an audit row in the name given as BY, as the desk's buttons have.
"""

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from aviso.domain.errors import Conflict
from aviso.letters import bucket
from aviso.staff import notice_decisions
from aviso.staff.actor import Actor
from aviso.storage import notices, print_runs
from infra.ops.connection import SAMPLE, compiled, connect, operator

PATIENT = Config(read_timeout=330, retries={"total_max_attempts": 1})  # seconds: a whole run


def print_letters(outputs: dict[str, str], run: str, folder: Path | None, actor: Actor) -> None:
    """Print the queued letters into one PDF; a run's name prints that run again.

    Raises:
        SystemExit: when the function fails, such as when another run is under way.
    """
    event: dict[str, Any] = {"time": actor.now.isoformat(timespec="seconds")}
    if run:
        event["run"] = run
    actor.note("letters_asked_for", "")
    reply = boto3.client("lambda", config=PATIENT).invoke(
        FunctionName=outputs["PrintLettersFunction"],
        Qualifier="live",  # the release that all callers get
        Payload=json.dumps(event).encode(),
    )
    result = json.loads(reply["Payload"].read())
    if reply.get("FunctionError"):
        raise SystemExit(f"letters: {result.get('errorType')}: {result.get('errorMessage')}")
    counts = result["counts"]
    print(f"run {result['run']}: {_shown(counts)}")
    if counts.get("printed") or counts.get("take_out"):
        _fetch(outputs["LettersBucket"], result["run"], folder)
        if folder:
            for case in sorted({row.case for row in bucket.manifest(result["run"]) or ()}):
                actor.note("letter_viewed", case)
    if counts.get("take_out"):
        print(f"{counts['take_out']} to take out of the pile: those with 'no' in the manifest.")


def _fetch(bucket_name: str, run: str, folder: Path | None) -> None:
    """Print where the files are; download them when a folder is named."""
    for name in ("letters.pdf", "manifest.csv"):
        key = f"runs/{run}/{name}"
        if folder is None:
            print(f"  s3://{bucket_name}/{key}")
            continue
        place = folder / run / name
        place.parent.mkdir(parents=True, exist_ok=True)
        boto3.client("s3").download_file(bucket_name, key, str(place))
        print(f"  {place}")


def mailed(run: str, actor: Actor) -> None:
    """Record that a run's letters were posted.

    Raises:
        SystemExit: when there is no such run; the message lists those there are.
    """
    try:
        counts = notice_decisions.mailed(run, actor)
    except LookupError:
        names = sorted({*bucket.runs(), *print_runs.unposted()[1]})
        known = "\n".join(f"  {name}" for name in names) or "  none yet"
        raise SystemExit(f"mailed: say which run, RUN=<id>; there are:\n{known}") from None
    print(f"run {run}: {_shown(counts)}")


def returned(notice: str, actor: Actor) -> None:
    """Record that the post returned a notice's last letter.

    Raises:
        SystemExit: when no letter of this notice was mailed, or the notice changed meanwhile.
    """
    found = notices.read(notice)
    try:
        letter = notice_decisions.letter(found) if found else ""
        outcome = notice_decisions.returned(notice, letter, actor)
    except LookupError:
        raise SystemExit(
            "returned: no letter of this notice was mailed. The run's manifest.csv names the "
            "notice of each letter: NOTICE=<id>."
        ) from None
    except Conflict:
        raise SystemExit("returned: the notice changed at this moment; do it again.") from None
    print(f"notice {notice}: {outcome.replace('_', ' ')}")


def _shown(counts: Mapping[str, int]) -> str:
    words = (f"{count} {what.replace('_', ' ')}" for what, count in counts.items() if count)
    return ", ".join(words) or "nothing to do"


def main() -> int:
    """Print or record; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("letters")
    one.add_argument("--run", default="")
    one.add_argument("--out", default="", help="folder to put the files into")
    other = commands.add_parser("mailed")
    other.add_argument("run")
    back = commands.add_parser("returned")
    back.add_argument("notice")
    for command in (one, other, back):
        command.add_argument("--by", required=True)
    arguments = parser.parse_args()
    compiled(arguments.agency)
    outputs, actor = connect(arguments.agency), operator(arguments.by)
    os.environ["LETTERS_BUCKET"] = outputs["LettersBucket"]
    if arguments.command == "letters":
        folder = Path(arguments.out) if arguments.out else None
        print_letters(outputs, arguments.run, folder, actor)
    elif arguments.command == "mailed":
        mailed(arguments.run, actor)
    else:
        returned(arguments.notice, actor)
    return 0
