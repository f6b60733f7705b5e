"""The dashboard: its figures, what the agency is told of the flow, and what a page reads."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.reporting import FIGURES
from aviso.reporting.health import read_health
from aviso.storage import counters, markers
from infra.harness.builders import a_case
from infra.harness.portal_browser import aws_calls, store
from tests.integration.staff.figures import TODAY, column, drawing, on_screen, table, tile


class TestFigures:
    def test_show_every_tally(self, counted):
        from aviso.web.staff.pages import strings

        counted.sign_in(Role.SUPERVISOR)
        page = counted.get("figures")
        for figure in FIGURES:
            assert strings("en")[f"desk_column_{figure.name}"] in page.text

    def test_of_notices_add_up_to_the_total(self, desk, monkeypatch):
        from aviso.web.staff.dashboard import BY_STATE

        states = [state for state in State if state is not State.CLAIMED]  # it counts as planned
        counts = {f"notices.{s}": {"all": n, "kind:arrest": n} for n, s in enumerate(states, 10)}
        monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: counts})
        desk.sign_in(Role.SUPERVISOR)
        row = table(desk.get("figures-csv?table=kind"))["Arrest"]
        total = int(row.pop(column("total")))
        assert set(row) == {column(state.value) for state in states}
        assert total == sum(map(int, row.values()))
        drawn = [state for states in BY_STATE.values() for state in states]
        assert sorted(map(column, drawn)) == sorted(row)

    def test_of_what_was_told_add_up_both_ways(self, desk, monkeypatch):
        told = {"told_by_message": 5, "told_by_letter": 2, "told_by_person": 1}
        counts = {name: {"kind:arrest": n} for name, n in {"owed": 12, "told_on_time": 7}.items()}
        counts |= {name: {"kind:arrest": n} for name, n in told.items()}
        monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: counts})
        desk.sign_in(Role.SUPERVISOR)
        row = table(desk.get("figures-csv?table=told"))["Arrest"]
        figures = {"total": 12, "told_on_time": 7, "not_on_time": 5, **told, "not_told": 4}
        assert {n: int(cell) for n, cell in row.items()} == {column(f): figures[f] for f in figures}

    @pytest.mark.parametrize(("arrests", "timed"), [(0, False), (3, True)])
    def test_of_time_stand_only_where_an_arrest_was(self, desk, monkeypatch, arrests, timed):
        counts = {"victims_owed": {"all": 9}, "arrests_owed": {"all": arrests}}
        monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: counts})
        desk.sign_in(Role.SUPERVISOR)
        assert ("Median time" in desk.get("figures").text) is timed

    def test_of_a_day_without_events_are_zeros(self, counted):
        counted.sign_in(Role.SUPERVISOR)
        first = TODAY - timedelta(days=9)
        days = table(
            counted.get(f"figures-csv?table=day&first={first}&last={TODAY - timedelta(days=1)}")
        )
        assert len(days) == 9
        assert days[first.isoformat()][column("logins")] == "0"

    def test_run_no_words_of_the_feed_as_a_formula(self, desk, monkeypatch):
        evil = '=HYPERLINK("http://x.example.org","open")'
        counts = {TODAY: {"told": {"all": 9, f"division:{evil}": 9}}}
        monkeypatch.setattr(counters, "read", lambda first, last: counts)
        desk.sign_in(Role.SUPERVISOR)
        assert f"'{evil}" in table(desk.get("figures-csv?table=division"))


class TestPublication:
    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "Not for publication."), ("es", "No es para publicar.")],
    )
    def test_is_refused_on_the_page_and_in_each_file(self, counted, settings, language, said):
        from aviso.web.staff.dashboard_tables import tables_of

        counted.sign_in(Role.ADVOCATE)
        page = counted.get(f"figures?lang={language}")
        (alert,) = page.root.xpath('//*[contains(@class, "warn")]')
        assert said in alert.text_content()
        assert not alert.xpath('ancestor-or-self::*[contains(@class, "screen")]')  # printed too
        for name in tables_of(settings):
            file = counted.get(f"figures-csv?table={name}&lang={language}").body
            assert said in file.splitlines()[-1]

    def test_of_small_numbers_is_why(self, counted):
        counted.sign_in(Role.SUPERVISOR)
        assert tile(counted, "Victims enrolled") == "3"
        assert on_screen(counted, "kind")["Arrest"]["Held"] == "3"
        assert table(counted.get("figures-csv?table=group"))["Arson"][column("logins")] == "3"


class TestAnswers:
    def test_have_a_chart_a_table_and_a_file(self, surveyed, settings):
        surveyed.sign_in(Role.SUPERVISOR)
        page = surveyed.get("figures")
        for question in settings.survey.questions:
            asked = f"table=answers-{question.id}&amp;"
            counted = question.id in ("satisfaction", "still_called")
            drawn = page.body.count(f'<figure id="chart-answers-{question.id}">')
            assert drawn == counted, question.id
            assert page.body.count(f"figures-csv?{asked}") == counted, question.id
        called = table(surveyed.get("figures-csv?table=answers-still_called"))
        assert {words: row["Number"] for words, row in called.items()} == {
            "No": "8",
            "Yes, once": "9",
            "Yes, more than once": "10",
        }
        scale = table(surveyed.get("figures-csv?table=answers-satisfaction"))
        assert list(scale) == [
            "5, very good",
            "4, good",
            "3, neither good nor bad",
            "2, bad",
            "1, very bad",
        ]
        rows = on_screen(surveyed, "answers-satisfaction")
        assert [row["Number"] for row in rows.values()] == ["9", "0", "0", "0", "2"]

    @pytest.mark.parametrize("name", ["answers-better", "answers-", "answers-nothing", "answers"])
    def test_in_words_have_no_table(self, surveyed, name):
        surveyed.sign_in(Role.SUPERVISOR)
        assert surveyed.get(f"figures-csv?table={name}").status == 404


class TestCharts:
    def test_do_nothing_and_lie_in_the_page(self, counted):
        counted.sign_in(Role.SUPERVISOR)
        chart = drawing(counted, "day")
        assert "<script" not in chart
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"|<!--.*?-->', "", chart)
        policies = [
            counted.get(page).headers["Content-Security-Policy"] for page in ("figures", "find")
        ]
        assert ["data:" in policy for policy in policies] == [True, False]
        assert policies[0].startswith("default-src 'none'; style-src 'self'; img-src 'self' data:;")

    def test_each_have_a_table_and_a_file(self, counted):
        counted.sign_in(Role.SUPERVISOR)
        page = counted.get("figures")
        drawn = re.findall(r'<figure id="chart-([\w-]+)"><img src="data:image/svg\+xml,', page.body)
        assert len(drawn) == page.body.count("<figure") == page.body.count('alt="Chart: ')
        for name in drawn:
            assert f"figures-csv?table={name}&amp;" in page.body


IN_WORDS = {
    "en": {
        "tile": "Required notices found missing in the last comparison of all cases {n}",
        "said": "Found missing and entered: 7.",
        "not_ended": "That comparison did not reach the last case.",
        "failed": "Cases that could not be compared: 2.",
        "unknown": "Not known",
    },
    "es": {
        "tile": "Avisos que se debían dar y faltaban "
        "en la última comparación de todos los casos {n}",
        "said": "faltaban y se anotaron: 7.",
        "not_ended": "Esa comparación no llegó al último caso.",
        "failed": "Casos que no se pudieron comparar: 2.",
        "unknown": "No se sabe",
    },
}


class TestFlow:
    @pytest.mark.parametrize(
        ("gauges", "said"),
        [
            ({"TasksOverdue": 3}, "Tasks over a day past deadline, inbox included 3"),
            ({"LettersOverdue": 4}, "Letters not mailed on time 4"),
            ({"Stuck": 5}, "Sending delayed over 15 minutes 5"),
        ],
    )
    def test_says_what_waits_too_long(self, counted, gauges, said):

        counted.sign_in(Role.RECORDS)
        assert said not in counted.get("health").text
        markers.put_marker(markers.GAUGES, gauges, datetime.now(UTC), markers.LOOKS_KEPT)
        assert said in counted.get("health").text

    def test_with_a_stopped_clock_shows_no_number(self, counted):

        counted.sign_in(Role.RECORDS)
        kept = ((markers.GAUGES, {"Overdue": 0}), (markers.RECONCILED, {"missing": 0}))
        for minutes, said in ((10, "0"), (130, "Not known")):
            for name, data in kept:
                put = datetime.now(UTC) - timedelta(minutes=minutes)
                markers.put_marker(name, data, put, markers.LOOKS_KEPT)
            text = counted.get("health").text
            assert f"Past deadline, without a task or a letter {said}" in text
            assert f"Required notices found missing {said}" in text

    @pytest.mark.parametrize("language", IN_WORDS)
    def test_shows_what_the_night_found_all_day(self, counted, language):

        words = IN_WORDS[language]
        counted.sign_in(Role.SUPERVISOR)

        def seen(hours, **night):
            now = datetime.now(UTC)
            kept = {
                markers.RECONCILED: (0, {"missing": 0}),
                markers.RECONCILED_NIGHT: (hours, night),
            }
            for name, (ago, data) in kept.items():
                markers.put_marker(name, data, now - timedelta(hours=ago), markers.LOOKS_KEPT)
            return counted.get(f"health?lang={language}").text

        whole = seen(22, missing=7, failed=0, go_on_at="")
        assert words["tile"].format(n=7) in whole
        assert words["said"] in whole
        assert words["not_ended"] not in whole
        assert words["failed"].split(":")[0] not in whole
        cut_off = seen(6, missing=7, failed=2, go_on_at="2611240001")
        assert f"{words['not_ended']} {words['failed']}" in cut_off
        assert "2611240001" not in cut_off
        long_ago = seen(27, missing=7, failed=0, go_on_at="")
        assert words["tile"].format(n=words["unknown"]) in long_ago
        assert words["said"] not in long_ago

    def test_is_read_in_one_call(self, desk):
        with aws_calls() as calls:
            read_health(Settings.current(), datetime.now(UTC))
        assert calls == ["BatchGetItem"]


class TestReads:
    def test_do_not_grow_with_the_cases(self, desk):
        desk.sign_in(Role.SUPERVISOR)
        desk.get("figures")  # what is read once a process
        with aws_calls() as before:
            desk.get("figures")
        for n in range(20):
            number = f"26112400{n:02}"
            store(replace(a_case().with_report(number=number, origin=number).case, number=number))
        with aws_calls() as after:
            desk.get("figures")
        assert after == before
        assert "Scan" not in after


class TestDays:
    @pytest.mark.parametrize("query", ["first=x&last=y", "first=2026-13-40", "first=9999-01-01"])
    def test_that_are_unreadable_become_the_usual_ones(self, counted, query):
        counted.sign_in(Role.SUPERVISOR)
        assert counted.get(f"figures?{query}").status == 200


class TestReversedDays:
    DAYS = "first=2026-03-02&last=2026-03-01"

    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "The first day is after the last day."),
         ("es", "El primer día es después del último día.")],
    )  # fmt: skip
    def test_they_are_an_error_and_no_figure_is_shown(self, counted, language, said):
        counted.sign_in(Role.SUPERVISOR)
        page = counted.get(f"figures?{self.DAYS}&lang={language}")
        assert page.status == 400
        assert said in page.text
        assert 'value="2026-03-02"' in page.body  # kept, to be corrected
        assert 'class="headline"' not in page.body

    def test_no_file_is_made_of_them(self, counted):
        counted.sign_in(Role.SUPERVISOR)
        assert counted.get(f"figures-csv?table=all&{self.DAYS}").status == 400
