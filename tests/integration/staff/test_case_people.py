"""Who is told in a minor's place, as the case's page shows it: by name, and where."""

from datetime import date

from aviso.domain.model import Channel
from aviso.domain.roster import reach
from aviso.storage import cases
from aviso.web.staff.case_people import line_key
from infra.harness.builders import NUMBER, a_case, case_at
from infra.harness.portal_browser import store
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import a_held_notice, at_work

TOWN = {"city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
HOME = "77 W Fir Rd\nSonora Wells, AZ 85701"


def a_childs_case():
    built = (
        a_case()
        .with_report()
        .with_victim(
            "v1", birth_date=date(2015, 3, 1), phone="", email="", street="1 Elm St", **TOWN
        )
    )
    return built.with_speaker("r1", street="77 W Fir Rd", **TOWN).case


def letters_to(settings):
    case = cases.read_case(NUMBER)
    found = reach(case_at(case, settings), case.victims[0])
    return [c.address for c in found.contacts if c.channel is Channel.LETTER]


class TestGuardian:
    def test_home_is_shown_and_can_be_called_unsafe(self, desk, settings):
        store(a_childs_case())
        assert letters_to(settings) == [HOME]
        page = at_work(desk).get(case_address(NUMBER))
        assert "77 W Fir Rd" in page.text
        assert "representative: Rosa Muñoz-r1" in page.text
        victim = {"c": case_address(NUMBER).removeprefix("case?c="), "victim": "v1"}
        line = line_key(NUMBER, HOME)
        assert desk.confirm("unsafe", line=line, why="He lives there now.", **victim).status == 303
        assert letters_to(settings) == []
        assert "Do not use: wrong, or not safe" in desk.get(case_address(NUMBER)).text

    def test_hears_first_whose_case_it_is(self, desk):
        store(a_childs_case())
        a_held_notice(NUMBER)
        (said, _) = at_work(desk).get(case_address(NUMBER)).root.xpath('//div[@class="say"]')
        assert "Le llamo por el caso de Ana Muñoz-v1." in said.text_content()

    def test_home_is_not_corrected_at_the_desk(self, desk):
        store(a_childs_case())
        at_work(desk).get(case_address(NUMBER))
        form = {"c": case_address(NUMBER).removeprefix("case?c="), "victim": "v1"}
        typed = {"street": "9 E Oak St", **TOWN}
        page = desk.post(
            "correct", line=line_key(NUMBER, HOME), why="so", confirmed="yes", **typed, **form
        )
        assert page.status == 400
