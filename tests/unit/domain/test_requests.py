"""What a victim asked for follows from the records alone (docs/rules.md#22)."""

from datetime import timedelta

import pytest
from hypothesis import given, strategies
from msgspec.structs import replace

from aviso.domain import duties, request_history, requests
from aviso.domain.model import Enrollment, Victim
from aviso.domain.requests import FEED, MOST, AnsweredAt, RequestRecord, Right, Rights
from aviso.storage import enrollments
from aviso.storage.enrollments import EnrollmentChange
from infra.harness.builders import NOW, NUMBER, a_case, an_answer

R, W, U = Rights.REQUESTED, Rights.WAIVED, Rights.UNANSWERED
HOUR = timedelta(hours=1)


def from_report(answer: Rights, hour: int) -> RequestRecord:
    return an_answer(answer, NOW + hour * HOUR, place=AnsweredAt.REPORT, proof=FEED, language="es")


def own(answer: Rights, hour: int) -> RequestRecord:
    return an_answer(answer, NOW + hour * HOUR)


# What was said, in the order in which it was stored -> what counts.
STATES = {
    "nothing": ((), U),
    "the report's": ((from_report(R, 1),), R),
    "the report's later one": ((from_report(R, 1), from_report(W, 2)), W),
    "the report took it back": ((from_report(R, 1), from_report(U, 2)), U),
    "her own": ((own(W, 1),), W),
    "her own later one": ((own(W, 1), own(R, 2)), R),
    "her own, whatever the report said before": ((from_report(W, 1), own(R, 2)), R),
    "her own, whatever the report says later": ((own(R, 2), from_report(W, 3)), R),
}


class TestState:
    @pytest.mark.parametrize(("records", "counts"), STATES.values(), ids=list(STATES))
    def test_follows_from_the_records(self, records, counts):
        assert requests.state_of(records, Right.NEWS) is counts

    @given(strategies.permutations(range(4)))
    def test_of_joined_histories_is_that_of_the_latest(self, order):
        every = [own((R, W)[n % 2], n) for n in range(4)]
        one, other = [every[n] for n in order[:2]], [every[n] for n in order]
        assert requests.joined(one, other) == tuple(every)
        assert requests.state_of(requests.joined(one, other), Right.NEWS) is W


def brought(stored: Victim | None, answer: Rights, hour: int, **changes: object) -> Victim:
    row = Victim(
        id="v1", origin="v1", rights=answer, export_time=NOW + hour * HOUR, digest=str(hour)
    )
    row = replace(row, **changes)
    return replace(row, answers=request_history.answered(stored, row))


STEPS = strategies.lists(
    strategies.tuples(strategies.sampled_from(["feed", "own"]), strategies.sampled_from([R, W, U]))
)


class TestHistory:
    @given(STEPS)
    def test_agrees_with_what_is_stored(self, steps):
        """The feed's column, and the last answer that the victim gave to Aviso."""
        victim, enrollment, last = None, Enrollment(victim="v1"), U
        before: tuple[RequestRecord, ...] = ()
        for hour, (who, answer) in enumerate(steps):
            if who == "feed":
                victim = brought(victim, answer, hour)
            elif answer is not U:
                last = answer
                mine = requests.extended(enrollment.requests, own(answer, hour))
                enrollment = replace(enrollment, requests=mine)
            case = replace(a_case().case, enrollments=(enrollment,), victims=())
            person = victim or Victim(id="v1", origin="v1")
            every = request_history.records(case, person)
            assert set(before) <= set(every)
            before = every
            expected = person.rights if last is U else last
            assert requests.state_of(every, Right.NEWS) is expected
            assert duties.rights(case, person) is expected
            assert request_history.from_feed(person) == tuple(
                record for record in every if record.proof == FEED
            )
            feed = request_history.from_feed(person)
            assert requests.state_of(feed, Right.NEWS) is person.rights

    def test_has_each_answer_of_the_report_once(self):
        row = None
        for hour, answer in enumerate([U, R, R, W, W, U, R]):
            row = brought(row, answer, hour, language="es")
        said = [(r.answer, r.at, r.language) for r in request_history.from_feed(row)]
        hours = {1: R, 3: W, 5: U, 6: R}
        assert said == [(answer, NOW + hour * HOUR, "es") for hour, answer in hours.items()]

    def test_of_a_row_of_an_earlier_release_is_kept(self):
        old = Victim(id="v1", origin="v1", rights=W, row_time=NOW)
        assert [r.answer for r in request_history.from_feed(old)] == [W]
        assert [r.answer for r in request_history.from_feed(brought(old, R, 5))] == [W, R]

    def test_never_outgrows_the_row(self):
        row = Victim(id="v1", origin="v1")
        for hour in range(1400):
            row = brought(row, (R, W)[hour % 2], hour)
        assert 1250 < len(row.answers) < 1350
        assert sum(map(len, row.answers)) < 100_000
        assert request_history.from_feed(row)[-1].at == NOW + 1399 * HOUR


class TestRecord:
    @pytest.mark.parametrize("left", [(), (own(R, 1),), (own(W, 0),)])
    def test_is_never_changed_or_removed(self, left):
        before = Enrollment(victim="v1", requests=(own(W, 1),), version=1)
        after = replace(before, requests=left)
        change = EnrollmentChange(number=NUMBER, before=before, after=after)
        with pytest.raises(ValueError, match="never changed"):
            enrollments.writes(change)

    def test_fits_in_its_row_twice(self):
        """Two rows of one victim may become one; each may be full of contacts too."""
        record = own(W, 1)
        size = sum(len(str(getattr(record, name))) + len(name) for name in record.__struct_fields__)
        assert 2 * 2 * MOST * (size + 60) < 120_000
