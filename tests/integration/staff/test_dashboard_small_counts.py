"""The dashboard hides counts of fewer than five people, and the charts with them."""

import re
from datetime import timedelta

import pytest

from aviso.domain.staff import STAFF, TRUSTED, Role
from tests.integration.staff.figures import SMALL, TODAY, drawing, on_screen, table, tile

FEW_WORDS = "too few to show"


class TestSmallCounts:
    @pytest.mark.parametrize("role", sorted(STAFF))
    @pytest.mark.parametrize("asked", ["", SMALL])
    def test_are_hidden_from_everybody_in_a_file(self, counted, role, asked):
        counted.sign_in(role)
        every = table(counted.get(f"figures-csv?table=all&{asked}"))
        assert every["logins"]["value"] == "42"
        assert every["enrolled"]["value"] == every["enrolled_share"]["value"] == "*"
        kinds = table(counted.get(f"figures-csv?table=kind&{asked}"))
        assert (
            kinds["arrest"]["held"] == kinds["arrest"]["delivered"] == "*"
        )  # 15 less 12 would tell
        assert kinds["arrest"]["total"] == "15"
        assert table(counted.get(f"figures-csv?table=group&{asked}"))["arson"]["logins"] == "*"

    @pytest.mark.parametrize("role", sorted(STAFF))
    def test_are_hidden_from_everybody_in_the_report(self, counted, role):
        counted.sign_in(role)
        assert tile(counted, "Victims enrolled", "") == FEW_WORDS
        assert on_screen(counted, "kind", "")["Arrest"]["Held"] == FEW_WORDS
        assert on_screen(counted, "group", "")["Arson"]["Logins"] == FEW_WORDS
        assert 'class="value">3<' not in drawing(counted, "kind")
        assert '<div class="screen">' not in counted.get("figures").body  # all of it is printed

    @pytest.mark.parametrize("role", sorted(STAFF))
    def test_are_shown_by_right_on_a_page_not_printed(self, counted, role):
        counted.sign_in(role)
        right = role in TRUSTED
        assert (SMALL in counted.get("figures").body) is right
        assert tile(counted, "Victims enrolled") == ("3" if right else FEW_WORDS)
        assert on_screen(counted, "kind")["Arrest"]["Held"] == ("3" if right else FEW_WORDS)
        assert on_screen(counted, "kind")["Arrest"]["Delivered"] == ("12" if right else FEW_WORDS)
        page = counted.get(f"figures?{SMALL}")
        assert ("the page is not for the public" in page.text) is right
        before, _, on_the_screen = page.body.partition('<div class="screen">')
        assert '<dl class="tiles">' in (on_the_screen if right else before)

    def test_of_letters_cannot_be_derived_from_savings(self, desk, monkeypatch):
        from aviso.storage import counters

        counts = {TODAY: {"victims_notified": {"all": 12}, "victims_lettered": {"all": 3}}}
        monkeypatch.setattr(counters, "read", lambda first, last: counts)
        desk.sign_in(Role.RECORDS)
        seen = table(desk.get("figures-csv?table=all"))
        assert seen["victims_notified"]["value"] == "12"
        assert seen["letters"]["value"] == "*"
        assert seen["hours_saved"]["value"] == seen["money_saved"]["value"] == "*"
        desk.sign_in(Role.SUPERVISOR)
        assert float(tile(desk, "Hours saved on letters")) > 0

    def test_hide_a_share_when_the_others_are_few(self, desk, monkeypatch):
        from aviso.storage import counters

        counts = {"visitors": {"all": 40}, "visitors_enrolled": {"all": 38}}
        monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: counts})
        desk.sign_in(Role.RECORDS)
        assert table(desk.get("figures-csv?table=all"))["enrolled_share"]["value"] == "*"


class TestAnswers:
    def test_are_all_counted_in_their_average(self, desk, monkeypatch):
        from aviso.storage import counters

        answers = {f"answer.satisfaction.{n}": {"all": k} for n, k in ((5, 40), (1, 2))}
        monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: answers})
        desk.sign_in(Role.RECORDS)
        assert table(desk.get("figures-csv?table=all"))["satisfaction"]["value"] == "*"

    def test_of_few_hide_those_that_would_tell_them(self, desk, monkeypatch):
        from aviso.storage import counters

        answers = {f"answer.still_called.{n}": {"all": k} for n, k in enumerate((20, 9, 2))}
        monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: answers})
        desk.sign_in(Role.RECORDS)
        rows = table(desk.get("figures-csv?table=answers-still_called"))
        shown = [row["value"] for row in rows.values()]
        assert shown == ["*", "*", "*"]
        desk.sign_in(Role.SUPERVISOR)
        rows = on_screen(desk, "answers-still_called")
        assert [row["Number"] for row in rows.values()] == ["20", "9", "2"]

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
        assert {words: row["value"] for words, row in called.items()} == {
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

    def test_of_few_are_hidden_in_table_and_chart(self, surveyed):
        for role, shown, drawn in ((Role.SUPERVISOR, "2", 1), (Role.RECORDS, FEW_WORDS, 0)):
            surveyed.sign_in(role)
            scale = on_screen(surveyed, "answers-satisfaction")
            assert scale["1, very bad"]["Number"] == shown
            chart = drawing(surveyed, "answers-satisfaction", SMALL)
            assert chart.count('class="value">2<') == drawn

    @pytest.mark.parametrize("name", ["answers-better", "answers-", "answers-nothing", "answers"])
    def test_in_words_have_no_table(self, surveyed, name):
        surveyed.sign_in(Role.SUPERVISOR)
        assert surveyed.get(f"figures-csv?table={name}").status == 404


class TestCharts:
    def test_draw_no_line_across_hidden_days(self, a_quiet_week):
        desk, address = a_quiet_week
        desk.sign_in(Role.RECORDS)
        drawn = drawing(desk, "day", address)
        logins = drawn.partition('class="series serie-0')[2].partition('class="series serie-1')[0]
        lines = [
            path.count(" ") for path in re.findall(r'<path d="M([^"]*)"[^>]*class="line', logins)
        ]
        assert len(lines) == 2  # 9, 8 and 8, 9; the lone 7 and the lone 0 are dots
        assert drawn.count('class="dot reactive') >= 2
        desk.sign_in(Role.SUPERVISOR)
        whole = drawing(desk, "day", f"{address}&{SMALL}")
        logins = whole.partition('class="series serie-0')[2].partition('class="series serie-1')[0]
        assert len(re.findall(r'class="line', logins)) == 1

    def test_mark_a_hidden_bar(self, counted):
        for role, marked in ((Role.SUPERVISOR, False), (Role.RECORDS, True)):
            counted.sign_in(role)
            assert (">*</text>" in drawing(counted, "month", SMALL)) is marked
            page = counted.get(f"figures?{SMALL}")
            assert ("Numbers that are hidden here" in page.text) is marked

    def test_do_not_draw_what_the_table_hides(self, counted):
        counted.sign_in(Role.SUPERVISOR)
        assert 'class="value">3<' in drawing(counted, "kind", SMALL)
        counted.sign_in(Role.RECORDS)
        assert 'class="value">3<' not in drawing(counted, "kind")

    def test_draw_no_line_across_a_hidden_day(self, counted):
        first, last = TODAY - timedelta(days=4), TODAY
        days = f"first={first}&last={last}"
        points = {}
        for role in (Role.SUPERVISOR, Role.RECORDS):
            counted.sign_in(role)
            line = re.search(
                r'<path d="([^"]+)" class="line', drawing(counted, "day", f"{days}&{SMALL}")
            )
            points[role] = len(line[1].split()) // 2
        # Two days of zeros; hidden are the 2, and the 40 that would tell it; then a lone dot.
        assert points == {Role.SUPERVISOR: 5, Role.RECORDS: 2}
        page = counted.get(f"figures?{days}")
        assert "Numbers that are hidden here: 3." in page.text  # and who enrolled on one day

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
