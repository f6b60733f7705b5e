"""The journey with boto3 and Jinja2 as anybody would use them, and no framework.

One table of routes: no log line, no errors but one, and none of the checks that `journey` leaves
out.
"""

from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

import journey
from agency import JINJA_OPTIONS, filters, loader
from jinja2 import Environment, select_autoescape

environment = Environment(loader=loader(), autoescape=select_autoescape(), **JINJA_OPTIONS)
environment.filters.update(filters())

STEPS = {
    ("GET", "/"): journey.find,
    ("POST", "/find"): journey.who,
    ("POST", "/verify"): journey.verify,
    ("GET", "/status"): journey.status,
    ("POST", "/enroll"): journey.enroll,
    ("GET", "/done"): journey.done,
}


def handler(event, _context):
    """Answer with a page or the next address."""
    step = STEPS.get((event["httpMethod"], event["path"]))
    if step is None:
        return {"statusCode": 404, "body": ""}
    headers = {name.lower(): value for name, value in event["headers"].items()}
    cookies = {k: m.value for k, m in SimpleCookie(headers.get("cookie", "")).items()}
    language = headers.get("accept-language", "en")[:2]
    form = dict(parse_qsl(event["body"] or ""))
    source = event["requestContext"]["identity"]["sourceIp"]
    answer = step(journey.Asked(language, cookies, form, source))
    if not answer.location:
        page = environment.get_template(f"pages/{answer.page}.html").render(answer.context)
        content = {"Content-Type": "text/html; charset=utf-8"}
        return {"statusCode": answer.status, "headers": content, "body": page}
    found = {"Location": answer.location}
    if answer.token:
        found["Set-Cookie"] = (
            f"{journey.VISIT}={answer.token}; Path=/; Secure; HttpOnly; SameSite=Strict"
        )
    return {"statusCode": answer.status, "headers": found, "body": ""}
