"""Risk and compliance: payments that wait, decisions, rules and lists; names on sanctions lists; transactions to be reported."""

from gateway.console.payments.description import Action, Field, File, Listing, Part, Record

REASON = Field("reason", longest=300)
SHORT_REASON = Field("reason")
RISK_LIST = "risk_list"
SCREENING_LIST = "screening_list"
REPORT_FILE = "report_file"
PARKING_STATES = ("waiting_review", "waiting_challenge", "released", "carried_out", "refused")
RULESET_STATES = ("draft", "shadow", "live", "retired")
HIT_STATES = ("waiting", "clearance_proposed", "cleared", "confirmed", "withdrawn")
OPEN_HIT_STATES = ("waiting", "clearance_proposed")
REPORT_STATES = ("found", "reported", "excluded")

VERSION_COLUMNS = ("taken_at", "number", "entries", "names", "added", "removed", "refused", "form", "taken_by")

LISTS = (
    Listing(
        "parked_payments",
        "/v1/risk/parked-payments",
        ("parked_at", "decision_id", "person", "kind", "amount", "payee", "state", "ends_at"),
        states=PARKING_STATES,
        read_as={"ends_at": "expires_at"},
    ),
    Listing(
        "risk_decisions",
        "/v1/risk/decisions",
        ("decided_at", "id", "person", "kind", "amount", "payee", "country", "outcome", "ruleset_id"),
    ),
    Listing(
        "risk_rulesets",
        "/v1/risk/rulesets",
        ("made_at", "id", "number", "rules", "note", "made_by", "state"),
        states=RULESET_STATES,
        read_as={"rules": "rule_count"},
    ),
    Listing(
        "risk_lists", "/v1/risk/lists", ("made_at", "name", "holds", "entries", "made_by"), opens={"name": RISK_LIST}
    ),
    Listing(
        "screening_hits",
        "/v1/screening/hits",
        ("found_at", "id", "subject_id", "subject_kind", "score", "state", "due_at", "decided_by"),
        states=HIT_STATES,
    ),
    Listing("screening_lists", "/v1/screening/lists", ("list_name", *VERSION_COLUMNS)),
    Listing(
        "transaction_reports",
        "/v1/transaction-reports",
        ("business_on", "id", "kind", "rule", "subject", "amount", "transfers", "act", "state", "due_on"),
        states=REPORT_STATES,
        read_as={"subject": "reported_subject"},
    ),
    Listing(
        "report_files",
        "/v1/transaction-reports/files",
        ("made_at", "id", "name", "kind", "reports", "made_by"),
        opens={"id": REPORT_FILE},
    ),
    Listing("report_days", "/v1/transaction-reports/days", ("business_on", "scanned_at", "reports", "uncounted")),
    Listing(
        "report_figures",
        "/v1/transaction-reports/figures",
        ("valid_from", "rule", "threshold", "share_percent", "times", "days", "working_days", "source"),
        read_as={"source": "basis"},
    ),
)

RECORDS = {
    "rdc": Record(
        "risk_decision",
        "/v1/risk/decisions/{id}",
        read_as={"subject": "paid_for", "ends_at": "expires_at"},
        actions=(
            Action("approval", "/v1/risk/reviews/{id}/approval", (REASON,), ("waiting_review",)),
            Action("denial", "/v1/risk/reviews/{id}/denial", (REASON,), ("waiting_review",)),
        ),
    ),
    "rls": Record(
        "risk_ruleset",
        "/v1/risk/rulesets/{id}",
        read_as={"document": "rule_document"},
        parts=(Part("shadow_report", "/v1/risk/rulesets/{id}/shadow-report", states=("shadow", "live", "retired")),),
        actions=(
            Action("shadowing", "/v1/risk/rulesets/{id}/shadow", (REASON,), ("draft",)),
            Action("activation", "/v1/risk/rulesets/{id}/activation", (REASON,), ("shadow", "retired")),
            Action("retirement", "/v1/risk/rulesets/{id}/retirement", (REASON,), ("draft", "shadow", "live")),
        ),
    ),
    "sch": Record(
        "screening_hit",
        "/v1/screening/hits/{id}",
        read_as={"asked": "asked_word"},
        actions=(
            Action("hit_confirmation", "/v1/screening/hits/{id}/confirmation", (SHORT_REASON,), OPEN_HIT_STATES),
            Action(
                "hit_clearance", "/v1/screening/hits/{id}/clearance", (SHORT_REASON,), (*OPEN_HIT_STATES, "confirmed")
            ),
        ),
    ),
    "trp": Record(
        "transaction_report",
        "/v1/transaction-reports/{id}",
        read_as={"subject": "reported_subject"},
        actions=(Action("exclusion", "/v1/transaction-reports/{id}/exclusion", (SHORT_REASON,), ("found",)),),
    ),
}

NAMED = {
    RISK_LIST: Record(
        "risk_list",
        "/v1/risk/lists",
        actions=(
            Action(
                "list_change",
                "/v1/risk/lists/{id}/changes",
                (
                    Field("add", "lines", 100_000, required=False),
                    Field("remove", "lines", 100_000, required=False),
                    REASON,
                ),
            ),
        ),
        found_by="name",
    ),
    SCREENING_LIST: Record(
        "screening_list",
        "/v1/screening/lists",
        lists=(
            Listing("list_versions", "/v1/screening/lists/{list_name}/versions", ("id", *VERSION_COLUMNS)),
            Listing(
                "list_entries",
                "/v1/screening/lists/{list_name}/entries",
                ("key", "kind", "names", "born", "countries", "nationalities", "programme"),
            ),
            Listing(
                "refused_rows",
                "/v1/screening/lists/{list_name}/refused",
                ("file", "line", "code", "detail"),
                paged=False,
            ),
        ),
        found_by="list_name",
    ),
    REPORT_FILE: Record(
        "report_file",
        "/v1/transaction-reports/files",
        files=(File("reports", "/v1/transaction-reports/files/{id}/content", "xml"),),
        found_by="id",
    ),
}
