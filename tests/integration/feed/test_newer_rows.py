"""A file after a rollback: the rows that a newer release wrote wait, and the others do not.

See docs/decisions/row-formats.md.
"""

from datetime import timedelta

import pytest

from aviso.domain.restriction import restriction_of
from aviso.storage import cases, inbox
from aviso.storage.model_calls import client
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import local

OTHER, NEW = "2611240002", "2611240999"
HOUR = timedelta(hours=1)
LATER = {"row_time": local(NOW)}


def rows_of(number):
    query = {":pk": {"S": f"CASE#{number}"}}
    return client().query(
        TableName="Cases", KeyConditionExpression="pk = :pk", ExpressionAttributeValues=query
    )["Items"]


def make_newer(sk):
    """Give a row of the case a newer format."""
    (row,) = (row for row in rows_of(NUMBER) if row["sk"]["S"] == sk)
    client().put_item(TableName="Cases", Item=row | {"type": {"S": row["type"]["S"] + "_9"}})


@pytest.fixture
def drop(feed: Feed):
    """Store two cases; return how to import a file of an hour later.

    It returns the rejected lines of the desk's tasks.
    """
    feed.drop("cases", a_case_row(), a_case_row(number=OTHER))
    feed.drop("people", a_person_row(), a_suspect_row(), a_suspect_row(number=OTHER, id="S9"))
    feed.drop("arrests", an_arrest_row())

    def go(kind, *rows):
        feed.now += HOUR
        feed.drop(kind, *(row | LATER for row in rows), at=feed.now)
        return [(row["line"], row["code"]) for task in inbox.rejected() for row in task.first]

    return go


class TestNewerRow:
    @pytest.mark.parametrize(
        ("sk", "kind", "row", "other"),
        [
            ("CASE", "cases", a_case_row(status="CLOSED"), a_case_row(number=NEW)),
            ("VICTIM#P1", "people", a_person_row(phone=""), a_person_row(number=OTHER, id="P9")),
            ("SUSPECT#S1", "people", a_suspect_row(phone=""), a_person_row(number=OTHER, id="P9")),
            (
                "ARREST#A1",
                "arrests",
                an_arrest_row(appearance_at="11/30/2026 09:00"),
                an_arrest_row(number=OTHER, id="A9", suspect="S9"),
            ),
        ],
    )
    def test_is_rejected_alone_and_stays(self, drop, sk, kind, row, other):
        make_newer(sk)
        before = rows_of(NUMBER)
        assert drop(kind, row, other) == [(2, "newer_release")]
        assert rows_of(NUMBER) == before
        assert len(rows_of(other["number"])) >= 2 - (kind == "cases")

    @pytest.mark.parametrize("sk", ["CASE", "VICTIM#P1", "SUSPECT#S1", "ARREST#A1"])
    def test_keeps_its_case_under_its_number(self, drop, settings, sk):
        make_newer(sk)
        before = rows_of(NUMBER)
        assert drop("cases", a_case_row(number=NEW, former_number=NUMBER)) == []
        assert rows_of(NUMBER) == before
        assert restriction_of(cases.read_case(NEW), settings) == "new_number"

    def test_is_imported_once_it_is_known_again(self, drop):
        (row,) = (row for row in rows_of(NUMBER) if row["sk"]["S"] == "VICTIM#P1")
        make_newer("VICTIM#P1")
        drop("people", a_person_row(phone="520-555-0109"))
        client().put_item(TableName="Cases", Item=row)
        drop("people", a_person_row(phone="520-555-0109"))
        assert cases.read_case(NUMBER).victims[0].phone == "+15205550109"
