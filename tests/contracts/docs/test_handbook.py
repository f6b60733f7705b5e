"""The desk handbook says what the desk's help page says, in the same words."""

import yaml

from aviso.content import markup
from infra.repository import ROOT


def one_line(text: str) -> str:
    """Return a text without its line ends; labels are in bold in the handbook."""
    return " ".join(text.replace("**", '"').split())


def help_texts() -> dict[str, str]:
    """Return the strings of the help page."""
    path = ROOT / "templates/locales/en/desk_help.yaml"
    said = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {key: text for key, text in said.items() if key.startswith("desk_help_")}


class TestHandbook:
    def test_says_what_the_help_page_says(self) -> None:
        handbook = one_line((ROOT / "docs/desk-handbook.md").read_text(encoding="utf-8"))
        frame = {"desk_help_lead", "desk_help_contents", "desk_help_more"}
        said = [
            one_line(sentence)
            for key, text in help_texts().items()
            if key not in frame
            for part in markup.parse(text)
            for sentence in part.items or (part.text,)
        ]
        assert len(said) > 50
        assert [sentence for sentence in said if sentence not in handbook] == []
