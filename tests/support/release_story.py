"""A story in two acts that the former release and this one can play from each other's rows.

    python -P tests/support/release_story.py begin OUT          the first act; writes its world
    python -P tests/support/release_story.py go_on WORLD OUT    the second act, on rows as stored
    python -P tests/support/release_story.py settle WORLD OUT   what functions do by themselves

It calls the release's own handlers through its own harness (`infra.harness.in_process`), so it uses
nothing that the former one does not have. `tests/integration/releases` says what must come of it.
"""

import io
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.compiler.compile import compile_agency
from infra.harness.feed_files import SAMPLE, complete, local
from infra.harness.in_process import Sent, Stage, stage
from infra.harness.portal_browser import Visitor
from infra.harness.provider_events import event

TEMPLATES = SAMPLE.parents[2] / "templates"
BEGINS = datetime(2026, 11, 30, 16, tzinfo=UTC)  # a Monday, 9 in the morning in Arizona
GOES_ON = timedelta(minutes=5)  # until the other release has the world: a visit lasts as long
INES, ROSA, OMAR, HELD, POSTED = (f"261130000{n}" for n in range(1, 6))
PEOPLE = {
    INES: ("Ines", "Nanez", "520-555-0141", "ines@example.com"),
    ROSA: ("Rosa", "Paz", "520-555-0142", "rosa@example.com"),
    OMAR: ("Omar", "Diaz", "", "omar@example.com"),
    HELD: ("Lena", "Ito", "520-555-0144", ""),
    POSTED: ("Kay", "Roe", "", ""),
}
BORN = "04/12/1985"
LEFT, LEFT_BY_CODE, LEFT_LATER = "+15205550151", "+15205550152", "+15205550153"
LUZ = "luz@example.com"  # whom Omar names to speak for him
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
LINK = re.compile(r"/(stop|not-me|speak)\?t=([\w.-]+)")
World = dict[str, Any]


def feed(now: datetime, **status: str) -> dict[str, str]:
    """Return the files of cases and people; `status` gives a case's by its victim's first name."""
    at, before = local(now), local(now - timedelta(days=9))
    cases = ["INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,RPT_DT,LAST_UPD"]
    people = [
        "INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,PHONE,PHONE_TYPE,EMAIL,ADDR,CITY,"
        "STATE,ZIP,LANG,LAST_UPD"
    ]
    for number, (first, last, phone, email) in PEOPLE.items():
        offense = "13-3601" if number == HELD else "13-1507"
        cases.append(f"{number},{offense},{status.get(first, 'OPEN')},{before},{at}")
        home = "12 E Elm St,Tucson,AZ,85701" if number == POSTED else ",,,"
        people.append(
            f"{number},V{number},VIC,{first},{last},{BORN},{phone},C,{email},{home},ENG,{at}"
        )
        people.append(f"{number},S{number},SUS,Travis,Boone,07/02/1991,,,,,,,,ENG,{at}")
    return {"cases.csv": _lines(cases), "people.csv": _lines(people)}


def arrests(now: datetime) -> str:
    """Return the file of an arrest in every case."""
    head = "INCIDENT_NUM,ARREST_NUM,NAME_ID,ARREST_DT,LAST_UPD"
    return _lines([head, *(f"{n},A{n},S{n},{local(now)},{local(now)}" for n in PEOPLE)])


def _lines(rows: list[str]) -> str:
    return "\n".join(rows) + "\n"


def drop(stage: Stage, files: Mapping[str, str], mark: str) -> None:
    """Import files, and let everything happen that follows."""
    for name, text in files.items():
        stage.drop(f"{mark}_{name}", complete(name, text).encode("utf-8-sig"))
    for _ in range(3):
        stage.at(stage.now + timedelta(minutes=6))
        stage.schedule("chase")


def switch(*, kill: bool) -> None:
    """Turn the kill switch, as the row that both releases read has it."""
    from aviso.storage.model_calls import client

    client().update_item(
        TableName="Guards",
        Key={"pk": {"S": "SWITCHES"}},
        UpdateExpression="SET kill = :kill, brake_released_until = :far, released_notices = :all",
        ExpressionAttributeValues={
            ":kill": {"BOOL": kill},
            ":far": {"S": "2030-01-01T00:00:00.000000Z"},
            ":all": {"N": "100000"},
        },
    )


def enter(number: str) -> Visitor:
    """Open a case by what its victim knows."""
    visitor = Visitor()
    visitor.verify(number, PEOPLE[number][1], BORN)
    return visitor


def with_code(stage: Stage, number: str) -> Visitor:
    """Open a case by a code that a contact on file gets."""
    visitor = enter(number)
    page = visitor.get("/code")
    visitor.post("/code", csrf=page.value("csrf"), send=page.value("send"))
    visitor.post("/code", csrf=page.value("csrf"), code=last_code(stage.sent))
    return visitor


def last_code(sent: list[Sent]) -> str:
    """Return the code of the last message that has one."""
    return next(found[0] for s in reversed(sent) if (found := CODE.search(s.words)))


def links(sent: list[Sent], address: str, path: str) -> list[str]:
    """Return the tokens of the links of one kind that an address got, the newest first."""
    mine = [s for s in sent if s.address == address]
    texts = [f"{s.words} {s.unsubscribe}" for s in reversed(mine)]
    return [token for text in texts for kind, token in LINK.findall(text) if kind == path]


def sign_up_form(visitor: Visitor, phone: str) -> dict[str, str]:
    """Return the fields of the form to sign up a phone, as the page gives it."""
    csrf = visitor.get("/alerts").value("csrf")
    form = {"phone": phone, "phone_safe": "yes", "language": "en", "consent": "yes"}
    return {"csrf": csrf, **form}


def begin(stage: Stage, world: World) -> None:
    """Play the first act: cases, messages, visits, a waiver, a code; much is left unfinished."""
    switch(kill=False)
    drop(stage, feed(stage.now), "first")
    ines = enter(INES)
    ines.post("/enroll", **sign_up_form(ines, LEFT))
    stage.settle()
    rosa = with_code(stage, ROSA)
    rosa.post("/choice", csrf=rosa.get("/choice").value("csrf"), answer="waived")
    omar = with_code(stage, OMAR)
    name_luz(omar)
    by_code = with_code(stage, INES)
    by_code.post("/enroll", **sign_up_form(by_code, LEFT_BY_CODE))
    share(by_code)
    stage.settle()
    stage.schedule("chase")
    switch(kill=True)
    stage.at(stage.now + timedelta(minutes=1))
    drop(stage, feed(stage.now, Ines="ACTIVE", Omar="ACTIVE", Rosa="ACTIVE"), "second")
    switch(kill=False)  # codes go out again, and what waits goes at the next look at it
    ines = enter(INES)
    page = ines.get("/code")
    ines.post("/code", csrf=page.value("csrf"), send=page.value("send"))
    world |= {
        "visit": ines.jar,
        "form": sign_up_form(ines, LEFT_LATER),
        "code": last_code(stage.sent),
        "not_me": links(stage.sent, LEFT, "not-me") or links(stage.sent, LEFT, "stop"),
        "stop": links(stage.sent, PEOPLE[OMAR][3], "stop"),
    }


def name_luz(omar: Visitor) -> None:
    """Name a person to speak for the victim, where the release has the page."""
    page = omar.get("/speaks")
    if page.status == 200:
        form = {"first_name": "Luz", "last_name": "Vega", "email": LUZ, "language": "en"}
        ticked = {"adult": "yes", "apart": "yes", "consent": "yes"}
        omar.post("/speaks", csrf=page.value("csrf"), **form, **ticked)


def share(ines: Visitor) -> None:
    """Let jail and prosecutor have the request, where the release has the page."""
    page = ines.get("/share")
    if page.status == 200:
        agrees = {"release": "yes", "court": "yes", "contact": page.value("contact")}
        ines.post("/share", csrf=page.value("csrf"), **agrees)


def go_on(stage: Stage, world: World) -> None:
    """Play the second act, with what the first one left: a visit, a form, a code, links, rows."""
    done = world["statuses"]
    ines = Visitor(jar=dict(world["visit"]))
    done["visit"] = ines.get("/status").status
    done["form"] = ines.post("/enroll", **world["form"]).status
    coder = Visitor()
    done["code"] = coder.post("/verify", number=INES, code=world["code"]).status
    done["by code"] = coder.get("/manage").status
    press = Visitor()
    for name in ("stop", "not_me"):
        path = "/not-me" if name == "not_me" else "/stop"
        done[f"asks {name}"] = press.get(path, t=world[name][0]).status
        done[name] = press.post(path, t=world[name][0]).status
    receipts(stage, world)
    settle(stage, world)
    stage.at(stage.now + timedelta(minutes=1))
    drop(stage, {"arrests.csv": arrests(stage.now)}, "third")
    settle(stage, world)


def receipts(stage: Stage, world: World) -> None:
    """Let the receipts of the first act's messages arrive."""
    for sent in [Sent(**one | {"at": datetime.fromisoformat(one["at"])}) for one in world["sent"]]:
        stage.invoke("record_receipt", event(sent, "delivered", stage.now))
    stage.settle()


def settle(stage: Stage, world: World) -> None:
    """Let the functions do what they do by themselves: each minute, each hour, each night."""
    switch(kill=False)
    for _ in range(3):
        stage.at(stage.now + timedelta(minutes=6))
        stage.schedule("chase")
    stage.schedule("reconcile")
    event = {"time": stage.now.isoformat(timespec="seconds"), "which": "all"}
    stage.invoke("reconcile", event)
    stage.settle()
    world["statuses"]["settled"] = stage.invoke("portal", _ask("/"))["statusCode"]


def _ask(path: str) -> dict[str, Any]:
    return {
        "httpMethod": "GET",
        "path": path,
        "headers": {"Host": "portal.example.org"},
        "queryStringParameters": None,
        "body": None,
        "stageVariables": None,
        "requestContext": {"identity": {"sourceIp": "203.0.113.9"}},
    }


ACTS: Mapping[str, Callable[[Stage, World], None]] = {
    "begin": begin,
    "go_on": go_on,
    "settle": settle,
}


def play(act: str, world: World, compiled: str = "") -> World:
    """Play an act from a world, and return the world that it leaves.

    Args:
        compiled: the folder that has the sample agency's `aviso_compiled`; without it, it is made.
    """
    from aviso.storage import sending_controls

    with nullcontext(compiled) if compiled else _compiled() as settings:
        after = datetime.fromisoformat(world["now"]) + GOES_ON if world else BEGINS
        with stage(settings, after, seed=1, twice=0.0) as played:
            _bring(played, world)
            sending_controls.turn(trial=False)
            left: World = {"statuses": {}, **world}
            ACTS[act](played, left)
            return left | {
                "now": played.now.isoformat(),
                "sent": [*left.get("sent", ()), *map(_plain, played.sent)],
                "tables": _tables(played),
            }


@contextmanager
def _compiled() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        compile_agency(SAMPLE, TEMPLATES, Path(folder))
        yield folder


def _bring(stage: Stage, world: World) -> None:
    """Put another release's rows into the tables; what their streams would say is known."""
    from aviso.storage.model_calls import client

    for table, rows in world.get("tables", {}).items():
        for row in rows:
            client().put_item(TableName=table, Item=row)
    stage.database.changes = []
    stage._messages = len(world.get("sent", ()))  # ids of messages go on


def _plain(sent: Sent) -> dict[str, Any]:
    return {name: getattr(sent, name) for name in sent.__slots__} | {"at": sent.at.isoformat()}


def _tables(stage: Stage) -> dict[str, list[Any]]:
    return {
        name: [table.items[key] for key in sorted(table.items)]
        for name, table in stage.database.tables.items()
        if table.items and name != "Tallies"  # counters; a recount compares them with the rows
    }


def text_of(world: World) -> str:
    """Return a world as JSON, one row a line."""
    tables = ",\n".join(
        f'"{name}": [\n' + ",\n".join(map(_line, rows)) + "\n]"
        for name, rows in world["tables"].items()
    )
    sent = ",\n".join(map(_line, world["sent"]))
    rest = {k: v for k, v in world.items() if k not in ("tables", "sent")}
    return f'{_line(rest)[:-1]},\n"sent": [\n{sent}\n],\n"tables": {{\n{tables}\n}}}}\n'


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    sys.excepthook = sys.__excepthook__  # the logger's says nothing
    act, *paths = sys.argv[1:]
    given = json.loads(Path(paths[0]).read_text("utf-8")) if paths[1:] else {}
    with redirect_stdout(io.StringIO()):
        made = play(act, given)
    Path(paths[-1]).write_text(text_of(made), "utf-8")
