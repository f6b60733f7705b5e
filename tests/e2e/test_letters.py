"""A case without phone or email, from its rows in S3 to the letter in S3, each role its own."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pypdf import PdfReader

from infra.harness.feed_files import complete
from infra.local import drop_feed
from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.e2e.arrested_case import items

NUMBER, STAMP = "2611249001", "%m/%d/%Y %H:%M"


def rows(now: datetime) -> dict[str, str]:
    """Return the case's three files, as the sample agency's records system writes them."""
    local = now - timedelta(hours=7)
    at, day_ago = local.strftime(STAMP), (local - timedelta(days=1)).strftime(STAMP)
    return {
        "cases.csv": "INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,RPT_DT,LAST_UPD\n"
        f"{NUMBER},13-1507,OPEN,{day_ago},{at}\n",
        "people.csv": "INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,ADDR,CITY,STATE,ZIP,"
        "LANG,LAST_UPD\n"
        f"{NUMBER},LP1,VIC,Inés,Ñáñez,04/12/1985,12 E Pima St,Tucson,AZ,85701,SPA,{at}\n",
    }


def queued(aws: LocalAws) -> bool:
    mine = [n for n in items(aws, "NoticesTable") if n.get("case") == NUMBER]
    return any(n.get("state") == "queued" for n in mine)


class TestLetter:
    def test_is_printed_under_its_own_role(self, deployed: LocalAws, tmp_path: Path) -> None:
        now = datetime.now(UTC)
        for name, text in rows(now).items():
            (tmp_path / name).write_text(complete(name, text), encoding="utf-8-sig")
            key, started = (
                drop_feed.drop(deployed, tmp_path / name, f"incoming/letters_{name}"),
                now,
            )
            drop_feed.wait_for_import(deployed, key, started)
        wait_for(lambda: queued(deployed), PATIENCE, "the letter to be queued")
        event = {"time": now.isoformat(), "run": "system-1"}
        result = deployed.invoke("print_letters", event)
        assert result["counts"]["printed"] >= 1
        again = deployed.invoke("print_letters", event)["counts"]
        assert (
            again["printed"] == result["counts"]["printed"]
        )  # the others left the run the first time
        place = {"Bucket": deployed.outputs["LettersBucket"], "Key": "runs/system-1/letters.pdf"}
        pdf = deployed.client("s3").get_object(**place)["Body"].read()
        pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
        assert any("INÉS ÑÁÑEZ" in page for page in pages)
        deployed.invoke("chase", {"time": f"{now:%Y-%m-%dT%H}:00:00Z"})  # a minute that counts
        waiting = deployed.client("dynamodb").get_item(
            TableName=deployed.outputs["GuardsTable"], Key={"pk": {"S": "UNPOSTED"}}
        )["Item"]
        assert json.loads(waiting["data"]["S"])["system-1"] >= 1

    def test_of_an_unfinished_run_is_taken_out(
        self,
        deployed: LocalAws,
    ) -> None:
        s3, bucket = deployed.client("s3"), deployed.outputs["LettersBucket"]
        s3.put_object(Bucket=bucket, Key="runs/crashed-1/letters.pdf", Body=b"half a run")
        long_ago = {"S": "2026-01-02T00:00:00.000000Z"}
        printer = {"pk": "PRINTING", "run": "crashed-1", "token": "an-invocation-that-died"}
        deployed.client("dynamodb").put_item(
            TableName=deployed.outputs["GuardsTable"],
            Item={name: {"S": value} for name, value in printer.items()} | {"until": long_ago},
        )
        deployed.invoke("print_letters", {"time": datetime.now(UTC).isoformat(), "run": "system-2"})
        left = s3.list_objects_v2(Bucket=bucket, Prefix="runs/crashed-1/")
        assert left["KeyCount"] == 0
