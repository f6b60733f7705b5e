"""The main job end to end, on the deployed template, as a victim's browser meets it."""

from pathlib import Path

from infra.local import drop_feed
from infra.local.demo import Demo
from infra.local.stack import LocalAws


class TestArrest:
    def test_is_told_once_in_the_victims_language(self, deployed: LocalAws, tmp_path: Path) -> None:
        denied_before = deployed.access_denied()
        story = drop_feed.make_sample(tmp_path, cases=12)
        drop_feed.load(deployed, tmp_path)
        deployed.wait_until_quiet()
        demo = Demo(deployed, story, tmp_path)

        page = demo.find_and_verify()
        demo.enroll(page)
        demo.arrest()
        demo.arrest_again()

        assert demo.result["status_shown"] == "En investigación Ahora"
        assert "Det. " in demo.result["assigned_shown"]
        assert demo.result["enrolled"]
        (text,) = demo.result["sms"]
        assert "arresto" in text["text"]
        assert story["case_number"] not in text["text"]
        (email,) = demo.result["emails"]
        assert email["to"] == [story["email"]]
        assert demo.result["duplicates"] == 0
        assert deployed.access_denied() == denied_before
