"""That a victim cannot act, as the records system says it."""

import json

import pytest
from msgspec.structs import replace

from infra.harness.feed_drop import Feed, a_person_row, stored
from infra.harness.feed_files import ndjson_text


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
    return victim.incapacitated


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
