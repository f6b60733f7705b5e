"""What the build tells botocore of AWS is all that Aviso needs, and the same as botocore's own."""

import re
from pathlib import Path

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


def shapes(model, name):
    operation = model.operation_model(name)
    both = (operation.input_shape, operation.output_shape, *operation.error_shapes)
    return [(shape.name, sorted(shape.members)) for shape in both if shape is not None]
