"""Reads a test's secrets in moto's vault, and has moto check once that it reads the same.

moto needs 2 ms for a call, and most tests read two secrets. All but the value of a secret that is
there is moto's.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.secretsmanager.models import secretsmanager_backends

ACCOUNT, REGION = "123456789012", "us-west-2"  # moto's, and the tests'
compared: list[Mapping[str, Any]] = []  # the answer that was compared in this process


def before_call(model: Any, params: Mapping[str, Any], **call: Any) -> Any:
    """Answer a call for a secret's value: botocore's `before-call`; None leaves it to moto."""
    asked = json.loads(params["body"])
    vault = secretsmanager_backends[ACCOUNT][REGION]
    if model.name != "GetSecretValue" or asked.keys() != {"SecretId"}:
        return None
    if asked["SecretId"] not in vault.secrets:
        return None
    answer = vault.get_secret_value(asked["SecretId"], None, None)
    answer["CreatedDate"] = datetime.fromtimestamp(int(answer["CreatedDate"]), UTC)
    if not compared:
        compared.append(answer)
        theirs = _client().get_secret_value(**asked)
        ours = {**answer, "ResponseMetadata": theirs["ResponseMetadata"]}
        assert ours == theirs, f"here {ours}, moto {theirs}"
    answer["ResponseMetadata"] = {"HTTPStatusCode": 200}
    return AWSResponse("https://secretsmanager.example.org", 200, HTTPHeaders(), None), answer


@cache
def _client() -> Any:
    """Return a client of moto's, whose calls nobody answers in its place."""
    return botocore.session.get_session().create_client("secretsmanager", region_name=REGION)
