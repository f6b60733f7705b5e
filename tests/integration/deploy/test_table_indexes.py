"""Several new indexes on one table: CloudFormation adds one in an update."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from infra.deploy import table_indexes
from infra.harness import cloudformation

NESTED = "arn:aws:cloudformation:us-west-2:123456789012:stack/aviso-Tables/1"
ABSENT = ClientError({"Error": {"Code": "ValidationError", "Message": ""}}, "DescribeStackResource")


def without(*indexes):
    """Return the template of the tables as a release wrote it that lacks these indexes of Cases."""
    template = cloudformation.read(table_indexes.TABLES)
    cases = template["Resources"]["Cases"]["Properties"]
    every = cases["GlobalSecondaryIndexes"]
    cases["GlobalSecondaryIndexes"] = [i for i in every if i["IndexName"] not in indexes]
    used = {k["AttributeName"] for i in cases["GlobalSecondaryIndexes"] for k in i["KeySchema"]}
    used |= {"pk", "sk"}
    cases["AttributeDefinitions"] = [
        one for one in cases["AttributeDefinitions"] if one["AttributeName"] in used
    ]
    return template


class Account:
    """An account with the stack of a release; it does what CloudFormation says of indexes."""

    def __init__(self, deployed):
        self.deployed, self.asked, self.waited = deployed, [], []

    def __call__(self, service):
        assert service == "cloudformation"
        return self

    def describe_stack_resource(self, **asked):
        if self.deployed is None:
            raise ABSENT
        return {"StackResourceDetail": {"PhysicalResourceId": NESTED}}

    def get_template(self, **asked):
        return {"TemplateBody": json.dumps(self.deployed)}

    def describe_stacks(self, **asked):
        return {"Stacks": [{"Parameters": [{"ParameterKey": "KeyArn", "ParameterValue": "k"}]}]}

    def update_stack(self, **asked):
        before, self.deployed = self.deployed, json.loads(asked["TemplateBody"])
        assert len(of_cases(self.deployed)) == len(of_cases(before)) + 1
        self.asked.append(asked)

    def get_waiter(self, name):
        return SimpleNamespace(wait=lambda **asked: self.waited.append((name, asked["StackName"])))


def of_cases(template):
    return {
        i["IndexName"]
        for i in template["Resources"]["Cases"]["Properties"]["GlobalSecondaryIndexes"]
    }


class TestNewIndexes:
    def test_are_added_one_by_one_but_for_the_last(self):
        account = Account(without("name_index", "touched_index"))  # as 0.9.0 has them
        (step,) = table_indexes.steps(account, "aviso")
        assert str(step) == "add the index name_index to the table Cases"
        step.take(account)
        assert of_cases(account.deployed) == of_cases(without("touched_index"))
        assert account.waited == [("stack_update_complete", NESTED)]
        (asked,) = account.asked
        assert asked["Parameters"] == [{"ParameterKey": "KeyArn", "UsePreviousValue": True}]
        assert list(table_indexes.steps(account, "aviso")) == []

    def test_bring_their_keys_and_nothing_else(self):
        account = Account(without("name_index", "touched_index"))
        (step,) = table_indexes.steps(account, "aviso")
        cases = step.template["Resources"]["Cases"]["Properties"]
        defined = [one["AttributeName"] for one in cases["AttributeDefinitions"]]
        assert set(defined) - {"pk", "sk", "phone", "email", "task", "at"} == {
            "surname_key",
            "name_key",
        }
        assert len(defined) == len(set(defined))
        assert cases["SSESpecification"]["KMSMasterKeyId"] == {"Ref": "KeyArn"}
        output = next(iter(step.template["Outputs"].values()))["Value"]
        assert set(output) <= {"Ref", "Fn::GetAtt", "Fn::Sub"}

    @pytest.mark.parametrize("missing", [(), ("touched_index",)])
    def test_are_no_step_when_one_at_most_is_new(self, missing):
        assert list(table_indexes.steps(Account(without(*missing)), "aviso")) == []

    def test_are_no_step_of_a_first_deployment(self):
        assert list(table_indexes.steps(Account(None), "aviso")) == []
