"""Least privilege as counted: which calls of a run fall under which statement of the template."""

from pathlib import Path
from typing import Any

import pytest

from tests.permissions.iam_resources import resource
from tests.permissions.least_privilege import Grant, compare, excuses, exercised, granted, table

TABLES = "arn:aws:dynamodb:us-west-2:000000000000:table/aviso-Tables-1f01450c-23e"
CASES = f"{TABLES}-Cases-B0BAFC700F9C1"
FEED = "arn:aws:s3:::aviso-feed-000000000000-us-west-2"
WRITTEN_FEED = "arn:${AWS::Partition}:s3:::${AWS::StackName}-feed-${AWS::AccountId}-${AWS::Region}"
LAMBDA = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
FUNCTION = "arn:aws:lambda:us-west-2:000000000000:function:"
SECRET = "arn:aws:secretsmanager:us-west-2:000000000000:secret:aviso"


# fmt: off
RESOURCES: list[tuple[dict[str, str], str, str, str]] = [
    # as written, its name here, what it means, what it does not mean
    ({"GetAtt": "Tables.Outputs.CasesArn"}, "Cases", CASES, f"{CASES}/index/phone_index"),
    ({"GetAtt": "Tables.Outputs.CasesArn"}, "Cases", CASES, f"{TABLES}-Notices-F0CF098701CD6"),
    ({"Sub": "${Tables.Outputs.CasesArn}/index/phone_index"}, "Cases/index/phone_index",
     f"{CASES}/index/phone_index", CASES),
    ({"Sub": WRITTEN_FEED}, "feed", FEED, f"{FEED}/incoming/a.csv"),
    ({"Sub": f"{WRITTEN_FEED}/incoming/*"}, "feed/incoming/*",
     f"{FEED}/incoming/a/b.csv", f"{FEED}/rejects/a.csv"),
    ({"Sub": "${LettersBucket.Arn}/runs/*"}, "LettersBucket/runs/*",
     "arn:aws:s3:::aviso-lettersbucket-1/runs/1/a.pdf", "arn:aws:s3:::aviso-auditbucket-1/runs/1"),
    ({"GetAtt": "OptoutKey.Id"}, "OptoutKey", f"{SECRET}-OptoutKey-C75EA-40ee7f",
     f"{SECRET}-SessionKeys-4472F-ec7cf2"),
    ({"Sub": LAMBDA + "${AWS::StackName}-reconcile:live"}, "function:reconcile:live",
     f"{FUNCTION}aviso-reconcile:live", f"{FUNCTION}aviso-reconcile"),
    ({"Sub": "${PrintLetters.Arn}:live"}, "PrintLetters:live",
     f"{FUNCTION}aviso-PrintLetters-1A:live", f"{FUNCTION}aviso-PrintLetters-1A"),
]
# fmt: on


class TestResource:
    @pytest.mark.parametrize(("written", "label", "means", "not_means"), RESOURCES)
    def test_means_what_aws_called_it_and_no_other(
        self, written: dict[str, str], label: str, means: str, not_means: str
    ) -> None:
        found = resource(written)
        assert found.label == label
        assert found.means(means)
        assert not found.means(not_means)

    def test_that_excludes_topics_means_phone_numbers(self) -> None:
        found = resource({"Sub": "arn:${AWS::Partition}:sns:*:*:*"}, but=True)
        assert found.label == "all but sns"
        assert found.means("*")
        assert not found.means("arn:aws:sns:us-west-2:000000000000:aviso-EmailEvents")

    def test_has_a_name_and_each_excuse_a_grant(self) -> None:
        grants = granted()
        assert excuses().keys() <= {name for grant in grants for name in grant.names}
        for grant in grants:
            assert not set("${}") & set(grant.resource.label), grant


def a_log(folder: Path, *calls: tuple[str, str, str]) -> Path:
    line = '{"role": "aviso-%sRole-1/x", "action": "%s", "resource": "%s", "allowed": %s}'
    file = folder / "access.jsonl"
    allowed = [line % (*call, "true") for call in calls]
    file.write_text("\n".join([*allowed, line % ("Tally", "dynamodb:Scan", CASES, "false")]))
    return file


def rows_of(folder: Path, grants: list[Grant], *calls: tuple[str, str, str]) -> list[Any]:
    done = exercised([a_log(folder, *calls)], {"Tally", "Chase"})
    return compare(grants, done, {("Chase", "s3:GetObject Cases"): "a rare event"})


class TestCall:
    def test_counts_for_the_resource_it_named(self, tmp_path: Path) -> None:
        cases, index = (
            resource({"Sub": "${Tables.Outputs.CasesArn}" + e}) for e in ("", "/index/phone_index")
        )
        grants = [Grant("Tally", "dynamodb:Query", each) for each in (cases, index)]
        grants += [Grant("Tally", "dynamodb:Scan", cases)]
        grants += [Grant("Chase", "s3:GetObject", each) for each in (cases, index)]
        rows = rows_of(tmp_path, grants, *[("Tally", "dynamodb:Query", CASES)] * 2)
        assert [row.exercised for row in rows] == [2, 0, 0, 0, 0]
        vain = "granted without use"  # what was denied was not done
        assert [row.fault for row in rows] == ["", vain, vain, "", vain]
        assert [row.why for row in rows] == ["", "", "", "a rare event", ""]
        assert "| Tally | `dynamodb:Query` | `Cases/index/phone_index` |  | GRANTED" in table(rows)


class TestIndex:
    def test_may_only_be_asked(self) -> None:
        at_an_index = [grant for grant in granted() if "/index/" in grant.resource.label]
        assert at_an_index
        assert {grant.action for grant in at_an_index} == {"dynamodb:Query"}
