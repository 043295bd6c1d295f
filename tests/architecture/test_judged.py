"""Every published call that writes either asks risk, which its headers show, or stands here with the reason why it need not."""

import json
from collections.abc import Iterator
from typing import Any

from suite.folder import ROOT

WRITING = ("post", "put", "patch", "delete")
DECISION = "Sifang-Decision"

JUDGED = {
    "POST /v1/orders/{order_id}/payments", "POST /v1/orders/{order_id}/card-payments", "POST /v1/orders/{order_id}/refunds",
    "POST /v1/trades/{trade_id}/payments", "POST /v1/payee-codes/{code_id}/payments", "POST /v1/payment-codes/{token}/charges",
    "POST /v1/qr-codes/payments", "POST /v1/preauthorisations/{preauthorisation_id}/agreement", "POST /v1/person-transfers",
    "POST /v1/top-ups", "POST /v1/withdrawals", "POST /v1/batch-payouts/{batch_id}/approval", "POST /v1/mandates/{mandate_id}/debits",
    "POST /v1/token-purchases", "POST /v1/token-redemptions", "POST /v1/token-gifts", "POST /v1/token-payments",
    "POST /v1/coin-withdrawals",
}  # fmt: skip

SERVICES = "moves a service's own accounts, or what operators move; scope payments:transfer or payments:operate"
PLATFORM = "the platform's own books, banks' reports and operators' decisions"
FOLLOWS = "goes on with, or undoes, a payment that was judged when it was made"
SALES = "shares out or returns what a merchant sold; no payer's money"
CAMPAIGN = "a campaign's own budget, within its stock"
STANDING = "sets up, changes or ends something; no money moves by it"
EXEMPT: dict[str, tuple[str, ...]] = {
    SERVICES: ("/v1/transfers", "/v1/transfers/*", "/v1/passes", "/v1/postings", "/v1/postings/preview", "/v1/purposes", "/v1/purses"),
    PLATFORM: (
        "/v1/channels/*", "/v1/clock", "/v1/evidence/*", "/v1/feeds/*", "/v1/jobs/*", "/v1/reconciliation/*", "/v1/returned-money/*",
        "/v1/receivables/*", "/v1/card-returns/*", "/v1/card-disputes/*", "/v1/payout-batches/*", "/v1/limits/*", "/v1/fee-plans",
        "/v1/risk/*", "/v1/payment-passwords/*", "/v1/payment-code-caps", "/v1/payee-code-caps", "/v1/trade-categories/*",
        "/v1/holders/*", "/v1/webhooks/*", "/v1/units", "/v1/units/*", "/v1/reserve/*", "/v1/coin-rails",
        "/v1/coin-rails/*", "/v1/coin-deposits/*", "/v1/coins/*", "/v1/clearing/*", "/v1/screening/*", "/v1/transaction-reports",
        "/v1/transaction-reports/*",
    ),
    FOLLOWS: (
        "/v1/orders/{order_id}/payments/return", "/v1/orders/{order_id}/closure", "/v1/trades/{trade_id}/*", "/v1/trade-refunds/*",
        "/v1/preauthorisations/{preauthorisation_id}/*", "/v1/person-transfers/{transfer_id}/revocation",
        "/v1/batch-payouts/{batch_id}/*", "/v1/mandates/{mandate_id}/debits/{debit_id}/cancellation",
    ),
    SALES: (
        "/v1/orders/{order_id}/shares", "/v1/order-shares/*", "/v1/share-receivers/*", "/v1/deductions", "/v1/deductions/*",
        "/v1/merchants", "/v1/merchants/*",
    ),
    CAMPAIGN: ("/v1/campaigns", "/v1/campaigns/*", "/v1/voucher-kinds/*", "/v1/vouchers/*"),
    STANDING: (
        "/v1/accounts", "/v1/accounts/*", "/v1/wallets", "/v1/cards", "/v1/cards/*", "/v1/orders", "/v1/orders/{order_id}/qr-code",
        "/v1/trades", "/v1/preauthorisations", "/v1/payee-codes", "/v1/payee-codes/{code_id}/revocation", "/v1/payment-codes",
        "/v1/payment-codes/{code_id}/withdrawal", "/v1/qr-codes/parse", "/v1/mandates", "/v1/mandates/{mandate_id}/signature",
        "/v1/mandates/{mandate_id}/revocation", "/v1/mandates/{mandate_id}/suspension", "/v1/mandates/{mandate_id}/resumption",
        "/v1/batch-payouts", "/v1/payment-password", "/v1/payment-confirmations", "/v1/coin-addresses",
        "/v1/coin-withdrawals/preview",
    ),
}  # fmt: skip
"""By reason: paths; with a star, all that begin so."""


def _covers(exempt: str, path: str) -> bool:
    return path.startswith(exempt[:-1]) if exempt.endswith("*") else path == exempt


def _calls() -> Iterator[tuple[str, str, dict[str, Any]]]:
    contract = json.loads((ROOT / "services/payments/openapi.json").read_text(encoding="utf-8"))
    for path, item in contract["paths"].items():
        for method in WRITING:
            if method in item:
                yield f"{method.upper()} {path}", path, item[method]


def _asks(operation: dict[str, Any]) -> bool:
    return any(parameter.get("name") == DECISION for parameter in operation.get("parameters", []))


def test_every_call_that_moves_money_asks_risk() -> None:
    assert {call for call, _, operation in _calls() if _asks(operation)} == JUDGED


def test_every_other_call_is_exempt_for_a_reason() -> None:
    others = [path for _, path, operation in _calls() if not _asks(operation)]
    exempt = [one for paths in EXEMPT.values() for one in paths]
    assert [path for path in others if not any(_covers(one, path) for one in exempt)] == []
    assert [one for one in exempt if not any(_covers(one, path) for path in others)] == []
