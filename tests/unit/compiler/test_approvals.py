"""Who vouches for a text, what makes it stale, and the sheets of two translators."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli.__main__ import aviso
from infra.compiler import approvals
from infra.compiler.approvals import ApprovalState
from infra.deploy import deployment
from infra.deploy.answers import AnswersError
from infra.message_checks import sheets
from infra.repository import ROOT, SAMPLE

ENGLISH = "# Page\nhello: Hello {name}\n# End\nbye: Goodbye\n"
SPANISH = "# Página\nhello: >-\n  Hola\n  {name}\n\n# Fin\nbye: Adiós\n"
SMS = "locales/{}/messages/arrest.txt"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return a folder of texts in two languages, all certified."""
    for code, strings, sms in (("en", ENGLISH, "Call {{ us }}.\n"), ("es", SPANISH, "Llame.\n")):
        file = tmp_path / SMS.format(code)
        file.parent.mkdir(parents=True)
        file.write_text(sms, "utf-8")
        (tmp_path / f"locales/{code}/strings.yaml").write_text(strings, "utf-8")
    bring(tmp_path, "certified", ok="ok")
    return tmp_path


def texts(place: Path) -> dict[str, approvals.TranslatedText]:
    return approvals.translated([place], ["en", "es"])["es"]


def bring(place: Path, level: str, ok: str, **changed: str) -> list[str]:
    """Have a reader mark a sheet, and take it; return what is refused."""
    rows = [
        {**row, "ok": ok, "translation": changed.get(row["text"], row["translation"])}
        for row in sheets.work(texts(place))
    ]
    refused = sheets.taken(rows, texts(place)).refused
    sheets.take(rows, place, "es", sheets.Reader(level, "Ana Ruiz", "2026-12-02"))
    return refused


def change(place: Path, file: str, old: str, new: str) -> None:
    path = place / "locales" / file
    was = path.read_text("utf-8")
    assert old in was
    path.write_text(was.replace(old, new), "utf-8")


class TestState:
    @pytest.mark.parametrize(
        ("file", "old", "new", "states"),
        [
            ("en/strings.yaml", "# End", "# The end", "3 certified, 0 reviewed, 0 stale, 0 read"),
            ("en/strings.yaml", "Goodbye", "Bye", "2 certified, 0 reviewed, 1 stale, 0 read"),
            ("es/strings.yaml", "Adiós", "Chao", "2 certified, 0 reviewed, 1 stale, 0 read"),
            ("en/messages/arrest.txt", "Call", "Ask", "2 certified, 0 reviewed, 1 stale, 0 read"),
            ("es/approvals.csv", "bye,", "other,", "2 certified, 0 reviewed, 0 stale, 1 read"),
            ("es/approvals.csv", "certified", "reviewed", "0 certified, 3 reviewed, 0 stale"),
        ],
    )
    def test_is_stale_once_source_or_text_changes(
        self, place: Path, file: str, old: str, new: str, states: str
    ) -> None:
        assert approvals.not_certified({"es": texts(place)}) == ""
        change(place, file, old, new)
        (line,) = approvals.sentences({"es": texts(place)})
        assert line.replace(" by their makers", "").startswith(f"texts in es: {states}")
        assert bool(approvals.not_certified({"es": texts(place)})) == (old != "# End")


class TestSheet:
    def test_brings_a_text_and_its_approval(self, place: Path) -> None:
        change(place, "en/strings.yaml", "Goodbye", "Bye")
        assert bring(place, "reviewed", ok="ok", hello='Buenos: "días", {name}') == []
        now = texts(place)
        assert now["hello"].own == 'Buenos: "días", {name}'
        assert {text.state for text in now.values()} == {ApprovalState.REVIEWED}
        assert "\n# Fin\nbye: Adiós\n" in (place / "locales/es/strings.yaml").read_text("utf-8")

    def test_refuses_what_its_reader_did_not_read(self, place: Path) -> None:
        rows = [{**row, "ok": "OK "} for row in sheets.work(texts(place))]
        change(place, "en/strings.yaml", "Goodbye", "Bye")
        assert sheets.taken([*rows, {**rows[0], "text": "new"}], texts(place)).refused == [
            "bye: the English has changed since the sheet was made.",
            "new: there is no such text.",
        ]
        assert bring(place, "certified", ok="", hello="Buenas") == [
            "hello: it was changed, but not marked ok."
        ]
        assert bring(place, "certified", ok="ok", hello=" ") == ["hello: it is empty."]
        assert len(bring(place, "certified", ok="no")) == len(texts(place))

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("messages/arrest.txt", "Llame. {{ cycler.__init__.__globals__ }}"),
            ("messages/arrest.txt", "Llame. {% set x = 1 %}"),
            ("hello", "Hola {name.__class__}"),
            ("hello", "Hola"),
        ],
    )
    def test_refuses_other_code_than_ours(self, place: Path, name: str, text: str) -> None:
        before = (place / SMS.format("es")).read_text("utf-8")
        assert bring(place, "certified", ok="ok", **{name: text}) == [
            f"{name}: what is in {{ }} differs from ours."
        ]
        assert (place / SMS.format("es")).read_text("utf-8") == before

    @pytest.mark.parametrize(
        ("saved", "error"),
        [
            (b"text;english;translation;state;ok\n", "must have these columns: text,"),
            (",".join(sheets.WORK).encode() + b"\na,b,\xf1,c,ok\n", "Save it as CSV UTF-8"),
            (",".join(sheets.WORK).encode() + b"\na,b\n", "row 1 has too few or too many"),
        ],
    )
    def test_says_what_is_wrong_with_the_file(
        self, tmp_path: Path, saved: bytes, error: str
    ) -> None:
        file = tmp_path / "es.csv"
        file.write_bytes(saved)
        done = CliRunner().invoke(
            aviso, ["texts", "take", "es", str(file), "--level", "reviewed", "--by", "Ana Ruiz"]
        )
        assert (done.exit_code, error in done.output) == (1, True), done.output

    def test_lets_a_spreadsheet_run_no_cell(self, tmp_path: Path) -> None:
        file, row = tmp_path / "es.csv", dict.fromkeys(sheets.WORK, "=1+1")
        sheets.save(file, [row], sheets.WORK)
        assert "'=1+1" in file.read_text("utf-8-sig")
        assert sheets.load(file, sheets.WORK) == [row]

    def test_of_the_blind_reader_shows_no_english(self, place: Path, tmp_path: Path) -> None:
        rows = sheets.blind(texts(place))
        assert {row["translation"] for row in rows} == {"Hola [...]", "Adiós", "Llame."}
        file = tmp_path / "blind.csv"
        sheets.save(file, [{**row, "in_english": "Farewell"} for row in rows], sheets.BLIND)
        said = {
            row["text"]: row["english"]
            for row in sheets.compared(sheets.load(file, sheets.BLIND), texts(place))
        }
        assert said == {
            "hello": "Hello {name}",
            "bye": "Goodbye",
            "messages/arrest.txt": "Call {{ us }}.\n",
        }

    def test_is_a_command(self, tmp_path: Path) -> None:
        file = tmp_path / "es.csv"
        done = CliRunner().invoke(aviso, ["texts", "sheet", "es", "--out", str(file)])
        assert done.output.startswith("texts in es: ")
        rows = sheets.load(file, sheets.WORK)
        assert {"rights_law", "hello", "messages/arrest.txt"} - {row["text"] for row in rows} == {
            "hello"
        }
        done = CliRunner().invoke(aviso, ["texts", "blind", "es", "--out", str(file)])
        assert (done.exit_code, tuple(sheets.load(file, sheets.BLIND)[0])) == (0, sheets.BLIND)
        done = CliRunner().invoke(aviso, ["texts", "sheet", "xx", "--out", str(file)])
        assert (done.exit_code, done.output) == (1, "Error: There are no translated texts in xx.\n")


class TestDeploy:
    def test_asks_to_accept_what_is_not_certified(self, capsys: pytest.CaptureFixture[str]) -> None:
        asked = deployment.accept_texts(SAMPLE, {}, lambda _: "accept", dry_run=False)
        assert "texts in es: 0 certified" in capsys.readouterr().out
        known = {"es": approvals.translated([ROOT / "templates"], ["es"])["es"]}
        assert asked not in ("", approvals.not_certified(known))  # it has the law's texts too
        again = deployment.accept_texts(SAMPLE, {"accepted_texts": asked}, None, dry_run=False)
        assert again == asked
        for ask in (None, lambda _: "yes"):
            with pytest.raises(AnswersError, match=f"write 'accepted_texts: {asked}'"):
                deployment.accept_texts(SAMPLE, {"accepted_texts": "0" * 12}, ask, dry_run=False)
        assert deployment.accept_texts(SAMPLE, {}, None, dry_run=True) == "none"
