"""The journey on FastAPI, behind Mangum."""

from typing import Annotated

import journey
from agency import JINJA_OPTIONS, filters, loader
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, select_autoescape
from mangum import Mangum
from starlette.datastructures import FormData

app = FastAPI()
environment = Environment(loader=loader(), autoescape=select_autoescape(), **JINJA_OPTIONS)
environment.filters.update(filters())
templates = Jinja2Templates(env=environment)


async def typed(request: Request) -> FormData:
    """Read a form."""
    return await request.form()


Form = Annotated[FormData, Depends(typed)]


@app.get("/", response_class=HTMLResponse)
def find(request: Request) -> Response:
    """Ask for the report number."""
    return answered(journey.find, request)


@app.post("/find", response_class=HTMLResponse)
def who(request: Request, form: Form) -> Response:
    """Ask for name and birth date."""
    return answered(journey.who, request, form)


@app.post("/verify", response_class=HTMLResponse)
def verify(request: Request, form: Form) -> Response:
    """Open a visit."""
    return answered(journey.verify, request, form)


@app.get("/status", response_class=HTMLResponse)
def status(request: Request) -> Response:
    """Show the case."""
    return answered(journey.status, request)


@app.post("/enroll", response_class=HTMLResponse)
def enroll(request: Request, form: Form) -> Response:
    """Keep contacts."""
    return answered(journey.enroll, request, form)


@app.get("/done", response_class=HTMLResponse)
def done(request: Request) -> Response:
    """Confirm them."""
    return answered(journey.done, request)


def answered(step, request: Request, form: FormData | None = None) -> Response:
    """Take a step for this request, and answer with its page or its next address."""
    language = request.headers.get("accept-language", "en")[:2]
    source = request.client.host if request.client else ""
    answer = step(journey.Asked(language, request.cookies, form or {}, source))
    if not answer.location:
        page = f"pages/{answer.page}.html"
        return templates.TemplateResponse(
            request, page, dict(answer.context), status_code=answer.status
        )
    response = RedirectResponse(answer.location, answer.status)
    if answer.token:
        response.set_cookie(
            journey.VISIT, answer.token, secure=True, httponly=True, samesite="strict"
        )
    return response


handler = Mangum(app, lifespan="off")
