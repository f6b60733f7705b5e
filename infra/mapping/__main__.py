"""Propose settings for a records system from a folder of its CSV or NDJSON files.

    python -m infra.mapping --from DIR --out mapped.yaml

Reads only; nothing of the files is sent anywhere. The exit status is 0 when the settings were
written, even if there are questions: the build refuses the file until they are answered.
"""

import argparse
import sys
from pathlib import Path

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
    lines.append(f"Then: make feed-check FILE=<file> SETTINGS={out}, first for the cases.")
    lines.append("docs/connect.md has each step, up to the first notice.")
    return "\n".join(lines)


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="folder", required=True, help="folder of CSV files")
    parser.add_argument("--out", required=True, help="the settings file to write")
    asked = parser.parse_args()
    folder, out = Path(asked.folder), Path(asked.out)
    if not asked.folder or not folder.is_dir():
        parser.error(f"'{folder}' is not a folder: make map FROM=<folder of CSVs>")
    if out.exists():
        parser.error(f"'{out}' exists and may have your answers: delete it, or set OUT=<file>")
    proposal = propose(folder)
    if not proposal.tables:
        print(
            "\n".join(proposal.problems) or f"map: no CSV or NDJSON file is in {folder}.",
            file=sys.stderr,
        )
        return 1
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(written(proposal), "utf-8")
    print(report(proposal, out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
