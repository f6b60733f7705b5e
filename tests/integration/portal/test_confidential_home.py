"""With a code a victim asks to keep the home confidential; on the portal nobody ends it."""

import pytest
import time_machine

from aviso.domain import letter_address
from aviso.domain.requests import Right, Rights
from aviso.storage import cases
from infra.harness.builders import NOW, NUMBER, a_case
from tests.support.visitor import by_knowledge, put, stored, with_code

HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}


@pytest.fixture
def clock(aws):
    with time_machine.travel(NOW, tick=False) as traveler:
        yield traveler


def hide(visitor):
    csrf = visitor.get("/manage").value("csrf")
    return [visitor.post("/manage", csrf=csrf, home="hide") for _ in range(2)][-1]


class TestConfidentialHome:
    def test_is_asked_for_once_and_gets_no_letter(self, clock, settings):
        put(a_case().with_victim("v1", **HOME).case)
        visitor = with_code(settings)
        assert hide(visitor).headers["Location"] == "manage"
        (record,) = stored().requests
        assert (record.right, record.answer) == (Right.ADDRESS, Rights.REQUESTED)
        assert (record.proof, record.place, record.at) == ("code", "portal", NOW)
        case = cases.read_case(NUMBER)
        assert letter_address.usable(case.victims[0], case.victims[0], (), settings) == ""
        page = visitor.get("/manage")
        assert "We keep your home confidential" in page.text
        assert 'name="home"' not in page.body
        assert "Asked to keep the home address confidential" in visitor.get("/record").text

    def test_needs_a_code(self, clock, settings):
        put(a_case().with_victim("v1", **HOME).case)
        his = by_knowledge()
        csrf = his.get("/status").value("csrf")
        assert his.post("/manage", csrf=csrf, home="hide").headers["Location"] == "code?next=manage"
        assert stored().requests == ()

    def test_is_not_ended_on_the_portal(self, clock, settings):
        put(a_case().with_victim("v1", **HOME).case)
        visitor = with_code(settings)
        hide(visitor)
        csrf = visitor.get("/manage").value("csrf")
        assert visitor.post("/manage", csrf=csrf, home="show").status == 400
        assert cases.read_case(NUMBER).victims[0].confidential_address
