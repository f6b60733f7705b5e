"""Compare two settings over a folder of exports; sends nothing, and speaks to no AWS.

The folder holds export files, named as the settings' `feed` expects: one export or a month of them.
With names, it lists the people whose notices differ. Where both settings are the same, it lists
everybody who is told.
"""

from datetime import datetime, timedelta
from pathlib import Path

from aviso.content import templates
from aviso.domain.settings import Settings, build
from aviso.feed import mistake_words
from infra.compiler.compile import load
from infra.message_checks.samples import PORTAL, prepare
from infra.replay import reached, report
from infra.replay.dry_run import Rehearsal
from infra.replay.load_exports import exports
from infra.repository import ROOT

NOTE = """\
Nothing was sent. Every message is taken to arrive. Who opted out, what bounced, who enrolled on
the portal and what people decided at the desk is not in an export and so not in these figures."""

CALLS = """\
Call no other number than the one on the line: another may be the suspect's. A line without a number
waits until a person has decided. This list knows nothing that the desk or the portal decided: an
advocate first strikes out cases that are dangerous. Say nothing before you know who answers, and
leave no message."""


def rehearse(settings: Settings, feed: Path, since: datetime | None) -> Rehearsal:
    """Play a folder of exports under some settings.

    Raises:
        FileRefused: when a file of the folder cannot be read at all.
    """
    played = Rehearsal(settings, templates.environment(), PORTAL)
    played.run(feed, since)
    return played


def compare(current: Settings, changed: Settings, feed: Path, days: int, *, names: bool) -> int:
    """Print the comparison; return the exit status."""
    groups = exports(feed, current)
    if not groups:
        print(f"replay: no export file is in {feed}; see `feed` in the settings for their names.")
        return 1
    last = max(export.exported for group in groups for export in group)
    since = last - timedelta(days=days)
    runs = [rehearse(settings, feed, since) for settings in (current, changed)]
    shown = last.astimezone(current.agency.zone)
    for name, run in zip(("Current", "Changed"), runs, strict=True):
        read, bad = len(run.cases.rows), run.cases.counts["rejected"]
        print(f"{name} settings: {run.files} files, {read} cases, {bad} bad rows.")
    print(f"What happened in the {days} days before {shown:%Y-%m-%d %H:%M}:\n")
    print("\n".join(report.table(*runs)))
    print()
    for what, pairs in report.differences(*runs).items():
        print(f"{what:<22}{len(pairs):>8,}")
        if names:
            print("".join(f"{report.named(*pair)}\n" for pair in pairs), end="")
    if names and current == changed:
        print(f"\nWho is told what:\n{CALLS}\n")
        print("".join(f"{line}\n" for line in report.everybody(runs[0].as_it_stands())), end="")
    words = mistake_words.words(changed)
    print()
    print("\n".join(reached.summary(runs[1].told.values(), words)))
    print(f"\n{NOTE}")
    return 0


def run(feed: Path, agency: Path, changed: Path, days: int, *, names: bool) -> int:
    """Print what the agency's and the changed settings make of a folder; return the exit status."""
    current = prepare(agency, ROOT / "templates")
    return compare(current, build(load(changed)), feed, days, names=names)
