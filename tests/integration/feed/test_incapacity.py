"""That a victim cannot act, as the records system says it."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Victim
from aviso.feed.backfill_history import as_history, is_history
from aviso.feed.marks import first_said
from infra.harness.builders import NOW, ZONE, a_case
from infra.harness.feed_drop import Feed, a_person_row, stored
from infra.harness.feed_files import local, ndjson_text


@pytest.fixture
def feed(aws: None, feed: Feed) -> Feed:
    people = feed.file("people")
    words = {**people.values, "incapacitated": {"Y": "yes", "N": "no"}}
    columns = {**people.columns, "incapacitated": "INCAP_FLAG"}
    mapped = replace(people, columns=columns, values=words)
    files = tuple(mapped if f.kind == "people" else f for f in feed.settings.feed)
    feed.settings = replace(feed.settings, feed=files)
    return feed


def said() -> bool:
    (victim,) = stored().victims
    return victim.is_incapacitated


class TestIncapacitated:
    @pytest.mark.parametrize(("cell", "is_so"), [("Y", True), ("N", False), ("", False)])
    def test_is_what_the_column_says(self, feed: Feed, cell: str, is_so: bool) -> None:
        for _ in range(2):
            feed.drop("people", a_person_row(incapacitated=cell))
        assert said() is is_so

    def test_unreadable_is_a_no_with_a_warning(self, feed: Feed) -> None:
        """A yes would end what the victim hears, and tell somebody else."""
        found = feed.drop("people", a_person_row(incapacitated="?"))
        assert found["warnings"] == {"bad_flag:INCAP_FLAG": 1}
        assert not said()

    def test_in_one_of_two_rows_is_enough(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(incapacitated="Y"), a_person_row(street="1 Elm St"))
        assert said()

    def test_is_taken_back_by_a_later_row(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(incapacitated="Y"))
        feed.drop("people", a_person_row(row_time=local(NOW)), at=NOW + timedelta(hours=1))
        assert not said()

    def test_was_first_said_when_a_file_brought_it(self, feed: Feed) -> None:
        """A yes after a no is a new one, unless the mark only comes and goes."""
        words = [("Y", 0), ("Y", 1), ("N", 2), ("Y", 3), ("N", 4), ("Y", 28)]
        since = []
        for word, hours in words:
            at = feed.now = NOW + timedelta(hours=hours)
            street = f"{hours + 1} Elm St"
            row = a_person_row(incapacitated=word, street=street, row_time=local(at))
            feed.drop("people", row, at=at)
            since.append(stored().victims[0].incapacitated_at)
        assert since == [NOW] * 5 + [NOW + timedelta(hours=28)]

    def test_of_one_of_two_rows_has_its_moment(self, feed: Feed) -> None:
        feed.drop("people", a_person_row())
        feed.drop("people", a_person_row(incapacitated="Y", street="1 Elm St"), part=True)
        assert stored().victims[0].incapacitated_at == NOW

    def test_keeps_its_moment_under_a_new_id(self, feed: Feed) -> None:
        feed.drop("people", a_person_row(incapacitated="Y"))
        feed.now = NOW + timedelta(hours=2)
        again = a_person_row(id="P9", former_id="P1", incapacitated="Y", row_time=local(NOW))
        feed.drop("people", again, at=feed.now)
        assert [(v.id, v.incapacitated_at) for v in stored().victims] == [("P1", NOW)]

    @pytest.mark.parametrize("known", [True, False])
    def test_in_a_backfill_is_news_of_a_known_victim(self, feed: Feed, known: bool) -> None:
        seen = NOW - timedelta(days=1) if known else NOW
        built = a_case().with_victim(incapacitated=True, incapacitated_at=NOW, first_seen=seen)
        row = as_history(built.case.victims[0], NOW, feed.settings)
        assert isinstance(row, Victim)
        assert (row.incapacitated_at == NOW) is known
        assert is_history(row, feed.settings) is not known

    @pytest.mark.parametrize("street", ["", "1 Elm St"], ids=["unchanged", "another street"])
    def test_stays_overruled_without_a_moment(self, street: str) -> None:
        """A yes from before moments were kept, which a supervisor overruled since."""
        able = NOW + timedelta(hours=1)
        (before,) = a_case().with_victim(incapacitated=True, desk_able_at=able).case.victims
        row = first_said(replace(before, street=street), before, NOW + timedelta(hours=2), ZONE)
        assert not row.is_incapacitated
        no = replace(row, incapacitated=False, incapacitated_at=None)
        assert first_said(row, no, NOW + timedelta(hours=3), ZONE).is_incapacitated

    def test_lost_from_a_file_refuses_it(self, feed: Feed) -> None:
        text = feed.text("people", [a_person_row()]).replace("INCAP_FLAG", "OTHER")
        feed.put("people.csv", text.encode())
        assert feed.run("people.csv")["result"] == "refused"

    @pytest.mark.parametrize("value", [True, False, None, ...])
    def test_may_be_left_out_of_an_object(self, feed: Feed, value: object) -> None:
        """Programs were written before the field was there."""
        one = json.loads(ndjson_text(feed.file("people"), [a_person_row()]))
        del one["incapacitated"]
        one |= {} if value is ... else {"incapacitated": value}
        feed.put("push/people-1.ndjson", (json.dumps(one) + "\n").encode())
        found = feed.run("push/people-1.ndjson")
        assert (found["new"], found["rejected"]) == (1, 0)
        assert said() is (value is True)
