"""What the build tells botocore of AWS is all that Aviso needs, and the same as botocore's own."""

import re
from pathlib import Path
from typing import Any

import boto3
import pytest

import services
from aviso import clients

DOMAIN = Path(__file__).resolve().parents[2] / "layers/aviso/aviso"
CALLED = sorted(
    {
        name
        for source in DOMAIN.rglob("*.py")
        for name in re.findall(r'\bclient\("([\w-]+)"', source.read_text(encoding="utf-8"))
    }
    | {"dynamodb"}  # pynamodb's
)


def test_every_service_that_is_called_is_described_and_no_other():
    assert sorted(services.SERVICES) == CALLED


@pytest.mark.parametrize("service", services.SERVICES)
def test_a_client_has_the_address_and_the_operations_of_the_usual_one(aws, service):
    clients.session.cache_clear()
    ours = clients.session().create_client(service, region_name="us-west-2").meta
    usual = boto3.client(service, region_name="us-west-2").meta
    assert ours.endpoint_url == usual.endpoint_url
    names = ours.service_model.operation_names
    assert names == usual.service_model.operation_names
    for name in names:
        assert shapes(ours.service_model, name) == shapes(usual.service_model, name)


ONE_CALL: dict[str, tuple[str, dict[str, Any]]] = {
    "cognito-idp": ("list_user_pools", {"MaxResults": 1}),
    "dynamodb": ("get_item", {"TableName": "Cases", "Key": {"pk": {"S": "x"}}}),
    "lambda": ("invoke", {"FunctionName": "tally"}),
    "s3": ("get_object", {"Bucket": "feed", "Key": "incoming/cases.csv"}),
    "secretsmanager": ("get_secret_value", {"SecretId": "keys"}),
    "sesv2": ("send_email", {"Content": {"Raw": {"Data": b""}}}),
    "sns": ("publish", {"Message": "x", "PhoneNumber": "+15205550142"}),
}


@pytest.mark.parametrize("region", ["us-west-2", "us-east-1", "us-gov-west-1", "us-gov-east-1"])
@pytest.mark.parametrize("service", services.SERVICES)
def test_a_call_goes_where_the_usual_client_sends_it_signed_for_the_same(
    compiled, monkeypatch, service, region
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    clients.session.cache_clear()
    ours = sent(clients.session().create_client(service, region_name=region), service)
    clients.session.cache_clear()
    assert ours == sent(boto3.client(service, region_name=region), service)


class SentError(Exception):
    """A request was about to leave."""


def sent(client, service):
    """Return where a client would send a call, and what its signature is for."""

    def keep(request, **_):
        scope = request.headers["Authorization"].decode().split("/", 1)[1].split(",")[0]
        raise SentError(request.url, scope.split("/", 1)[1])

    client.meta.events.register_first("before-send", keep)
    method, params = ONE_CALL[service]
    with pytest.raises(SentError) as found:
        getattr(client, method)(**params)
    return found.value.args


def shapes(model, name):
    operation = model.operation_model(name)
    both = (operation.input_shape, operation.output_shape, *operation.error_shapes)
    return [(shape.name, sorted(shape.members)) for shape in both if shape is not None]
