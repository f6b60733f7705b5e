"""Propose settings for a records system from a folder of its CSV or NDJSON files, and say so.

It reads only; nothing of the files is sent anywhere. The settings are written even if there are
questions: the build refuses the file until they are answered.
"""

from pathlib import Path

import click

from infra.mapping.matching import KINDS
from infra.mapping.proposal import Proposal, propose
from infra.mapping.settings_file import written


def report(proposal: Proposal, out: Path) -> str:
    """Return what the command prints: what each file is, and every question."""
    lines = []
    for table in proposal.tables:
        kinds = [k for k in KINDS if (m := proposal.kinds.get(k)) and m.table is table]
        used = sum(file == table.name for file, _, _ in proposal.mapped())
        more = [f"more {m.kind}, in comments" for m in proposal.further if m.table is table]
        what = " and ".join(kinds or more) or "not used"
        lines.append(f"{table.name}: {what}; {used} of {len(table.columns)} columns mapped")
    lines += [f"ASK {n}. {q.text}" for n, q in enumerate(proposal.questions, 1)]
    lines.append(f"\nWritten to {out}.")
    if proposal.questions:
        lines.append("The build refuses it until the ASK lines in it are answered.")
    lines.append(f"Then: ./aviso feed check <file> --agency {out}, first for the cases.")
    lines.append("docs/connect.md has each step, up to the first notice.")
    return "\n".join(lines)


def propose_settings(folder: Path, out: Path) -> None:
    """Write the proposal, print the report.

    Raises:
        ClickException: when there is nothing to read, or the file to write is there already.
    """
    if out.exists():
        raise click.UsageError(
            f"'{out}' exists and may have your answers: delete it, or use --out."
        )
    proposal = propose(folder)
    if not proposal.tables:
        why = "\n".join(proposal.problems) or f"No CSV or NDJSON file is in {folder}."
        raise click.ClickException(why)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(written(proposal), "utf-8")
    print(report(proposal, out))
