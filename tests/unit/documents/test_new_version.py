"""Which versions can be released, and what a release writes."""

from datetime import date

import pytest

from infra.documents.new_version import refusal, with_release, with_version

LOG = "# Changelog\n\n## Unreleased\n\n- A fact.\n\n## 0.9.0 - 2026-11-01\n\n- An old fact.\n"
EMPTY = "# Changelog\n\n## Unreleased\n\n## 0.9.0 - 2026-11-01\n\n- An old fact.\n"


class TestRefusal:
    @pytest.mark.parametrize("version", ["0.9.1", "0.10.0", "1.0.0"])
    def test_later_version_is_released(self, version):
        assert refusal(version, "0.9.0", LOG, "") == ""

    @pytest.mark.parametrize(
        ("version", "log", "changed", "why"),
        [
            ("", LOG, "", "VERSION=1.2.0"),
            ("v1.0.0", LOG, "", "VERSION=1.2.0"),
            ("1.0", LOG, "", "VERSION=1.2.0"),
            ("01.0.0", LOG, "", "VERSION=1.2.0"),
            ("0.9.0", LOG, "", "not later"),
            ("0.8.10", LOG, "", "not later"),
            ("1.0.0", LOG, " M Makefile\n", "commit or remove"),
            ("1.0.0", EMPTY, "", "no entry"),
        ],
    )
    def test_names_the_way_out(self, version, log, changed, why):
        assert why in refusal(version, "0.9.0", log, changed)


class TestRelease:
    def test_takes_what_was_unreleased(self):
        written = with_release(LOG, "1.0.0", date(2026, 11, 26))
        assert "## Unreleased\n\n## 1.0.0 - 2026-11-26\n\n- A fact.\n\n## 0.9.0" in written

    def test_cannot_be_repeated(self):
        again = with_release(LOG, "1.0.0", date(2026, 11, 26))
        assert "no entry" in refusal("1.0.1", "1.0.0", again, "")

    def test_sets_the_version_of_the_project_alone(self):
        text = '[project]\nversion = "0.9.0"\n[tool.x]\nversion = "0.9.0"\n'
        assert with_version(text, "1.0.0") == text.replace("0.9.0", "1.0.0", 1)
