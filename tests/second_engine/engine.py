"""Run LocalStack in this process; send each call of a function to the address in FUNCTIONS.

Runs with the Python of .tools/localstack, so it imports nothing of the project.
"""

import os

import requests
from localstack.aws.handlers import serve_custom_service_request_handlers
from localstack.runtime import main


def call_function(chain, context, response):
    """Answer `lambda:Invoke` with what the real handler returns or raises."""
    if not context.operation or context.operation.name != "Invoke":
        return
    payload = context.service_request.get("Payload") or b"{}"
    body = payload if isinstance(payload, bytes) else payload.read()
    address = f"{os.environ['FUNCTIONS']}/{context.service_request['FunctionName']}"
    answer = requests.post(address, data=body, timeout=900)
    response.status_code = 200
    response.set_response(answer.content)
    response.headers["Content-Type"] = "application/json"
    if answer.status_code != 200:
        response.headers["X-Amz-Function-Error"] = "Unhandled"
    chain.stop()


serve_custom_service_request_handlers.append(call_function)
main.main()
