"""Started by Secrets Manager, four times for each rotation of the signing keys."""

from typing import Any

from aviso.runtime import key_rotation
from aviso.runtime.logs import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> None:
    """Run the step that the event names."""
    key_rotation.rotate(event["SecretId"], event["ClientRequestToken"], event["Step"])
    logger.info("rotated", extra={"step": event["Step"]})
