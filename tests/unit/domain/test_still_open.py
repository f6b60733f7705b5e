"""When the victims of an open case hear that nothing has changed."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.model import Kind
from aviso.domain.requests import Rights
from infra.harness.builders import NOW, a_case, a_contact, a_notice, case_at

SEEN = NOW - timedelta(days=2, hours=-1)  # when the case row of `a_case` was first seen
PHONE = "+15205550118"


@pytest.fixture
def settings(settings):
    kinds = {k: replace(v, on=k is Kind.STILL_OPEN) for k, v in settings.kinds.items()}
    messages = replace(settings.messages, still_open_days=(30, 90))
    return replace(settings, kinds=kinds, messages=messages)


def an_open_case(status="ASSIGNED", **report):
    signed_up = a_contact(PHONE)
    return (
        a_case().with_report(status=status, **report).with_victim().with_enrollment("v1", signed_up)
    )


def told(case, settings, days, known=()):
    return owed(case_at(case, settings, SEEN + timedelta(days=days), told=known))


class TestSilence:
    @pytest.mark.parametrize(
        ("days", "key"),
        [
            (29, None),
            (30, "still_open:30"),
            (43, "still_open:30"),
            (45, None),  # too late for thirty days, and too early for ninety
            (90, "still_open:90"),
            (200, None),
        ],
    )
    def test_is_told_after_the_agencys_days(self, settings, days, key):
        duties = told(an_open_case().case, settings, days)
        assert [f"{d.fact.kind}:{d.fact.name}" for d in duties] == ([key] if key else [])

    def test_is_told_by_the_kinds_deadline(self, settings):
        (duty,) = told(an_open_case().case, settings, 30)
        assert duty.fact_at == SEEN + timedelta(days=30)
        assert duty.deadline == duty.fact_at + settings.kinds[Kind.STILL_OPEN].deadline

    @pytest.mark.parametrize("status", ["CLOSED", "UNFOUNDED", "SUBMITTED", "", "NEVER_HEARD_OF"])
    def test_is_not_told_of_a_case_not_known_as_open(self, settings, status):
        assert not told(an_open_case(status).case, settings, 30)

    @pytest.mark.parametrize("status", ["OPEN", "SUSPENDED", "NO_STAFF"])
    def test_is_told_of_a_case_on_hold(self, settings, status):
        assert told(an_open_case(status).case, settings, 30)

    def test_ends_with_an_arrest(self, settings):
        case = an_open_case().with_suspect().with_arrest().case
        assert not owed(case_at(case, settings, NOW + timedelta(days=30)))

    def test_begins_again_with_a_change(self, settings):
        case = an_open_case().case
        later = SEEN + timedelta(days=20)
        seen = {**case.report.first_seen, "assigned:luz-ochoa": later}
        changed = replace(case, report=replace(case.report, first_seen=seen))
        assert not told(changed, settings, 30)
        assert told(changed, settings, 50)

    def test_begins_again_with_a_correction(self, settings):
        case, later = an_open_case().case, SEEN + timedelta(days=20)
        known = [a_notice(Kind.CORRECTION, "warrant:2026-11-01", first_seen=later)]
        assert not told(case, settings, 30, known)
        assert told(case, settings, 50, known)

    def test_is_told_only_to_those_who_signed_up(self, settings):
        case = an_open_case().with_victim("v2", phone="+15205550119").case
        assert [d.victim for d in told(case, settings, 30)] == ["v1"]

    def test_is_not_told_after_a_waiver(self, settings):
        case = (
            a_case()
            .with_report(status="ASSIGNED")
            .with_victim()
            .with_enrollment("v1", a_contact(PHONE), rights=Rights.WAIVED, rights_at=SEEN)
            .case
        )
        assert not told(case, settings, 30)

    def test_is_not_told_of_an_offense_the_settings_lack(self, settings):
        assert not told(an_open_case(offense="99-9999").case, settings, 30)

    def test_stays_owed_once_it_is_in_the_ledger(self, settings):
        case = an_open_case().case
        (duty,) = told(case, settings, 30)
        known = a_notice(Kind.STILL_OPEN, duty.fact, fact_at=duty.fact_at)
        assert [d.id for d in told(case, settings, 60, [known])] == [duty.id]
