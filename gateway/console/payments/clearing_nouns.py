"""Clearing among participants: who they are, their settlement models, windows, settlements, and what waits for one of them."""

from gateway.console.payments.description import Action, Field, File, Listing, Part, Record

PARTICIPANT = "clearing_participant"
MODEL = "clearing_model"
PARTIES = {"payer": PARTICIPANT, "payee": PARTICIPANT}
WINDOW_STATES = ("OPEN", "CLOSED", "PENDING_SETTLEMENT", "SETTLED")
STILL_ABORTABLE = ("PENDING_SETTLEMENT", "PS_TRANSFERS_RECORDED", "PS_TRANSFERS_RESERVED")

WINDOW_COLUMNS = ("opened_at", "id", "settlement_model", "currency", "state", "due_at", "settlement_id", "ended_at")
SETTLEMENT_COLUMNS = ("created_at", "id", "settlement_model", "currency", "state", "due_at", "ended_at", "reason")
OBLIGATION_COLUMNS = ("recorded_at", "id", "payer", "payee", "amount", "end_to_end", "source", "state", "due_at")
OF_MODEL = {"settlement_model": "{code}"}

LISTS = (
    Listing(
        "clearing_participants",
        "/v1/clearing/participants",
        ("joined_at", "code", "name", "bic", "state"),
        opens={"code": PARTICIPANT},
    ),
    Listing(
        "clearing_models",
        "/v1/clearing/models",
        ("code", "currency", "granularity", "interchange", "delay", "prefunded", "collects", "settles_by_itself"),
        opens={"code": MODEL},
    ),
    Listing("clearing_windows", "/v1/clearing/windows", WINDOW_COLUMNS, states=WINDOW_STATES),
    Listing("clearing_settlements", "/v1/clearing/settlements", SETTLEMENT_COLUMNS),
)

RECORDS = {
    "clo": Record(
        "obligation",
        "/v1/clearing/obligations/{id}",
        actions=(Action("obligation_cancellation", "/v1/clearing/obligations/{id}/cancellation", (), ("QUEUED",)),),
    ),
    "clw": Record(
        "clearing_window",
        "/v1/clearing/windows/{id}",
        parts=(Part("netting", "/v1/clearing/windows/{id}/report", "figures"),),
        lists=(
            Listing("obligations", "/v1/clearing/windows/{id}/obligations", OBLIGATION_COLUMNS, opens=PARTIES),
        ),
        actions=(
            Action("window_closure", "/v1/clearing/windows/{id}/closure", (), ("OPEN",)),
            Action("window_settlement", "/v1/clearing/settlements", (), ("CLOSED",), names="window_ids"),
        ),
        files=(File("pacs008", "/v1/clearing/windows/{id}/pacs.008", "xml"),),
    ),
    "cls": Record(
        "clearing_settlement",
        "/v1/clearing/settlements/{id}/report",
        read_as={"owed_minor": "receives_minor"},
        lists=(
            Listing("settlement_changes", "/v1/clearing/settlements/{id}/changes", ("changed_at", "participant", "state", "reason")),
        ),
        actions=(
            Action("carry_over", "/v1/clearing/settlements/{id}/carry-over", (), STILL_ABORTABLE[:2]),
            Action("abortion", "/v1/clearing/settlements/{id}/cancellation", (Field("reason"),), STILL_ABORTABLE),
        ),
        files=(File("pacs009", "/v1/clearing/settlements/{id}/pacs.009", "xml"),),
    ),
}  # fmt: skip

NAMED = {
    PARTICIPANT: Record(
        "clearing_participant",
        "/v1/clearing/participants/{id}",
        lists=(
            Listing(
                "positions",
                "/v1/clearing/participants/{code}/positions",
                ("settlement_model", "position_minor", "cap_minor", "liquidity_minor", "waiting_minor"),
                paged=False,
            ),
        ),
        actions=(
            Action("suspension", "/v1/clearing/participants/{id}/suspension", (), ("ACTIVE",)),
            Action("reinstatement", "/v1/clearing/participants/{id}/reinstatement", (), ("SUSPENDED",)),
            Action("departure", "/v1/clearing/participants/{id}/departure", (), ("ACTIVE", "SUSPENDED")),
        ),
    ),
    MODEL: Record(
        "clearing_model",
        "/v1/clearing/models",
        lists=(
            Listing("clearing_queue", "/v1/clearing/queue", OBLIGATION_COLUMNS, OF_MODEL, opens=PARTIES),
            Listing("clearing_windows", "/v1/clearing/windows", WINDOW_COLUMNS, OF_MODEL, WINDOW_STATES),
            Listing("clearing_settlements", "/v1/clearing/settlements", SETTLEMENT_COLUMNS, OF_MODEL),
            Listing(
                "queue_passes",
                "/v1/clearing/models/{code}/passes",
                ("made_at", "id", "examined", "released", "released_minor", "moved_minor"),
                read_as={"released": "released_count"},
            ),
        ),
        actions=(
            Action("queue_pass", "/v1/clearing/models/{id}/passes"),
            Action("model_retirement", "/v1/clearing/models/{id}/retirement"),
        ),
        found_by="code",
    ),
}
