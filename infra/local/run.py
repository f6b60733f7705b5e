"""`make run`: the whole portal on this laptop, with the sample agency's cases.

    python -m infra.local.run --agency police.yaml --feed DIR

With an agency's settings no sample is loaded. Trial mode is on. The files of DIR are uploaded: what
would be sent to victims is held, except what goes to the contacts that --guests names.
"""

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from aviso.domain.timing import quiet_until
from infra.compiler.compile import SettingsMistakes
from infra.local import drop_feed, own_feed, staff_accounts
from infra.local.downloads import SIGN_OF_LIFE
from infra.local.ops_command import go_live
from infra.local.sam_build import BuildError
from infra.local.stack import LocalAws, StackError
from infra.repository import ROOT

RUN_FILE = ROOT / "build" / "run.json"


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(text, flush=True)


def end_on_signals() -> None:
    """Let SIGTERM end the program as Ctrl-C does, so that no process is left."""

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)


def end_with_parent() -> None:
    """End this process within a second of its parent, even one that was killed."""
    parent, never = os.getppid(), threading.Event()

    def watch() -> None:
        while os.getppid() == parent:
            never.wait(1)  # not `time.sleep`, which a rig may have replaced
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def signs_of_life(seconds: float = SIGN_OF_LIFE) -> Iterator[None]:
    """Say every so many seconds how long the body of a `with` already takes."""
    started, done = time.monotonic(), threading.Event()

    def tick() -> None:
        while not done.wait(seconds):
            say(f"run:   still at it, {time.monotonic() - started:.0f} s")

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def bring_up(aws: LocalAws, sample: Path, cases: int) -> dict[str, Any]:
    """Deploy onto local AWS and load the sample; return the story case's details."""
    say("run: building and deploying the template to local AWS ...")
    with signs_of_life():
        aws.deploy()
    go_live(aws)
    say(f"run: loading the sample agency's export, {cases} cases ...")
    story = drop_feed.make_sample(sample, cases)
    with signs_of_life():
        summaries = drop_feed.load(aws, sample)
    for name, summary in summaries.items():
        counts = ", ".join(
            f"{summary[word]} {word}" for word in own_feed.COUNTS if summary.get(word)
        )
        made = " (the sample has such rows on purpose)" if summary.get("rejected") else ""
        say(f"run:   {name}: {counts}{made}")
    return story


def bring_up_own(aws: LocalAws, feed: Path, guests: Sequence[str]) -> dict[str, Any]:
    """Deploy onto local AWS and load the agency's own files; return no story."""
    say("run: building and deploying the template to local AWS ...")
    with signs_of_life():
        aws.deploy()
    say(f"run: trial mode is on; loading the files of {feed} ...")
    for line in own_feed.upload(aws, feed, guests):
        say(f"run:   {line}")
    return {}


def describe(aws: LocalAws, story: dict[str, Any]) -> dict[str, Any]:
    """Return the content of `build/run.json` for a running portal."""
    return {
        "portal_url": aws.portal_url + "/",
        "outbox_url": {
            "texts": aws.endpoint + "/_ministack/sns/sms-messages",
            "emails": aws.endpoint + "/_ministack/ses/messages",
        },
        "staff_url": aws.staff_url + "/",
        "staff": staff_accounts.make(aws.client("cognito-idp"), aws.outputs["StaffPool"]),
        "sample": story,
        "aws": aws.credentials,  # local AWS only: made for this run, no use elsewhere
        "outputs": aws.outputs,
        "logs": str(aws.folder.relative_to(ROOT)),
        "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def tell(run: dict[str, Any]) -> None:
    """Print how to look around."""
    sample = run["sample"]
    say("")
    say(f"  The portal      {run['portal_url']}")
    if sample:
        say(f"  Report number   {sample['case_number']}")
        say(f"  Last name       {sample['last_name']}")
        say(f"  Birth date      {sample['birth_date']}")
    say(f"  Texts sent      {run['outbox_url']['texts']}")
    say(f"  Emails sent     {run['outbox_url']['emails']}")
    say(f"  Logs            {run['logs']}/")
    say(f"  The staff desk  {run['staff_url']}")
    for name, password in run["staff"].items():
        say(f"    {name:<22}{password}")
    say("")


def main() -> int:
    """Run until Ctrl-C; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=4566)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--agency", type=Path, help="the agency's own settings, in trial mode")
    parser.add_argument("--feed", type=Path, help="folder of its export files")
    parser.add_argument("--guests", default="", help="phones and emails to reach, by comma")
    arguments = parser.parse_args()
    own = arguments.agency or arguments.feed or arguments.guests
    if own and not (arguments.agency and arguments.feed and arguments.feed.is_dir()):
        parser.error("name both: make run AGENCY=<settings> FEED=<folder of export files>")
    try:
        guests = own_feed.guests(arguments.guests)
    except ValueError as error:
        parser.error(str(error))
    settings, made_up = own_feed.use(arguments.agency) if own else (None, [])
    started = time.monotonic()
    end_on_signals()
    try:
        with LocalAws(port=arguments.port) as aws:
            try:
                if own:
                    story = bring_up_own(aws, arguments.feed, guests)
                else:
                    story = bring_up(aws, ROOT / "build" / "sample", arguments.cases)
                run = describe(aws, story)
                RUN_FILE.write_text(json.dumps(run, indent=2, ensure_ascii=False) + "\n")
                tell(run)
                if settings and (morning := quiet_until(settings, datetime.now(UTC))):
                    at = morning.astimezone(settings.agency.zone)
                    say(f"run: quiet hours: routine texts wait until {at:%H:%M} {at.tzname()}")
                if made_up:
                    say(f"run: the sample's made-up values are still in {', '.join(made_up)}")
                say(f"run: up in {time.monotonic() - started:.0f} s. Ctrl-C stops everything.")
                while aws.is_up():
                    time.sleep(1)
                raise StackError(f"Local AWS ended by itself; see {run['logs']}/aws.log.")
            finally:
                RUN_FILE.unlink(missing_ok=True)
    except KeyboardInterrupt:
        say("\nrun: stopped; nothing is left running.")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (StackError, BuildError, SettingsMistakes) as error:
        sys.exit(f"run: {error}")
