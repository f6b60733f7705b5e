"""The morning email: who gets it, once a day, and what it says."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.domain.errors import SendDeferred, SendUnknown
from aviso.domain.hand_offs import expired
from aviso.domain.model import Channel
from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.providers import cognito_users, sender
from aviso.storage import digests, enrollments
from infra.harness.builders import a_consenting_case, a_contact
from infra.harness.portal_browser import store
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import (
    ORDINARY,
    RESTRICTED,
    a_held_notice,
    a_stored_case,
    at_work,
)
from tests.integration.staff.task_forms import picked
from tests.support.hand_offs import act

MORNING = datetime(2026, 11, 26, 14, tzinfo=UTC)  # Thursday, seven in Arizona


@pytest.fixture
def post(desk, monkeypatch):
    """Give what is emailed, and the errors of the next emails."""

    class Post:
        def __init__(self):
            self.mails, self.errors = [], []

        def send(self, message, seconds_left):
            if self.errors:
                raise self.errors.pop(0)
            self.mails.append(message)

    post = Post()
    monkeypatch.setattr(sender, "sender", lambda channel: post)
    return post


@pytest.fixture
def members(pool, post):
    """Give the ids of a clerk, an advocate and an administrator, each of whom asked."""
    for name, role in (("cleo", Role.RECORDS), ("ada", Role.ADVOCATE), ("max", Role.ADMINISTRATOR)):
        cognito_users.invite(name, f"{name}@example.org", [role])
    ids = {c.name: c.id for c in cognito_users.everyone() if c.name in ("cleo", "ada", "max")}
    for id in ids.values():
        digests.ask(id, "en", NOW)
    return ids


def morning(at=MORNING):
    """Deliver the schedule's event, and return the outcomes."""
    from functions.staff.handler import handler

    return handler({"time": at.isoformat()}, None)


class TestDelivery:
    def test_those_who_asked_and_work_on_tasks_get_one(self, members, post):
        assert morning() == {"sent": 2, "no_access": 1}
        assert {mail.address for mail in post.mails} == {"cleo@example.org", "ada@example.org"}

    def test_second_delivery_of_the_day_sends_nothing(self, members, post):
        morning()
        assert morning(MORNING + timedelta(minutes=3)) == {"sent_before": 2, "no_access": 1}
        assert len(post.mails) == 2
        assert morning(MORNING + timedelta(days=1))["sent"] == 2

    @pytest.mark.parametrize("days", [2, 3])  # Saturday, Sunday
    def test_nothing_is_sent_on_the_weekend(self, members, post, days):
        assert morning(MORNING + timedelta(days=days)) == {}
        assert post.mails == []

    def test_nobody_asked_nothing_is_read(self, desk, pool, post):
        assert morning() == {}

    def test_refused_email_is_sent_with_the_next_delivery(self, members, post):
        from aviso.web.staff.morning_email import NotSentError

        post.errors = [SendDeferred("throttled")]
        with pytest.raises(NotSentError):
            morning()
        assert len(post.mails) == 1
        assert morning() == {"sent": 1, "sent_before": 1, "no_access": 1}
        assert len(post.mails) == 2

    def test_email_that_may_have_gone_is_not_sent_again(self, members, post):
        post.errors = [SendUnknown("timeout")]
        assert morning() == {"unknown": 1, "sent": 1, "no_access": 1}
        assert morning()["sent_before"] == 2

    def test_closed_account_gets_none(self, members, post):
        cognito_users.disable("cleo")
        assert morning() == {"sent": 1, "no_access": 2}


class TestWords:
    def said(self, post, name):
        (mail,) = [m for m in post.mails if m.address == f"{name}@example.org"]
        return mail.subject, mail.text

    @pytest.fixture
    def tasks(self, members):
        a_stored_case()
        a_stored_case(RESTRICTED, offense="13-2923")
        a_held_notice(deadline=MORNING - timedelta(hours=1))
        a_held_notice(
            RESTRICTED, reason="restricted_offense", deadline=MORNING + timedelta(hours=2)
        )

    def test_counts_and_links_are_in_it(self, tasks, post):
        morning()
        subject, text = self.said(post, "ada")
        assert subject == "Sonora Wells PD: people to tell: 2"
        assert "Past deadline: 1\nhttps://desk.example.org/staff/tasks?due=late" in text
        assert "Due today: 1\n" in text
        assert "Unassigned: 2\n" in text

    def test_clerk_is_told_of_no_restricted_case(self, tasks, post):
        morning()
        subject, text = self.said(post, "cleo")
        assert subject == "Sonora Wells PD: people to tell: 1"
        assert "Due today" not in text

    def test_nothing_in_it_is_about_a_person(self, tasks, post):
        morning()
        for mail in post.mails:
            for word in (ORDINARY, RESTRICTED, "Muñoz", "555", "13-2923"):
                assert word not in mail.subject + mail.text

    def test_quiet_morning_says_so(self, members, post):
        morning()
        assert "Nothing waits for you this morning." in self.said(post, "ada")[1]

    def test_contacts_alone_are_no_quiet_morning(self, members, post):
        a_stored_case()
        enrollments.contact_item(ORDINARY, "v1", a_contact("a@example.org", Channel.EMAIL)).save()
        morning()
        text = self.said(post, "cleo")[1]
        assert "Contacts for RMS: 1\nhttps://desk.example.org/staff/contacts" in text
        assert "Nothing waits" not in text

    def test_requests_for_agencies_alone_are_no_quiet_morning(self, members, post):
        case = a_consenting_case(at=NOW - timedelta(days=1)).with_arrest(custody_agency="").case
        store(case)
        enrollments.write_enrollment(ORDINARY, case.enrollments[0])
        planning.plan(ORDINARY, Settings.current(), NOW)
        act(expired, at=NOW)
        morning()
        text = self.said(post, "cleo")[1]
        assert "Other agencies: 1\nhttps://desk.example.org/staff/agencies" in text
        assert "Nothing waits" not in text

    def test_tasks_of_colleagues_are_no_quiet_morning(self, members, post, desk):
        a_stored_case()
        id = a_held_notice(deadline=MORNING + timedelta(days=2))
        at_work(desk).post("take", do="take", **picked(id))
        morning()
        assert "All tasks: 1" in self.said(post, "cleo")[1]

    def test_language_is_the_members(self, members, post):
        digests.ask(members["ada"], "es", NOW)
        morning()
        assert "Esta mañana no tiene nada pendiente." in self.said(post, "ada")[1]


class TestOwnAccount:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_member_asks_for_it_and_ends_it(self, desk, language):
        id = desk.sign_in(Role.RECORDS).id
        assert digests.read_digest(id) is None
        for _ in range(2):
            saved = desk.post("me", digest="yes", language=language)
            assert saved.headers["Location"] == "me?saved=yes"
        asked = digests.read_digest(id)
        assert asked is not None
        assert asked.language == language
        assert 'name="digest" value="yes" checked' in desk.get("me").body
        desk.post("me", language=language)
        assert digests.read_digest(id) is None

    def test_asking_again_after_the_email_gives_no_second_one(self, members, post):
        morning()
        digests.ask(members["ada"], "es", NOW)
        assert morning()["sent_before"] == 2

    def test_unknown_language_is_the_pages(self, desk):
        id = desk.sign_in(Role.RECORDS).id
        desk.post("me", digest="yes", language="tlh")
        asked = digests.read_digest(id)
        assert asked is not None
        assert asked.language == "en"

    def test_administrator_without_tasks_is_not_offered_it(self, desk):
        desk.sign_in(Role.ADMINISTRATOR)
        assert 'name="digest"' not in desk.get("me").body
