"""The page that the small browsers return: what a test reads of it."""

from typing import Any

from infra.harness.web_page import Page, answer, hidden

BODY = """<!doctype html><html lang="es"><head><title>Su caso &amp; más</title></head><body>
<h1>Estado <b>actual</b></h1><p class="state big">Abierto</p><!-- no words -->
<dl><div><dt>Asignado</dt><dd>
 Det. Reed<span>Midtown</span></dd></div></dl>
<a href="case?c=1&amp;x=2">caso</a><a href="trail">otro</a>
<form id="step" method="post" action="find"><input type="hidden" name="csrf" value="a&amp;b">
<input name="number" value="12"><button name="send" value="yes">Enviar</button></form>
</body></html>"""


class TestPage:
    def test_is_read_as_a_browser_reads_it(self) -> None:
        page = Page(200, BODY)
        assert page.text.startswith("Su caso & más Estado actual Abierto Asignado Det. Reed")
        assert "no words" not in page.text
        assert (page.title, page.lang, page.heading) == ("Su caso & más", "es", "Estado actual")
        assert page.facts == {"Asignado": "Det. Reed"}
        assert page.of_class("state") == ["Abierto"]
        assert page.links("case") == ["case?c=1&x=2"]
        assert page.value("send") == "yes"

    def test_finds_a_form_by_id_or_action(self) -> None:
        page = Page(200, BODY)
        (by_id,), (by_action,) = page.forms("step"), page.forms("find")
        assert hidden(by_id) == hidden(by_action) == {"csrf": "a&b"}
        assert dict(by_id.form_values()) == {"csrf": "a&b", "number": "12"}
        assert page.forms("other") == []

    def test_without_a_body_says_nothing(self) -> None:
        page = Page(303, "")
        assert (page.text, page.heading, page.facts, page.forms("step")) == ("", "", {}, [])


class TestCookies:
    def test_are_kept_when_set_and_dropped_when_they_end(self) -> None:
        asked: list[dict[str, Any]] = []
        cookies = iter([["visit=1; Secure", "lang=es"], ["visit=; Max-Age=0"]])

        def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
            asked.append(event)
            given = {"Set-Cookie": next(cookies)}
            return {"statusCode": 200, "body": "", "headers": {}, "multiValueHeaders": given}

        jar: dict[str, str] = {}
        answer(handler, jar, {"headers": {}})
        assert jar == {"visit": "1", "lang": "es"}
        answer(handler, jar, {"headers": {}}, form={"a": "b c"})
        assert jar == {"lang": "es"}
        assert asked[1]["headers"]["Cookie"] == "visit=1; lang=es"
        assert asked[1]["body"] == "a=b+c"
