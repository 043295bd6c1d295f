"""What operators see of payments and may do there: every list, record, action and file of these pages."""

from gateway.console.payments.description import Action, Field, File, Listing, Record

REASON = Field("reason")
LIMITS_IN = "CNY"
ORDER_STATES = ("WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED")
TRADE_STATES = (
    "WAIT_BUYER_PAY", "WAIT_SELLER_SEND_GOODS", "WAIT_BUYER_CONFIRM_GOODS", "TRADE_FINISHED", "TRADE_CLOSED",
)  # fmt: skip
OPEN_REFUND_STATES = (
    "IN_ARBITRATION", "WAIT_SELLER_AGREE", "SELLER_REFUSED", "WAIT_BUYER_RETURN_GOODS", "WAIT_SELLER_CONFIRM_RETURN",
)  # fmt: skip
PREAUTHORISATION_STATES = ("requested", "frozen", "ended", "closed")
DISPUTE_STATES = ("noticed", "answered", "unanswered", "released", "won", "lost")
REPORT_STATES = ("unmatched", "reported", "booked", "cleared")
RECEIVABLE_STATES = ("open", "overdue", "settled", "written_off")
LINE_STATES = ("listed", "waiting", "sent", "paid", "refused", "returned", "cancelled")
DELIVERY_STATES = ("pending", "acknowledged", "dead")

ORDER_COLUMNS = ("created_at", "id", "merchant_order_number", "subject", "amount", "refunded", "state")
TRADE_COLUMNS = ("created_at", "id", "merchant_trade_number", "subject", "amount", "held", "state", "due_at")
TRADE_REFUND_COLUMNS = ("opened_at", "id", "trade_id", "amount", "reason", "state", "due_at")
REFUND_COLUMNS = ("requested_at", "id", "order_id", "merchant_refund_number", "amount", "state", "due_at")
SETTLEMENT_COLUMNS = (
    "window_on", "id", "orders", "gross_minor", "refunded_minor", "fee_minor", "deductions_minor", "reserve_minor", "net_minor",
)  # fmt: skip
PAYOUT_COLUMNS = ("id", "settlement_id", "bank", "amount", "state", "failure_code", "due_at", "ended_at")
PREAUTHORISATION_COLUMNS = ("requested_at", "id", "merchant_number", "subject", "amount", "captured", "frozen", "state")
DELIVERY_COLUMNS = ("made_at", "id", "type", "state", "attempts", "due_at", "ended_at")
ATTEMPT_COLUMNS = ("submitted_at", "attempt", "channel", "state", "fee_minor", "counts", "detail", "settled_at")

MATTERS = (
    "trade_disputes", "reconciliation_breaks", "unmatched_money", "payout_batches", "passed_over", "dead_letters", "frozen_persons",
    "risk_reviews", "overdue_receivables", "screening_hits", "transaction_reports", "uncounted_days", "unproved_days", "fee_withdrawals",
    "clearing_windows", "clearing_queue", "held_coins", "regulated_coins", "coin_differences", "stuck_coins",
)  # fmt: skip
MATTER_COLUMNS = ("since", "id", "subject", "amount", "detail", "due_at")

LISTS = (
    Listing("merchants", "/v1/merchants", ("opened_at", "id", "name", "owner", "balance", "available")),
    Listing("trade_refunds", "/v1/trade-refunds", TRADE_REFUND_COLUMNS, states=OPEN_REFUND_STATES),
    Listing(
        "payout_batches",
        "/v1/payout-batches",
        ("closed_at", "id", "bank", "number", "lines", "total_minor", "execute_on", "state", "due_at"),
    ),
    Listing(
        "returned_money",
        "/v1/returned-money",
        ("reported_at", "id", "bank", "kind", "amount", "original", "state", "due_at"),
        states=REPORT_STATES,
    ),
    Listing(
        "receivables",
        "/v1/receivables",
        ("incurred_at", "id", "owner", "cause", "amount", "outstanding", "state", "due_at"),
        states=RECEIVABLE_STATES,
    ),
    Listing(
        "card_returns",
        "/v1/card-returns",
        ("started_at", "id", "channel", "card_id", "amount", "reason", "late", "state", "ended_at"),
        read_as={"reason": "cause"},
    ),
    Listing(
        "card_disputes",
        "/v1/card-disputes",
        ("opened_at", "id", "bank", "original", "amount", "held", "state", "answer_by"),
        states=DISPUTE_STATES,
    ),
    Listing(
        "person_transfers",
        "/v1/person-transfers",
        ("made_at", "id", "payer_id", "payee_id", "amount", "arrival", "state", "due_at"),
    ),
    Listing(
        "mandates",
        "/v1/mandates",
        ("requested_at", "id", "payee", "customer_id", "max_per_debit", "max_per_period", "period", "state"),
    ),
    Listing(
        "batch_payouts", "/v1/batch-payouts", ("requested_at", "id", "merchant_id", "number", "lines", "total", "state")
    ),
    Listing(
        "deductions",
        "/v1/deductions",
        ("proposed_at", "id", "merchant_id", "lender", "share", "cap_minor", "taken_minor", "state"),
    ),
    Listing("webhook_endpoints", "/v1/webhooks/endpoints", ("made_at", "id", "url", "state", "disabled_reason")),
    Listing(
        "channel_standings",
        "/v1/channels/standings",
        ("channel", "kind", "success_rate", "outcomes", "unreached", "probe_at"),
        paged=False,
    ),
    Listing(
        "channel_contracts",
        "/v1/channels/contracts",
        ("channel", "name", "valid_from_on", "currencies", "least_minor", "most_minor", "finality_minutes", "priority"),
        paged=False,
    ),
    Listing("fee_plans", "/v1/fee-plans", ("published_at", "id", "code", "version", "name", "currency")),
    Listing(
        "campaigns", "/v1/campaigns", ("opened_at", "id", "name", "balance", "reserved", "starts_at", "ends_at", "state")
    ),
    Listing(
        "limit_figures",
        "/v1/limits/figures",
        ("valid_from", "subject", "period", "amount", "checks", "face_to_face", "source"),
        read_as={"subject": "verification_class"},
        currency=LIMITS_IN,
    ),
    Listing(
        "parked_jobs", "/v1/jobs/parked", ("parked_at", "id", "name", "starts", "failure"), paged=False
    ),
)  # fmt: skip

RECORDS = {
    "mer": Record(
        "merchant",
        "/v1/merchants/{id}",
        lists=(
            Listing("orders", "/v1/orders", ORDER_COLUMNS, {"merchant_id": "{id}"}, ORDER_STATES),
            Listing("refunds", "/v1/refunds", REFUND_COLUMNS, {"merchant_id": "{id}"}),
            Listing("trades", "/v1/trades", TRADE_COLUMNS, {"merchant_id": "{id}"}, TRADE_STATES),
            Listing("settlements", "/v1/merchants/{id}/settlements", SETTLEMENT_COLUMNS),
            Listing("payouts", "/v1/merchants/{id}/payouts", PAYOUT_COLUMNS),
            Listing(
                "settlement_contracts",
                "/v1/merchants/{id}/contracts",
                (
                    "effective_on",
                    "fee_plan_id",
                    "cycle_days",
                    "cut_off",
                    "reserve_rate",
                    "reserve_days",
                    "refund_policy",
                    "payout",
                ),
            ),
            Listing("payout_accounts", "/v1/merchants/{id}/payout-accounts", ("added_at", "id", "bank", "masked")),
            Listing(
                "preauthorisations",
                "/v1/preauthorisations",
                PREAUTHORISATION_COLUMNS,
                {"merchant_id": "{id}"},
                PREAUTHORISATION_STATES,
            ),
        ),
        files=(
            File("trade_bill", "/v1/merchants/{id}/bills/{day}/trades", "csv", {"encoding": "utf-8"}, by_day=True),
            File("funds_bill", "/v1/merchants/{id}/bills/{day}/funds", "csv", {"encoding": "utf-8"}, by_day=True),
        ),
    ),
    "ord": Record(
        "order",
        "/v1/orders/{id}",
        lists=(
            Listing(
                "order_payments",
                "/v1/orders/{id}/payments",
                ("created_at", "position", "method", "customer_id", "amount", "refunded", "state", "failure_code"),
                paged=False,
            ),
            Listing("refunds", "/v1/refunds", REFUND_COLUMNS, {"merchant_id": "{merchant_id}", "order_id": "{id}"}),
            Listing(
                "order_shares",
                "/v1/orders/{id}/shares",
                ("declared_at", "id", "receiver_id", "amount", "paid_minor", "called_back", "state"),
                paged=False,
            ),
        ),
    ),
    "rfd": Record("refund", "/v1/refunds/{id}"),
    "trd": Record(
        "trade",
        "/v1/trades/{id}",
        lists=(Listing("trade_refunds", "/v1/trades/{id}/refunds", TRADE_REFUND_COLUMNS),),
    ),
    "trr": Record(
        "trade_refund",
        "/v1/trade-refunds/{id}",
        lists=(Listing("trade_evidence", "/v1/trade-refunds/{id}/evidence", ("given_at", "party", "text", "file")),),
        actions=(
            Action(
                "ruling",
                "/v1/trade-refunds/{id}/ruling",
                (Field("buyer_amount", "money"), Field("seller_amount", "money"), Field("reason", longest=1_000)),
                ("IN_ARBITRATION",),
            ),
        ),
        parent="trade_id",
    ),
    "stl": Record("settlement", "/v1/settlements/{id}"),
    "pba": Record(
        "payout_batch",
        "/v1/payout-batches/{id}",
        lists=(
            Listing(
                "payout_lines",
                "/v1/payout-batches/{id}/lines",
                ("position", "payout_id", "end_to_end_id", "amount", "state", "bank_code"),
                paged=False,
            ),
        ),
        actions=(
            Action("submission", "/v1/payout-batches/{id}/submission", (), ("closed",)),
            Action(
                "bank_report",
                "/v1/payout-batches/{id}/confirmations",
                (Field("document", longest=1_000_000),),
                ("submitted", "cancelling"),
            ),
            Action("batch_cancellation", "/v1/payout-batches/{id}/cancellation", (), ("closed", "submitted")),
        ),
        files=(
            File("pain001", "/v1/payout-batches/{id}/file", "xml"),
            File("payout_table", "/v1/payout-batches/{id}/file", "csv", {"form": "csv"}),
        ),
    ),
    "rtn": Record(
        "returned",
        "/v1/returned-money/{id}",
        actions=(Action("clearance", "/v1/returned-money/{id}/clearance", (REASON,), ("unmatched",)),),
    ),
    "rcv": Record(
        "receivable",
        "/v1/receivables/{id}",
        actions=(Action("write_off", "/v1/receivables/{id}/write-off", (REASON,), ("open", "overdue")),),
    ),
    "crt": Record("card_return", "/v1/card-returns/{id}"),
    "dsp": Record("card_dispute", "/v1/card-disputes/{id}"),
    "ptr": Record("person_transfer", "/v1/person-transfers/{id}"),
    "pre": Record("preauthorisation", "/v1/preauthorisations/{id}"),
    "mdt": Record(
        "mandate",
        "/v1/mandates/{id}",
        lists=(
            Listing(
                "debits",
                "/v1/mandates/{id}/debits",
                ("requested_at", "id", "number", "amount", "planned_on", "attempts", "state", "failure_code"),
            ),
        ),
    ),
    "bpo": Record(
        "batch_payout",
        "/v1/batch-payouts/{id}",
        lists=(
            Listing(
                "batch_lines",
                "/v1/batch-payouts/{id}/lines",
                ("number", "payee", "bank", "amount", "state", "refusal_code", "ended_at"),
                states=LINE_STATES,
            ),
        ),
        files=(File("batch_result", "/v1/batch-payouts/{id}/result.csv", "csv"),),
    ),
    "ded": Record(
        "deduction",
        "/v1/deductions/{id}",
        lists=(Listing("takings", "/v1/deductions/{id}/takings", ("taken_at", "settlement_id", "amount")),),
        parent="merchant_id",
    ),
    "hld": Record(
        "person",
        "/v1/holders/{id}",
        actions=(
            Action("freeze", "/v1/holders/{id}/freeze", (REASON,), ("free",)),
            Action("release", "/v1/holders/{id}/release", (REASON,), ("frozen",)),
        ),
        currency=LIMITS_IN,
    ),
    "cus": Record(
        "customer",
        "/v1/holders/customers/{id}",
        lists=(
            Listing(
                "accounts",
                "/v1/accounts",
                ("opened_at", "id", "kind", "balance", "available", "frozen"),
                {"owner": "{id}"},
            ),
        ),
        actions=(Action("face_to_face", "/v1/holders/customers/{id}/face-to-face"),),
        currency=LIMITS_IN,
    ),
    "whe": Record(
        "webhook_endpoint",
        "/v1/webhooks/endpoints/{id}",
        lists=(
            Listing("deliveries", "/v1/webhooks/endpoints/{id}/deliveries", DELIVERY_COLUMNS, states=DELIVERY_STATES),
        ),
    ),
    "whd": Record(
        "delivery",
        "/v1/webhooks/deliveries/{id}",
        actions=(Action("replay", "/v1/webhooks/deliveries/{id}/replay", (), ("dead", "acknowledged")),),
    ),
    "tup": Record(
        "top_up",
        "/v1/top-ups/{id}",
        lists=(Listing("attempts", "/v1/top-ups/{id}/attempts", ATTEMPT_COLUMNS, paged=False),),
    ),
    "wdr": Record(
        "withdrawal",
        "/v1/withdrawals/{id}",
        lists=(Listing("attempts", "/v1/withdrawals/{id}/attempts", ATTEMPT_COLUMNS, paged=False),),
    ),
    "fpl": Record("fee_plan", "/v1/fee-plans/{id}"),
    "cmp": Record("campaign", "/v1/campaigns/{id}"),
    "wal": Record("wallet", "/v1/wallets/{id}"),
    "acc": Record(
        "account",
        "/v1/accounts/{id}",
        lists=(
            Listing(
                "statement",
                "/v1/accounts/{id}/statement",
                ("posted_at", "id", "code", "reference", "side", "amount", "balance"),
            ),
        ),
    ),
    "trf": Record("transfer", "/v1/transfers/{id}"),
}
