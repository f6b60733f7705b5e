"""Every answer that the records system brings is kept, through new numbers and ids too."""

from datetime import timedelta

import pytest

from aviso.compliance import retention
from aviso.domain import request_history
from aviso.domain.model import Enrollment
from aviso.domain.requests import Rights
from aviso.storage import enrollments
from infra.harness.builders import NOW, NUMBER, an_answer
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, stored

NEW = "2611240777"
HOUR = timedelta(hours=1)
R, W, U = Rights.REQUESTED, Rights.WAIVED, Rights.UNANSWERED


@pytest.fixture
def feed(feed: Feed) -> Feed:
    """Bring a victim who waived, asked and then had no answer any more, each file twice."""
    feed.drop("cases", a_case_row())
    for hour, answer in enumerate(["W", "R", "unanswered"]):
        for _ in range(2):
            feed.drop("people", a_person_row(rights=answer), at=NOW + hour * HOUR)
    return feed


def said(number: str = NUMBER) -> list[Rights]:
    case = stored(number)
    return [record.answer for record in request_history.history(case, case.victims[0])]


class TestAnswers:
    def test_of_the_feed_are_each_kept_once(self, feed: Feed) -> None:
        assert said() == [W, R, U]
        assert stored().victims[0].rights is U

    def test_are_in_the_export_in_one_list(self, feed: Feed) -> None:
        mine = an_answer(W, NOW + 5 * HOUR)
        enrollments.write_enrollment(NUMBER, Enrollment(victim="P1", requests=(mine,)))
        held = retention.export(NUMBER, "P1", "records", feed.settings, NOW)
        assert [r["answer"] for r in held["requests"]] == [W, R, U, W]
        assert held["requests"][-1]["proof"] == "code"
