"""Turns garbage collection off until a function's first answer, for which somebody waits.

Everything loaded until then stays in use, so a collection would find nothing. It takes at least a
twentieth of the processor time of a cold start (docs/performance.md). Import this before the pages.
"""

import gc

gc.disable()


def given() -> None:
    """Collect again from now on, but skip what was loaded so far."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
