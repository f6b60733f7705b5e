"""What the product sends to AWS is what botocore sends, by region: `make bench ONLY=wire`."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape

from infra.compiler import aws_services
from tests.wire.__main__ import table
from tests.wire.calls_found import Call, allowed_and_never_called, called
from tests.wire.compare import REASONS, Row, compared
from tests.wire.other_calls import CALLS, addresses, openers, variables

DATA = Path(botocore.__file__).parent / "data"
PLACES = [(r, f) for r in ("us-west-2", "us-east-1", "us-gov-west-1") for f in (False, True)]


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    """Give every request of the product with that of botocore as it comes."""
    return compared()


@pytest.fixture(scope="session")
def calls() -> frozenset[Call]:
    """Give every call of the product's code."""
    return frozenset(called())


@pytest.mark.parametrize(("region", "fips"), PLACES)
class TestEveryRequest:
    def test_is_as_botocore_makes_it_or_differs_for_a_listed_reason(
        self, rows, calls, region, fips
    ):
        here = [row for row in rows if (row.region, row.fips) == (region, fips)]
        assert {row.call for row in here} == calls
        verdicts = {str(row.call): row.verdict for row in here}
        assert {v for v in verdicts.values() if v not in ("identical", *REASONS)} == set(), verdicts

    def test_is_signed_with_signature_version_4(self, rows, region, fips):
        here = [row for row in rows if (row.region, row.fips) == (region, fips)]
        assert {row.scheme for row in here} == {"AWS4-HMAC-SHA256"}

    def test_for_a_letter_has_an_address_that_s3_takes(self, rows, region, fips):
        (letter,) = [
            row for row in rows if row.call.presigned and (row.region, row.fips) == (region, fips)
        ]
        address = urlsplit(letter.ours[1])
        query = parse_qs(address.query)
        assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
        assert region in query["X-Amz-Credential"][0]
        # A new bucket answers at its own region's address alone; us-east-1's names no region.
        place = f"s3{'-fips' * fips}.{region}." if fips or region != "us-east-1" else "s3."
        assert f".{place}amazonaws.com" in address.netloc


class TestDifference:
    def test_without_a_reason_is_told(self, rows):
        row = next(row for row in rows if row.call == Call("dynamodb", "GetItem"))
        method, url, headers, body = row.ours
        elsewhere = replace(
            row, ours=[method, url.replace("dynamodb", "dynamodb-fips"), headers, body]
        )
        unsigned = replace(row, ours=[method, url, headers | {"authorization": ""}, body])
        assert (row.verdict, elsewhere.verdict) == ("identical", "DIFFERS: url")
        assert unsigned.verdict == "DIFFERS: headers"
        assert "DIFFERS: url" in table([elsewhere])


class TestCallsOfTheCode:
    def test_include_every_action_that_a_role_allows(self, calls):
        assert allowed_and_never_called(calls) == set()

    def test_an_allowed_action_that_no_code_calls_is_told(self, calls):
        fewer = calls - {Call("sns", "OptInPhoneNumber")}
        assert allowed_and_never_called(fewer) == {
            "sns:OptInPhoneNumber",
            "sms-voice:DescribeOptedOutNumbers",
            "sms-voice:DeleteOptedOutNumber",
        }

    def test_are_found_in_methods_paginators_and_presigned_addresses(self, tmp_path):
        (tmp_path / "some.py").write_text(
            's3 = client("s3")\n'
            "provider.call(s3.put_object, Key=key)\n"
            's3.get_paginator("list_objects_v2")\n'
            'client("s3").generate_presigned_url("get_object", Params={})\n'
        )
        (tmp_path / "other.py").write_text("table.put_object(); table.query()\n")
        found = {str(call) for call in called([tmp_path])}
        assert found == {"s3 PutObject", "s3 ListObjectsV2", "s3 GetObject (presigned)",
                         "s3 GetObject"}  # fmt: skip

    def test_are_of_the_services_of_the_layer(self, calls):
        assert sorted(aws_services.SERVICES) == sorted({call.service for call in calls})


class TestCallsThatAreNotBotocores:
    def test_are_those_of_the_sign_in_alone(self):
        assert openers() == {"cognito_sign_in.py urlopen", "cognito_sign_in.py PyJWKClient"}

    @pytest.mark.parametrize(("region", "fips"), PLACES)
    @pytest.mark.parametrize("call", CALLS)
    def test_go_to_the_address_that_aws_documents(self, call, region, fips):
        (address,) = [a for a in addresses() if (a.call, a.region, a.fips) == (call, region, fips)]
        assert address.verdict == "as documented"
        assert ("-fips." in address.host) is (fips or region.startswith("us-gov"))

    def test_keep_the_issuer_that_tokens_name(self):
        issuer = {variables("us-west-2", fips=fips)["ISSUER"] for fips in (False, True)}
        assert issuer == {"https://cognito-idp.us-west-2.amazonaws.com/us-west-2_Pool"}


@pytest.fixture(scope="session")
def shipped(tmp_path_factory) -> Loader:
    """Give botocore's data as the layer has it."""
    folder = tmp_path_factory.mktemp("shipped") / "data"
    aws_services.write(folder, DATA)
    return Loader(extra_search_paths=[str(folder)], include_default_search_paths=False)


def shapes(operation: OperationModel) -> list[tuple[str, list[str]]]:
    both = (operation.input_shape, operation.output_shape, *operation.error_shapes)
    return [(s.name, sorted(s.members)) for s in both if isinstance(s, StructureShape)]


class TestLayer:
    @pytest.mark.parametrize("service", aws_services.SERVICES)
    def test_describes_every_operation_as_botocore_does(self, shipped, service):
        ours, usual = (
            ServiceModel(loader.load_service_model(service, "service-2"), service)
            for loader in (shipped, Loader())
        )
        assert ours.operation_names == usual.operation_names
        for name in ours.operation_names:
            assert shapes(ours.operation_model(name)) == shapes(usual.operation_model(name))
        for kind in ("endpoint-rule-set-1", "paginators-1"):
            found, wanted = (
                loader.load_service_model(service, kind) for loader in (shipped, Loader())
            )
            assert found == wanted
