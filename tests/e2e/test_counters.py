"""What happens on the deployed template is counted, and a recount finds nothing to object to."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from aviso.domain.settings import Settings
from aviso.reporting.sealing import open_days
from infra.local import drop_feed
from infra.local.ops_command import run
from infra.local.stack import LocalAws
from tests.browser import survey_emails

BY_EMAIL = "2611247701"  # by email alone: a text would wait for the morning


class TestSurvey:
    def test_is_asked_answered_and_counted(self, deployed: LocalAws, tmp_path: Path) -> None:
        denied_before = deployed.access_denied()
        drop_feed.make_sample(tmp_path, cases=12)
        drop_feed.load(deployed, tmp_path)
        deployed.wait_until_quiet()
        for days in (0, 7):
            survey_emails.ask_all(deployed, days)
        survey_emails.ask(deployed, [BY_EMAIL], tmp_path)
        page, _, token = survey_emails.link(deployed, BY_EMAIL).partition("?t=")
        with urlopen(f"{page}?{urlencode({'t': token})}") as shown:
            assert b'name="q-satisfaction"' in shown.read()
        for answer in ("2", "5"):
            form = urlencode({"t": token, "q-satisfaction": answer}).encode()
            with urlopen(Request(page, data=form)) as thanks:
                assert thanks.status == 200
        deployed.wait_until_quiet()

        done = run(deployed, "data", "recount")
        assert (done.stdout, done.returncode) == ("recount: 0 differences\n", 0), done.stderr
        counted = deployed.client("dynamodb").scan(TableName=deployed.outputs["TalliesTable"])[
            "Items"
        ]
        counters = [item for item in counted if item["pk"]["S"].startswith("DAYS#")]
        assert {i["sk"]["S"].partition("#")[2] for i in counters} >= {
            "responses",
            "answer.satisfaction.5",
            "told",
        }
        assert deployed.access_denied() == denied_before


class TestSeal:
    def test_is_made_under_the_functions_own_role(
        self, deployed: LocalAws, settings: Settings
    ) -> None:
        first = settings.agency.go_live.astimezone(settings.agency.zone)
        night = first + timedelta(days=open_days(settings) + 2)
        assert deployed.invoke("tally", {"time": night.isoformat()}) == {
            "sealed": 2,
            "differing": 0,
        }
        assert deployed.invoke("tally", {"time": night.isoformat()}) == {
            "sealed": 0,
            "differing": 0,
        }
