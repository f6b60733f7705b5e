"""The dashboard: what each role sees of the tallies, as page, chart and file."""

import csv
import html
import io
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aviso.domain.staff import TRUSTED, Role
from aviso.storage import markers
from infra.harness.builders import a_case
from infra.harness.portal_browser import aws_calls, store
from tests.integration.conftest import NOW

TODAY = NOW.astimezone(ZoneInfo("America/Phoenix")).date()  # the day of the sample agency
MANY, FEW = {"all": 12, "kind:arrest": 12}, {"all": 3, "kind:arrest": 3}


@pytest.fixture
def counted(desk, monkeypatch):
    """Give the desk with a few days of counters behind it."""
    from aviso.storage import counters

    days = {
        TODAY - timedelta(days=2): {
            "notices.delivered": MANY,
            "logins": {"all": 40, "group:property": 37, "group:arson": 3},
            "visitors": {"all": 30},
            "enrolled": {"all": 3},
            "visitors_enrolled": {"all": 3},
        },
        TODAY - timedelta(days=1): {"notices.held": FEW, "logins": {"all": 2}},
    }

    def read(first: date, last: date) -> object:
        return {day: counts for day, counts in days.items() if first <= day <= last}

    monkeypatch.setattr(counters, "read", read)
    return desk


def table(page):
    rows = list(csv.reader(io.StringIO(page.body.lstrip("\ufeff"))))
    return {row[0]: dict(zip(rows[0][1:], row[1:], strict=True)) for row in rows[1:]}


SMALL = "small=shown"  # what a supervisor or an advocate asks for, on the screen alone


def on_screen(desk, name, days=SMALL):
    """Return a table of the page as rows of words."""
    body = desk.get(f"figures?{days}").body
    found = re.search(rf'id="chart-{name}".*?<tbody>(.*?)</tbody>', body, re.DOTALL)
    rows = re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', found[1], re.DOTALL)
    cells = {html.unescape(row): re.findall(r"<td[^>]*>\s*(.*?)\s*</td>", c) for row, c in rows}
    head = re.search(rf'id="chart-{name}".*?<thead>(.*?)</thead>', body, re.DOTALL)
    columns = re.findall(r'class="number">(.*?)</th>', head[1])
    return {row: dict(zip(columns, of, strict=True)) for row, of in cells.items()}


def tile(desk, name, days=SMALL):
    """Return a figure of the page as it is written there."""
    body = desk.get(f"figures?{days}").body
    return re.search(rf"<dt>{name}</dt><dd>\s*(.*?)\s*</dd>", body)[1]


def drawing(desk, name, days=""):
    """Return a table's chart as the dashboard holds it."""
    page = desk.get(f"figures?{days}")
    found = re.search(rf'id="chart-{name}"><img src="data:image/svg\+xml,([^"]*)"', page.body)
    return unquote(html.unescape(found[1]))


def test_every_figure_of_the_tallies_is_on_the_page(counted):
    from aviso.reporting import FIGURES
    from aviso.web.staff.pages import strings

    counted.sign_in(Role.SUPERVISOR)
    page = counted.get("figures")
    for figure in FIGURES:
        assert strings("en")[f"desk_column_{figure.name}"] in page.text


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("asked", ["", SMALL])
def test_a_file_hides_counts_of_fewer_than_five_people_from_everybody(counted, role, asked):
    counted.sign_in(role)
    every = table(counted.get(f"figures-csv?table=all&{asked}"))
    assert every["logins"]["value"] == "42"
    assert every["enrolled"]["value"] == every["enrolled_share"]["value"] == "*"
    kinds = table(counted.get(f"figures-csv?table=kind&{asked}"))
    assert kinds["arrest"]["held"] == kinds["arrest"]["delivered"] == "*"  # 15 less 12 would tell
    assert kinds["arrest"]["total"] == "15"
    assert table(counted.get(f"figures-csv?table=group&{asked}"))["arson"]["logins"] == "*"


@pytest.mark.parametrize("role", Role)
def test_the_report_hides_counts_of_fewer_than_five_people_from_everybody(counted, role):
    counted.sign_in(role)
    assert tile(counted, "Victims enrolled", "") == "hidden"
    assert on_screen(counted, "kind", "")["Arrest"]["Held"] == "hidden"
    assert on_screen(counted, "group", "")["Arson"]["Logins"] == "hidden"
    assert 'class="value">3<' not in drawing(counted, "kind")
    assert '<div class="screen">' not in counted.get("figures").body  # all of it is printed


@pytest.mark.parametrize("role", Role)
def test_who_has_the_right_to_small_counts_sees_them_on_a_page_that_is_not_printed(counted, role):
    counted.sign_in(role)
    right = role in TRUSTED
    assert (SMALL in counted.get("figures").body) is right
    assert tile(counted, "Victims enrolled") == ("3" if right else "hidden")
    assert on_screen(counted, "kind")["Arrest"]["Held"] == ("3" if right else "hidden")
    assert on_screen(counted, "kind")["Arrest"]["Delivered"] == ("12" if right else "hidden")
    page = counted.get(f"figures?{SMALL}")
    assert ("the page is not for the public" in page.text) is right
    before, _, on_the_screen = page.body.partition('<div class="screen">')
    assert '<ul class="headline">' in (on_the_screen if right else before)


def test_a_few_letters_cannot_be_told_from_what_was_saved(desk, monkeypatch):
    from aviso.storage import counters

    counts = {TODAY: {"victims_notified": {"all": 12}, "victims_lettered": {"all": 3}}}
    monkeypatch.setattr(counters, "read", lambda first, last: counts)
    desk.sign_in(Role.RECORDS)
    seen = table(desk.get("figures-csv?table=all"))
    assert seen["victims_notified"]["value"] == "12"
    assert seen["letters"]["value"] == "*"
    assert seen["hours_saved"]["value"] == seen["money_saved"]["value"] == "*"
    desk.sign_in(Role.SUPERVISOR)
    assert float(tile(desk, "Hours saved")) > 0


def test_an_average_stands_on_each_of_its_answers(desk, monkeypatch):
    from aviso.storage import counters

    answers = {f"answer.satisfaction.{n}": {"all": k} for n, k in ((5, 40), (1, 2))}
    monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: answers})
    desk.sign_in(Role.RECORDS)
    assert table(desk.get("figures-csv?table=all"))["satisfaction"]["value"] == "*"


@pytest.fixture
def a_quiet_week(desk, monkeypatch):
    """Give the desk with logins of nine days, a few of them small, and one lone between those."""
    from aviso.storage import counters

    logins = [9, 8, 1, 7, 2, 0, 3, 8, 9]
    first = TODAY - timedelta(days=len(logins) - 1)
    days = {first + timedelta(days=n): {"logins": {"all": k}} for n, k in enumerate(logins)}
    monkeypatch.setattr(counters, "read", lambda first, last: days)
    return desk, f"first={first}&last={TODAY}"


def test_no_line_is_drawn_across_days_that_are_hidden(a_quiet_week):
    desk, address = a_quiet_week
    desk.sign_in(Role.RECORDS)
    drawn = drawing(desk, "day", address)
    logins = drawn.partition('class="series serie-0')[2].partition('class="series serie-1')[0]
    lines = [path.count(" ") for path in re.findall(r'<path d="M([^"]*)"[^>]*class="line', logins)]
    assert len(lines) == 2  # 9, 8 and 8, 9; the lone 7 and the lone 0 are dots
    assert drawn.count('class="dot reactive') >= 2
    desk.sign_in(Role.SUPERVISOR)
    whole = drawing(desk, "day", f"{address}&{SMALL}")
    logins = whole.partition('class="series serie-0')[2].partition('class="series serie-1')[0]
    assert len(re.findall(r'class="line', logins)) == 1


def test_a_bar_that_is_hidden_is_marked_and_not_left_out_like_a_zero(counted):
    for role, marked in ((Role.SUPERVISOR, False), (Role.RECORDS, True)):
        counted.sign_in(role)
        assert (">*</text>" in drawing(counted, "month", SMALL)) is marked
        page = counted.get(f"figures?{SMALL}")
        assert ("Numbers that are hidden here" in page.text) is marked


def test_answers_of_few_are_hidden_and_with_them_those_that_would_tell_them(desk, monkeypatch):
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


def test_a_share_is_hidden_when_the_others_are_few(desk, monkeypatch):
    from aviso.storage import counters

    counts = {"visitors": {"all": 40}, "visitors_enrolled": {"all": 38}}
    monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: counts})
    desk.sign_in(Role.RECORDS)
    assert table(desk.get("figures-csv?table=all"))["enrolled_share"]["value"] == "*"


def test_notices_in_every_state_add_up_to_the_total(desk, monkeypatch):
    from aviso.domain.notice import State
    from aviso.storage import counters
    from aviso.web.staff.dashboard import BY_STATE

    states = [state for state in State if state is not State.CLAIMED]  # it counts as planned
    counts = {f"notices.{s}": {"all": n, "kind:arrest": n} for n, s in enumerate(states, 10)}
    monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: counts})
    desk.sign_in(Role.SUPERVISOR)
    row = table(desk.get("figures-csv?table=kind"))["arrest"]
    total = int(row.pop("total"))
    assert set(row) == {state.value for state in states}
    assert total == sum(map(int, row.values()))
    drawn = [state for states in BY_STATE.values() for state in states]
    assert sorted(drawn) == sorted(row)


def test_what_is_hidden_in_the_table_is_not_drawn_in_the_chart_either(counted):
    counted.sign_in(Role.SUPERVISOR)
    assert 'class="value">3<' in drawing(counted, "kind", SMALL)
    counted.sign_in(Role.RECORDS)
    assert 'class="value">3<' not in drawing(counted, "kind")


ANSWERED = {"answer.satisfaction.5": {"all": 9}, "answer.satisfaction.1": {"all": 2}} | {
    f"answer.still_called.{n}": {"all": 8 + n} for n in range(3)
}


@pytest.fixture
def surveyed(counted, monkeypatch):
    """Give the desk with counters of answers behind it."""
    from aviso.storage import counters

    monkeypatch.setattr(counters, "read", lambda first, last: {TODAY: ANSWERED})
    return counted


def test_each_question_has_a_chart_a_table_and_a_file_of_its_own(surveyed, settings):
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


def test_few_answers_are_hidden_from_roles_without_the_right_in_table_and_chart(surveyed):
    for role, shown, drawn in ((Role.SUPERVISOR, "2", 1), (Role.RECORDS, "hidden", 0)):
        surveyed.sign_in(role)
        scale = on_screen(surveyed, "answers-satisfaction")
        assert scale["1, very bad"]["Number"] == shown
        chart = drawing(surveyed, "answers-satisfaction", SMALL)
        assert chart.count('class="value">2<') == drawn


@pytest.mark.parametrize("name", ["answers-better", "answers-", "answers-nothing", "answers"])
def test_there_is_no_table_of_what_people_wrote(surveyed, name):
    surveyed.sign_in(Role.SUPERVISOR)
    assert surveyed.get(f"figures-csv?table={name}").status == 404


def test_no_line_is_drawn_across_a_day_that_is_hidden(counted):
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


def test_every_state_has_its_column_and_they_add_up(counted):
    counted.sign_in(Role.SUPERVISOR)
    for row in on_screen(counted, "kind").values():
        numbers = {column: int(cell) for column, cell in row.items()}
        assert numbers.pop("All") == sum(numbers.values()) == 15


@pytest.mark.parametrize(
    ("gauges", "said"),
    [
        ({"TasksOverdue": 3}, "Tasks over a day past deadline, inbox included 3"),
        ({"LettersOverdue": 4}, "Letters not mailed on time 4"),
        ({"Stuck": 5}, "Sending delayed over 15 minutes 5"),
    ],
)
def test_what_waits_too_long_is_said(counted, gauges, said):

    counted.sign_in(Role.RECORDS)
    assert said not in counted.get("figures").text
    markers.put_marker(markers.GAUGES, gauges, datetime.now(UTC), markers.LOOKS_KEPT)
    assert said in counted.get("figures").text


def test_a_clock_that_stands_still_shows_no_number(counted):

    counted.sign_in(Role.RECORDS)
    kept = ((markers.GAUGES, {"Overdue": 0}), (markers.RECONCILED, {"missing": 0}))
    for minutes, said in ((10, "0"), (130, "Not known")):
        for name, data in kept:
            put = datetime.now(UTC) - timedelta(minutes=minutes)
            markers.put_marker(name, data, put, markers.LOOKS_KEPT)
        text = counted.get("figures").text
        assert f"Past deadline, unassigned {said}" in text
        assert f"Required notices found missing {said}" in text


IN_WORDS = {
    "en": {
        "tile": "Required notices found missing last night, all cases {n}",
        "said": "all cases were compared with the required notices. Found missing and entered: 7.",
        "not_ended": "That comparison did not reach the last case.",
        "failed": "Cases that could not be compared: 2.",
        "unknown": "Not known",
    },
    "es": {
        "tile": "Avisos debidos que faltaban anoche, todos los casos {n}",
        "said": "se compararon todos los casos con los avisos debidos. Faltaban y se anotaron: 7.",
        "not_ended": "Esa comparación no llegó al último caso.",
        "failed": "Casos que no se pudieron comparar: 2.",
        "unknown": "No se sabe",
    },
}


@pytest.mark.parametrize("language", IN_WORDS)
def test_what_the_night_found_missing_stands_beside_the_last_hours_all_day(counted, language):

    words = IN_WORDS[language]
    counted.sign_in(Role.SUPERVISOR)

    def seen(hours, **night):
        now = datetime.now(UTC)
        kept = {markers.RECONCILED: (0, {"missing": 0}), markers.RECONCILED_NIGHT: (hours, night)}
        for name, (ago, data) in kept.items():
            markers.put_marker(name, data, now - timedelta(hours=ago), markers.LOOKS_KEPT)
        return counted.get(f"figures?lang={language}").text

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


def test_how_the_flow_stands_is_read_in_one_call(desk):
    from aviso.domain.settings import Settings
    from aviso.reporting import figures

    with aws_calls() as calls:
        figures._health(Settings.current(), datetime.now(UTC))
    assert calls == ["BatchGetItem"]


def test_a_chart_can_do_nothing_but_show_and_lies_in_the_page_alone(counted):
    counted.sign_in(Role.SUPERVISOR)
    chart = drawing(counted, "day")
    assert "<script" not in chart
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"|<!--.*?-->', "", chart)
    policies = [
        counted.get(page).headers["Content-Security-Policy"] for page in ("figures", "find")
    ]
    assert ["data:" in policy for policy in policies] == [True, False]
    assert policies[0].startswith("default-src 'none'; style-src 'self'; img-src 'self' data:;")


def test_every_chart_has_its_table_and_its_file_on_the_page(counted):
    counted.sign_in(Role.SUPERVISOR)
    page = counted.get("figures")
    drawn = re.findall(r'<figure id="chart-([\w-]+)"><img src="data:image/svg\+xml,', page.body)
    assert len(drawn) == page.body.count("<figure") == page.body.count('alt="Chart: ')
    for name in drawn:
        assert f"figures-csv?table={name}&amp;" in page.body


def test_the_page_reads_its_counters_once_for_all_charts(counted, monkeypatch):
    from aviso.storage import counters

    reads, read = [], counters.read

    def noted(first: date, last: date) -> object:
        reads.append(first)
        return read(first, last)

    monkeypatch.setattr(counters, "read", noted)
    counted.sign_in(Role.SUPERVISOR)
    counted.get("figures")
    assert len(reads) == 1


def test_a_day_on_which_nothing_happened_is_a_day_of_zeros(counted):
    counted.sign_in(Role.SUPERVISOR)
    first = TODAY - timedelta(days=9)
    days = table(
        counted.get(f"figures-csv?table=day&first={first}&last={TODAY - timedelta(days=1)}")
    )
    assert len(days) == 9
    assert days[first.isoformat()]["logins"] == "0"


@pytest.mark.parametrize("query", ["first=x&last=y", "first=2026-13-40", "first=9999-01-01"])
def test_days_that_are_none_are_read_as_the_usual_ones(counted, query):
    counted.sign_in(Role.SUPERVISOR)
    assert counted.get(f"figures?{query}").status == 200


def test_the_page_reads_the_same_however_many_cases_there_are(desk):
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


def test_no_words_of_the_feed_run_as_a_formula_in_a_figures_file(desk, monkeypatch):
    from aviso.storage import counters

    evil = '=HYPERLINK("http://x.example.org","open")'
    counts = {TODAY: {"told": {"all": 9, f"division:{evil}": 9}}}
    monkeypatch.setattr(counters, "read", lambda first, last: counts)
    desk.sign_in(Role.SUPERVISOR)
    assert f"'{evil}" in table(desk.get("figures-csv?table=division"))


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
