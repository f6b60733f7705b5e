"""The prose linter finds hard words and long sentences, on the line where they are."""

import re

import pytest

from infra.documents.english import (
    LONGEST_SENTENCE,
    copies,
    empty_entries,
    findings,
    line_prose,
    python_prose,
)

CODE = '''"""A docstring for whoever reads it."""


def sent(name):
    """Return what left the house.

    Args:
        name: a name that is
            seen to.
    """
    value = 1  # it was mended
    # A comment that is
    # made in vain.
    raise ValueError(f"{name} cannot be told apart from {value}")
'''


class TestPythonProse:
    def test_each_text_keeps_its_line(self):
        lines = python_prose(CODE).split("\n")
        assert lines[0] == "A docstring for whoever reads it."
        assert lines[4:9] == [
            "Return what left the house.", "", "", "- name: a name that is", "seen to.",
        ]  # fmt: skip
        assert lines[10:13] == ["- it was mended", "A comment that is", "made in vain."]
        assert lines[13] == "> cannot be told apart from"

    def test_strings_of_tests_are_not_read(self):
        assert "told apart" not in python_prose(CODE, told=False)

    def test_notes_to_tools_are_not_read(self):
        assert python_prose("x = 1  # noqa: E501\n").strip() == ""


class TestEmptyEntries:
    def test_entry_of_its_name_alone_is_found(self):
        for text in ("the notice's id.", "its notice.", "the id of each notice"):
            code = f'def f():\n    """Send.\n\n    Args:\n        notice_id: {text}\n    """\n'
            assert list(empty_entries(code)) == [(5, "notice_id")]

    def test_entry_that_adds_that_it_is_an_id_is_found(self):
        code = 'def f():\n    """Send.\n\n    Args:\n        notice: the notice\'s id.\n    """\n'
        assert list(empty_entries(code)) == [(5, "notice")]

    def test_entry_with_a_unit_or_more_lines_passes(self):
        for text in ("the notice's id, in capitals", "the notice\n            that waits"):
            code = f'def f():\n    """Send.\n\n    Args:\n        notice_id: {text}\n    """\n'
            assert list(empty_entries(code)) == []


WORDS = "word " * (LONGEST_SENTENCE // 5 + 1)
READ = {
    "code.py.md": python_prose(CODE),
    "word.md": "Give it to whoever asks.\n",
    "advice.md": "It is to be read.\n",
    "words.yaml.md": line_prose("Alarm: nothing\n  Text: nothing leaves the house\n"),
    "long.md": f"A {WORDS}ends.\n",
    "good.md": "The agency mails a letter. A person reads it.\n",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return the findings of each text, which are read at once: textlint starts for half a second.

    Each is without the path of its file.
    """
    folder = tmp_path_factory.mktemp("prose")
    for name, text in READ.items():
        (folder / name).write_text(text, "utf-8")
    lines = findings([folder / name for name in READ], folder / "build")
    every = {name: f"{folder / name}:" for name in READ}
    return {
        name: [line.removeprefix(start) for line in lines if line.startswith(start)]
        for name, start in every.items()
    }


class TestFindings:
    def test_bad_words_of_code_are_found_on_their_lines(self, found):
        lines = [line.partition(" => ")[0].partition(": ") for line in found["code.py.md"]]
        assert [(number, words) for number, _, words in lines] == [
            ("1", "whoever"), ("5", "left the house"), ("9", "seen to"), ("11", "mended"),
            ("13", "in vain"), ("14", "told apart"),
        ]  # fmt: skip

    def test_each_finding_names_a_better_word(self, found):
        assert found["word.md"] == ["1: whoever => anyone who"]

    def test_advice_of_a_word_is_a_sentence(self, found):
        (advice,) = found["advice.md"]
        assert re.search(r"is to be => must be\. Say .+\.$", advice), advice

    def test_only_files_that_are_named_are_read(self, tmp_path):
        for name in ("one.py", "two.py"):
            file = tmp_path / "infra" / name
            file.parent.mkdir(exist_ok=True)
            file.write_text('"""A docstring."""\n', "utf-8")
        read = copies(tmp_path, tmp_path / "prose", lambda path: path.stem == "two")
        assert [file.name for file in read] == ["two.py.md"]

    def test_words_of_yaml_are_found(self, found):
        (words,) = found["words.yaml.md"]
        assert words.startswith("2: leaves the house")

    def test_a_long_sentence_is_found(self, found):
        (length,) = found["long.md"]
        assert "sentence length" in length

    def test_plain_sentences_pass(self, found):
        assert found["good.md"] == []

    def test_english_locale_texts_are_read_and_spanish_ones_are_not(self, tmp_path):
        for name in ("en/desk.yaml", "es/desk.yaml", "en/messages/parts/court.txt"):
            file = tmp_path / "templates/locales" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("Whoever reads it\n", "utf-8")
        read = copies(tmp_path, tmp_path / "prose")
        assert [str(file.relative_to(tmp_path / "prose/templates/locales")) for file in read] == [
            "en/desk.yaml.md", "en/messages/parts/court.txt.md",
        ]  # fmt: skip
        assert len(findings(read, tmp_path / "build")) == 2
