"""What our own status page cannot be below: its three calls through our client, its page filled in.

The first request is the portal's own, which shows what the page is filled with. Every later one
makes the recorded calls with the client that our tables share, and renders the same page again. It
resumes no visit, puts no case together, applies no rule and writes no log. Warm alone, since cold
the first request is the portal's.
"""

import json
import os
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from aviso.content import templates
from aviso.storage import model_calls

portal = import_module("handler")  # of the portal, beside this file
CALLS = json.loads(Path(os.environ["BENCH_CALLS"]).read_text())
_filled: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
_render = templates.render_page


def _kept(*names: str, **context: Any) -> str:
    _filled.append((names, context))
    return _render(*names, **context)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer with the page."""
    if not _filled:
        portal.datetime = datetime  # the scenario's clock, in place of the real one
        templates.render_page = _kept
        answer = portal.handler(event, context)
        templates.render_page = _render
        return answer
    client = model_calls.client()
    for call in CALLS:
        getattr(client, call["method"])(**call["params"])
    names, values = _filled[0]
    return {"statusCode": 200, "body": _render(*names, **values)}
