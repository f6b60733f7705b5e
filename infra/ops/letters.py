"""Print the queue of letters, record what became of them.

Letters contain names and addresses: nothing is downloaded unless asked for. Each action has an
audit row in the operator's name, as the desk's buttons have.
"""

import json
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
        raise SystemExit(f"mailed: say which run; there are:\n{known}") from None
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
            "notice of each letter."
        ) from None
    except Conflict:
        raise SystemExit("returned: the notice changed at this moment; do it again.") from None
    print(f"notice {notice}: {outcome.replace('_', ' ')}")


def _shown(counts: Mapping[str, int]) -> str:
    words = (f"{count} {what.replace('_', ' ')}" for what, count in counts.items() if count)
    return ", ".join(words) or "nothing to do"
