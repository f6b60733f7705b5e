"""The API of pushes: signed, bounded, without a function, and as docs/openapi.yaml says."""

import json
import re

import airspeed
import pytest
import yaml

from aviso.feed.file_names import NDJSON, PUSHED, Source, described, name_of
from infra.harness import cloudformation
from infra.harness.builders import NOW
from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS, resources

API = resources("AWS::Serverless::Api")["FeedApi"]
BODY = API["DefinitionBody"]
OPENAPI = yaml.load((ROOT / "docs/openapi.yaml").read_text("utf-8"), yaml.CSafeLoader)
KINDS = ["cases", "people", "arrests"]
POSTS = {path.strip("/"): item["post"] for path, item in BODY["paths"].items()}
ID = "7d3a0c5e-2f6b-4b0e-9d0a-1c2d3e4f5a6b"


def integration(kind):
    return POSTS[kind]["x-amazon-apigateway-integration"]


def key(kind):
    _, _, path = integration(kind)["uri"]["Sub"].partition(":s3:path/${FeedBucket}/")
    return path.replace("{id}", ID)


def filled(template, kind):
    """Return what a template says: the gateway's are Velocity templates."""
    context = {"requestId": ID, "resourcePath": f"/{kind}"}
    return json.loads(airspeed.Template(template).merge({"context": context}))


def gateway_answers():
    """Return the status and sentence of each answer that is not 202."""
    for response in API["GatewayResponses"].values():
        yield response.get("StatusCode", "400"), response["ResponseTemplates"]["application/json"]
    for status, answer in integration("cases")["responses"].items():
        if status != "200":
            yield answer["statusCode"], answer["responseTemplates"]["application/json"]


class TestPaths:
    def test_each_kind_has_its_path(self):
        assert list(POSTS) == KINDS
        assert all(list(item) == ["post"] for item in BODY["paths"].values())

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_push_becomes_a_file_of_its_kind(self, kind, settings):
        assert key(kind) == f"{PUSHED}{kind}-{ID}.ndjson"
        assert integration(kind)["requestParameters"]["integration.request.path.id"] == (
            "context.requestId"
        )
        assert NDJSON.fullmatch(key(kind).rpartition("/")[2])["kind"] == kind
        source = Source(bucket="", key=key(kind), etag="", size=1, modified=NOW)
        file, exported = described(source, settings.feed, settings.agency.zone)
        assert (file.kind, exported, source.pushed) == (kind, NOW, True)

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_answer_names_the_summary(self, kind):
        (answer,) = [a for a in integration(kind)["responses"].values() if a["statusCode"] == "202"]
        said = filled(answer["responseTemplates"]["application/json"], kind)
        assert said == {"id": ID, "summary": f"summaries/{name_of(key(kind))}.json"}

    @pytest.mark.parametrize("kind", KINDS)
    def test_only_what_s3_keeps_is_taken(self, kind):
        answers = integration(kind)["responses"]
        assert {status: a["statusCode"] for status, a in answers.items()} == {
            "200": "202",
            "400": "400",
            "default": "503",
        }


class TestSafety:
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_push_is_signed(self, kind):
        assert POSTS[kind]["security"] == [{"sigv4": []}]
        scheme = BODY["components"]["securitySchemes"]["sigv4"]
        assert scheme["x-amazon-apigateway-authtype"] == "awsSigv4"

    @pytest.mark.parametrize("kind", KINDS)
    def test_no_function_is_in_the_way(self, kind):
        found = integration(kind)
        assert (found["type"], found["httpMethod"]) == ("aws", "PUT")
        assert "FeedApi" not in str(FUNCTIONS)

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_body_is_ndjson_with_its_checksum(self, kind):
        found = integration(kind)
        assert found["passthroughBehavior"] == "never"
        assert found["requestTemplates"] == {"application/x-ndjson": "$input.body"}
        (header,) = POSTS[kind]["parameters"]
        assert (header["name"], header["required"]) == ("x-amz-checksum-sha256", True)
        sent = found["requestParameters"]
        name = "integration.request.header.x-amz-checksum-sha256"
        assert sent[name] == f"method.request.header.{header['name']}"
        validator = BODY["x-amazon-apigateway-request-validator"]
        assert BODY["x-amazon-apigateway-request-validators"][validator][
            "validateRequestParameters"
        ]

    def test_the_gateway_may_only_add_pushes(self):
        role = resources("AWS::IAM::Role")["PushRole"]
        (policy,) = role["Policies"]
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement == {
            "Effect": "Allow",
            "Action": "s3:PutObject",
            "Resource": {"Sub": "${FeedBucket.Arn}/incoming/push/*"},
        }
        assert "ManagedPolicyArns" not in role

    def test_no_log_has_a_body(self):
        (every,) = API["MethodSettings"]
        assert not {"DataTraceEnabled", "LoggingLevel"} & every.keys()
        assert "AccessLogSetting" not in API  # `Globals` has one for all, without the path

    def test_each_refusal_is_a_sentence_without_data(self):
        for status, template in gateway_answers():
            said = filled(template, "cases")
            assert said.keys() == {"id", "error"}
            assert re.fullmatch(r"[A-Z].+\.", said["error"])
            assert int(status) >= 400
        headers = [r["ResponseParameters"]["Headers"] for r in API["GatewayResponses"].values()]
        assert {h["Content-Type"] for h in headers} == {"'application/json'"}


class TestOpenApi:
    def test_it_has_the_same_paths_and_headers(self):
        assert list(OPENAPI["paths"]) == list(BODY["paths"])
        for kind in KINDS:
            told = OPENAPI["paths"][f"/{kind}"]["post"]
            assert {(p["name"], p["required"]) for p in told["parameters"]} == {
                (p["name"], p["required"]) for p in POSTS[kind]["parameters"]
            }
            assert list(told["requestBody"]["content"]) == list(
                integration(kind)["requestTemplates"]
            )

    def test_it_tells_every_status(self):
        told = OPENAPI["paths"]["/cases"]["post"]["responses"].keys()
        assert told == {"202"} | {status for status, _ in gateway_answers()}

    def test_it_has_the_same_answers(self):
        schemas = OPENAPI["components"]["schemas"]
        assert schemas["Taken"]["required"] == ["id", "summary"]
        assert schemas["Refused"]["required"] == ["id", "error"]

    def test_it_tells_the_true_rate(self):
        (every,) = API["MethodSettings"]
        told = OPENAPI["paths"]["/cases"]["post"]["responses"]["429"]["description"]
        assert f"{every['ThrottlingRateLimit']} pushes a second" in told
        assert f"{every['ThrottlingBurstLimit']} at once" in told

    def test_its_address_is_the_stacks(self):
        url = cloudformation.read(ROOT / "template.yaml")["Outputs"]["FeedUrl"]["Value"]["Sub"]
        (server,) = OPENAPI["servers"]
        assert url.rpartition("/")[2] == server["url"].rpartition("/")[2] == API["StageName"]
