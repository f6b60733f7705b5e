"""What the agent sends of a table in a real PostgreSQL, and what it does not send twice."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy

from aviso_agent import place, pull
from aviso_agent.failures import AgentError, sentence
from aviso_agent.place import Places
from aviso_agent.reader import Reader
from tests.integration.agent.conftest import LOCAL, NOW

HOUR = timedelta(hours=1)


class Killed(BaseException):
    """The process ends here."""


class TestPull:
    def test_all_rows_come_once_over_pages_and_files(self, agent, records, feed, minutes):
        for number in range(20):
            records.put(number, f"Name {number}", minutes(20 - number // 4))
        assert agent().run() == 20
        assert feed.people() == records.people()
        assert len(feed.rows()) == 20
        assert len(feed.files) == 5  # of about six rows, but no row time is in two files

    def test_many_rows_with_one_time_are_all_read(self, agent, records, feed, minutes):
        for number in range(10):
            records.put(number, "Name", minutes(5))
        agent().run()
        assert feed.people() == records.people()

    def test_a_second_run_sends_nothing(self, agent, records, feed, minutes):
        records.put(1, "Name", minutes(1))
        agent().run()
        assert agent().run(NOW + timedelta(minutes=5)) == 0
        assert len(feed.files) == 1

    def test_only_a_changed_row_is_sent(self, agent, records, feed, minutes):
        for number in range(5):
            records.put(number, "Name", minutes(1))
        agent().run()
        records.put(3, "Other", minutes(0))
        assert agent().run(NOW + timedelta(minutes=5)) == 1
        assert feed.people() == records.people()

    def test_a_value_with_commas_and_lines_arrives(self, agent, records, feed, minutes):
        records.put(1, 'Ñ, "x"\nand 12:30 %', minutes(1))
        agent().run()
        assert feed.people() == records.people()

    def test_the_agencys_filter_counts(self, agent, records, feed, minutes):
        records.put(1, ":x%", minutes(1))
        assert agent().run() == 0


class TestLateCommits:
    def test_a_row_committed_late_arrives(self, agent, records, feed, minutes):
        with records.engine.begin() as slow:
            slow.execute(sqlalchemy.text("INSERT INTO people VALUES ('26-9', 9, 'Late', :at)"),
                         {"at": minutes(10)})  # fmt: skip
            records.put(1, "Name", minutes(1))
            agent().run()
            assert len(feed.people()) == 1
        assert agent().run(NOW + timedelta(minutes=5)) == 1
        assert feed.people() == records.people()

    def test_a_row_in_the_future_hides_nothing(self, agent, records, feed, minutes):
        records.put(1, "Wrong clock", LOCAL + timedelta(days=400))
        agent().run()
        records.put(2, "Name", LOCAL + timedelta(minutes=4))
        assert agent().run(NOW + timedelta(minutes=5)) == 1
        assert feed.people() == records.people()

    def test_the_repeated_hour_in_fall_is_read(self, agent, records, feed):
        denver = agent("America/Phoenix", "America/Denver")
        records.put(1, "At 1:55 of the first time", datetime.fromisoformat("2026-11-01T01:55"))
        denver.run(datetime(2026, 11, 1, 7, 56, tzinfo=UTC))
        records.put(2, "At 1:10 of the second time", datetime.fromisoformat("2026-11-01T01:10"))
        assert denver.run(datetime(2026, 11, 1, 9, 10, tzinfo=UTC)) == 1  # 2:10
        assert feed.people() == records.people()


class TestHeartbeat:
    def test_a_quiet_day_sends_the_newest_rows_again(self, agent, records, feed, minutes):
        records.put(1, "Old", minutes(600))
        records.put(2, "New", minutes(1))
        agent().run()
        assert agent().run(NOW + 5 * HOUR) == 0
        assert agent().run(NOW + 6 * HOUR) == 1
        assert agent().run(NOW + 7 * HOUR) == 0
        assert feed.people() == records.people()

    def test_an_empty_table_sends_no_file(self, agent, records, feed):
        assert agent().run() == 0
        assert feed.files == []


class TestSince:
    def test_rows_from_that_day_on_are_sent_again(self, agent, records, feed, minutes):
        records.put(1, "Old", minutes(3000))
        records.put(2, "New", minutes(100))
        agent().run()
        assert agent().run(since=minutes(200)) == 1
        assert agent().run() == 0
        assert feed.people() == records.people()


STEPS = [  # of a run of three files, and how often each comes
    (Reader, "table", 1),
    (Reader, "check_empty_cells", 1),
    (Reader, "statement", 5),
    (pull, "as_file", 3),
    (Places, "advance", 3),
    (Places, "complete", 1),
]
CRASHES = [(owner, name, nth) for owner, name, times in STEPS for nth in range(1, times + 1)]


@pytest.fixture
def killed_at(monkeypatch):
    """Return a function that kills the process before or after the n-th call of a step."""

    def patch(context, owner, name, when, nth):
        real, calls = getattr(owner, name), []

        def step(*args, **kwargs):
            calls.append(name)
            if len(calls) == nth and when == "before":
                raise Killed
            result = real(*args, **kwargs)
            if len(calls) == nth:
                raise Killed
            return result

        context.setattr(owner, name, step)

    return patch


class TestCrash:
    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize(("owner", "name", "nth"), CRASHES)
    def test_nothing_is_lost(
        self, agent, records, feed, minutes, monkeypatch, killed_at, owner, name, nth, when
    ):
        for number in range(14):
            records.put(number, "Name", minutes(20 - number))
        with monkeypatch.context() as context:
            killed_at(context, owner, name, when, nth)
            with pytest.raises(Killed):
                agent().run()
        records.put(3, "Changed while it was down", minutes(0))
        agent().run(NOW + timedelta(minutes=1))
        assert feed.people() == records.people()
        assert len(feed.rows()) <= 14 + 1 + 6  # at most one file comes again
        assert agent().run(NOW + timedelta(minutes=2)) == 0

    def test_a_file_put_twice_keeps_its_name(self, agent, records, feed, minutes):
        records.put(1, "Name", minutes(1))

        def put_and_die(name, content):
            feed.put(name, content)
            raise Killed

        with pytest.raises(Killed):
            agent().run(put=put_and_die)
        agent().run()
        assert len(feed.files) == 2
        assert feed.files[0] == feed.files[1]

    def test_the_place_is_noted_after_the_upload(self, agent, records, feed, minutes):
        records.put(1, "Name", minutes(1))

        def fail(name, content):
            raise ConnectionError

        with pytest.raises(ConnectionError):
            agent().run(put=fail)
        assert agent().run() == 1

    def test_a_second_agent_is_refused(self, agent, records):
        with agent().opened(), pytest.raises(AgentError, match="is in use"):
            agent().run()

    def test_a_damaged_state_file_is_a_sentence(self, agent, records):
        made = agent()
        made.settings.state.write_bytes(b"not a database" * 100)
        with pytest.raises(AgentError, match=r"is damaged\. Delete it"):
            made.run()

    def test_the_state_file_has_no_value_of_a_row(self, agent, records, feed, minutes):
        records.put(1, "Maria Secret", minutes(1))
        made = agent()
        made.run()
        assert b"Secret" not in made.settings.state.read_bytes()
        assert made.settings.state.stat().st_mode & 0o077 == 0


class TestDatabase:
    def test_is_closed_while_a_file_is_put(self, agent, records, feed, minutes):
        records.execute("DROP ROLE IF EXISTS aviso_reader")
        records.execute("CREATE ROLE aviso_reader LOGIN")
        records.execute("GRANT SELECT ON people TO aviso_reader")
        for number in range(14):
            records.put(number, "Name", minutes(1))
        seen = []

        def put(name, content):
            feed.put(name, content)
            seen.extend(
                records.execute("SELECT 1 FROM pg_stat_activity WHERE usename = 'aviso_reader'"
                                " AND state <> 'idle'")
            )  # fmt: skip

        assert agent(user="aviso_reader").run(put=put) == 14
        assert seen == []
        records.execute("DROP OWNED BY aviso_reader")

    def test_a_query_that_writes_is_refused(self, agent, records, feed, minutes):
        records.put(1, "Name", minutes(1))
        records.execute("CREATE SEQUENCE IF NOT EXISTS counter")
        made = agent("SELECT num", "SELECT nextval('counter') AS n, num")
        with pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
            made.run()
        assert "25006" in sentence(caught.value)  # read_only_sql_transaction

    def test_a_slow_query_ends(self, agent, records, minutes):
        records.put(1, "Name", minutes(1))
        made = agent("SELECT num", "SELECT pg_sleep(30)::text AS s, num")
        query = made.settings.queries[0]
        from aviso_agent import dialects

        engine = dialects.engine(made.settings.url, 1)
        with pytest.raises(sqlalchemy.exc.OperationalError) as caught:
            made.run(reader=Reader(engine, query, 1, 3))
        assert "57014" in sentence(caught.value)  # query_canceled

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("place: UPD", "place: LAST_UPD", "`people` has no column LAST_UPD. It has: num, id"),
            ("key: [num, id]", "key: [num, ids]", "has no column ids"),
            ("key: [num, id]", "key: [num]", "two rows have the same place and key"),
            ("SELECT num,", "SELECT num, name AS id,", "has the column id twice"),
            ("place: UPD", "place: name", "has values of the type str. `place` must be a time"),
            ("num, id, name", "num, id, ARRAY[name] AS x", "Column x has values of the type list"),
        ],
    )
    def test_wrong_columns_are_a_sentence(self, agent, records, minutes, old, new, reason):
        for number in range(6):
            records.put(number, "Secret", minutes(1))
        with pytest.raises(AgentError, match=reason.replace("[", r"\[")) as caught:
            agent(old, new).run()
        assert "Secret" not in str(caught.value)

    def test_a_row_without_a_place_is_a_sentence(self, agent, records, minutes):
        records.put(1, "Name", minutes(1))
        records.put(2, "Name", None)
        with pytest.raises(AgentError, match="1 rows of the query `people` have no upd"):
            agent().run()

    def test_a_missing_right_is_a_sentence(self, agent, records):
        records.execute("DROP ROLE IF EXISTS nobody_here")
        records.execute("CREATE ROLE nobody_here LOGIN")
        with pytest.raises(sqlalchemy.exc.ProgrammingError) as caught:
            agent(user="nobody_here").run()
        assert "the right to read it is missing" in sentence(caught.value)
        assert "42501" in sentence(caught.value)
        records.execute("DROP ROLE nobody_here")

    def test_a_database_error_says_no_value(self, agent, records, minutes):
        records.put(1, "Maria Secret", minutes(1))
        with pytest.raises(sqlalchemy.exc.DataError) as caught:
            agent("num, id, name", "num, id, name::int AS name").run()
        assert "Secret" in str(caught.value.orig)  # why the text of errors is never shown
        assert "Secret" not in sentence(caught.value)
        assert "22P02" in sentence(caught.value)


class TestPlan:
    def test_it_shows_counts_columns_and_names_alone(self, agent, records, feed, minutes):
        for number in range(8):
            records.put(number, "Secret", minutes(1))
        with agent().opened() as run:
            lines = list(pull.plan(run))
        assert lines[0] == "people: columns num, id, name, upd"
        assert lines[1] == "people: reads from the first row"
        assert lines[-1] == "people: 8 rows are new or changed"
        assert "Secret" not in "\n".join(lines)
        assert feed.files == []

    def test_names_are_those_of_the_run(self, agent, records, feed, minutes):
        records.put(1, "Name", minutes(1))
        with agent().opened() as run:
            lines = "\n".join(pull.plan(run))
        agent().run()
        assert f"would put incoming/{feed.files[0][0]} with 1 rows" in lines


class TestPlaces:
    @pytest.mark.parametrize("value", [LOCAL, NOW, bytes(range(8)), LOCAL.replace(microsecond=1)])
    def test_a_place_comes_back_as_it_was(self, value, tmp_path):
        with place.opened(tmp_path / "s") as places:
            places.advance("people", value, [(value, b"d")], NOW)
            assert places.read("people") == place.Place(value, None, NOW, frozenset({b"d"}))

    def test_digests_before_the_overlap_are_forgotten(self, tmp_path):
        with place.opened(tmp_path / "s") as places:
            places.advance("people", LOCAL, [(LOCAL - HOUR, b"old"), (LOCAL, b"new")], NOW)
            places.complete("people", LOCAL, NOW, LOCAL - HOUR / 2)
            assert places.read("people").sent == {b"new"}
