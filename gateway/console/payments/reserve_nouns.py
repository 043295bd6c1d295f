"""What stands behind customers' money: the reserve at banks and its daily proof, published liabilities, banks' statements and breaks."""

from gateway.console.payments.description import Action, Field, File, Listing, Record

REASON = Field("reason")
LIABILITY_ROOT = "liability_root"
PROOF_STATES = ("broken", "incomplete", "proved")
FEE_WITHDRAWAL_STATES = ("requested", "paid", "cancelled")
BREAK_STATES = ("open", "resolved", "explained")

STATEMENT_COLUMNS = (
    "taken_at", "id", "account_id", "number", "kind", "from_on", "until_on", "lines", "opening_minor", "closing_minor",
    "difference_minor",
)  # fmt: skip
BREAK_COLUMNS = ("raised_on", "id", "account_id", "type", "side", "amount", "age_band", "owner", "state", "due_at")

LISTS = (
    Listing(
        "reserve_proofs",
        "/v1/reserve/proofs",
        ("day", "id", "version", "currency", "reserve_minor", "owed_minor", "own_minor", "difference_minor", "state"),
        states=PROOF_STATES,
    ),
    Listing("reserve_accounts", "/v1/reserve/accounts", ("bank", "currency", "use", "valid_from_on"), paged=False),
    Listing(
        "fee_withdrawals",
        "/v1/reserve/fee-withdrawals",
        ("requested_at", "id", "bank", "source", "amount", "state", "due_at", "bank_reference"),
        states=FEE_WITHDRAWAL_STATES,
    ),
    Listing(
        "liability_roots",
        "/v1/liabilities/roots",
        ("published_at", "number", "day", "currency", "total_minor", "excluded_minor", "root"),
        opens={"number": LIABILITY_ROOT},
    ),
    Listing(
        "reconciled_accounts",
        "/v1/reconciliation/accounts",
        ("opened_at", "id", "bank", "currency", "number", "date_window_days", "amount_tolerance_minor", "fetched_on"),
        read_as={"number": "masked"},
    ),
    Listing("bank_statements", "/v1/reconciliation/statements", STATEMENT_COLUMNS),
    Listing("reconciliation_breaks", "/v1/reconciliation/breaks", BREAK_COLUMNS, states=BREAK_STATES),
)

RECORDS = {
    "rpf": Record(
        "reserve_proof",
        "/v1/reserve/proofs/{id}",
        lists=(
            Listing(
                "reserve_items",
                "/v1/reserve/proofs/{id}/items",
                ("number", "bank", "kind", "subject", "break_id", "amount"),
                read_as={"subject": "original"},
            ),
        ),
        files=(File("reserve_items", "/v1/reserve/proofs/{id}/items.csv", "csv"),),
    ),
    "rfw": Record(
        "fee_withdrawal",
        "/v1/reserve/fee-withdrawals/{id}",
        actions=(
            Action(
                "fee_confirmation",
                "/v1/reserve/fee-withdrawals/{id}/confirmation",
                (Field("bank_reference", longest=64),),
                ("requested",),
            ),
            Action("fee_cancellation", "/v1/reserve/fee-withdrawals/{id}/cancellation", (), ("requested",)),
        ),
    ),
    "rca": Record(
        "reconciled_account",
        "/v1/reconciliation/accounts",
        read_as={"number": "masked"},
        lists=(
            Listing(
                "reconciliation_breaks",
                "/v1/reconciliation/breaks",
                BREAK_COLUMNS,
                {"account_id": "{id}"},
                BREAK_STATES,
            ),
            Listing("bank_statements", "/v1/reconciliation/statements", STATEMENT_COLUMNS, {"account_id": "{id}"}),
            Listing(
                "statement_gaps",
                "/v1/reconciliation/accounts/{id}/gaps",
                ("ended_on", "begins_on", "earlier_id", "later_id", "closing_minor", "opening_minor", "missing_minor"),
            ),
            Listing(
                "matching_runs",
                "/v1/reconciliation/accounts/{id}/runs",
                ("began_at", "id", "records", "pairs", "breaks_raised", "breaks_closed", "ended_at"),
            ),
        ),
        actions=(Action("matching", "/v1/reconciliation/accounts/{id}/runs"),),
        found_by="id",
    ),
    "stm": Record(
        "bank_statement",
        "/v1/reconciliation/statements/{id}",
        lists=(
            Listing(
                "bank_lines",
                "/v1/reconciliation/statements/{id}/lines",
                ("number", "id", "booked_on", "value_on", "amount", "reference", "description", "paired"),
            ),
        ),
        parent="account_id",
    ),
    "sln": Record("bank_line", "/v1/reconciliation/lines/{id}/why", parent="line.statement_id"),
    "brk": Record(
        "reconciliation_break",
        "/v1/reconciliation/breaks/{id}",
        read_as={"subject": "original"},
        actions=(
            Action(
                "break_owner",
                "/v1/reconciliation/breaks/{id}/owner",
                (Field("owner", longest=44, required=False),),
                ("open",),
            ),
            Action(
                "break_resolution",
                "/v1/reconciliation/breaks/{id}/resolution",
                (Field("counter_account_id", longest=30, required=False), REASON),
                ("open",),
            ),
            Action("break_explanation", "/v1/reconciliation/breaks/{id}/explanation", (REASON,), ("open",)),
            Action("break_reversal", "/v1/reconciliation/breaks/{id}/resolution/reversal", (), ("resolved",)),
        ),
    ),
}

NAMED = {
    LIABILITY_ROOT: Record(
        "liability_root",
        "/v1/liabilities/roots/{id}",
        lists=(
            Listing("exclusions", "/v1/liabilities/roots/{number}/exclusions", ("account_id", "amount_minor")),
        ),
    ),
}  # fmt: skip
