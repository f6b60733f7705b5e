"""The desk handbook has what the desk's help page says, section by section."""

from infra.documents import handbook

PAGE = handbook.PAGE.read_text("utf-8")


class TestHandbook:
    def test_says_what_the_help_page_says(self) -> None:
        texts = handbook.help_texts()
        assert {part[2] for part in handbook.PART.finditer(PAGE)} == texts.keys()
        assert handbook.with_help(PAGE, texts) == PAGE, "run python -m infra.documents.handbook"

    def test_changes_with_the_help_page(self) -> None:
        texts = handbook.help_texts() | {"find": 'Press "Find a case".\n'}
        changed = handbook.with_help(PAGE, texts)
        assert "<!-- help: find -->\n\nPress **Find a case**.\n\n<!-- end of help -->" in changed
