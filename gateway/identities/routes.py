"""`/v1/customers`, `/v1/me`, `/v1/staff`."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis.commands import run
from chassis.errors import NotFound
from chassis.identity import Caller, requires
from chassis.ids import MalformedId, decode, encode
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from gateway.identities import actions, queries, schemas
from gateway.identities.digests import body_secret, contact_digest
from gateway.identities.model import PREFIXES, Role, State
from gateway.identities.passwords import Passwords
from gateway.identities.rules import check_password, mask, read_contact, scopes_of
from gateway.limits import Limits

router = APIRouter()


@router.post("/v1/customers", status_code=202, tags=["customers"], response_model=schemas.SignUpAnswer)
async def sign_up(request: Request, body: schemas.SignUp) -> Response:
    """Sign up with an e-mail address or a mobile number. Then sign in at `/v1/sessions`."""
    runtime = runtime_of(request)
    contact = read_contact(body.email, body.mobile)
    check_password(body.password, contact)
    await runtime.get(Limits).sign_up(request)
    password_hash = await runtime.get(Passwords).hashed(body.password)
    # Nobody is signed in yet: the key belongs to the contact, so that strangers' keys do not meet.
    request.state.caller = Caller(contact_digest(runtime, contact), "sign_up")
    return await run(
        request,
        actions.register_customer,
        schemas.sign_up_answer,
        status=202,
        secret=body_secret(runtime),
        contact=contact,
        password_hash=password_hash,
        channel=body.channel,
    )


@router.get("/v1/me", tags=["customers"])
async def read_me(request: Request, caller: Annotated[Caller, requires("gateway:read")]) -> schemas.Profile:
    """The person signed in, her contacts masked."""
    async with runtime_of(request).reading() as connection:
        for kind, prefix in PREFIXES.items():
            try:
                identity_id = decode(prefix, caller.subject)
            except MalformedId:
                continue
            found = await queries.load(connection, identity_id)
            if found is not None and found.kind == kind:
                held = await queries.contacts_of(connection, identity_id)
                return schemas.Profile(
                    id=encode(prefix, found.id),
                    kind=found.kind,
                    roles=list(found.roles),
                    contacts=[schemas.ProfileContact(kind=contact.kind, masked=mask(contact)) for contact in held],
                    scopes=sorted(scopes_of(found)),
                )
    raise NotFound("nobody of that subject signed up here")


@router.post("/v1/staff", status_code=201, tags=["staff"], response_model=schemas.Staff)
async def hire(
    request: Request, body: schemas.NewStaff, caller: Annotated[Caller, requires("gateway:write")]
) -> Response:
    """A new member of staff. Nobody hands out a role that gives more than she has herself."""
    runtime = runtime_of(request)
    contact = read_contact(body.email, None)
    check_password(body.password, contact)
    password_hash = await runtime.get(Passwords).hashed(body.password)
    return await run(
        request,
        actions.hire,
        schemas.staff_answer,
        secret=body_secret(runtime),
        contact=contact,
        password_hash=password_hash,
        roles=_roles(body.roles),
    )


@router.get("/v1/staff", tags=["staff"])
async def list_staff(
    request: Request, paging: Paging, caller: Annotated[Caller, requires("gateway:write")]
) -> Page[schemas.Staff]:
    async with runtime_of(request).reading() as connection:
        rows = await queries.staff(connection, paging.limit, paging.after[0] if paging.after else None)
    shown: dict[str, Any] = page(rows, paging, key=lambda row: (row.id,))
    return Page[schemas.Staff](items=[schemas.staff_answer(row) for row in shown["items"]], next=shown["next"])


@router.put("/v1/staff/{staff_id}", tags=["staff"], response_model=schemas.Staff)
async def change_staff(
    request: Request,
    staff_id: schemas.StaffId,
    body: schemas.StaffChange,
    caller: Annotated[Caller, requires("gateway:write")],
) -> Response:
    """Set a member of staff's state and roles."""
    return await run(
        request,
        actions.change_staff,
        schemas.staff_answer,
        status=200,
        staff_id=staff_id,
        state=State(body.state),
        roles=_roles(body.roles),
    )


def _roles(names: list[schemas.RoleName]) -> tuple[Role, ...]:
    return tuple(sorted({Role(name) for name in names}))
