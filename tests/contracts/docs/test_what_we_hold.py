"""docs/what-we-hold.md gives the periods of settings and template, and names each table."""

import re

import pytest
import yaml

from aviso.compliance import retention
from aviso.storage import guard_items, suppressions
from infra.deploy.stacks import parameters
from infra.repository import ROOT

PAGE = (ROOT / "docs/what-we-hold.md").read_text("utf-8")
SAMPLE = yaml.load((ROOT / "infra/agency/sample.yaml").read_text("utf-8"), yaml.CSafeLoader)
TEMPLATE = parameters(ROOT / "template.yaml")
KEPT = PAGE.split("\n## Where, and for how long\n")[1].split("\n## ")[0]


def said(name: str) -> set[int]:
    """Return the days that the page gives beside a setting or a parameter."""
    found = re.findall(rf"([\d,]+) days[^|()]*\(`{name}`\)", KEPT)
    return {int(days.replace(",", "")) for days in found}


class TestPeriods:
    @pytest.mark.parametrize("name", sorted(SAMPLE["retention"]))
    def test_each_retention_setting_is_given_in_its_days(self, name):
        assert said(name) == {SAMPLE["retention"][name]}

    @pytest.mark.parametrize("name", ["TextLogDays", "LogRetentionDays"])
    def test_each_log_is_given_in_its_days(self, name):
        assert said(name) == {int(TEMPLATE[name])}

    def test_early_sign_ups_are_given_in_their_days(self):
        days = SAMPLE["verification"]["early_enrollment_days"]
        assert said("early_enrollment_days") == {days}

    def test_surveys_are_given_in_their_days(self):
        assert said("days_between") == {SAMPLE["survey"]["days_between"]}

    def test_the_grace_of_a_case_is_given_in_its_days(self):
        assert f"or contact; then {retention.GRACE.days} days. A case is kept while" in KEPT

    def test_a_start_is_given_in_its_days(self):
        assert f"a START is kept for {suppressions.KEEP_START.days} days |" in KEPT

    def test_texts_are_given_in_their_days(self):
        seen, unread = guard_items.KEEP_SEEN.days, guard_items.KEEP_UNREAD.days
        assert f"{seen} days after a person has dealt with one; a text {unread} days at" in KEPT

    def test_letters_are_given_in_their_days(self):
        rule = re.search(
            r"ExpirationInDays: (\d+), NoncurrentVersionExpiration: {NoncurrentDays: (\d+)}",
            (ROOT / "template.yaml").read_text("utf-8"),
        )
        letters, versions = rule.groups()
        assert f"| {letters} days, and {versions} days for old versions |" in KEPT


class TestPlaces:
    def test_each_table_is_named(self):
        stack = (ROOT / "infra/stacks/tables.yaml").read_text("utf-8")
        tables = re.findall(r"^  (\w+):\n    Type: AWS::DynamoDB::Table", stack, re.MULTILINE)
        assert [table for table in tables if f"table {table}" not in KEPT] == []

    def test_each_bucket_is_named(self):
        template = (ROOT / "template.yaml").read_text("utf-8")
        buckets = re.findall(r"^  (\w+):\n    Type: AWS::S3::Bucket\n", template, re.MULTILINE)
        words = {"FeedBucket": "feed", "LettersBucket": "letters", "AuditBucket": "audit"}
        assert set(buckets) == set(words)
        assert [b for b in buckets if f"{words[b]} bucket" not in KEPT] == []
