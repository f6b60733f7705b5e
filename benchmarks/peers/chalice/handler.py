"""The journey on AWS Chalice."""

from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

import journey
from agency import JINJA_OPTIONS, filters, loader
from chalice import Chalice, Response
from jinja2 import Environment, select_autoescape

app = Chalice(app_name="portal")
environment = Environment(loader=loader(), autoescape=select_autoescape(), **JINJA_OPTIONS)
environment.filters.update(filters())
FORM = ["application/x-www-form-urlencoded"]


@app.route("/")
def find():
    """Ask for the report number."""
    return answered(journey.find)


@app.route("/find", methods=["POST"], content_types=FORM)
def who():
    """Ask for name and birth date."""
    return answered(journey.who)


@app.route("/verify", methods=["POST"], content_types=FORM)
def verify():
    """Open a visit."""
    return answered(journey.verify)


@app.route("/status")
def status():
    """Show the case."""
    return answered(journey.status)


@app.route("/enroll", methods=["POST"], content_types=FORM)
def enroll():
    """Keep contacts."""
    return answered(journey.enroll)


@app.route("/done")
def done():
    """Confirm them."""
    return answered(journey.done)


def answered(step):
    """Take a step for this request, and answer with its page or its next address."""
    request = app.current_request
    language = request.headers.get("accept-language", "en")[:2]
    cookies = {k: m.value for k, m in SimpleCookie(request.headers.get("cookie", "")).items()}
    form = dict(parse_qsl(request.raw_body.decode())) if request.method == "POST" else {}
    source = request.context["identity"]["sourceIp"]
    answer = step(journey.Asked(language, cookies, form, source))
    if not answer.location:
        page = environment.get_template(f"pages/{answer.page}.html").render(answer.context)
        headers = {"Content-Type": "text/html; charset=utf-8"}
        return Response(page, headers=headers, status_code=answer.status)
    headers = {"Location": answer.location}
    if answer.token:
        headers["Set-Cookie"] = (
            f"{journey.VISIT}={answer.token}; Path=/; Secure; HttpOnly; SameSite=Strict"
        )
    return Response("", headers=headers, status_code=answer.status)


handler = app
