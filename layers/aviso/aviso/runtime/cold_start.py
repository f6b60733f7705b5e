"""No search for garbage before a function's first answer, for which somebody waits.

Whatever is loaded until then stays, so every search finds nothing, and takes a good twentieth of
the processor time of a cold start (docs/performance.md). Imported before the pages are.
"""

import gc

gc.disable()


def given() -> None:
    """Search again from now on, but never through what was loaded so far."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
