"""Templates, with the viewer's language in every page."""

from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from chassis.runtime import runtime_of
from gateway.console.charts import drawing
from gateway.console.language import COOKIE, Language, chosen
from gateway.console.protection import protect

YEAR_SECONDS = 365 * 24 * 3600


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def language_of(request: Request) -> Language:
    return Language(chosen(request), runtime_of(request).settings.zone)


def show(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page in the viewer's language, under the console's policy; a language asked for by `?lang=` is remembered."""
    language = language_of(request)
    body = (
        _environment()
        .get_template(template)
        .render(language=language, t=language.text, switch=_switch(request, language), drawing=drawing, **values)
    )
    response = HTMLResponse(body, status)
    protect(response)
    if request.query_params.get("lang") == language.code:
        response.set_cookie(
            COOKIE, language.code, max_age=YEAR_SECONDS, path="/", samesite="lax", secure=request.url.scheme == "https"
        )
    return response


def _switch(request: Request, language: Language) -> str:
    """This page in the other language."""
    url = request.url.include_query_params(lang=language.other)
    return f"{url.path}?{url.query}"
