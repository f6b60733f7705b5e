"""The checker passes the messages and refuses what must never be sent; docs/notices.md is right."""

import ast
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.fact_keys import DATED
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from infra.compiler import languages
from infra.documents import notices
from infra.harness.builders import NOW, a_case, case_at
from infra.message_checks import forbidden_words, preview, readability, samples
from infra.message_checks.messages import check, table
from infra.message_checks.wording import for_people, opening
from infra.repository import ROOT
from tests.support.named_tests import in_file

EVENTS = notices.data()
KNOWN, _ = languages.load(ROOT / "templates", ["en", "es"])


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    copy = tmp_path / "templates"
    others = shutil.ignore_patterns("assets", "desk", "pages")  # have no messages
    shutil.copytree(ROOT / "templates", copy, ignore=others)
    return copy


LAW = ROOT / "infra/law/arizona"


def break_it(templates: Path, name: str, old: str, new: str) -> None:
    path = templates / "locales" / name
    text = path.read_text("utf-8")
    if old not in text:
        text = for_people(text, name.partition("/")[0])
    assert old in text, (
        f"templates/locales/{name} no longer says '{old}': change FAULTS or the test"
    )
    path.write_text(text.replace(old, new), "utf-8")


class TestMessages:
    def test_pass_the_check(self, settings: Settings) -> None:
        rows, problems = check((ROOT / "templates", LAW), settings)
        assert not problems, "\n".join(
            ["`.venv/bin/python -m infra.message_checks` says:", *problems]
        )
        assert {(r.kind, r.language) for r in rows} == {(k, c) for k in Kind for c in ("en", "es")}
        assert "initial_appearance" in table(rows)

    def test_are_all_in_the_gallery_in_both_languages(self, settings: Settings) -> None:
        from aviso.content.templates import environment

        page = preview.gallery(environment(), settings)
        for kind in Kind:
            assert f'id="{kind}"' in page
        assert page.count('lang="en"') == page.count('lang="es"') + 1  # the page itself is English
        assert samples.NAME in page  # in letters


EN, ES = opening("arrest", "en"), opening("arrest", "es")
FAULTS = [
    ("en/messages/arrest.txt", "sms %}" + EN.sms, "sms %}A robbery suspect was jailed.", "robbery"),
    ("en/messages/arrest.txt", "sms %}" + EN.sms, "sms %}Dear victim, read this.", "victim"),
    ("en/messages/arrest.txt", "sms %}" + EN.sms, "sms %}" + EN.sms + " " + "x " * 60, "parts"),
    ("en/messages/arrest.txt", "sms %}" + EN.sms, "sms %}{{ name }}", "name"),
    ("es/messages/arrest.txt", "sms %}" + ES.sms, "sms %}Pasó algo.", "ó: not in GSM-7"),
    (
        "en/messages/arrest.txt",
        "subject %}" + EN.subject,
        "subject %}" + "Very " * 12,
        "at most 60",
    ),
    ("es/messages/arrest.txt", "subject %}" + ES.subject, "subject %}Por su delito", "delito"),
    ("en/messages/arrest.txt", "body %}\n", "body %}\nDear victim. ", "preview"),
    ("en/messages/arrest.txt", "## About court", "The charge is assault.", "assault"),
    ("en/messages/parts/sms_end.txt", "{{ link }}", "Read online", "lacks the link"),
    ("en/messages/parts/sms_end.txt", "Reply STOP to end", "Bye", "how to stop"),
    ("es/messages/parts/sms_end.txt", "Responda ALTO para terminar", "Gracias", "how to stop"),
    ("en/messages/parts/email_end.txt", "]({{ stop_url }})", "]({{ portal_url }})", "how to stop"),
    ("en/messages/parts/email_end.txt", "]({{ check_url }})", "](https://x.example)", "elsewhere"),
    (
        "en/messages/parts/court.txt",
        "- Time: {{ appearance_at|time }}",
        "",
        "time of the appearance",
    ),
    ("en/messages/parts/about_release.txt", "{{ custody_phone }}", "", "custodial agency's phone"),
    (
        "en/messages/parts/about_release.txt",
        "We cannot tell you about a release.",
        "We will tell you when the person is released.",
        "We will tell you when the person is released",
    ),
    (
        "es/messages/parts/about_release.txt",
        "Nosotros no podemos avisarle cuando salga.",
        "Le avisaremos cuando salga.",
        "Le avisaremos cuando salga",
    ),
    (
        "en/messages/sent_to_prosecutor.txt",
        "It may take some time.",
        "The prosecutor declined because proof was thin.",
        "because",
    ),
    (
        "es/messages/arrest.txt",
        "La persona es adulta.",
        "{{ staff_hours }}",
        "staff_hours is not in both languages",
    ),
    ("es/messages/arrest.txt", "{% block letter %}", "{% block post %}", "must have the blocks"),
    ("en/messages/replies.txt", "Reply STOP to end{% endblock", "Bye{% endblock", "how to stop"),
]


class TestChecker:
    @pytest.mark.parametrize(("name", "old", "new", "says"), FAULTS)
    def test_refuses_a_message_that(
        self, name: str, old: str, new: str, says: str, templates: Path, settings: Settings
    ) -> None:
        break_it(templates, name, old, new)
        stem = Path(name).stem
        kind = Kind(stem) if stem in set(Kind) else Kind.ARREST  # includes every part
        _, problems = check((templates, LAW), settings, [kind])
        found = [problem for problem in problems if says in problem]
        assert found, f"no problem says '{says}': {problems}"
        language, _, file = name.partition("/messages/")
        where = file if file.startswith("parts/") else f"templates/locales/{name}"
        if file in ("parts/court.txt", "parts/about_release.txt"):
            where = f"/locales/{language}/messages/arrest.txt: block body"  # includes them
        assert any(where in problem for problem in found), f"none names {where}: {found}"

    def test_finds_nothing_in_the_messages_of_another_law(self, settings: Settings) -> None:
        assert check((ROOT / "templates", LAW.with_name("hawaii")), settings)[1] == []

    def test_holds_a_message_to_what_its_own_law_asks(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        law = shutil.copytree(LAW.with_name("hawaii"), tmp_path / "law")
        shutil.copy(LAW / "kinds.yaml", law)
        _, problems = check((ROOT / "templates", law), settings, [Kind.FIRST_CONTACT])
        assert problems == []
        for part in law.glob("locales/*/messages/parts/rights.txt"):
            part.write_text(part.read_text("utf-8").replace("{{ jail_phone }}", "-"), "utf-8")
        _, problems = check((ROOT / "templates", law), settings, [Kind.FIRST_CONTACT])
        assert any("lacks the jail's phone (13-4405(A)(1))" in problem for problem in problems)

    def test_says_one_cause_in_one_line(self, templates: Path, settings: Settings) -> None:
        break_it(templates, "es/messages/arrest.txt", "sms %}" + ES.sms, "sms %}Pasó algo aquí.")
        _, problems = check((templates, LAW), settings, [Kind.ARREST])
        (line,) = [problem for problem in problems if "GSM-7" in problem]
        assert "óí: not in" in line
        assert re.search(r"\[variant: .+ and \d+ more\]$", line)

    def test_refuses_bureaucratic_language_in_both(
        self, templates: Path, settings: Settings
    ) -> None:
        break_it(
            templates,
            "en/messages/warrant.txt",
            "A warrant lets the police arrest a person.",
            "Notwithstanding any administrative considerations regarding the "
            "aforementioned judicial "
            "documentation, participating organizations unilaterally "
            "reserve discretionary authority "
            "concerning apprehension of individuals enumerated therein, "
            "irrespective of notification "
            "obligations established elsewhere, and accordingly "
            "recommend exceptional confidentiality "
            "notwithstanding considerable uncertainty regarding procedural eventualities.",
        )
        break_it(
            templates,
            "es/messages/warrant.txt",
            "Con esa orden la policía puede arrestar a una persona.",
            "Independientemente de cualesquiera consideraciones "
            "administrativas correspondientes a la "
            "documentación jurisdiccional anteriormente mencionada, "
            "las organizaciones participantes "
            "conservarán discrecionalmente la autorización relacionada "
            "con la aprehensión de personas "
            "específicamente enumerados, recomendándose excepcionalmente confidencialidad "
            "correspondiente a las eventualidades procedimentales anteriormente referenciadas.",
        )
        _, problems = check((templates, LAW), settings, [Kind.WARRANT])
        for language in ("en", "es"):
            file = templates / f"locales/{language}/messages/warrant.txt"
            hard = [p for p in problems if p.startswith(f"{file}: block body") and "too hard" in p]
            assert hard, problems

    def test_refuses_a_kind_that_one_language_lacks(
        self, templates: Path, settings: Settings
    ) -> None:
        (templates / "locales" / "es" / "messages" / "survey.txt").unlink()
        _, problems = check((templates, LAW), settings)
        file = templates / "locales/es/messages/survey.txt"
        assert f"{file}: there is no such file" in problems

    def test_refuses_an_email_that_fetches_an_image(
        self, templates: Path, settings: Settings
    ) -> None:
        layout = templates / "messages" / "email.html"
        layout.write_text(layout.read_text() + '<img alt="" src="https://x.example/seen.gif">')
        _, problems = check((templates, LAW), settings, [Kind.ARREST])
        assert any("fetches something" in problem for problem in problems)

    def test_finds_forbidden_words_whole_and_in_any_case(self) -> None:
        assert forbidden_words.found(KNOWN["en"].offenses, "ROBBERY at Grape Street") == ["ROBBERY"]
        assert forbidden_words.found(KNOWN["es"].offenses, "Le robaron. Un robo.") == [
            "robaron",
            "robo",
        ]

    @pytest.mark.parametrize(
        ("word", "count"),
        [
            ("caso", 2),
            ("policía", 4),
            ("audiencia", 3),
            ("ciudad", 2),
            ("guerra", 2),
            ("que", 1),
            ("vergüenza", 3),
            ("leer", 2),
            ("y", 1),
            ("muy", 1),
            ("ayer", 2),
            ("comparecencia", 5),
        ],
    )
    def test_counts_spanish_syllables(self, word: str, count: int) -> None:
        assert readability.spanish_syllables(word) == count


class TestPage:
    def test_is_what_the_settings_and_templates_say(self, settings: Settings) -> None:
        assert notices.PAGE.read_text("utf-8") == notices.page(EVENTS, settings), (
            "run python -m infra.documents.notices"
        )

    def test_names_every_kind_its_law_and_its_test(self) -> None:
        assert {event["kind"] for event in EVENTS} == set(Kind)
        for event in EVENTS:
            assert re.search(r"A\.R\.S\. |CFR|choice", event["law"]), event
            path, _, named = event["test"].partition("::")
            found = in_file(path).get(named)
            assert found, event
            assert f"Kind.{event['kind'].upper()}" in ast.unparse(found), event

    def test_names_the_kind_of_every_fact_of_a_case(self, settings: Settings) -> None:
        """All that the law's table says of the case itself, stated at once in the code's words."""
        every = {k: replace(v, on=True, told="always") for k, v in settings.kinds.items()}
        settings = replace(settings, kinds=every)
        tells = {s.tells for s in settings.statuses.values() if s.tells}
        row = {"assigned": "Luz Ochoa"} | {kind.column: NOW for kind in DATED}
        told_later = NOW + timedelta(hours=1)
        case = a_case().with_report(**row).with_victim().with_suspect()
        case = case.with_arrest(appearance_at=NOW + timedelta(days=1))
        (arrest,) = case.case.arrests
        seen = {
            key: told_later if "appearance" in key else at for key, at in arrest.first_seen.items()
        }
        moved = case.but(arrests=(replace(arrest, first_seen=seen),))
        owes = {d.kind for d in owed(case_at(moved, settings, told_later))} | tells
        about_the_case = {
            Kind(e["kind"]) for e in EVENTS if "13-44" in e["law"] or "41-2" in e["law"]
        }
        assert about_the_case <= owes
        by_people = {Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED, Kind.SURVEY}
        after_others = {Kind.CORRECTION, Kind.CASE_REOPENED, Kind.STILL_OPEN}
        assert owes == set(Kind) - by_people - after_others | (tells & after_others)
