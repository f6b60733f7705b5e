"""`make bench ONLY=layouts`: what `aviso feed map` makes of layouts; exit 1 below bounds.

The bounds: 95 % of all columns are right, and no safety column is silently unmapped.
"""

import sys
import tempfile
from pathlib import Path

from infra.mapping.proposal import propose
from tests.layouts import files
from tests.layouts.judge import judged

LEAST = 0.95  # of all columns


def main() -> int:
    """Print a line for each layout and the sums; return the exit code."""
    columns = wrong = lost = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, layout in files.every(Path(folder)).items():
            verdict = judged(layout, propose(layout.folder))
            columns += verdict.columns
            wrong += len(verdict.wrong)
            lost += len(verdict.lost)
            right = verdict.columns - len(verdict.wrong)
            print(f"layouts: {name}: {right} of {verdict.columns} columns right")
            for (file, heading), answers in verdict.wrong:
                print(f"layouts:   {file} {heading}: {answers} would be right")
            for file, heading in verdict.lost:
                print(f"layouts:   {file} {heading}: a safety column, silently unmapped")
    share = (columns - wrong) / columns
    print(f"layouts: {columns - wrong} of {columns} columns right ({share:.1%}); {lost} safety")
    print("layouts: columns silently unmapped" if lost else "layouts: none silently unmapped")
    return 1 if lost or share < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
