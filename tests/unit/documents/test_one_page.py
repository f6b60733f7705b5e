"""The page for a chief has one page, and says what the README says."""

from pypdf import PdfReader

from infra.documents import one_page
from infra.repository import ROOT


class TestOnePage:
    def test_is_one_page_with_cost_limits_and_law(self, tmp_path):
        one_page.write((ROOT / "README.md").read_text("utf-8"), tmp_path / "aviso.pdf")
        (page,) = PdfReader(tmp_path / "aviso.pdf").pages
        text = " ".join(page.extract_text().split())
        for said in ("What it costs.", "What is missing.", "The law.", "Three promises"):
            assert said in text
        for mark in ("](", "**", "`", "|"):
            assert mark not in text
