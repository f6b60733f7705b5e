"""Walks the journey once on an imitation of AWS in memory: `python -m benchmarks.walk`.

A visitor from the first page to the last, three pages of the desk, a notice, an event of each other
function, and a survey; what each event did is written to a folder.
"""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks import background
from benchmarks.recording import Recorder, Scenario
from infra.cost.journey import NOW, imitation

SINCE_NIGHT, DAY = timedelta(hours=9), timedelta(days=1)  # from three o'clock to the journey's noon
CASE_NAME, BORN = "munoz v1", "4/12/1985"


def record(settings_folder: Path) -> dict[str, Scenario]:
    """Walk the journey and return its scenarios by name."""
    import time_machine

    recorder = Recorder()
    with imitation(str(settings_folder)), time_machine.travel(NOW, tick=False):
        from aviso.web import constant_time

        constant_time.STEP = 0
        _visit(recorder)
        _desk(recorder)
        _notices(recorder)
        background.walk(recorder, _stored)
    with imitation(str(settings_folder)), time_machine.travel(NOW, tick=False):
        _survey(recorder)  # tables of its own: who else is asked would be billed to this one
    return recorder.scenarios


def _stored(number: str, **victim: Any) -> None:
    from aviso.domain.model import Case
    from infra.harness.builders import CaseBuilder
    from infra.harness.portal_browser import store

    report = {"assigned": "Det. Quintero", "division": "Midtown", "assigned_phone": "+15205550131"}
    built = CaseBuilder(Case(number=number)).with_report(**report).with_victim("v1", **victim)
    store(built.with_suspect().with_arrest(appearance_place="Justice Court").case)


def _visit(recorder: Recorder) -> None:
    """Find the case, prove who one is, see it, sign up."""
    from infra.harness.builders import NUMBER
    from infra.harness.portal_browser import Visitor

    _stored(NUMBER, phone="", email="")
    visitor = Visitor(language="es")

    def take(name: str, ask: Callable[[], Any]) -> Any:
        page = recorder.take("portal", name, ask)
        if page.status >= 400:
            raise RuntimeError(f"{name} answered {page.status}")
        return page

    take("find", lambda: visitor.get("/"))
    take("who", lambda: visitor.post("/find", number=NUMBER))
    take("verify", lambda: visitor.verify(NUMBER, CASE_NAME, BORN))
    csrf = take("status", lambda: visitor.get("/status")).value("csrf")
    form = {"phone": "520-555-0142", "phone_safe": "yes", "email": "ana@example.com"}
    form |= {"email_safe": "yes", "consent": "yes", "lang": "", "csrf": csrf}
    take("enroll", lambda: visitor.post("/enroll", **form))
    take("done", lambda: visitor.get("/done"))
    take("status_enrolled", lambda: visitor.get("/status"))


def _desk(recorder: Recorder) -> None:
    """Look at the figures, the tasks and a case from the staff desk."""
    from aviso.domain.staff import Role
    from infra.harness.builders import NUMBER
    from infra.harness.staff_browser import DESK_ENVIRONMENT, StaffBrowser, case_address

    os.environ.update(DESK_ENVIRONMENT)
    colleague = StaffBrowser()
    colleague.sign_in(Role.SUPERVISOR, now=NOW)
    for name, address in (
        ("figures", "figures"),
        ("tasks", "tasks"),
        ("case", case_address(NUMBER)),
    ):
        page = recorder.take("staff", name, lambda address=address: colleague.get(address))  # type: ignore[misc]
        if page.status != 200:
            raise RuntimeError(f"{name} answered {page.status}")


def _notices(recorder: Recorder) -> None:
    """Plan an arrest's notices and give the first."""
    from aviso.domain.settings import Settings
    from aviso.notices import planning

    number = "2611240002"
    _stored(number, phone="+15205550143", email="")
    planning.plan(number, Settings.current(), NOW)
    _given(recorder, "send_notice", number, "arrest")


def _survey(recorder: Recorder) -> None:
    """Ask how the agency did two weeks after a report, and answer."""
    import time_machine

    from aviso.content import links
    from aviso.domain.settings import Settings
    from aviso.notices import planning
    from benchmarks.child import Context
    from infra.harness.portal_browser import Visitor

    number, later = "2611240003", NOW + timedelta(days=12)
    _stored(number, phone="+15205550145", email="")
    planning.plan(number, Settings.current(), NOW)
    for name, night in (("ask_nobody", later - 5 * DAY), ("ask", later)):
        event = {"time": (night - SINCE_NIGHT).isoformat(), "which": "all"}
        with time_machine.travel(night - SINCE_NIGHT, tick=False):
            recorder.take("reconcile", name, partial(_handler("reconcile"), event, Context()))
    with time_machine.travel(later, tick=False):
        event = {"time": later.isoformat()}
        recorder.take("chase", "wake", partial(_handler("chase"), event, Context()))
        notice = _given(recorder, "send_survey", number, "survey")
        visitor, token = Visitor(), links.token(links.LinkPurpose.SURVEY, notice, 1)
        recorder.take("portal", "survey", lambda: visitor.get("/survey", t=token))
        form = {"t": token, "q-satisfaction": "5", "q-comment": "Thank you."}
        page = recorder.take("portal", "answer", lambda: visitor.post("/survey", **form))
        if page.status != 303:
            raise RuntimeError(f"the survey's answer was answered {page.status}")


def _handler(function: str) -> Callable[[Any, Any], Any]:
    handler: Callable[[Any, Any], Any] = import_module(f"functions.{function}.handler").handler
    return handler


def _given(recorder: Recorder, name: str, number: str, kind: str) -> str:
    """Send the one notice of this kind, and return its id."""
    from aviso.storage import notices
    from benchmarks.child import Context
    from functions.send_notice import handler

    notice = next(n for n in notices.of_case(number) if n.kind == kind)
    event = {
        "Records": [
            {
                "eventID": "1",
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "dynamodb": {
                    "Keys": {"pk": {"S": notice.id}, "sk": {"S": "NOTICE"}},
                    "SequenceNumber": "1",
                    "NewImage": {"pk": {"S": notice.id}, "state": {"S": "planned"}},
                },
            }
        ]
    }
    answer = recorder.take("send_notice", name, lambda: handler.handler(event, Context()))
    if answer["batchItemFailures"]:
        raise RuntimeError(f"the recorded notice of kind {kind} was not given")
    return notice.id


def main(folder: str, settings_folder: str) -> None:
    """Record into a folder: in a process of its own, since the imitation changes the process."""
    for scenario in record(Path(settings_folder)).values():
        scenario.write(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
