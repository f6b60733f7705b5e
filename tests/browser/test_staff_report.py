"""The report at the desk: its page, its print and its file, as a chief and a council get them."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.browser.axe import look
from tests.browser.conftest import SignIn


class TestReport:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_page_is_accessible_and_prints_on_one_sheet(self, at: SignIn, language: str) -> None:
        desk = at("records", language)
        desk.open("report")
        assert desk.says("desk_report_title") in desk.text
        assert look(desk.page, "desk-report", language) == []
        desk.page.emulate_media(media="print")
        printed = desk.page.pdf(format="Letter", prefer_css_page_size=True)
        assert len(PdfReader(BytesIO(printed)).pages) == 1

    def test_pdf_comes_through_the_gateway_as_it_was_drawn(self, at: SignIn) -> None:
        desk = at("records")
        desk.open("report")
        with desk.page.expect_download() as started:
            desk.page.locator("a[href^='report-pdf']").click()
        first, second = PdfReader(started.value.path()).pages
        assert desk.says("desk_report_title") in " ".join(first.extract_text().split())
        assert desk.says("desk_report_listed") in second.extract_text()


class TestSystemHealth:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_page_is_accessible(self, at: SignIn, language: str) -> None:
        desk = at("administrator", language)
        desk.open("health")
        assert desk.says("desk_held_now") in desk.text
        assert look(desk.page, "desk-health", language) == []
