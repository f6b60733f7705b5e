"""A link to a former number that comes late: what was told stays told, under whatever name."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import Standing, duty_id, owed, standing
from aviso.domain.fact_keys import FactKey, arrest_fact_keys
from aviso.domain.facts import first_seen
from aviso.domain.former_ids import as_now
from aviso.domain.model import Arrest, AuditEntry, Kind
from aviso.domain.notice import Notice, State
from aviso.notices import planning, sending
from aviso.runtime import hashing
from aviso.storage import cases, guards, notices, suppressions
from aviso.storage.audited_change import AuditRow
from aviso.victims import message_links
from infra.harness.builders import NOW, NUMBER, a_case, a_notice, an_arrest_case, an_invocation
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local
from tests.support.sending import Provider, only_arrests

NEW = "2611240777"
HOUR = timedelta(hours=1)
CASES_ROW = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))


class Flow:
    """A feed whose every file is planned and sent at once, as the streams would have it."""

    def __init__(self, feed: Feed, provider: Provider) -> None:
        self.feed, self.provider = feed, provider
        self.settings = only_arrests(feed.settings)

    def drop(self, kind: str, *rows: dict[str, str], hours: int = 0, send: bool = True) -> None:
        self.feed.now = NOW + hours * HOUR
        assert not self.feed.drop(kind, *rows, at=self.feed.now)["rejected"]
        for _ in range(2):
            for number in (NUMBER, NEW):
                planning.plan(number, self.settings, self.feed.now)
            for notice in self.all():
                if send and notice.state is State.PLANNED:
                    sending.send(notice.id, an_invocation(self.settings, lambda: self.feed.now))

    def all(self) -> list[Notice]:
        return [n for number in (NUMBER, NEW) for n in notices.of_case(number)]


@pytest.fixture
def flow(feed, provider) -> Flow:
    return Flow(feed, provider)


def told_under_the_new_number(flow: Flow) -> None:
    flow.drop("cases", a_case_row(number=NEW))
    flow.drop("people", a_person_row(number=NEW), a_suspect_row(number=NEW))
    flow.drop("arrests", an_arrest_row(number=NEW))
    assert len(flow.provider.sent) == 2  # a text and an email


class TestLateFormerNumber:
    def test_tells_nothing_again(self, flow: Flow) -> None:
        told_under_the_new_number(flow)
        flow.drop("cases", CASES_ROW, hours=1)
        assert stored(NEW).origin == NUMBER
        assert stored(NEW).known_as == (NEW,)
        flow.drop("people", a_person_row(number=NEW, city="Tucson", row_time=local(NOW)), hours=2)
        assert len(flow.provider.sent) == 2
        assert [n.state for n in flow.all()] == [State.SENT]

    def test_of_two_cases_in_one_tells_no_more(self, flow: Flow) -> None:
        flow.drop("cases", a_case_row())
        flow.drop("people", a_person_row(), a_suspect_row())
        flow.drop("arrests", an_arrest_row())
        flow.provider.sent.clear()
        told_under_the_new_number(flow)  # nobody could know: that went out twice
        flow.drop("cases", CASES_ROW, hours=1)
        flow.drop("arrests", an_arrest_row(number=NEW, row_time=local(NOW + HOUR)), hours=2)
        assert len(flow.provider.sent) == 2

    def test_stops_what_is_unsent_under_the_other(self, flow: Flow) -> None:
        told_under_the_new_number(flow)
        flow.drop("cases", a_case_row(), send=False)
        flow.drop("people", a_person_row(), a_suspect_row(), send=False)
        flow.drop("arrests", an_arrest_row(), send=False)
        assert {n.state for n in flow.all()} == {State.PLANNED, State.SENT}
        flow.drop("cases", CASES_ROW, hours=1)
        assert {(n.state, n.reason) for n in flow.all()} == {
            (State.SENT, ""),
            (State.SUPPRESSED, "no_longer_owed"),
        }
        assert len(flow.provider.sent) == 2

    def test_sends_what_is_unsent_under_one_alone(self, flow: Flow) -> None:
        flow.drop("cases", a_case_row(number=NEW), send=False)
        flow.drop("people", a_person_row(number=NEW), a_suspect_row(number=NEW), send=False)
        flow.drop("arrests", an_arrest_row(number=NEW), send=False)
        flow.drop("cases", CASES_ROW, hours=1)
        assert len(flow.provider.sent) == 2
        assert [n.state for n in flow.all()] == [State.SENT]

    def test_leads_a_correction_to_who_was_told(self, flow: Flow) -> None:
        told_under_the_new_number(flow)
        flow.drop("cases", CASES_ROW, hours=1)
        withdrawn = an_arrest_row(number=NEW, withdrawn="Y", row_time=local(NOW + HOUR))
        flow.drop("arrests", withdrawn, hours=2)
        flow.drop("arrests", withdrawn, hours=3)
        assert len(flow.provider.sent) == 4
        assert sum(n.kind is Kind.CORRECTION for n in flow.all()) == 1

    def test_keeps_not_me_under_every_number(self, flow: Flow) -> None:
        told_under_the_new_number(flow)
        key = hashing.address_key("ana@example.com")
        suppressions.not_me(key, NEW, NOW)
        flow.drop("cases", CASES_ROW, hours=1)
        case = cases.read_case(NEW)
        found = guards.read(case.origin, {"ana@example.com": key}, case.known_as)
        assert found.not_me == {"ana@example.com"}

    def test_takes_not_me_back_under_every_number(self, flow: Flow) -> None:
        told_under_the_new_number(flow)
        email = {"ana@example.com": hashing.address_key("ana@example.com")}
        suppressions.not_me(email["ana@example.com"], NEW, NOW)
        flow.drop("cases", CASES_ROW, hours=1)
        case = cases.read_case(NEW)
        entry = AuditEntry(at=NOW, actor="staff:1", action="not_me_undone", case=NEW)
        whose = case.victims[0].origin
        record = AuditRow(entry=entry, keep_days=1)
        message_links.restore(case, whose, "ana@example.com", record, flow.settings)
        assert guards.read(case.origin, email, case.known_as).not_me == frozenset()
        assert cases.read_case(NEW).enrollments[0].given_back


class TestLaterId:
    @pytest.mark.parametrize(
        ("kind", "row"),
        [
            ("people", a_person_row(number=NEW, id="P2", former_id="P1", row_time=local(NOW))),
            ("arrests", an_arrest_row(number=NEW, id="A2", former_id="A1", row_time=local(NOW))),
        ],
    )
    def test_tells_nothing_again(self, flow, kind, row) -> None:
        later = {k: v for k, v in row.items() if k != "former_id"}
        people = [a_person_row(number=NEW), a_suspect_row(number=NEW)]
        arrest = an_arrest_row(number=NEW)
        if kind == "people":
            people[0] = later
        else:
            arrest = later
        flow.drop("cases", a_case_row(number=NEW))
        flow.drop("people", *people)
        flow.drop("arrests", arrest)
        assert len(flow.provider.sent) == 2
        flow.drop(kind, row, hours=1)
        case = stored(NEW)
        assert {*(v.origin for v in case.victims), *(a.origin for a in case.arrests)} == {
            "P1",
            "A1",
        }
        assert len(flow.provider.sent) == 2


STRANGE = ["77@JAIL", "77~2", "77#2", "77|1", "50%7E", "77:3"]  # ids as some jails write them


class TestFactKey:
    @pytest.mark.parametrize("fact", ["arrest:A2~1", "appearance:A2~1@2026-11-24T19:00Z", "report"])
    def test_keeps_all_but_the_id(self, fact: str) -> None:
        whole = an_arrest_case()
        arrest = replace(whole.case.arrests[0], known_as=("A2",))
        (now,) = as_now(whole.but(arrests=(arrest,)), [a_notice(fact=fact)])
        assert now.fact == fact.replace("A2", "a1")

    @pytest.mark.parametrize("id", STRANGE)
    def test_names_an_arrest_with_any_mark_in_its_id(self, id: str) -> None:
        arrest = Arrest(
            id=id, origin=id, suspect="s1", arrested_at=NOW, appearance_at=NOW, withdrawals=1
        )
        for key in arrest_fact_keys(arrest):
            assert FactKey(key).subject == id
        seen = first_seen(arrest_fact_keys(arrest), (), arrest_fact_keys(arrest), NOW)
        assert {FactKey(key).subject for key in seen} == {id}

    @pytest.mark.parametrize("id", STRANGE)
    def test_with_marks_is_told_under_its_former_id(self, settings, id: str) -> None:
        told_case = a_case().with_victim().with_suspect().with_arrest(id).case
        (duty,) = [d for d in owed(told_case, [], settings, NOW) if d.kind is Kind.ARREST]
        told = a_notice(Kind.ARREST, duty.fact, state=State.DELIVERED, told_at=NOW)
        for former in ("76", "76@JAIL"):
            linked = a_case().with_victim().with_suspect()
            linked = linked.with_arrest(id, origin=former, known_as=(id,))
            (again,) = [
                d for d in owed(linked.case, [told], settings, NOW) if d.kind is Kind.ARREST
            ]
            assert (again.id, again.fact.subject) == (told.id, former)

    @pytest.mark.parametrize("id", STRANGE)
    def test_with_marks_is_withdrawn_and_corrected(self, settings, id: str) -> None:
        built = a_case().with_victim().with_suspect().with_arrest(id)
        (duty,) = [d for d in owed(built.case, [], settings, NOW) if d.kind is Kind.ARREST]
        told = a_notice(Kind.ARREST, duty.fact, state=State.DELIVERED, told_at=NOW)
        gone = replace(built.case.arrests[0], withdrawn_at=NOW, withdrawals=1)
        case = built.but(arrests=(gone,))
        duties = owed(case, [told], settings, NOW)
        assert [d.corrects for d in duties if d.kind is Kind.CORRECTION] == [told.id]
        assert standing(case, told, duties, settings) is Standing.WITHDRAWN

    def test_with_marks_is_no_other_duty(self) -> None:
        kind = Kind.STATUS_CHANGED
        assert duty_id("1", "status:A", kind, f"x|{kind}|v1") != duty_id(
            "1", f"status:A|{kind}|x", kind, "v1"
        )
        assert duty_id("1", "status:A", kind, "v1") != duty_id("1", "status:A", kind, "v1|")
