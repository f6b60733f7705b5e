"""What visitors can cause is bounded, stops nobody else's notices, and locks no victim out."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.model import Kind
from aviso.domain.notice import Duty
from aviso.domain.requests import Rights
from aviso.domain.roster import reach
from aviso.storage import cases, inbox, limits
from aviso.storage.limits import DayLimit
from aviso.victims import change_limits
from aviso.victims.sign_up_rules import MOST_A_DAY
from infra.harness.builders import NOW, NUMBER, a_case, case_at
from infra.harness.portal_browser import store
from tests.support.visitor import (
    by_knowledge,
    phone,
    put,
    remove,
    sign_up,
    standing,
    stored,
    with_code,
)

DAY = timedelta(days=1)


def told_about_contacts(settings):
    kinds = (Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED)
    return [d for d in owed(case_at(cases.read_case(NUMBER), settings)) if d.kind in kinds]


class TestLanguage:
    def test_a_changed_language_is_told_to_nobody(self, inside, settings):
        sign_up(inside, phone(101))
        before, told = standing(), told_about_contacts(settings)
        sign_up(inside, phone(101), language="es")
        assert [c.language for c in standing()] == ["es"]
        assert standing() == [replace(before[0], language="es")]
        assert told_about_contacts(settings) == told

    def test_it_can_be_changed_however_often(self, inside, settings):
        for n in range(3 * change_limits.CHANGES_A_DAY):
            assert sign_up(inside, phone(101), language=("en", "es")[n % 2]).status == 303
        assert len(stored().contacts) == 1


class TestAdding:
    def test_a_code_adds_only_so_many_contacts_a_day(self, inside, clock, settings):
        for n in range(change_limits.CHANGES_A_DAY):
            assert sign_up(inside, phone(100 + n)).status == 303
            remove(inside, standing()[0])
        refused = sign_up(inside, phone(190))
        assert (refused.status, len(standing())) == (200, 0)
        assert "Too many changes" in refused.text
        clock.move_to(NOW + DAY)
        assert sign_up(with_code(settings, NOW + DAY), phone(190)).status == 303

    def test_over_the_bound_is_one_task_a_day(self, inside):
        for n in range(change_limits.CHANGES_A_DAY + 3):
            sign_up(inside, phone(100 + n))
        (task,) = inbox.early()
        assert (task.number, task.reason) == (NUMBER, "often")
        assert [a["address"] for a in task.data["asked"]] == [
            phone(100 + change_limits.CHANGES_A_DAY)
        ]

    def test_over_the_bound_taking_off_still_works(self, inside):
        for n in range(change_limits.CHANGES_A_DAY + 1):
            sign_up(inside, phone(100 + n))
        one, other, *_ = standing()
        remove(inside, one)
        assert sign_up(inside, other.address, safe="no").status == 303
        assert not next(c for c in standing() if c.address == other.address).safe
        on_file = cases.read_case(NUMBER).victims[0].phone
        assert sign_up(inside, on_file, safe="no").status == 303

    def test_one_network_is_bounded_by_the_hour(self, clock, settings):
        put(a_case().with_victim("v1").case)
        for _ in range(settings.verification.fails_per_source):
            assert limits.may_cause(DayLimit("ADDED", "", 0), "203.0.113.9", settings, NOW)
        page = sign_up(by_knowledge(), phone(101)).text
        assert "Too many changes" in page
        assert "Try again in an hour" in page
        assert sign_up(by_knowledge("198.51.100.1"), phone(101)).status == 303

    def test_all_networks_are_bounded_together(self, clock, settings):
        put(a_case().with_victim("v1").case)
        most = settings.verification.changes_overall
        let = sum(
            limits.may_cause(DayLimit("ADDED", "", 0), "", settings, NOW) for _ in range(3 * most)
        )
        assert 0.9 * most <= let <= most + limits.MOST_SHARDS
        assert "Too many changes" in sign_up(by_knowledge(), phone(101)).text

    def test_all_codes_are_bounded_together(self, inside, settings):
        for _ in range(3 * settings.verification.changes_overall):
            limits.may_cause(DayLimit("CHANGED", "", 0), "", settings, NOW)
        csrf = inside.get("/choice").value("csrf")
        for page in (
            sign_up(inside, phone(101)),
            inside.post("/choice", csrf=csrf, answer="waived"),
        ):
            assert "Try again in an hour" in page.text

    def test_one_report_shuts_out_nobody_else(self, clock, settings):
        put(a_case().with_victim("v1").case)
        other = a_case().with_report(number="2611240888", origin="2611240888").with_victim("v1")
        store(replace(other.case, number="2611240888"))
        for network in range(5):
            flood = by_knowledge(f"198.51.100.{network}")
            for _ in range(settings.verification.fails_per_source):
                sign_up(flood, phone(100))
        elsewhere = [by_knowledge(f"203.0.113.{n}", "2611240888") for n in range(3)]
        assert [sign_up(v, phone(200 + n)).status for n, v in enumerate(elsewhere)] == [303] * 3
        assert sign_up(with_code(settings), phone(300)).status == 303

    def test_over_a_cases_day_it_looks_stored(self, clock, settings):
        put(a_case().with_victim("v1").case)
        pages = set()
        for n in range(change_limits.FORMS_A_DAY + 2):
            visitor = by_knowledge(f"198.51.100.{n}")
            page = sign_up(visitor, phone(100))
            pages.add((page.status, str(page.headers), visitor.get("/done").text))
        assert len(pages) == 1
        assert sign_up(by_knowledge(), phone(101)).status == 303
        assert [c.address for c in standing()] == [phone(100)]
        assert sign_up(by_knowledge(), phone(100), safe="no").status == 303
        assert [c.safe for c in standing()] == [True, False]  # a warning is kept beside it
        on_file = cases.read_case(NUMBER).victims[0].phone
        sign_up(by_knowledge(), on_file, safe="no")
        assert [c.safe for c in standing() if c.address == on_file] == [False]

    def test_too_many_forms_are_told_in_any_case(self, clock, settings):
        put(a_case().with_victim("v1").case)
        visitor = by_knowledge()
        answers = [
            sign_up(visitor, phone(100)).status
            for _ in range(settings.verification.fails_per_source + 1)
        ]
        assert answers == [303] * settings.verification.fails_per_source + [200]

    def test_a_waiver_is_bounded_but_not_its_end(self, inside):
        def answer(word):
            csrf = inside.get("/choice").value("csrf")
            return inside.post("/choice", csrf=csrf, answer=word).status

        waived = [(answer("waived"), answer("requested")) for _ in range(12)]
        assert [w for w, _ in waived] == [303] * change_limits.CHANGES_A_DAY + [
            200 for _ in range(12 - change_limits.CHANGES_A_DAY)
        ]
        assert {r for _, r in waived} == {303}
        assert stored().rights is Rights.REQUESTED


class TestWarnings:
    """Calling a contact unsafe is never refused, and said again and again it makes nothing new."""

    ROUNDS = 20

    def rounds(self, clock, settings, warn, visitor):
        """Warn of a phone and take the warning off, over and over; return all that was owed."""
        made: dict[str, Duty] = {}
        for n in range(self.ROUNDS):
            clock.move_to(NOW + timedelta(minutes=n))
            assert warn(n).status == 303
            made |= {d.id: d for d in told_about_contacts(settings)}
            if n < self.ROUNDS - 1:
                remove(visitor, standing()[-1])
                made |= {d.id: d for d in told_about_contacts(settings)}
        return made.values()

    def is_used(self, address, settings):
        case = cases.read_case(NUMBER)
        found = reach(case_at(case, settings), case.victims[0]).contacts
        return address in {c.address for c in found}

    @pytest.mark.parametrize("added", [False, True], ids=["on-file", "added"])
    def test_a_repeated_warning_is_told_once(self, inside, clock, settings, added):
        his = phone(100) if added else cases.read_case(NUMBER).victims[0].phone
        if added:
            sign_up(inside, his)
        before = len(stored().contacts)
        made = self.rounds(clock, settings, lambda _: sign_up(inside, his, safe="no"), inside)
        assert len(stored().contacts) == before + 1
        warning = standing()[-1].id
        told = [(d.fact.kind, d.kind) for d in made if warning in d.fact]
        assert told == [("unsafe", Kind.CONTACT_CHANGED)]
        assert [c.safe for c in standing()] == [False]
        assert not self.is_used(his, settings)

    def test_one_repeated_by_knowledge_is_counted(self, inside, clock, settings):
        on_file = cases.read_case(NUMBER).victims[0].phone

        def warn(n):
            return sign_up(by_knowledge(f"198.51.100.{n}"), on_file, safe="no")

        for n in range(self.ROUNDS):
            assert warn(n).status == 303
            assert not self.is_used(on_file, settings)
            for contact in standing():
                remove(inside, contact)
        assert len(stored().contacts) == MOST_A_DAY
        assert not self.is_used(on_file, settings)

    def test_called_safe_since_is_told_again(self, inside, settings):
        for safe in ("yes", "no", "yes", "no"):
            assert sign_up(inside, phone(100), safe=safe).status == 303
        assert [c.safe for c in stored().contacts] == [True, False, True, False]
        assert [c.safe for c in standing()] == [False]

    def test_a_repeated_warning_ends_what_was_opened_since(self, inside, clock, settings):
        on_file = cases.read_case(NUMBER).victims[0].phone
        sign_up(inside, on_file, safe="no")
        remove(inside, standing()[0])
        clock.move_to(NOW + timedelta(minutes=2))
        other = with_code(settings, NOW + timedelta(minutes=2))
        clock.move_to(NOW + timedelta(minutes=3))
        sign_up(inside, on_file, safe="no")
        assert other.get("/manage").status == 403
        assert inside.get("/manage").status == 200
