"""The status page on Flask, behind serverless-wsgi."""

from case_page import JINJA_OPTIONS, filters, loader, status
from flask import Flask, render_template, request
from serverless_wsgi import handle_request

app = Flask(__name__)
app.jinja_options = JINJA_OPTIONS
app.jinja_env.loader = loader()
app.jinja_env.filters.update(filters())


@app.get("/status")
def show():
    """Answer with the page."""
    language = request.headers.get("Accept-Language", "en")[:2]
    context = status(request.cookies, language)
    return ("", 403) if context is None else render_template("pages/status.html", **context)


def handler(event, context):
    """Answer an API Gateway event."""
    return handle_request(app, event, context)
