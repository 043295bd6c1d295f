"""The payments service as its callers see it: accounts, transfers, holds, wallets. `postings` has what splits, binds and makes money."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from clients.ids import encode, new_id
from clients.payments.commands import TransferCommand, TransferOutcome
from clients.payments.shapes import (
    AccountAnswer,
    AggregatedBalances,
    CorrectionsAnswer,
    RefusalAnswer,
    ReversalMade,
    TransferAnswer,
    TransfersForeseen,
    WalletAnswer,
)
from clients.transport import DEFAULT_DEADLINE_SECONDS, Call, HeaderProvider, TokenProvider, Transport, no_headers

BULK_LIMIT = 8190


class PaymentsClient:
    """Typed calls to payments.

    token: given the customer acted for (`cus_…` or None), a bearer token for the audience `payments`.
    Every method raises `clients.errors.Refused`, `Unreachable` or `DeadlineExceeded`.
    """

    def __init__(self, base_url: str, token: TokenProvider, *, headers: HeaderProvider = no_headers) -> None:
        self.transport = Transport(base_url, token, headers=headers)

    async def close(self) -> None:
        await self.transport.close()

    async def create_account(
        self,
        currency: str,
        kind: str,
        *,
        key: str,
        owner: str | None = None,
        rule: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        book_id: int | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> AccountAnswer:
        """Open a ledger account; the same `key` opens it once. metadata: never personal data. book_id: 1 unless told."""
        body = _present(
            currency=currency, kind=kind, owner=owner, rule=rule, reference=reference, metadata=metadata,
            book_id=book_id,
        )  # fmt: skip
        answer = await self.transport.call(
            Call("POST", "/v1/accounts", body, key=key), deadline_seconds=deadline_seconds
        )
        return AccountAnswer.model_validate(answer)

    async def account(self, account_id: UUID, *, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS) -> AccountAnswer:
        path = f"/v1/accounts/{encode('acc', account_id)}"
        return AccountAnswer.model_validate(
            await self.transport.call(Call("GET", path), deadline_seconds=deadline_seconds)
        )

    async def find_accounts(
        self,
        *,
        owner: str | None = None,
        kind: str | None = None,
        currency: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> list[AccountAnswer]:
        """Every account that matches, over all pages. metadata: all of these, at most 4."""
        params = _present(owner=owner, kind=kind, currency=currency, reference=reference, metadata=_filters(metadata))
        call = Call("GET", "/v1/accounts", params=params | {"limit": 200})
        return [
            AccountAnswer.model_validate(item)
            async for item in self.transport.pages(call, deadline_seconds=deadline_seconds)
        ]

    async def replace_metadata(
        self,
        account_id: UUID,
        metadata: Mapping[str, str],
        *,
        key: str,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> AccountAnswer:
        """Other metadata in place of all that is there; what was there before stays known. Never personal data."""
        path = f"/v1/accounts/{encode('acc', account_id)}/metadata"
        call = Call("PUT", path, {"metadata": dict(metadata)}, key=key)
        return AccountAnswer.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def balances(
        self,
        *,
        owner: str | None = None,
        kind: str | None = None,
        currency: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        at: datetime | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> AggregatedBalances:
        """Sums over all accounts that match, by currency; at: as they were at a past instant."""
        params = _present(
            owner=owner, kind=kind, currency=currency, reference=reference, metadata=_filters(metadata), at=_instant(at)
        )
        answer = await self.transport.call(
            Call("GET", "/v1/balances", params=params), deadline_seconds=deadline_seconds
        )
        return AggregatedBalances.model_validate(answer)

    async def find_transfers(
        self,
        *,
        account_id: UUID | None = None,
        reference: str | None = None,
        code: str | None = None,
        metadata: Mapping[str, str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> list[TransferAnswer]:
        """Every transfer that matches, over all pages, oldest first. Of an account, a reference, or of all accounts since an instant."""
        params = _present(
            account_id=None if account_id is None else encode("acc", account_id), reference=reference, code=code,
            metadata=_filters(metadata), since=_instant(since), until=_instant(until),
        )  # fmt: skip
        call = Call("GET", "/v1/transfers", params=params | {"limit": 200})
        return [
            TransferAnswer.model_validate(item)
            async for item in self.transport.pages(call, deadline_seconds=deadline_seconds)
        ]

    async def each_transfer(
        self, code: str, *, since: datetime, until: datetime, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> AsyncIterator[TransferAnswer]:
        """What was moved and held under codes of the caller's own, oldest first, page by page. code: `p2p.*` is a prefix."""
        params = {"code": code, "since": _instant(since), "until": _instant(until), "limit": 200}
        call = Call("GET", "/v1/transfers", params=params)
        async for item in self.transport.pages(call, deadline_seconds=deadline_seconds):
            yield TransferAnswer.model_validate(item)

    async def wallet_of(
        self, customer_id: UUID, currency: str = "CNY", *, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> WalletAnswer | None:
        """The customer's wallet in that currency; None if she has none."""
        call = Call("GET", "/v1/wallets", params={"currency": currency}, acting_for=encode("cus", customer_id))
        answer = await self.transport.call(call, deadline_seconds=deadline_seconds)
        return next((WalletAnswer.model_validate(item) for item in answer["items"]), None)

    async def open_wallet(
        self, customer_id: UUID, currency: str = "CNY", *, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> WalletAnswer:
        """The customer's wallet, opened if she had none."""
        customer = encode("cus", customer_id)
        call = Call(
            "POST",
            "/v1/wallets",
            {"currency": currency},
            key=f"open-wallet-{customer}-{currency}",
            acting_for=customer,
        )
        return WalletAnswer.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def transfer(
        self,
        command: TransferCommand,
        *,
        acting_for: str | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> TransferOutcome:
        """Make one transfer. Safe to call again with the same command: it answers `exists`. Raises Refused.

        acting_for: the customer (`cus_…`) whose account is debited on her behalf.
        """
        call = Call("POST", "/v1/transfers", _wire(command), acting_for=acting_for, repeatable=True)
        return TransferOutcome.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def transfers(
        self,
        commands: Sequence[TransferCommand],
        *,
        mode: Literal["atomic", "independent"] = "atomic",
        acting_for: str | None = None,
        acting_for_all: Sequence[str] = (),
        deadline_seconds: float = 30.0,
    ) -> list[TransferOutcome]:
        """Up to 8,190 transfers, an outcome each in the same order. Atomic: if one is refused none is made.

        acting_for_all: by a service, customers (`cus_…`) whose accounts are debited on behalf of each.
        """
        if len(commands) > BULK_LIMIT:
            raise ValueError(f"at most {BULK_LIMIT} transfers in one batch")
        body: dict[str, Any] = {"mode": mode, "transfers": [_wire(command) for command in commands]}
        if acting_for_all:
            body["acting_for"] = list(acting_for_all)
        call = Call("POST", "/v1/transfers/bulk", body, acting_for=acting_for, repeatable=True)
        answer = await self.transport.call(call, deadline_seconds=deadline_seconds)
        return [TransferOutcome.model_validate(item) for item in answer["results"]]

    async def move_all(
        self,
        orders: Sequence[Mapping[str, str | int | Mapping[str, str]]],
        *,
        acting_for: str | None = None,
        deadline_seconds: float = 30.0,
    ) -> None:
        """Up to 8,190 transfers, each as it goes over the wire: all are made, or were before, or Refused is raised and none is.

        For batches so large that a typed command and outcome for each would cost more than moving the money.
        """
        if len(orders) > BULK_LIMIT:
            raise ValueError(f"at most {BULK_LIMIT} transfers in one batch")
        document = msgspec.json.encode({"mode": "atomic", "transfers": orders})
        call = Call("POST", "/v1/transfers/bulk", acting_for=acting_for, repeatable=True, answer_as_bytes=True)
        sent = replace(call, document=document, document_type="application/json")
        await self.transport.call(sent, deadline_seconds=deadline_seconds)

    async def move_each(
        self,
        orders: Sequence[Mapping[str, Any]],
        *,
        acting_for_all: Sequence[str] = (),
        deadline_seconds: float = 30.0,
    ) -> list[str]:
        """Up to 8,190 transfers, each as it goes over the wire and by itself: the result of each, in the same order.

        A result is `created`, `exists`, or the code of a refusal. acting_for_all: as of `transfers`. For batches so large that a typed
        command and outcome for each would cost more than moving the money.
        """
        if len(orders) > BULK_LIMIT:
            raise ValueError(f"at most {BULK_LIMIT} transfers in one batch")
        body: dict[str, Any] = {"mode": "independent", "transfers": orders}
        if acting_for_all:
            body["acting_for"] = list(acting_for_all)
        answer = await self.transport.call(
            Call("POST", "/v1/transfers/bulk", body, repeatable=True), deadline_seconds=deadline_seconds
        )
        return [item["result"] for item in answer["results"]]

    async def preview_transfers(
        self,
        commands: Sequence[TransferCommand],
        *,
        mode: Literal["atomic", "independent"] = "atomic",
        acting_for: str | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> TransfersForeseen:
        """What the ledger would decide now. Nothing is written, and no id is spent."""
        body = {"mode": mode, "transfers": [_wire(command) for command in commands]}
        call = Call("POST", "/v1/transfers/preview", body, acting_for=acting_for, repeatable=True)
        return TransfersForeseen.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def refusal(self, transfer_id: UUID, *, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS) -> RefusalAnswer:
        """Why an id was refused, and the state that it met."""
        call = Call("GET", f"/v1/transfers/{encode('trf', transfer_id)}/refusal")
        return RefusalAnswer.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def reverse(
        self,
        transfer_id: UUID,
        *,
        reversal_id: UUID,
        amount: int | None = None,
        code: str | None = None,
        reference: str | None = None,
        metadata: Mapping[str, str] | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> ReversalMade:
        """Take a transfer back, or a part of what is left of it. reversal_id: of the new transfer, the key of every retry."""
        body = _present(id=encode("trf", reversal_id), amount=amount, code=code, reference=reference, metadata=metadata)
        call = Call("POST", f"/v1/transfers/{encode('trf', transfer_id)}/reversal", body, repeatable=True)
        return ReversalMade.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def reversals(
        self, transfer_id: UUID, *, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> CorrectionsAnswer:
        """What took a transfer back, and what it takes back itself."""
        call = Call("GET", f"/v1/transfers/{encode('trf', transfer_id)}/reversals")
        return CorrectionsAnswer.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def freeze(
        self,
        account_id: UUID,
        reason: str,
        *,
        key: str,
        amount: int | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> AccountAnswer:
        """Nothing new leaves the account; with `amount`, nothing of that amount does, in place of what was frozen before."""
        return await self._step(account_id, "freeze", _present(reason=reason, amount=amount), key, deadline_seconds)

    async def release(
        self, account_id: UUID, reason: str, *, key: str, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> AccountAnswer:
        """Undo a freeze, of the whole account or of an amount."""
        return await self._step(account_id, "release", {"reason": reason}, key, deadline_seconds)

    async def close_account(
        self, account_id: UUID, reason: str, *, key: str, deadline_seconds: float = DEFAULT_DEADLINE_SECONDS
    ) -> AccountAnswer:
        """An empty account takes no more transfers, for good."""
        return await self._step(account_id, "closure", {"reason": reason}, key, deadline_seconds)

    async def _step(
        self, account_id: UUID, step: str, body: dict[str, Any], key: str, deadline_seconds: float
    ) -> AccountAnswer:
        call = Call("POST", f"/v1/accounts/{encode('acc', account_id)}/{step}", body, key=key)
        return AccountAnswer.model_validate(await self.transport.call(call, deadline_seconds=deadline_seconds))

    async def hold(
        self,
        *,
        transfer_id: UUID,
        debit_account_id: UUID,
        credit_account_id: UUID,
        amount: int,
        currency: str,
        code: str,
        reference: str | None = None,
        timeout_seconds: int | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> TransferOutcome:
        """Set an amount aside until it is posted or voided."""
        command = TransferCommand(
            id=transfer_id,
            kind="pending",
            debit_account_id=debit_account_id,
            credit_account_id=credit_account_id,
            amount=amount,
            currency=currency,
            code=code,
            reference=reference,
            timeout_seconds=timeout_seconds,
        )
        return await self.transfer(command, deadline_seconds=deadline_seconds)

    async def post(
        self,
        pending_id: UUID,
        *,
        code: str,
        transfer_id: UUID | None = None,
        amount: int | None = None,
        reference: str | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> TransferOutcome:
        """Turn a hold into money, in full or in part (the rest is released)."""
        command = TransferCommand(
            id=transfer_id or new_id(),
            kind="post",
            pending_id=pending_id,
            amount=amount,
            code=code,
            reference=reference,
        )
        return await self.transfer(command, deadline_seconds=deadline_seconds)

    async def void(
        self,
        pending_id: UUID,
        *,
        code: str,
        transfer_id: UUID | None = None,
        reference: str | None = None,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> TransferOutcome:
        """Release a hold."""
        command = TransferCommand(
            id=transfer_id or new_id(), kind="void", pending_id=pending_id, code=code, reference=reference
        )
        return await self.transfer(command, deadline_seconds=deadline_seconds)


def _present(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _filters(metadata: Mapping[str, str] | None) -> list[str] | None:
    return [f"{key}:{value}" for key, value in metadata.items()] if metadata else None


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _wire(command: TransferCommand) -> dict[str, Any]:
    return command.model_dump(mode="json", exclude_none=True)
