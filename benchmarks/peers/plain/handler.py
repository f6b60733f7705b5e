"""The status page with boto3 and Jinja2 as anybody would use them, and no framework.

One function for one page: no routes, no log line, no errors but one, and none of the checks that
`case_page` leaves out.
"""

from http.cookies import SimpleCookie

from case_page import JINJA_OPTIONS, filters, loader, status
from jinja2 import Environment, select_autoescape

environment = Environment(loader=loader(), autoescape=select_autoescape(), **JINJA_OPTIONS)
environment.filters.update(filters())


def handler(event, _context):
    """Answer with the page."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    cookies = {k: m.value for k, m in SimpleCookie(headers.get("cookie", "")).items()}
    context = status(cookies, headers.get("accept-language", "en")[:2])
    if context is None:
        return {"statusCode": 403, "body": ""}
    page = environment.get_template("pages/status.html").render(context)
    content = {"Content-Type": "text/html; charset=utf-8"}
    return {"statusCode": 200, "headers": content, "body": page}
