"""The status page on AWS Chalice."""

from http.cookies import SimpleCookie

from case_page import JINJA_OPTIONS, filters, loader, status
from chalice import Chalice, Response
from jinja2 import Environment, select_autoescape

app = Chalice(app_name="portal")
environment = Environment(loader=loader(), autoescape=select_autoescape(), **JINJA_OPTIONS)
environment.filters.update(filters())


@app.route("/status")
def show():
    """Answer with the page."""
    headers = app.current_request.headers
    cookies = {k: m.value for k, m in SimpleCookie(headers.get("cookie", "")).items()}
    context = status(cookies, headers.get("accept-language", "en")[:2])
    if context is None:
        return Response("", status_code=403)
    page = environment.get_template("pages/status.html").render(context)
    return Response(page, headers={"Content-Type": "text/html; charset=utf-8"})


handler = app
