"""Thousands of malformed requests: no failure, no echo, and a log without a word of anyone's."""

import io
import re

import pytest
import time_machine

from aviso.victims import access_codes
from aviso.web.portal.app import ROUTES
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, store
from tests.support.hostile_requests import MARK, events, faults

COUNT = 4_000
ASSIGNED = "Det. Quintero-Zamora"
EVERY = 250  # requests until visits begin again, since some of them end a visit
LOCATIONS = {
    *("./", "status", "alerts", "done", "manage", "choice", "survey?thanks=yes"),
    *(f"code?next={path.strip('/')}" for path in ROUTES),
    "https://www.weather.gov/",
}
PERSONAL = [NUMBER, "munoz", "Muñoz", "Quintero", "1985", MARK, "0142", "0143", "example.com"]


@pytest.fixture
def log(aws, monkeypatch):
    from functions.portal import handler

    out = io.StringIO()
    monkeypatch.setattr(handler.logger.registered_handler, "stream", out)
    with time_machine.travel(NOW, tick=False):
        report = {"assigned": ASSIGNED, "assigned_phone": "+15205550131"}
        store(a_case().with_report(**report).with_victim("v1").case)
        yield out


def visits(settings) -> list[tuple[str, str]]:
    """Begin a visit by knowledge and one by a code; return their cookies and tokens."""
    by_knowledge, by_code = Visitor(), Visitor()
    by_knowledge.verify(NUMBER, "munoz v1", "4/12/1985")
    code = access_codes.issue(NUMBER, "v1", access_codes.CodePurpose.CARD, NOW, settings)
    by_code.post("/verify", number=NUMBER, last_name="", birth_date="", code=code)
    found = []
    for visitor in (by_knowledge, by_code):
        page = visitor.get("/status")
        if page.status == 200:
            cookie = "; ".join(f"{k}={v}" for k, v in visitor.jar.items())
            found.append((cookie, page.value("csrf")))
    assert found
    return found


class TestMalformedRequests:
    def test_find_no_failure_and_no_echo(self, log, settings, capfd):
        from functions.portal.handler import handler

        wrong, statuses, done = [], set(), 0
        for seed in range(COUNT // EVERY):
            from aviso.storage.sessions import CounterItem

            for item in CounterItem.scan(CounterItem.pk.startswith("FAILS#")):
                item.delete()
            open_visits = visits(settings)
            for event in events(seed, EVERY, [*ROUTES, *ROUTES, "/assets/site.css"], open_visits):
                answer = handler(event, None)
                sent = {**answer["headers"], **answer["multiValueHeaders"]}
                found = faults(answer["statusCode"], answer["body"], sent, LOCATIONS)
                wrong += [f"{event['httpMethod']!r} {event['path']!r}: {fault}" for fault in found]
                statuses.add(answer["statusCode"])
                done += 1
        assert not wrong, "\n".join(wrong[:20])
        assert done == COUNT
        assert statuses >= {200, 303, 400, 403, 404, 405, 413}  # it came past every gate
        written = log.getvalue() + "".join(capfd.readouterr())
        assert written.count('"answered"') >= COUNT
        assert [p for p in PERSONAL if re.search(re.escape(p), written, re.IGNORECASE)] == []
