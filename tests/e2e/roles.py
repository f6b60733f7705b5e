"""The role that each function runs under."""

from infra.local.stack import LocalAws


def role_of(aws: LocalAws, function: str) -> str:
    """Return the name of a function's role."""
    config = aws.client("lambda").get_function_configuration(FunctionName=aws.outputs[function])
    return str(config["Role"]).rpartition("/")[2]
