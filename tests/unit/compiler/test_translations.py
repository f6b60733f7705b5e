"""The build's checks of languages: all are alike, and nobody reads a draft by mistake."""

import re
import runpy
from pathlib import Path

import jinja2
import pytest

from aviso.content.templates import build_environment
from aviso.domain import stop_words
from aviso.domain.stop_words import Meaning
from infra.compiler.compile import SettingsMistakes, compile_agency
from infra.deploy.agency_settings import compile_settings
from infra.deploy.stacks import DeployError
from infra.repository import ROOT
from tests.support import arabic_agency
from tests.support.small_templates import FILES, LANGUAGE, NAMED, Write

SAMPLE = ROOT / "infra/agency/sample.yaml"

UNEQUAL: list[tuple[dict[str, str | None], str]] = [
    ({"locales/es/strings.yaml": "hello: Hola {name}\n"},
     "locales/es/strings.yaml:1: bye: is missing here; "),
    ({"locales/es/strings.yaml": "hello: Hola {name}\nbye: Adiós\nmore: Más\n"},
     "locales/en/strings.yaml:1: more: is missing here; "),
    ({"locales/es/strings.yaml": "bye: Adiós\nhello: Hola {nombre}\n"},
     "locales/es/strings.yaml:2: hello: {name}, {nombre} is not in both this and "),
    ({"locales/es/strings.yaml": "hello: Hola {name\nbye: Adiós\n"},
     "locales/es/strings.yaml:1: hello: has a { or } without its partner"),
    ({"locales/es/strings.yaml": "hello: Hola {name.x}\nbye: Adiós\n"},
     "locales/es/strings.yaml:1: hello: {name.x} is not a placeholder like {name}"),
    ({"locales/es/strings.yaml": "hello: Hola {name}\nbye: ''\n"},
     "locales/es/strings.yaml:2: bye: is not a text"),
    ({"locales/es/strings.yaml": "hello: Hola {name}\nbye: Adiós\nbye: Chau\n"},
     "locales/es/strings.yaml:3: bye: is here twice; the first is on line 2"),
    ({"locales/en/strings.yaml": "hello: Hello {name}\nbye: Bye\nitems: A\n"},
     "locales/en/strings.yaml:3: items: is not a name that a template can write after `t.`"),
    ({"locales/es/strings.yaml": None}, "locales/es/strings.yaml:1: there is no such file"),
    ({name: None for name in FILES if "/es/" in name}, "locales/es:1: no folder for this language"),
    ({"locales/es/language.yaml": None}, "locales/es/language.yaml:1: there is no such file"),
    ({"locales/es/language.yaml": LANGUAGE.replace("GSM-7", "ASCII")},
     "locales/es/language.yaml:2: alphabet: is not one of GSM-7, UCS-2"),
    ({"locales/es/language.yaml": LANGUAGE.replace(", on: 2026-11-26", "")},
     "locales/es/language.yaml:1: approved: needs `by` and `on`: who approved it, and when"),
    ({"locales/es/language.yaml": LANGUAGE.replace("stop: STOP\n", "")},
     "locales/es/language.yaml:1: stop: is missing or not a text"),
    ({"locales/es/language.yaml": LANGUAGE.partition("\n")[2]},
     "locales/es/language.yaml:1: 'es' is a draft that no translator has approved"),
    ({"locales/es/replies.yaml": "stop: alto\n"},
     "locales/es/replies.yaml:1: start: is missing or not a text"),
    ({"locales/en/desk.yaml": "desk_a: A\n", "locales/es/desk.yaml": "desk_b: B\n"},
     "locales/en/desk.yaml:1: desk_b: is missing here; "),
    ({"locales/es/messages/arrest.txt": None}, "locales/es/messages/arrest.txt:1: is missing"),
    ({"locales/es/messages/arrest.txt": "{% block mms %}{% endblock %}"},
     "locales/es/messages/arrest.txt:1: lacks the block sms that locales/en/"),
    ({"pages/hello.html": "\n{{ t.helo }}"}, "pages/hello.html:2: there is no string 'helo'"),
    ({"pages/hello.html": "\n[[ t.helo ]]"}, "pages/hello.html:2: there is no string 'helo'"),
    ({"locales/es/strings.yaml": "hello: Hola {name}\nbye: 'Adiós {{t}}'\n"},
     "locales/es/strings.yaml:2: bye: has {{ or }}, which a page would treat as code"),
    ({"pages/hello.html": "\n{% if %}"}, "pages/hello.html:2: Expected an expression"),
    ({"pages/hello.html": "\n{{ 1|noon }}"}, "pages/hello.html:2: No filter named 'noon'"),
]  # fmt: skip


class TestLanguages:
    @pytest.mark.parametrize(
        ("changes", "message"), UNEQUAL, ids=[message for _, message in UNEQUAL]
    )
    def test_that_are_not_equal_fail_the_build(
        self, tmp_path: Path, folder: Write, changes: dict[str, str | None], message: str
    ) -> None:
        with pytest.raises(SettingsMistakes) as refused:
            compile_agency(SAMPLE, folder(changes), tmp_path / "out")
        assert any(message in str(problem) for problem in refused.value.problems)
        assert not list(tmp_path.glob("out/*"))


DRAFT = LANGUAGE.partition("\n")[2]


class TestDraft:
    def test_is_refused_with_the_way_out(self, tmp_path: Path) -> None:
        agency = arabic_agency.write(tmp_path, try_drafts=False)
        with pytest.raises(SettingsMistakes) as refused:
            compile_agency(agency, ROOT / "templates", tmp_path / "out")
        (problem,) = refused.value.problems
        assert problem.file.endswith("locales/ar/language.yaml")
        assert "'ar' is a draft that no translator has approved" in problem.sentence
        assert "set agency.try_drafts to true" in problem.sentence
        assert not list(tmp_path.glob("out/*"))

    def test_takes_what_it_lacks_from_the_first(self, tmp_path: Path, folder: Write) -> None:
        """A text with other placeholders and a message with other variables count as lacking."""
        here = folder(
            {
                "locales/es/language.yaml": DRAFT,
                "locales/es/strings.yaml": f"hello: Hola {{nombre}}\n{NAMED}Español\n",
                "locales/es/messages/arrest.txt": "{% block sms %}{{ nombre }}{% endblock %}",
                "locales/en/messages/more.txt": "{% block sms %}More{% endblock %}",
            }
        )
        package = compile_agency(trying(tmp_path), here, tmp_path / "out")
        strings = runpy.run_path(str(package / "strings.py"))["STRINGS"]
        own = {key: text for key, text in strings["es"].items() if not key.startswith("rights_")}
        assert own == {"hello": "Hello {name}", "bye": "Goodbye", "language_name": "Español"}
        made = build_environment(jinja2.ModuleLoader(package / "templates"))
        more = made.get_template("locales/es/messages/more.txt")
        assert more.render() == "More"
        arrest = made.get_template("locales/es/messages/arrest.txt")
        with pytest.raises(jinja2.UndefinedError, match="'name' is undefined"):
            arrest.render()

    def test_is_never_the_first_language(self, tmp_path: Path, folder: Write) -> None:
        here = folder({"locales/en/language.yaml": DRAFT})
        with pytest.raises(SettingsMistakes, match="a draft cannot be the first"):
            compile_agency(trying(tmp_path), here, tmp_path / "out")

    def test_is_refused_by_deploy_even_when_tried(self, tmp_path: Path) -> None:
        with pytest.raises(DeployError, match=r"agency\.try_drafts is true"):
            compile_settings(trying(tmp_path))

    def test_needs_no_words_for_the_desk(self, tmp_path: Path) -> None:
        package = arabic_agency.compiled(tmp_path) / "aviso_compiled"
        desk = runpy.run_path(str(package / "desk_strings.py"))["STRINGS"]
        assert list(desk) == ["en", "es"]
        assert desk["es"]["desk_language_ar"] == "Árabe"

    def test_alone_has_no_desk_and_is_refused(self, tmp_path: Path, folder: Write) -> None:
        here = folder({"locales/fr/desk.yaml": "desk_a: A\n"})
        with pytest.raises(SettingsMistakes, match=r"no language of agency\.languages has a desk"):
            compile_agency(SAMPLE, here, tmp_path / "out")


def trying(folder: Path) -> Path:
    path = folder / "trying.yaml"
    path.write_text(SAMPLE.read_text("utf-8").replace("try_drafts: false", "try_drafts: true"))
    return path


class TestReplyWords:
    def test_of_every_folder_are_known_to_every_build(self, compiled: Path) -> None:
        replies = runpy.run_path(str(compiled / "replies.py"))["REPLIES"]
        folders = {path.name for path in (ROOT / "templates/locales").iterdir()}
        assert set(replies) == folders

    @pytest.mark.parametrize(
        "text", ["توقف", "أوقفوا الرسائل", "لا ترسلوا لي رسائل", "إلغاء الاشتراك", "الرقم خطأ"]
    )
    @pytest.mark.usefixtures("compiled")
    def test_in_arabic_stop_texts_of_an_agency_without_it(self, text: str) -> None:
        assert stop_words.classify(text) == (Meaning.STOP, "ar")

    @pytest.mark.parametrize("text", ["لا تتوقفوا عن إرسال الرسائل", "متى المحكمة؟", "شكرا"])
    @pytest.mark.usefixtures("compiled")
    def test_in_arabic_leave_other_texts_alone(self, text: str) -> None:
        assert stop_words.classify(text)[0] is Meaning.OTHER


class TestSpanish:
    @pytest.mark.parametrize("name", ["strings", "desk"])
    def test_ends_no_sentence_after_a_time(self, name):
        """A time ends in "a.m." already."""
        text = (ROOT / f"templates/locales/es/{name}.yaml").read_text(encoding="utf-8")
        assert re.findall(r"^(\w+):.*\{(?:when|at|looked|reconciled)\}\.", text, re.MULTILINE) == []
