"""`/console`: pages for staff. A cookie says who looks; data is read as that person may read it."""

from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from chassis.clock import business_day, real_now
from chassis.errors import Refusal
from chassis.paging import Paging, page
from chassis.runtime import Runtime, runtime_of
from gateway.console import home
from gateway.console.charts import charts, figure_chart
from gateway.console.pages import language_of, show
from gateway.console.protection import check_origin, clear_session, protect, set_session
from gateway.console.viewers import SIGN_IN, ViewerOrNone, check_form, frame, to_sign_in
from gateway.errors import ForeignOrigin
from gateway.identities.rules import read_contact
from gateway.operations import queries
from gateway.operations.figures import Kind
from gateway.operations.model import Period
from gateway.operations.routes import figure_of
from gateway.operations.summary import read_summary, window
from gateway.sessions import actions
from gateway.sessions.model import Purpose
from gateway.sessions.routes import authenticate

HOME = "/console"
LONGEST_CONTACT = 254
LONGEST_PASSWORD = 128
LONGEST_CODE = 12
KNOWN_REFUSALS = frozenset(
    {
        "credentials_refused", "too_many_tries", "passwords_busy", "malformed_contact", "foreign_origin",
        "second_factor_required", "second_factor_refused",
    }
)  # fmt: skip
router = APIRouter(include_in_schema=False)


Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/")
@router.get("/console/")
async def read_root() -> Response:
    return protect(RedirectResponse(HOME, 303))


@router.get("/console/sign-in")
async def read_sign_in(request: Request, viewer: ViewerOrNone) -> Response:
    if viewer is not None:
        return protect(RedirectResponse(HOME, 303))
    return show(request, "sign_in.html", fault=None, contact="")


@router.post("/console/sign-in")
async def console_sign_in(
    request: Request,
    contact: Annotated[str, Form(max_length=LONGEST_CONTACT)] = "",
    password: Annotated[str, Form(max_length=LONGEST_PASSWORD)] = "",
    code: Annotated[str, Form(max_length=LONGEST_CODE)] = "",
) -> Response:
    try:
        check_origin(request)
        kind = {"email": contact, "mobile": None} if "@" in contact else {"email": None, "mobile": contact}
        signed_in = await authenticate(
            request, read_contact(**kind), password, code.replace(" ", "") or None, Purpose.CONSOLE
        )
    except Refusal as refusal:
        return _refused(request, refusal, contact)
    response = protect(RedirectResponse(HOME, 303))
    set_session(response, request, signed_in.secret)
    return response


def _refused(request: Request, refusal: Refusal, contact: str) -> Response:
    code = refusal.code if refusal.code in KNOWN_REFUSALS else "credentials_refused"
    fault = language_of(request).text(code, seconds=refusal.facts.get("retry_after_seconds", ""))
    return show(request, "sign_in.html", refusal.status, fault=fault, contact=contact)


@router.post("/console/sign-out")
async def console_sign_out(
    request: Request, viewer: ViewerOrNone, form_token: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    if viewer is not None:
        try:
            check_form(request, viewer, form_token)
        except ForeignOrigin as refusal:
            return _refused(request, refusal, "")
        async with runtime_of(request).transaction() as tx:
            await actions.sign_out(tx, viewer.secret, Purpose.CONSOLE)
    response = protect(RedirectResponse(SIGN_IN, 303))
    clear_session(response)
    return response


@router.get("/console")
async def read_home(request: Request, viewer: ViewerOrNone, days: Days = home.DEFAULT_PERIOD) -> Response:
    """The operations page: figures as cards, charts, health of the sources."""
    if viewer is None:
        return to_sign_in(request)
    values = await _home_values(request, days)
    return show(request, "home.html", **values, **frame(viewer), periods=home.PERIODS)


@router.get("/console/figures")
async def read_home_figures(request: Request, viewer: ViewerOrNone, days: Days = home.DEFAULT_PERIOD) -> Response:
    """The part of the home page that renews itself."""
    if viewer is None:
        return to_sign_in(request)
    return show(request, "figures.html", **await _home_values(request, days))


@router.get("/console/figures/{code}")
async def read_figure_page(
    request: Request, code: str, paging: Paging, viewer: ViewerOrNone, days: Days = home.DEFAULT_PERIOD
) -> Response:
    """One figure: its definition and the records behind it."""
    if viewer is None:
        return to_sign_in(request)
    runtime = runtime_of(request)
    language = language_of(request)
    figure = figure_of(code)
    period = await _period(runtime, days)
    looked_at = window(figure, period)
    async with runtime.reading() as connection:
        summary = await read_summary(connection, period, real_now())
        rows = await queries.records(
            connection,
            sorted(set(figure.counters)),
            None if figure.kind is Kind.STOCK else looked_at.first,
            looked_at.last,
            narrowed={},
            limit=paging.limit,
            before=paging.after[0] if paging.after else None,
        )
        reading = next(reading for reading in summary.readings if reading.figure is figure)
        chart = await figure_chart(connection, figure, period, language, degraded=reading.degraded)
    shown: dict[str, Any] = page(rows, paging, key=lambda row: (row.id,))
    return show(
        request,
        "figure.html",
        figure=figure,
        shown=[home.shown(value, figure.unit, language) for value in reading.values],
        stale=reading.degraded,
        chart=chart,
        records=shown["items"],
        older=None if shown["next"] is None else f"?days={days}&after={quote(shown['next'])}",
        period=looked_at,
        days=days,
        **frame(viewer),
    )


async def _home_values(request: Request, days: int) -> dict[str, Any]:
    runtime = runtime_of(request)
    language = language_of(request)
    period = await _period(runtime, days)
    async with runtime.reading() as connection:
        summary = await read_summary(connection, period, real_now())
        drawn = await charts(connection, summary, language)
    away = [language.text(f"source_{source.name}") for source in summary.sources if source.degraded]
    return {
        "sections": home.sections(summary, language),
        "chips": home.chips(summary.sources, language),
        "away": language.text("between_names").join(away),
        "charts": drawn,
        "period": period,
        "days": days,
        "updated": language.instant(real_now()),
    }


async def _period(runtime: Runtime, days: int) -> Period:
    today: date = business_day(await runtime.database.now(), runtime.settings.zone)
    return Period(today - timedelta(days=days - 1), today)
