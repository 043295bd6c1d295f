"""`/console/payments`: what waits for an operator, lists, records with their history, and what may be done to them."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from chassis.errors import Refusal
from gateway.console.pages import language_of, show
from gateway.console.payments import asking
from gateway.console.payments.asking import Refused
from gateway.console.payments.cells import Grid, Writing, currency_of, described, minor_of, state_of
from gateway.console.payments.description import Action, Document, Field, Listing, Part, Record
from gateway.console.payments.nouns import GROUPS, LISTS, MATTER_COLUMNS, MATTER_OPENS, MATTERS
from gateway.console.protection import protect
from gateway.console.viewers import Viewer, ViewerOrNone, check_form, frame, may, to_sign_in

HOME = "/console/payments"
SCOPE = "payments:operate"
SHOWN_INSIDE = "10"
"""So many rows of each of a record's lists stand on its page; the rest on the list's own."""
MOST_IN_A_PAGE = "200"
LONGEST_ID = 64
LONGEST_CURSOR = 1_000
DAY = r"^\d{4}-\d{2}-\d{2}$"
FOUND_BY_CODE = {listing.code: listing for listing in LISTS}
router = APIRouter(prefix=HOME, include_in_schema=False)
After = Annotated[str | None, Query(max_length=LONGEST_CURSOR)]
State = Annotated[str | None, Query(max_length=64)]


@router.get("")
async def read_desk(request: Request, viewer: ViewerOrNone) -> Response:
    """What waits for a decision, and the way to everything else."""
    if viewer is None:
        return to_sign_in(request)
    try:
        piles = (await _read(request, viewer, "/v1/desk"))["items"]
    except (Refused, Refusal) as fault:
        return _refused(request, viewer, fault)
    return show(request, "payments/desk.html", piles=piles, groups=GROUPS, **frame(viewer))


@router.get("/find")
async def find_record(
    request: Request, viewer: ViewerOrNone, id: Annotated[str, Query(max_length=LONGEST_ID)] = ""
) -> Response:
    if viewer is None:
        return to_sign_in(request)
    wanted = id.strip()
    if described(wanted) is None:
        return _refused(request, viewer, Refused(404, "not_found", "", "id"))
    return protect(RedirectResponse(f"{HOME}/records/{wanted}", 303))


@router.get("/matters/{matter}")
async def read_matter(request: Request, matter: str, viewer: ViewerOrNone, after: After = None) -> Response:
    """What waits of one matter."""
    if viewer is None:
        return to_sign_in(request)
    if matter not in MATTERS:
        return _refused(request, viewer, Refused(404, "not_found", ""))
    listing = Listing(
        matter,
        f"/v1/desk/{matter}",
        MATTER_COLUMNS,
        read_as={"subject": "original"},
        opens={"subject": MATTER_OPENS[matter]} if matter in MATTER_OPENS else {},
    )
    return await _list_page(request, viewer, listing, {}, after=after, title=("matter", matter))


@router.get("/lists/{code}")
async def read_list(
    request: Request, code: str, viewer: ViewerOrNone, after: After = None, state: State = None
) -> Response:
    if viewer is None:
        return to_sign_in(request)
    listing = FOUND_BY_CODE.get(code)
    if listing is None:
        return _refused(request, viewer, Refused(404, "not_found", ""))
    return await _list_page(request, viewer, listing, {}, after=after, state=state)


@router.get("/records/{id}")
async def read_record(request: Request, id: str, viewer: ViewerOrNone, done: State = None) -> Response:
    """One record: its members, its history, its lists, and what an operator may do to it."""
    if viewer is None:
        return to_sign_in(request)
    return await _record_page(request, viewer, id, done=done)


@router.get("/records/{id}/lists/{code}")
async def read_record_list(
    request: Request, id: str, code: str, viewer: ViewerOrNone, after: After = None, state: State = None
) -> Response:
    if viewer is None:
        return to_sign_in(request)
    found = described(id)
    listing = None if found is None else next((one for one in found[0].lists if one.code == code), None)
    if found is None or listing is None:
        return _refused(request, viewer, Refused(404, "not_found", ""))
    try:
        record, currency = await _record(request, viewer, *found)
    except (Refused, Refusal) as fault:
        return _refused(request, viewer, fault)
    return await _list_page(
        request, viewer, listing, record, after=after, state=state, of=id, noun=found[0].noun, currency=currency
    )


@router.get("/records/{id}/files/{code}")
async def read_record_file(
    request: Request, id: str, code: str, viewer: ViewerOrNone, day: Annotated[str, Query(pattern=DAY)] = "2000-01-01"
) -> Response:
    """A file of the service's, as it gives it."""
    if viewer is None:
        return to_sign_in(request)
    found = described(id)
    file = None if found is None else next((one for one in found[0].files if one.code == code), None)
    if found is None or file is None:
        return _refused(request, viewer, Refused(404, "not_found", ""))
    try:
        _require_operator(viewer)
        contents = await asking.read_file(request, viewer, file.path.format(id=found[1], day=day), file.params)
    except (Refused, Refusal) as fault:
        return await _record_page(request, viewer, id, fault=fault)
    return _download(contents, f"{code}-{day if file.by_day else found[1]}.{file.kind}")


@router.post("/records/{id}/actions/{code}")
async def act_on_record(request: Request, id: str, code: str, viewer: ViewerOrNone) -> Response:
    """Done at the service, under the key that the form was given: sent twice it is done once."""
    if viewer is None:
        return to_sign_in(request)
    found = described(id)
    action = None if found is None else next((one for one in found[0].actions if one.code == code), None)
    if found is None or action is None:
        return _refused(request, viewer, Refused(404, "not_found", ""))
    async with request.form(max_files=0, max_fields=20) as form:
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
    try:
        check_form(request, viewer, typed.get("form_token", ""))
        _require_operator(viewer)
        _, currency = await _record(request, viewer, *found)
        body = _body(action, typed, currency, found[1])
        await asking.write(request, viewer, action.path.format(id=found[1]), body, typed.get("key", "")[:LONGEST_ID])
    except (Refused, Refusal) as fault:
        return await _record_page(request, viewer, id, fault=fault, typed=typed, tried=code)
    return protect(RedirectResponse(f"{HOME}/records/{id}?done={code}", 303))


def _body(action: Action, typed: Mapping[str, str], currency: str | None, id: str) -> dict[str, Any] | None:
    """Raises Refused for what was left out, and for an amount that is none."""
    if typed.get("sure") != "yes":
        raise Refused(422, "not_confirmed", "", "sure")
    body: dict[str, Any] = {}
    for field in action.fields:
        text = typed.get(field.name, "").strip()[: field.longest]
        value = _typed(field, text, currency)
        if value not in (None, "", []):
            body[field.name] = value
        elif field.required or text:
            raise Refused(422, "not_filled_in", "", field.name)
    if action.names is not None:
        body[action.names] = [id]
    return body if action.fields or action.names else None


def _typed(field: Field, text: str, currency: str | None) -> int | str | list[str] | None:
    if field.kind == "money":
        return minor_of(text, currency or "")
    return text.split() if field.kind == "lines" else text


async def _record_page(
    request: Request,
    viewer: Viewer,
    id: str,
    *,
    fault: Refused | Refusal | None = None,
    typed: Mapping[str, str] | None = None,
    tried: str | None = None,
    done: str | None = None,
) -> Response:
    """typed: what stood in the form of the action that was tried."""
    found = described(id)
    if found is None:
        return _refused(request, viewer, Refused(404, "not_found", ""))
    noun, name = found
    try:
        record, currency = await _record(request, viewer, noun, name)
        inside, parts = await asyncio.gather(
            _inside(request, viewer, noun, record), _parts(request, viewer, noun, name, state_of(record))
        )
    except (Refused, Refusal) as unread:
        return _refused(request, viewer, unread)
    writing = Writing(language_of(request), currency)
    grids = [(listing, _grid(writing, listing, page), page.get("next")) for listing, page in inside]
    return show(
        request,
        "payments/record.html",
        200 if fault is None else fault.status,
        described=noun,
        id=id,
        facts=writing.facts(record, noun.read_as),
        state=writing.cell("state", state_of(record) or None),
        inner=writing.grids(record, noun.read_as),
        parts=[(part, writing.facts(document), writing.grids(document)) for part, document in parts],
        history=writing.history(record),
        grids=grids,
        actions=[action for action in noun.actions if not action.states or state_of(record) in action.states],
        key=str(uuid4()),
        fault=_told(request, fault),
        typed=typed or {},
        tried=tried,
        done=done if any(action.code == done for action in noun.actions) else None,
        currency=currency,
        **frame(viewer),
    )


async def _record(request: Request, viewer: Viewer, noun: Record, name: str) -> tuple[Document, str | None]:
    """The record, and the currency of its amounts. name: what the service knows it by. Raises Refused."""
    if noun.found_by is None:
        record: Document = await _read(request, viewer, noun.path.format(id=name))
    else:
        record = await _found(request, viewer, noun.path, noun.found_by, name)
    currency = currency_of(record) or noun.currency
    if currency is None and noun.parent is not None:
        parent = described(_parent(record, noun.parent))
        if parent is not None:
            _, currency = await _record(request, viewer, *parent)
    return record, currency


def _parent(record: Document, member: str) -> str:
    """The id of the record's parent. member: maybe of a part of it, with a dot."""
    found: Any = record
    for step in member.split("."):
        found = found[step]
    return str(found)


async def _found(request: Request, viewer: Viewer, path: str, member: str, name: str) -> Document:
    """Of a list that is short, or has the newest first. Raises Refused."""
    params = {"limit": MOST_IN_A_PAGE}
    while True:
        page = await _read(request, viewer, path, params)
        for one in page["items"]:
            if str(one[member]) == name:
                return dict(one)
        if not page.get("next"):
            raise Refused(404, "not_found", "")
        params["after"] = page["next"]


async def _parts(request: Request, viewer: Viewer, noun: Record, name: str, state: str) -> list[tuple[Part, Document]]:
    """What belongs to a record in its state."""
    wanted = [part for part in noun.parts if not part.states or state in part.states]
    documents = await asyncio.gather(*(_read(request, viewer, part.path.format(id=name)) for part in wanted))
    return [
        (part, document if part.member is None else document[part.member])
        for part, document in zip(wanted, documents, strict=True)
    ]


async def _inside(
    request: Request, viewer: Viewer, noun: Record, record: Document
) -> list[tuple[Listing, dict[str, Any]]]:
    """The beginning of each of its lists."""

    async def beginning(listing: Listing) -> dict[str, Any]:
        params = _filled(listing.params, record) | ({"limit": SHOWN_INSIDE} if listing.paged else {})
        return await _read(request, viewer, listing.path.format_map(_named(record)), params)

    pages = await asyncio.gather(*(beginning(listing) for listing in noun.lists))
    return list(zip(noun.lists, pages, strict=True))


async def _list_page(
    request: Request,
    viewer: Viewer,
    listing: Listing,
    record: Document,
    *,
    after: str | None = None,
    state: str | None = None,
    of: str | None = None,
    noun: str | None = None,
    title: tuple[str, str] | None = None,
    currency: str | None = None,
) -> Response:
    """of: the record it is a list of, with its noun; title: of another kind than lists have."""
    params = _filled(listing.params, record)
    if listing.states and state in listing.states:
        params["state"] = state
    if after is not None and listing.paged:
        params["after"] = after
    try:
        page = await _read(request, viewer, listing.path.format_map(_named(record)), params)
    except (Refused, Refusal) as fault:
        return _refused(request, viewer, fault)
    language = language_of(request)
    grid = _grid(Writing(language, currency or listing.currency), listing, page)
    return show(
        request,
        "payments/list.html",
        title=language.text("_".join(title or ("list", listing.code))),
        grid=grid,
        states=listing.states,
        state=params.get("state"),
        more=page.get("next"),
        of=of,
        noun=noun,
        **frame(viewer),
    )


def _grid(writing: Writing, listing: Listing, page: Mapping[str, Any]) -> Grid:
    return writing.grid(listing.code, listing.columns, page["items"], listing.read_as, listing.opens)


def _named(record: Document) -> dict[str, Any]:
    """A customer's page names her, and not itself, in its answer."""
    return {"id": record.get("customer_id"), **record}


def _filled(params: Mapping[str, str], record: Document) -> dict[str, str]:
    return {name: value.format_map(_named(record)) for name, value in params.items()}


async def _read(request: Request, viewer: Viewer, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
    _require_operator(viewer)
    return await asking.read(request, viewer, path, params)


def _require_operator(viewer: Viewer) -> None:
    """These pages are for those who operate payments: others read there what is their own alone, which staff have nothing of."""
    if not may(viewer, SCOPE):
        raise Refused(403, "missing_scope", SCOPE)


def _download(contents: asking.Contents, name: str) -> Response:
    response = protect(StreamingResponse(contents.parts, media_type=contents.media_type))
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _told(request: Request, fault: Refused | Refusal | None) -> dict[str, str | None] | None:
    """A refusal in the viewer's language where there are words for its code, and in the service's own beside it."""
    if fault is None:
        return None
    told = "not_found" if fault.status == 404 else fault.code
    word = language_of(request).word("refusal", told)
    field = None if fault.field is None else language_of(request).word("field", fault.field)
    return {"words": None if word == told else word, "code": fault.code, "detail": fault.detail, "field": field}


def _refused(request: Request, viewer: Viewer, fault: Refused | Refusal) -> Response:
    return show(request, "payments/refused.html", fault.status, fault=_told(request, fault), **frame(viewer))
