"""A file that was refused waits for a person, with its name, its reason and the way out."""

import pytest

from aviso.domain.errors import REFUSALS, FileRefused
from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.feed.file_names import Upload
from aviso.feed.importer import import_object
from aviso.storage import inbox
from infra.harness.builders import NOW
from infra.harness.feed_drop import BUCKET, Feed, a_case_row


class TestRefusedFile:
    def test_is_one_task_with_name_and_reason(self, feed: Feed) -> None:
        for _ in range(2):
            feed.put("cases.csv", b"INCIDENT_NUM,STATUS\r\n1,OPEN\r\n")
            feed.run("cases.csv")
        (task,) = inbox.rejected()
        assert (task.file, task.refused, task.rows) == ("incoming/cases.csv", "columns_missing", 0)
        assert "OFFENSE_CD" in task.about

    def test_stays_a_task_after_a_change_file(self, feed: Feed) -> None:
        feed.put("cases.csv", b"")
        feed.run("cases.csv")
        feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
        assert feed.run("cases.csv")["result"] == "imported"
        assert [task.refused for task in inbox.rejected()] == ["empty"]

    def test_ends_its_task_with_a_good_full_file(self, feed: Feed) -> None:
        feed.full("cases")
        feed.put("cases_20261124T0100.csv", b"")
        feed.run("cases_20261124T0100.csv")
        assert [task.refused for task in inbox.rejected()] == ["empty"]
        feed.drop("cases", a_case_row())
        assert list(inbox.rejected()) == []

    def test_is_a_task_when_unknown_or_gone(self, feed: Feed) -> None:
        feed.put("kases.csv", b"x")
        feed.run("kases.csv")
        gone = Upload(bucket=BUCKET, key="incoming/gone.csv")
        import_object(gone, feed.settings, NOW, lambda: 1, lambda: None)
        assert {task.file: task.refused for task in inbox.rejected()} == {
            "incoming/kases.csv": "name",
            "incoming/gone.csv": "gone",
        }

    def test_has_words_in_every_language(
        self,
        settings: Settings,
    ) -> None:
        from aviso_compiled import desk_strings

        for language, words in desk_strings.STRINGS.items():
            there = {k.removeprefix("desk_file_") for k in words if k.startswith("desk_file_")}
            assert there == set(REFUSALS), language
            for reason in ("encoding", "no_columns", "columns_missing", "columns_twice", "dates"):
                assert "{about}" in words[f"desk_file_{reason}"], (language, reason)

    def test_needs_a_reason_the_desk_knows(self) -> None:
        with pytest.raises(AssertionError):
            FileRefused("no", "whatever")

    def test_is_shown_with_its_way_out(self, desk, settings: Settings) -> None:
        feed = Feed(settings)
        feed.put("people.csv", b"a,b\r\n1,2")
        feed.run("people.csv")
        desk.sign_in(Role.RECORDS)
        page = desk.get("inbox")
        assert "incoming/people.csv" in page.text
        assert "Have the whole file sent again." in page.text
