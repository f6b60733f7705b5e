"""The journey on Flask, behind serverless-wsgi."""

import journey
from agency import JINJA_OPTIONS, filters, loader
from flask import Flask, redirect, render_template, request
from serverless_wsgi import handle_request

app = Flask(__name__)
app.jinja_options = JINJA_OPTIONS
app.jinja_env.loader = loader()
app.jinja_env.filters.update(filters())


@app.get("/")
def find():
    """Ask for the report number."""
    return answered(journey.find)


@app.post("/find")
def who():
    """Ask for name and birth date."""
    return answered(journey.who)


@app.post("/verify")
def verify():
    """Open a visit."""
    return answered(journey.verify)


@app.get("/status")
def status():
    """Show the case."""
    return answered(journey.status)


@app.post("/enroll")
def enroll():
    """Keep contacts."""
    return answered(journey.enroll)


@app.get("/done")
def done():
    """Confirm them."""
    return answered(journey.done)


def answered(step):
    """Take a step for this request, and answer with its page or its next address."""
    language = request.headers.get("Accept-Language", "en")[:2]
    answer = step(
        journey.Asked(language, request.cookies, request.form.to_dict(), request.remote_addr)
    )
    if not answer.location:
        return render_template(f"pages/{answer.page}.html", **answer.context), answer.status
    response = redirect(answer.location, answer.status)
    if answer.token:
        response.set_cookie(
            journey.VISIT, answer.token, secure=True, httponly=True, samesite="Strict"
        )
    return response


def handler(event, context):
    """Answer an API Gateway event."""
    return handle_request(app, event, context)
