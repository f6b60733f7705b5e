"""What `make pages` and `make lighthouse` say of a page that is not valid HTML."""

import pytest

from tests.performance import html_errors

PAGE = "<!doctype html><html lang=en><head><title>A page</title></head><body>{}</body></html>"


class TestErrors:
    @pytest.mark.parametrize(
        ("body", "count"),
        [("<p>one</p>", 0), ("<p><div>one</div></p>", 1), ('<p id="a">one</p>' * 500, 499)],
        ids=["none", "one", "more than a pipe holds"],
    )
    def test_each_error_is_named_with_its_page(self, body: str, count: int) -> None:
        found = html_errors.errors(
            {"desk-en/tasks?all=yes": PAGE.format(body), "b": PAGE.format("")}
        )
        assert len(found) == count
        assert all(sentence.startswith("desk-en/tasks?all=yes:1: ") for sentence in found)
