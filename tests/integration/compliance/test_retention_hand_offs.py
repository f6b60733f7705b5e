"""A closed case stays for as long as another agency has a victim's request with her consent."""

from datetime import timedelta

import boto3
import pytest

from aviso.compliance import retention
from aviso.domain.hand_offs import HandOffState
from aviso.domain.receiving_agencies import Purpose
from aviso.notices import agency_emails
from aviso.storage import cases
from infra.harness.builders import NOW, NUMBER, a_consent, a_contact
from tests.conftest import REGION
from tests.support.closed_case import CLOSED_AT, LONG_AGO, closed
from tests.support.hand_offs import confirm, the_hand_off
from tests.support.sending import World, only_arrests

DAY = timedelta(days=1)
S = HandOffState


class Flow(World):
    """A closed case's one hand-off, and its nights."""

    def give(self, case, consent_at):
        """Store a case with a consent of that time, and let the agency confirm the request."""
        phone = a_contact("+15205550121", id="c1", level="code", consent=LONG_AGO)
        consent = a_consent("c1", at=consent_at)
        self.store(case.with_victim().with_enrollment("v1", phone, hand_off=consent).case)
        self.plan()
        agency_emails.chase(self.invocation())
        confirm("receiver:jail", at=self.now)

    def night(self):
        return retention.forget(cases.read_case(NUMBER), self.settings, self.now)

    def time_to_live(self):
        """Delete the rows that expire, as DynamoDB does, and plan after each."""
        client = boto3.client("dynamodb", region_name=REGION)
        for row in client.scan(TableName="Cases")["Items"]:
            if "expires" in row:
                client.delete_item(TableName="Cases", Key={k: row[k] for k in ("pk", "sk")})
                self.plan()


@pytest.fixture
def flow(aws, settings, provider, monkeypatch):
    monkeypatch.setenv("STAFF_URL", "https://desk.example.org")
    return Flow(only_arrests(settings), provider)


def with_the_prosecutor():
    """Return a closed case that was sent to the prosecutor before it was closed."""
    sent = f"status:SUBMITTED@{LONG_AGO.at:%Y-%m-%d}"
    return closed(first_seen=dict.fromkeys(("report", sent), LONG_AGO.at))


@pytest.fixture
def jailed(flow):
    case = closed().with_suspect().with_arrest(arrested_at=CLOSED_AT)
    flow.give(case, NOW - 20 * DAY)
    return flow


class TestConfirmedRequest:
    def test_of_a_jail_stays_while_the_consent_holds(self, jailed):
        assert [jailed.night(), jailed.night()] == [0, 0]
        jailed.time_to_live()
        assert the_hand_off().state is S.CONFIRMED

    def test_of_a_prosecutor_stays_while_the_consent_holds(self, flow):
        flow.give(with_the_prosecutor(), LONG_AGO.at)
        assert the_hand_off().purpose is Purpose.COURT
        assert [flow.night(), flow.night()] == [0, 0]
        flow.time_to_live()
        assert the_hand_off().state is S.CONFIRMED

    def test_lets_the_case_go_when_it_has_ended(self, jailed):
        jailed.now += 400 * DAY
        jailed.plan()
        assert (the_hand_off().state, the_hand_off().unsaid) == (S.OVER, True)
        assert jailed.night() == 0  # the jail is not told yet
        agency_emails.chase(jailed.invocation())
        assert not the_hand_off().is_open
        assert jailed.night() > 0
