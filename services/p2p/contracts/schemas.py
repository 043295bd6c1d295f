"""Contracts on the wire."""

from typing import Any

import msgspec

from chassis import wire
from services.p2p.contracts.model import Contract, Party
from services.p2p.contracts.rules import document_of
from services.p2p.wire_ids import LoanId


class ContractAnswer(wire.Answer):
    """document: the exact text that sha256 is of; signature: a compact JWS over that hash, by the key at `/v1/contract-key`."""

    loan_id: LoanId
    party: str
    role: str
    amount_minor: int
    document: str
    sha256: str
    signature: str


class PartyAnswer(wire.Answer):
    party: str
    role: str
    amount_minor: int
    sha256: str
    signature: str


class KeyAnswer(wire.Answer):
    """An Ed25519 key as a JWK (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str


def contract_answer(contract: Contract, party: Party) -> ContractAnswer:
    return ContractAnswer(
        loan_id=contract.loan_id,
        party=party.party,
        role=party.role,
        amount_minor=party.amount_minor,
        document=document_of(contract.terms, party.party, party.role, party.amount_minor).decode(),
        sha256=party.sha256,
        signature=party.signature,
    )


def terms_shown(contract: Contract) -> dict[str, Any]:
    terms: dict[str, Any] = msgspec.json.decode(contract.terms)
    return terms
