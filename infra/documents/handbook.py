"""Write what the desk's help says into docs/desk-handbook.md, between its marks.

python -m infra.documents.handbook
"""

import re
import sys
from collections.abc import Mapping

import yaml

from infra.repository import ROOT

PAGE = ROOT / "docs/desk-handbook.md"
HELP = ROOT / "templates/locales/en/desk_help.yaml"
PART = re.compile(r"(<!-- help: (\w+) -->\n).*?(<!-- end of help -->)", re.DOTALL)
LABEL = re.compile(r'"([^"]+)"')


def help_texts() -> dict[str, str]:
    """Return the texts of the help page by the names of its sections."""
    said = yaml.load(HELP.read_text("utf-8"), yaml.CSafeLoader)
    heads = (key for key in said if key.startswith("desk_help_") and key.endswith("_heading"))
    names = [key.removeprefix("desk_help_").removesuffix("_heading") for key in heads]
    return {name: said[f"desk_help_{name}"] for name in names}


def with_help(page: str, texts: Mapping[str, str]) -> str:
    """Return the handbook with the help's texts, their labels in bold."""

    def written(part: re.Match[str]) -> str:
        return f"{part[1]}\n{LABEL.sub(r'**\1**', texts[part[2]]).strip()}\n\n{part[3]}"

    return PART.sub(written, page)


def main() -> int:
    """Write the page; return the exit status."""
    PAGE.write_text(with_help(PAGE.read_text("utf-8"), help_texts()), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
