"""Signing up before the report is there: offered to all alike, tied only to who proves to be it."""

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.model import Kind
from aviso.storage import cases, enrollments, guard_items, inbox_tasks
from aviso.victims import early_sign_up, rate_limits
from infra.harness.builders import NOW, NUMBER, STALKING, a_case, case_at
from infra.harness.portal_browser import Visitor, aws_calls, store

FORM = {
    "number": NUMBER,
    "last_name": "munoz v1",
    "birth_date": "4/12/1985",
    "phone": "520 555 0142",
    "phone_safe": "yes",
    "consent": "yes",
    "consent_asked": "yes",
}


def ask(**changes):
    return Visitor().post("/early", **FORM | changes)


def look(settings, later=timedelta(), times=2):
    first, *_ = [early_sign_up.tie_all(settings, NOW + later) for _ in range(times)]
    return first


def contacts():
    return [c for e in cases.read_case(NUMBER).enrollments for c in e.contacts]


def kept():
    return [data["number"] for _, _, data in inbox_tasks.waiting(early_sign_up.WAITING, 100)]


def from_elsewhere(n, **changes):
    return Visitor(source=f"198.51.100.{n}").post("/early", **FORM | changes)


def early_tasks():
    return list(inbox_tasks.waiting(guard_items.EARLY_TASK, 10))


class TestTie:
    def test_is_made_once_the_case_has_come(self, clock, settings):
        for _ in range(2):
            ask()
        assert look(settings) == {"early_waits": 1}
        assert contacts() == []
        store(a_case().with_victim("v1").case)
        assert look(settings) == {"early_tied": 1}
        (contact,) = contacts()
        assert (contact.address, contact.level) == ("+15205550142", "knowledge")
        assert contact.consent.at == NOW
        assert list(inbox_tasks.waiting(early_sign_up.WAITING, 10)) == []

    def test_is_looked_for_by_chase(self, clock):
        ask()
        store(a_case().with_victim("v1").case)
        context = SimpleNamespace(
            function_name="chase",
            memory_limit_in_mb=512,
            invoked_function_arn="arn:aws:lambda:us-west-2:123456789012:function:chase",
            aws_request_id="request-1",
            get_remaining_time_in_millis=lambda: 60_000,
        )
        handler = import_module("functions.chase.handler").handler
        assert handler({"time": NOW.isoformat()}, context)["early_tied"] == 1
        assert len(contacts()) == 1

    def test_whose_task_fails_stops_no_other(self, clock, settings, monkeypatch, caplog):
        real = inbox_tasks.make_early_task

        def broken(pk, data, *rest):
            if data["birth_dates"] == ["1985-04-13"]:
                raise RuntimeError(str(data))
            real(pk, data, *rest)

        monkeypatch.setattr(inbox_tasks, "make_early_task", broken)
        from_elsewhere(1, birth_date="4/13/1985")
        clock.move_to(NOW + timedelta(minutes=1))
        ask()
        store(a_case().with_victim("v1").case)
        ends = look(settings, timedelta(days=2), times=1)
        assert ends == {"early_failed": 1, "early_tied": 1}
        assert len(kept()) == 1
        (line,) = [r for r in caplog.records if r.getMessage() == "early_sign_up_failed"]
        assert line.error == "RuntimeError"
        assert "munoz" not in str(line.__dict__).casefold()

    def test_of_the_same_form_erases_nothing(self, clock, settings):
        store(a_case().with_victim("v1").case)
        for n in range(2):
            from_elsewhere(n, birth_date=f"4/{n + 13}/1985")
            look(settings, timedelta(days=2), times=1)
        clock.move_to(NOW + timedelta(days=2))
        from_elsewhere(0, birth_date="4/13/1985")
        assert kept() == []
        assert [len(data["more"]) for _, _, data in early_tasks()] == [1]

    def test_waits_for_the_whole_case(self, clock, settings):
        ask()
        store(a_case().with_report(offense="99-9999").case)
        assert look(settings, timedelta(hours=2)) == {"early_waits": 1}
        assert list(inbox_tasks.waiting(guard_items.EARLY_TASK, 10)) == []

    def test_without_a_case_expires_in_silence(self, clock, settings):
        ask()
        days = timedelta(days=settings.verification.early_enrollment_days)
        assert look(settings, days) == {"early_expired": 1}
        assert list(inbox_tasks.waiting(early_sign_up.WAITING, 10)) == []

    def test_needs_a_portal_open_to_knowledge(self, clock, settings):
        ask()
        store(a_case().with_victim("v1").case)
        strict = replace(settings, verification=replace(settings.verification, knowledge=False))
        assert look(strict) == {"early_needs_code": 1}

    def test_that_never_comes_stops_no_other(self, clock, settings, monkeypatch):
        monkeypatch.setattr(early_sign_up, "AT_ONCE", 3)
        for minute in range(7):
            clock.move_to(NOW + timedelta(minutes=minute))
            from_elsewhere(minute, number=f"26112499{minute:02d}")
        clock.move_to(NOW + timedelta(minutes=7))
        ask()
        store(a_case().with_victim("v1").case)
        for _ in range(4):
            early_sign_up.tie_all(settings, NOW + timedelta(minutes=10))
        assert [c.address for c in contacts()] == ["+15205550142"]
        rounds = [early_sign_up.tie_all(settings, NOW + timedelta(minutes=10)) for _ in range(4)]
        assert sum(ends["early_waits"] for ends in rounds) >= 7  # and from the beginning again


class TestTask:
    def test_that_is_full_is_followed_by_another(self, clock, settings, monkeypatch):
        monkeypatch.setattr(inbox_tasks, "MOST_BEHIND", 1)
        store(a_case().with_victim("v1").case)
        for n in range(4):
            from_elsewhere(n, birth_date=f"4/{n + 13}/1985")
        look(settings, timedelta(days=2), times=1)
        assert [len(data["more"]) for _, _, data in early_tasks()] == [1, 1]
        assert kept() == []

    @pytest.mark.parametrize(
        ("case", "why"),
        [
            (a_case().with_report(offense=STALKING).with_victim("v1"), "restricted"),
            (a_case().with_report(offense="99-9999").with_victim("v1"), "restricted"),
            (a_case().with_victim("v2", last_name="Munoz v1", birth_date=None), "no_match"),
            (a_case().with_victim("v1", minor=True), "no_match"),
            (a_case().with_victim("v1").with_suspect("v1"), "no_match"),
            (a_case().with_victim("v1").with_enrollment("v1", locked_at=NOW), "needs_code"),
        ],
    )
    def test_is_made_of_what_is_not_surely_theirs(self, clock, settings, case, why):
        ask()
        store(case.case)
        for enrollment in case.case.enrollments:
            enrollments.write_enrollment(NUMBER, enrollment)
        assert look(settings, timedelta(days=2)) == {f"early_{why}": 1}
        assert contacts() == []
        ((_, _, data),) = inbox_tasks.waiting(guard_items.EARLY_TASK, 10)
        assert data["number"] == NUMBER
        assert look(settings, timedelta(days=30)) == {}
        assert len(list(inbox_tasks.waiting(guard_items.EARLY_TASK, 10))) == 1

    def test_is_not_made_of_a_strange_last_name(self, clock, settings):
        ask(last_name="Somebody Else")
        store(a_case().with_victim("v1").case)
        assert look(settings, timedelta(days=2)) == {"early_waits": 1}
        assert look(settings, timedelta(days=11)) == {"early_expired": 1}
        assert list(inbox_tasks.waiting(guard_items.EARLY_TASK, 10)) == []

    def test_is_one_a_case_and_ends_by_itself(self, clock, settings):
        store(a_case().with_victim("v1").case)
        for n in range(3):
            from_elsewhere(n, birth_date=f"4/{n + 13}/1985")
        assert look(settings, timedelta(days=2), times=1) == {"early_no_match": 3}
        ((pk, _, data),) = inbox_tasks.waiting(guard_items.EARLY_TASK, 10)
        assert len(data["more"]) == 2
        assert guard_items.get(pk).expires == NOW + timedelta(days=2) + early_sign_up.TASK_KEPT
        assert kept() == []


class TestOffer:
    def test_follows_a_failed_search_and_keeps_words(self, clock):
        page = Visitor().verify(NUMBER, "munoz v1", "4/12/1985")
        assert "Sign up for alerts now" in page.text
        form = Visitor().post(
            "/early", **{k: FORM[k] for k in ("number", "last_name", "birth_date")}
        )
        assert form.value("last_name") == "munoz v1"
        assert 'class="error"' not in form.body

    def test_is_alike_for_every_failed_search(self, clock, settings):
        restricted = a_case().with_report(offense=STALKING).with_victim("v1").case
        store(restricted)
        seen = set()
        for number, name in ((NUMBER, "munoz v1"), (NUMBER, "wrong"), ("2611249999", "munoz v1")):
            with aws_calls() as calls:
                page = ask(number=number, last_name=name)
            seen.add((page.status, page.body, str(page.headers), tuple(calls)))
        assert len(seen) == 1
        assert page.status == 200

    def test_tells_mistakes_and_keeps_nothing(self, clock):
        page = ask(phone="555", last_name="", birth_date="x", consent="")
        for field in ("phone", "last_name", "birth_date", "consent"):
            assert f'href="#{field}"' in page.body
        assert list(inbox_tasks.waiting(early_sign_up.WAITING, 10)) == []
        assert ask(number="12").status == 400

    def test_answers_a_flood_alike_and_keeps_none(self, clock, settings):
        pages = set()
        for hour in (19, 20, 21):
            clock.move_to(NOW.replace(hour=hour))
            for n in range(settings.verification.fails_per_source):
                with aws_calls() as calls:
                    page = ask(number=f"2611{hour:02}00{n:02}")
                pages.add((page.status, page.body, str(page.headers), len(calls)))
        assert len(pages) == 1
        assert len(kept()) == rate_limits.EARLY_A_DAY
        clock.move_to(NOW + timedelta(days=1))
        assert ask(number="2611249999").status == 200
        assert "2611249999" in kept()

    def test_keeps_a_few_birth_dates_of_a_number(self, clock, settings):
        pages = set()
        for n in range(10):
            page = from_elsewhere(n, birth_date=f"4/{n + 13}/1985")
            pages.add((page.status, page.body, str(page.headers)))
        assert len(pages) == 1
        assert len(kept()) == rate_limits.EARLY_OF_ONE_NUMBER
        store(a_case().with_victim("v1").case)
        assert from_elsewhere(99, birth_date="4/12/1985").status == 200
        assert "early_tied" not in look(settings)

    def test_sends_a_guesser_nothing_for_a_right_date(self, clock, settings):
        from_elsewhere(1, birth_date="4/13/1985", phone="520 555 0143")
        from_elsewhere(2)
        store(a_case().with_victim("v1").case)
        assert look(settings)["early_tied"] == 1
        confirmed = [
            duty
            for duty in owed(case_at(cases.read_case(NUMBER), settings))
            if duty.kind is Kind.ENROLLMENT_CONFIRMED
        ]
        assert confirmed == []
