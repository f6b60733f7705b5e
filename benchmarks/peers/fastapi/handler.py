"""The status page on FastAPI, behind Mangum."""

from case_page import JINJA_OPTIONS, filters, loader, status
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, select_autoescape
from mangum import Mangum

app = FastAPI()
environment = Environment(loader=loader(), autoescape=select_autoescape(), **JINJA_OPTIONS)
environment.filters.update(filters())
templates = Jinja2Templates(env=environment)


@app.get("/status", response_class=HTMLResponse)
def show(request: Request) -> HTMLResponse:
    """Answer with the page."""
    language = request.headers.get("accept-language", "en")[:2]
    context = status(request.cookies, language)
    if context is None:
        return HTMLResponse("", status_code=403)
    return templates.TemplateResponse(request, "pages/status.html", context)


handler = Mangum(app, lifespan="off")
