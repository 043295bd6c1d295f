"""`/v1/person-transfers`: money to another customer. `/v1/payees`: whom a payer is about to pay."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from chassis.ids import decode
from chassis.paging import Page, Paging, page
from chassis.runtime import runtime_of
from services.payments.cards.actions import customer_of
from services.payments.holders.vault import IdentityVault
from services.payments.person_transfers import actions, queries, rules
from services.payments.person_transfers.actions import Wanted
from services.payments.person_transfers.errors import UnknownPersonTransfer
from services.payments.person_transfers.payees import payee_wallet, proved_name
from services.payments.person_transfers.schemas import (
    PayeeAnswer,
    PersonTransferAnswer,
    PersonTransferId,
    PersonTransferRequest,
    transfer_answer,
)
from services.payments.risk.saying import JUDGED

router = APIRouter(prefix="/v1", tags=["person transfers"])
Reader = Annotated[Caller, requires("payments:read")]
Writer = Annotated[Caller, requires("payments:write")]
Payee = Annotated[str, Path(pattern=r"^(cus|wal)_[0-7][0-9a-hjkmnp-tv-z]{25}$", description="a customer or a wallet")]
Side = Literal["sent", "received"]


@router.get("/payees/{payee}")
async def read_payee(
    request: Request, payee: Payee, caller: Reader, currency: Annotated[str, Query(max_length=5)] = "CNY"
) -> PayeeAnswer:
    """Whom a payer is about to pay: enough of the name to notice a mistake, too little to learn it."""
    customer_of(caller)
    runtime = runtime_of(request)
    by_wallet = payee.startswith("wal")
    async with runtime.reading() as connection:
        wallet = await payee_wallet(
            connection,
            payee_id=None if by_wallet else decode("cus", payee),
            payee_wallet_id=decode("wal", payee) if by_wallet else None,
            currency=currency,
        )
        name = await proved_name(connection, runtime.get(IdentityVault), wallet.customer_id)
    masked = None if name is None else rules.masked_name(name)
    return PayeeAnswer(payee_id=wallet.customer_id, currency=wallet.currency, masked_name=masked)


@router.post("/person-transfers", status_code=201, response_model=PersonTransferAnswer, dependencies=[JUDGED])
async def send_person_transfer(request: Request, body: PersonTransferRequest, caller: Writer) -> Response:
    """To another customer's wallet: at once, or after 2 or 24 hours, held and revocable meanwhile."""
    return await commands.run(
        request,
        actions.send_transfer,
        transfer_answer,
        vault=runtime_of(request).get(IdentityVault),
        payee_id=body.payee_id,
        payee_wallet_id=body.payee_wallet_id,
        payee_name=body.payee_name,
        wanted=Wanted(body.amount, body.currency, body.note, body.arrival, body.wallet_id, body.confirmation_id),
    )


@router.post("/person-transfers/{transfer_id}/revocation", response_model=PersonTransferAnswer)
async def revoke_person_transfer(request: Request, transfer_id: PersonTransferId, caller: Writer) -> Response:
    """The payer takes back what has not arrived."""
    return await commands.run(request, actions.revoke_transfer, transfer_answer, status=200, transfer_id=transfer_id)


@router.get("/person-transfers")
async def list_person_transfers(
    request: Request, caller: Reader, paging: Paging, side: Side | None = None
) -> Page[PersonTransferAnswer]:
    """What the customer sent and received, an operator sees all; newest first."""
    customer_id = None if caller.may("payments:operate") else customer_of(caller)
    before = paging.after[0] if paging.after else None
    sent = None if side is None else side == "sent"
    async with runtime_of(request).reading() as connection:
        rows = await queries.transfers_of(connection, customer_id, sent=sent, before=before, limit=paging.limit + 1)
    items = [transfer_answer(transfer) for transfer in rows]
    return Page[PersonTransferAnswer].model_validate(page(items, paging, lambda row: (row.id,)))


@router.get("/person-transfers/{transfer_id}")
async def read_person_transfer(request: Request, transfer_id: PersonTransferId, caller: Reader) -> PersonTransferAnswer:
    """For payer and payee."""
    async with runtime_of(request).reading() as connection:
        transfer = await queries.transfer_with(connection, transfer_id)
    mine = transfer is not None and caller.customer in (transfer.payer_id, transfer.payee_id)
    if transfer is None or not (mine or caller.may("payments:operate")):
        raise UnknownPersonTransfer("no such transfer")
    return transfer_answer(transfer)
