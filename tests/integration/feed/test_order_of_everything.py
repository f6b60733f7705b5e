"""Every row twice, three files in each of their six orders, and streams as fast as they can be.

After each single row that an import writes, the case is planned and all that is planned is sent:
the worst moment for half a case to speak. The end must be the same, and no suspect may be told.
"""

import csv
import io
from collections import Counter
from itertools import permutations

from aviso.feed import row_writer
from aviso.storage import cases, notices
from aviso.storage.notice_items import LedgerItem
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import export_text
from infra.local.sample.export import ENCODINGS, export
from tests.support.feed_flow import Streams, empty_tables, tables

CASES = 10
ORDERS = list(permutations(("cases", "people", "arrests")))


# A fresh case where the victim's phone is that of a suspect who was not arrested: the victim's row
# comes before the suspects', and the one who shares the phone is last.
SHARED = "520-555-0133"


HARD_CASE = {
    "cases": [a_case_row()],
    "people": [
        a_person_row(phone=SHARED),
        a_suspect_row(),
        a_suspect_row(id="S2", last_name="Reed", phone=SHARED),
    ],
    "arrests": [an_arrest_row()],
}


def twice(kind: str, sample: bytes, feed: Feed) -> bytes:
    """Return a kind's sample rows and the hard case's, every row twice."""
    encoding = ENCODINGS[kind]
    header = csv.DictReader(io.StringIO(sample.decode(encoding)))
    sampled = list(header)
    columns = feed.file(kind).columns
    hard = [{columns[n]: v for n, v in row.items()} for row in HARD_CASE[kind]]
    rows = [*sampled, *hard, *reversed(sampled), *hard]
    return export_text(header.fieldnames, rows).encode(encoding)


def suspects_addresses() -> set[tuple[str, str]]:
    found = set()
    for number in cases.numbers():
        for suspect in cases.read_case(number).suspects:
            found |= {(number, a) for a in (suspect.phone, suspect.email) if a}
    return found


def play(order, folder, feed, settings, provider, monkeypatch):
    """Import the files in this order; return what was sent, the ledger's end and the tables."""
    streams = Streams(settings)
    write = cases.write_row

    def write_and_run(number, row, replaces, **at):
        write(number, row, replaces, **at)
        streams.case_changed(number)

    monkeypatch.setattr(row_writer, "write_row", write_and_run)
    for kind in order:
        body = twice(kind, (folder / f"{kind}.csv").read_bytes(), feed)
        for name in (f"{kind}.csv", f"{kind}.csv"):
            feed.put(name, body)
            feed.run(name)
    monkeypatch.setattr(row_writer, "write_row", write)
    streams.settle()
    sent = Counter((m.address, m.notice) for m in provider.sent)
    states = {n.id: n.state for number in cases.numbers() for n in notices.of_case(number)}
    when = frozenset({"export_time", "first_seen"})  # they tell of the clock, not of the rows
    return sent, states, tables(sorted(cases.numbers()), when)


class TestSixOrders:
    def test_end_alike_and_reach_no_suspect(self, aws, settings, provider, monkeypatch, tmp_path):
        feed = Feed(settings)
        export(tmp_path, CASES, NOW, 18)
        ends = []
        for order in ORDERS:
            empty_tables()
            for item in LedgerItem.scan():
                item.delete()
            provider.sent.clear()
            sent, states, rows = play(order, tmp_path, feed, settings, provider, monkeypatch)
            told = {(notices.read(m.notice).case, m.address) for m in provider.sent}
            assert not told & suspects_addresses(), order
            assert set(sent.values()) == {1}, order
            ends.append((sent, states, rows))
        assert len(ends[0][0]) > 4
        for order, end in zip(ORDERS, ends, strict=True):
            assert end[0] == ends[0][0], (order, "messages")
            assert end[1] == ends[0][1], (order, "ledger")
            assert end[2] == ends[0][2], (order, "tables")
