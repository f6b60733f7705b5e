"""Write build/aviso.pdf: one page for a chief or a council, made of the README's first screen.

python -m infra.documents.one_page

It says what the README says, so it needs no upkeep. Links become their words.
"""

import re
import sys
from pathlib import Path

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import Image, Paragraph, SimpleDocTemplate, Spacer, Table

from aviso.letters import fonts
from aviso.letters.envelope import PAPER_HEIGHT, PAPER_WIDTH
from infra.repository import ROOT

OUT = ROOT / "build/aviso.pdf"
PICTURES = ("portal-en", "text-en", "portal-es", "text-es")
HEIGHT, WIDTH = 2.6 * inch, 2.1 * inch  # of a picture, at most
LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
BOLD = re.compile(r"\*\*([^*]+)\*\*")
ITALIC = re.compile(r"\*([^*]+)\*")
BODY = ParagraphStyle("body", fontName=fonts.REGULAR, fontSize=11, leading=15, spaceAfter=7)
HEAD = ParagraphStyle("head", fontName=fonts.BOLD, fontSize=14, leading=20, textColor="#1f4e79")
TITLE = ParagraphStyle("title", parent=HEAD, fontSize=26, leading=34)


def first_screen(readme: str) -> list[tuple[ParagraphStyle, str]]:
    """Return the paragraphs before the README's commands, without pictures, each with its style."""
    found = []
    for block in readme.partition("\n## Two commands")[0].split("\n\n"):
        for part in re.split(r"\n(?=\d\. )", block.strip()):
            text = BOLD.sub(r"<b>\1</b>", LINK.sub(r"\1", " ".join(part.split())))
            text = ITALIC.sub(r"\1", text).replace("`", "")
            if text.startswith("# "):
                found.append((TITLE, text[2:]))
            elif text.startswith("## "):
                found.append((HEAD, text[3:]))
            elif text and not text.startswith(("|", "The people in the pictures")):
                found.append((BODY, text))
    return found


def write(readme: str, to: Path) -> None:
    """Write the page as a PDF on US Letter paper."""
    fonts.register()
    pictures = [Image(str(ROOT / f"docs/images/{name}.png")) for name in PICTURES]
    for one in pictures:
        scale = min(HEIGHT / one.imageHeight, WIDTH / one.imageWidth)
        one.drawWidth, one.drawHeight = one.imageWidth * scale, one.imageHeight * scale
    paragraphs = [Paragraph(text, style) for style, text in first_screen(readme)]
    row = Table([pictures], style=[("LINEABOVE", (0, 0), (-1, 0), 1, HexColor("#1f4e79"))])
    margin = 0.8 * inch
    page = SimpleDocTemplate(
        str(to),
        pagesize=(PAPER_WIDTH, PAPER_HEIGHT),
        title="Aviso",
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin / 2,
        bottomMargin=margin / 2,
        invariant=True,
    )
    page.build([*paragraphs, Spacer(0, 6), row])


def main() -> int:
    """Write the file; return the exit status."""
    OUT.parent.mkdir(exist_ok=True)
    write((ROOT / "README.md").read_text("utf-8"), OUT)
    print(OUT.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
