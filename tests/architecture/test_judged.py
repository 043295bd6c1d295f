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
    "POST /v1/batch-payouts/{batch_id}/lines/{number}/reissue", "POST /v1/campaigns/{campaign_id}/funding",
}  # fmt: skip

SERVICES = "moves a service's own accounts, or what operators move; scope payments:transfer or payments:operate"
PLATFORM = "the platform's own books, banks' reports and operators' decisions"
FOLLOWS = "goes on with, or undoes, a payment that was judged when it was made"
SALES = "shares out or returns what a merchant sold; no payer's money"
CAMPAIGN = "pays out of a campaign's budget, which was judged when it was funded, within its stock; or pays it back"
OWED = "takes what is owed to the platform already, which periodic work takes by itself; nobody else gets anything"
BANKS = "moves what banks and institutions owe one another, by their own limits; operators and participants ask, no customer"
STANDING = "sets up, changes or ends something; no money moves by it"
EXEMPT: dict[str, tuple[str, ...]] = {
    STANDING: (
        "/v1/coin-addresses", "/v1/coin-withdrawals/preview",
        "/v1/accounts", "/v1/accounts/{account_id}/closure", "/v1/accounts/{account_id}/freeze", "/v1/accounts/{account_id}/metadata",
        "/v1/accounts/{account_id}/release", "/v1/batch-payouts", "/v1/cards", "/v1/cards/{card_id}/confirmation",
        "/v1/cards/{card_id}/removal", "/v1/mandates", "/v1/mandates/{mandate_id}/resumption", "/v1/mandates/{mandate_id}/revocation",
        "/v1/mandates/{mandate_id}/signature", "/v1/mandates/{mandate_id}/suspension", "/v1/orders", "/v1/orders/{order_id}/qr-code",
        "/v1/payee-codes", "/v1/payee-codes/{code_id}/revocation", "/v1/payment-codes", "/v1/payment-codes/{code_id}/withdrawal",
        "/v1/payment-confirmations", "/v1/payment-password", "/v1/preauthorisations", "/v1/qr-codes/parse", "/v1/trades", "/v1/wallets",
    ),
    FOLLOWS: (
        "/v1/batch-payouts/{batch_id}/cancellation", "/v1/batch-payouts/{batch_id}/lines/{number}/cancellation",
        "/v1/mandates/{mandate_id}/debits/{debit_id}/cancellation", "/v1/orders/{order_id}/closure",
        "/v1/orders/{order_id}/payments/return", "/v1/person-transfers/{transfer_id}/revocation",
        "/v1/preauthorisations/{preauthorisation_id}/captures", "/v1/preauthorisations/{preauthorisation_id}/release",
        "/v1/preauthorisations/{preauthorisation_id}/release-denial", "/v1/preauthorisations/{preauthorisation_id}/release-request",
        "/v1/trade-refunds/{refund_id}/acceptance", "/v1/trade-refunds/{refund_id}/agreement", "/v1/trade-refunds/{refund_id}/escalation",
        "/v1/trade-refunds/{refund_id}/evidence", "/v1/trade-refunds/{refund_id}/refusal", "/v1/trade-refunds/{refund_id}/return",
        "/v1/trade-refunds/{refund_id}/return-confirmation", "/v1/trade-refunds/{refund_id}/return-refusal",
        "/v1/trade-refunds/{refund_id}/ruling", "/v1/trade-refunds/{refund_id}/withdrawal", "/v1/trades/{trade_id}/closure",
        "/v1/trades/{trade_id}/confirmation", "/v1/trades/{trade_id}/extension", "/v1/trades/{trade_id}/prolongation",
        "/v1/trades/{trade_id}/refunds", "/v1/trades/{trade_id}/shipment",
    ),
    CAMPAIGN: (
        "/v1/campaigns", "/v1/campaigns/{campaign_id}/closure",
        "/v1/campaigns/{campaign_id}/voucher-kinds", "/v1/voucher-kinds/{kind_id}/vouchers", "/v1/vouchers/{voucher_id}/redemption",
    ),
    PLATFORM: (
        "/v1/coin-deposits/{deposit_id}/release", "/v1/coin-rails", "/v1/coin-rails/{code}/loss-covers", "/v1/coins/{code}/prices",
        "/v1/coins/{code}/regulations", "/v1/coins/{code}/terms", "/v1/screening/hits/{hit_id}/clearance",
        "/v1/screening/hits/{hit_id}/confirmation", "/v1/screening/lists/{name}/versions", "/v1/screening/preview",
        "/v1/transaction-reports", "/v1/transaction-reports/figures", "/v1/transaction-reports/files",
        "/v1/transaction-reports/{report_id}/corrections", "/v1/transaction-reports/{report_id}/exclusion", "/v1/units/{code}/terms",
        "/v1/card-disputes/{dispute_id}/evidence", "/v1/card-returns/{card_return_id}/credit", "/v1/channels/contracts",
        "/v1/channels/{bank}/notifications", "/v1/channels/{bank}/returns", "/v1/clock",
        "/v1/evidence/books/{book_id}/days/{value_on}/pins", "/v1/fee-plans", "/v1/feeds/{name}/skip", "/v1/holders/checks",
        "/v1/holders/customers/{customer_id}/certificate", "/v1/holders/customers/{customer_id}/face-to-face", "/v1/holders/identity",
        "/v1/holders/{holder_id}/freeze", "/v1/holders/{holder_id}/release", "/v1/jobs/{id}/retry", "/v1/limits/figures",
        "/v1/limits/rates/{currency}/{rate_on}", "/v1/payee-code-caps", "/v1/payment-code-caps",
        "/v1/payment-passwords/{customer_id}/clearance", "/v1/payout-batches/{batch_id}/cancellation",
        "/v1/payout-batches/{batch_id}/confirmations", "/v1/payout-batches/{batch_id}/submission",
        "/v1/receivables/{receivable_id}/write-off", "/v1/reconciliation/accounts", "/v1/reconciliation/accounts/{account_id}/runs",
        "/v1/reconciliation/accounts/{account_id}/statements", "/v1/reconciliation/breaks/{break_id}/explanation",
        "/v1/reconciliation/breaks/{break_id}/owner", "/v1/reconciliation/breaks/{break_id}/resolution",
        "/v1/reconciliation/breaks/{break_id}/resolution/reversal", "/v1/reconciliation/mappings", "/v1/reserve/accounts/{bank}/terms",
        "/v1/reserve/fee-withdrawals", "/v1/reserve/fee-withdrawals/{withdrawal_id}/cancellation",
        "/v1/reserve/fee-withdrawals/{withdrawal_id}/confirmation", "/v1/reserve/proofs", "/v1/returned-money/{report_id}/clearance",
        "/v1/risk/challenges/{decision_id}/answer", "/v1/risk/decisions/{decision_id}/withdrawal", "/v1/risk/lists",
        "/v1/risk/lists/{name}/changes", "/v1/risk/reviews/{decision_id}/approval", "/v1/risk/reviews/{decision_id}/denial",
        "/v1/risk/rulesets", "/v1/risk/rulesets/{ruleset_id}/activation", "/v1/risk/rulesets/{ruleset_id}/retirement",
        "/v1/risk/rulesets/{ruleset_id}/shadow", "/v1/trade-categories/{category}", "/v1/units", "/v1/units/{code}/issues",
        "/v1/units/{code}/mints", "/v1/units/{code}/redemptions", "/v1/webhooks/debug/sign", "/v1/webhooks/deliveries/{delivery_id}/replay",
        "/v1/webhooks/endpoints", "/v1/webhooks/endpoints/{endpoint_id}/disabling", "/v1/webhooks/endpoints/{endpoint_id}/enabling",
        "/v1/webhooks/endpoints/{endpoint_id}/removal", "/v1/webhooks/endpoints/{endpoint_id}/replays",
        "/v1/webhooks/endpoints/{endpoint_id}/secret", "/v1/webhooks/endpoints/{endpoint_id}/tests",
        "/v1/webhooks/endpoints/{endpoint_id}/types",
    ),
    SALES: (
        "/v1/deductions", "/v1/deductions/{deduction_id}/agreement", "/v1/deductions/{deduction_id}/revocation", "/v1/merchants",
        "/v1/merchants/{merchant_id}/contracts", "/v1/merchants/{merchant_id}/payout-accounts",
        "/v1/merchants/{merchant_id}/payouts/{payout_id}/reissue", "/v1/merchants/{merchant_id}/qr-code",
        "/v1/merchants/{merchant_id}/qr-profile", "/v1/merchants/{merchant_id}/share-receivers", "/v1/order-shares/{share_id}/returns",
        "/v1/orders/{order_id}/shares", "/v1/share-receivers/{receiver_id}/removal",
    ),
    SERVICES: (
        "/v1/passes", "/v1/postings", "/v1/postings/preview", "/v1/purposes", "/v1/purses", "/v1/transfers", "/v1/transfers/bulk",
        "/v1/transfers/preview", "/v1/transfers/{transfer_id}/reversal",
    ),
    OWED: (
        "/v1/receivables/{receivable_id}/repayments",
    ),
    BANKS: (
        "/v1/clearing/models", "/v1/clearing/models/{code}/caps", "/v1/clearing/models/{code}/passes", "/v1/clearing/obligations",
        "/v1/clearing/obligations/bulk", "/v1/clearing/obligations/{obligation_id}/cancellation", "/v1/clearing/participants",
        "/v1/clearing/participants/{code}/departure", "/v1/clearing/participants/{code}/licences",
        "/v1/clearing/participants/{code}/liquidity", "/v1/clearing/participants/{code}/reinstatement",
        "/v1/clearing/participants/{code}/suspension", "/v1/clearing/settlements", "/v1/clearing/settlements/{settlement_id}/cancellation",
        "/v1/clearing/settlements/{settlement_id}/carry-over", "/v1/clearing/windows/{window_id}/closure",
        "/v1/clearing/models/{code}/retirement",
    ),
}  # fmt: skip
"""By reason: paths, each by itself: what is new is either judged or thought about."""


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
    others = {path for _, path, operation in _calls() if not _asks(operation)}
    exempt = [one for paths in EXEMPT.values() for one in paths]
    assert (sorted(others - set(exempt)), sorted(set(exempt) - others)) == ([], [])
    assert len(exempt) == len(set(exempt))
