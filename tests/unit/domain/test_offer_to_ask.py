"""Whether a victim is told that we can ask the jail in the victim's place."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.hand_off_duties import offers_to_ask
from aviso.domain.model import Kind
from aviso.domain.people import ORGANIZATION
from aviso.domain.receiving_agencies import Purpose, ReceiverKind
from aviso.domain.requests import Rights
from aviso.notices import composing
from infra.harness.builders import NOW, a_case, a_consenting_case, a_notice, an_arrest_case, case_at


def offers(case, settings, *, juvenile=False, now=NOW):
    return offers_to_ask(case_at(case, settings, now), case.victims[0], juvenile=juvenile)


class TestVictim:
    @pytest.mark.parametrize("juvenile", [False, True])
    def test_hears_it_only_of_an_agency_that_takes_requests(self, settings, juvenile):
        case = an_arrest_case().case
        asked = ReceiverKind.JUVENILE_DETENTION if juvenile else ReceiverKind.JAIL
        others = tuple(r for r in settings.receivers if r.kind is not asked)
        assert offers(case, settings, juvenile=juvenile)
        assert not offers(case, replace(settings, receivers=others), juvenile=juvenile)

    @pytest.mark.parametrize(
        "mark",
        [
            {"deceased": True},
            {"incapacitated": True},
            {"birth_date": date(2015, 1, 1)},
            {"victim_type": ORGANIZATION},
        ],
        ids=["dead", "incapacitated", "child", "organization"],
    )
    def test_for_whom_others_speak_hears_it_never(self, settings, mark):
        case = a_case().with_victim(**mark).with_suspect().with_arrest().case
        assert not offers(case, settings)

    def test_who_waived_news_hears_it_never(self, settings):
        case = an_arrest_case().with_enrollment("v1", rights=Rights.WAIVED).case
        assert not offers(case, settings)

    def test_reads_it_in_a_message(self, settings):
        case = an_arrest_case().case
        notice = a_notice(Kind.ARREST, f"arrest:{case.arrests[0].origin}")
        assert composing.facts_of(case_at(case, settings), notice)["we_ask"]
        agreed = a_consenting_case().with_arrest().case
        assert not composing.facts_of(case_at(agreed, settings), notice)["we_ask"]


class TestRestrictedCase:
    @pytest.mark.parametrize("opens", [False, True])
    def test_needs_a_code_that_opens_it(self, settings, opens):
        case = an_arrest_case().with_report(desk_restriction="restricted").case
        policy = replace(settings.verification, restricted_by_code=opens)
        assert offers(case, replace(settings, verification=policy)) is opens

    def test_removed_by_the_records_system_opens_never(self, settings):
        case = an_arrest_case().with_report(removed=True).case
        policy = replace(settings.verification, restricted_by_code=True)
        assert not offers(case, replace(settings, verification=policy))


class TestConsent:
    def test_in_force_ends_the_offer(self, settings):
        assert not offers(a_consenting_case().case, settings)

    def test_to_tell_of_the_court_alone_leaves_it(self, settings):
        assert offers(a_consenting_case(purposes=(Purpose.COURT,)).case, settings)

    def test_that_is_over_brings_it_back(self, settings):
        assert offers(a_consenting_case(ended_at=NOW).case, settings)
        longest = max(r.consent_days for r in settings.receivers)
        later = NOW + timedelta(days=longest + 1)
        assert offers(a_consenting_case().case, settings, now=later)
