"""Clearing: participants, models and positions, obligations and their queue, windows and settlements."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_02_clearing"
down_revision = "2026_12_02_break_ways"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was owed, allowed and come to stays so.
REVOKED = {
    "clearing_participants": "DELETE, TRUNCATE",
    "clearing_licences": "UPDATE, DELETE, TRUNCATE",
    "clearing_settlement_accounts": "UPDATE, DELETE, TRUNCATE",
    "clearing_models": "DELETE, TRUNCATE",
    "clearing_positions": "DELETE, TRUNCATE",
    "clearing_caps": "UPDATE, DELETE, TRUNCATE",
    "clearing_windows": "DELETE, TRUNCATE",
    "clearing_obligations": "UPDATE, DELETE, TRUNCATE",
    "clearing_queue": "UPDATE, TRUNCATE",
    "clearing_queue_ended": "UPDATE, DELETE, TRUNCATE",
    "clearing_passes": "UPDATE, DELETE, TRUNCATE",
    "clearing_settlements": "DELETE, TRUNCATE",
    "clearing_settlement_windows": "DELETE, TRUNCATE",
    "clearing_settlement_participants": "TRUNCATE",
    "clearing_settlement_payments": "TRUNCATE",
    "clearing_settlement_changes": "UPDATE, DELETE, TRUNCATE",
    "clearing_carried": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "clearing_carried",
        sa.Column("obligation_id", sa.Uuid(), nullable=False),
        sa.Column("from_window", sa.Integer(), nullable=False),
        sa.Column("to_window", sa.Integer(), nullable=False),
        sa.Column("payer", sa.SmallInteger(), nullable=False),
        sa.Column("payee", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("to_window > from_window", name=op.f("ck_clearing_carried_forward")),
        sa.PrimaryKeyConstraint("obligation_id", "from_window", name=op.f("pk_clearing_carried")),
    )
    op.create_index(op.f("ix_clearing_carried_from_window"), "clearing_carried", ["from_window"], unique=False)
    op.create_index(op.f("ix_clearing_carried_to_window"), "clearing_carried", ["to_window"], unique=False)
    op.create_table(
        "clearing_models",
        sa.Column("number", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("granularity", sa.Text(), nullable=False),
        sa.Column("interchange", sa.Text(), nullable=False),
        sa.Column("delay", sa.Text(), nullable=False),
        sa.Column("prefunded", sa.Boolean(), nullable=False),
        sa.Column("cut_offs", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("patience_minutes", sa.Integer(), nullable=False),
        sa.Column("settles_by_itself", sa.Boolean(), nullable=False),
        sa.Column("collects", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(delay = 'DEFERRED') = (cardinality(cut_offs) > 0)", name=op.f("ck_clearing_models_cut_off_when_deferred")
        ),
        sa.CheckConstraint(
            "(granularity, delay) IN (('GROSS', 'IMMEDIATE'), ('NET', 'DEFERRED')) AND interchange IN ('BILATERAL', 'MULTILATERAL')"
            " AND (interchange = 'BILATERAL' OR granularity = 'NET')",
            name=op.f("ck_clearing_models_kind"),
        ),
        sa.CheckConstraint("patience_minutes > 0", name=op.f("ck_clearing_models_patience_positive")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_clearing_models")),
        sa.UniqueConstraint("code", name=op.f("uq_clearing_models_code")),
    )
    op.create_index(
        "uq_clearing_models_collecting",
        "clearing_models",
        ["currency"],
        unique=True,
        postgresql_where=sa.text("collects AND retired_at IS NULL"),
    )
    op.create_table(
        "clearing_obligations",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("window_number", sa.Integer(), nullable=False),
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("payer", sa.SmallInteger(), nullable=False),
        sa.Column("payee", sa.SmallInteger(), nullable=False),
        sa.Column("from_payment", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_to_end", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_clearing_obligations_amount_positive")),
        sa.CheckConstraint("payer <> payee", name=op.f("ck_clearing_obligations_two_participants")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing_obligations")),
    )
    op.create_index(
        op.f("ix_clearing_obligations_window_number_number"),
        "clearing_obligations",
        ["window_number", "number"],
        unique=False,
    )
    op.create_table(
        "clearing_participants",
        sa.Column("number", sa.SmallInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("bic", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('ACTIVE', 'SUSPENDED', 'LEFT')", name=op.f("ck_clearing_participants_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_clearing_participants")),
        sa.UniqueConstraint("bic", name=op.f("uq_clearing_participants_bic")),
        sa.UniqueConstraint("code", name=op.f("uq_clearing_participants_code")),
        sa.UniqueConstraint("id", name=op.f("uq_clearing_participants_id")),
    )
    op.create_table(
        "clearing_queue_ended",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("payer", sa.SmallInteger(), nullable=False),
        sa.Column("payee", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("end_to_end", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('CANCELLED', 'EXPIRED')", name=op.f("ck_clearing_queue_ended_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing_queue_ended")),
    )
    op.create_table(
        "clearing_settlement_accounts",
        sa.Column("participant_number", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("participant_number >= 0", name=op.f("ck_clearing_settlement_accounts_pool_or_participant")),
        sa.PrimaryKeyConstraint("participant_number", "currency", name=op.f("pk_clearing_settlement_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_clearing_settlement_accounts_account_id")),
    )
    op.create_table(
        "clearing_caps",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("participant_number", sa.SmallInteger(), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), nullable=False),
        sa.Column("valid_from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("cap_minor >= 0", name=op.f("ck_clearing_caps_cap_not_negative")),
        sa.ForeignKeyConstraint(
            ["model_number"], ["clearing_models.number"], name=op.f("fk_clearing_caps_model_number")
        ),
        sa.ForeignKeyConstraint(
            ["participant_number"], ["clearing_participants.number"], name=op.f("fk_clearing_caps_participant_number")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_clearing_caps")),
    )
    op.create_index(
        op.f("ix_clearing_caps_model_number_participant_number_position"),
        "clearing_caps",
        ["model_number", "participant_number", "position"],
        unique=False,
    )
    op.create_table(
        "clearing_licences",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("participant_number", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_until_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("valid_until_on >= valid_from_on", name=op.f("ck_clearing_licences_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["participant_number"],
            ["clearing_participants.number"],
            name=op.f("fk_clearing_licences_participant_number"),
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_clearing_licences")),
    )
    op.create_index(
        op.f("ix_clearing_licences_participant_number_valid_from_on_position"),
        "clearing_licences",
        ["participant_number", "valid_from_on", "position"],
        unique=False,
    )
    op.create_table(
        "clearing_passes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("examined", sa.Integer(), nullable=False),
        sa.Column("released", sa.Integer(), nullable=False),
        sa.Column("released_minor", sa.BigInteger(), nullable=False),
        sa.Column("moved_minor", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "0 < released AND released <= examined", name=op.f("ck_clearing_passes_released_of_examined")
        ),
        sa.CheckConstraint(
            "0 <= moved_minor AND moved_minor <= released_minor", name=op.f("ck_clearing_passes_moved_of_released")
        ),
        sa.ForeignKeyConstraint(
            ["model_number"], ["clearing_models.number"], name=op.f("fk_clearing_passes_model_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing_passes")),
    )
    op.create_index(op.f("ix_clearing_passes_model_number_id"), "clearing_passes", ["model_number", "id"], unique=False)
    op.create_table(
        "clearing_positions",
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("participant_number", sa.SmallInteger(), nullable=False),
        sa.Column("position_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("cap_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("gross_window", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("gross_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("cap_minor >= 0", name=op.f("ck_clearing_positions_cap_not_negative")),
        sa.CheckConstraint("gross_minor >= 0", name=op.f("ck_clearing_positions_gross_not_negative")),
        sa.ForeignKeyConstraint(
            ["model_number"], ["clearing_models.number"], name=op.f("fk_clearing_positions_model_number")
        ),
        sa.ForeignKeyConstraint(
            ["participant_number"],
            ["clearing_participants.number"],
            name=op.f("fk_clearing_positions_participant_number"),
        ),
        sa.PrimaryKeyConstraint("model_number", "participant_number", name=op.f("pk_clearing_positions")),
    )
    op.create_table(
        "clearing_queue",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("payer", sa.SmallInteger(), nullable=False),
        sa.Column("payee", sa.SmallInteger(), nullable=False),
        sa.Column("from_payment", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_to_end", sa.Text(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_clearing_queue_amount_positive")),
        sa.CheckConstraint("payer <> payee", name=op.f("ck_clearing_queue_two_participants")),
        sa.ForeignKeyConstraint(
            ["model_number"], ["clearing_models.number"], name=op.f("fk_clearing_queue_model_number")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_clearing_queue")),
        sa.UniqueConstraint("id", name=op.f("uq_clearing_queue_id")),
    )
    op.create_index(op.f("ix_clearing_queue_due_at"), "clearing_queue", ["due_at"], unique=False)
    op.create_index(
        op.f("ix_clearing_queue_model_number_number"), "clearing_queue", ["model_number", "number"], unique=False
    )
    op.create_index(
        op.f("ix_clearing_queue_model_number_payer_number"),
        "clearing_queue",
        ["model_number", "payer", "number"],
        unique=False,
    )
    op.create_table(
        "clearing_settlements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("obligations", sa.Integer(), nullable=True),
        sa.Column("gross_minor", sa.BigInteger(), nullable=True),
        sa.Column("bilateral_minor", sa.BigInteger(), nullable=True),
        sa.Column("multilateral_minor", sa.BigInteger(), nullable=True),
        sa.Column("participants", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'ABORTED') = (reason IS NOT NULL)", name=op.f("ck_clearing_settlements_aborted_with_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('SETTLED', 'ABORTED')) = (ended_at IS NOT NULL)",
            name=op.f("ck_clearing_settlements_ended_when_final"),
        ),
        sa.CheckConstraint(
            "state IN ('PENDING_SETTLEMENT', 'ABORTED') OR gross_minor IS NOT NULL",
            name=op.f("ck_clearing_settlements_recorded_with_figures"),
        ),
        sa.CheckConstraint(
            "state IN ('PENDING_SETTLEMENT', 'PS_TRANSFERS_RECORDED', 'PS_TRANSFERS_RESERVED', 'PS_TRANSFERS_COMMITTED',"
            " 'SETTLING', 'SETTLED', 'ABORTED')",
            name=op.f("ck_clearing_settlements_state"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (due_at IS NOT NULL)", name=op.f("ck_clearing_settlements_waiting_until")
        ),
        sa.CheckConstraint(
            "0 <= multilateral_minor AND multilateral_minor <= bilateral_minor AND bilateral_minor <= gross_minor",
            name=op.f("ck_clearing_settlements_netted"),
        ),
        sa.CheckConstraint(
            "num_nulls(obligations, gross_minor, bilateral_minor, multilateral_minor, participants) IN (0, 5)",
            name=op.f("ck_clearing_settlements_figures_together"),
        ),
        sa.ForeignKeyConstraint(
            ["model_number"], ["clearing_models.number"], name=op.f("fk_clearing_settlements_model_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearing_settlements")),
    )
    op.create_index(
        op.f("ix_clearing_settlements_due_at"),
        "clearing_settlements",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_clearing_settlements_model_number_id"), "clearing_settlements", ["model_number", "id"], unique=False
    )
    op.create_table(
        "clearing_windows",
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settlement_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(state = 'OPEN') = (closed_at IS NULL)", name=op.f("ck_clearing_windows_closed_at")),
        sa.CheckConstraint(
            "(state = 'SETTLED') = (ended_at IS NOT NULL)", name=op.f("ck_clearing_windows_ended_when_settled")
        ),
        sa.CheckConstraint(
            "(state IN ('PENDING_SETTLEMENT', 'SETTLED')) = (settlement_id IS NOT NULL)",
            name=op.f("ck_clearing_windows_in_a_settlement"),
        ),
        sa.CheckConstraint(
            "state IN ('OPEN', 'CLOSED', 'PENDING_SETTLEMENT', 'SETTLED')", name=op.f("ck_clearing_windows_state")
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name=op.f("ck_clearing_windows_waiting_until")),
        sa.ForeignKeyConstraint(
            ["model_number"], ["clearing_models.number"], name=op.f("fk_clearing_windows_model_number")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_clearing_windows")),
        sa.UniqueConstraint("id", name=op.f("uq_clearing_windows_id")),
    )
    op.create_index(
        op.f("ix_clearing_windows_due_at"),
        "clearing_windows",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_clearing_windows_model_number_id"), "clearing_windows", ["model_number", "id"], unique=False
    )
    op.create_index(
        "uq_clearing_windows_open",
        "clearing_windows",
        ["model_number"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_table(
        "clearing_settlement_changes",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("participant_number", sa.SmallInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["clearing_settlements.id"], name=op.f("fk_clearing_settlement_changes_settlement_id")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_clearing_settlement_changes")),
    )
    op.create_index(
        op.f("ix_clearing_settlement_changes_settlement_id_position"),
        "clearing_settlement_changes",
        ["settlement_id", "position"],
        unique=False,
    )
    op.create_table(
        "clearing_settlement_participants",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("participant_number", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owes_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("beyond_cap", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "state IN ('PS_TRANSFERS_RECORDED', 'PS_TRANSFERS_RESERVED', 'PS_TRANSFERS_COMMITTED', 'SETTLED', 'ABORTED')",
            name=op.f("ck_clearing_settlement_participants_state"),
        ),
        sa.CheckConstraint(
            "owes_minor >= 0 AND owed_minor >= 0 AND net_minor = owes_minor - owed_minor",
            name=op.f("ck_clearing_settlement_participants_net"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_number"],
            ["clearing_participants.number"],
            name=op.f("fk_clearing_settlement_participants_participant_number"),
        ),
        sa.ForeignKeyConstraint(
            ["settlement_id"],
            ["clearing_settlements.id"],
            name=op.f("fk_clearing_settlement_participants_settlement_id"),
        ),
        sa.PrimaryKeyConstraint(
            "settlement_id", "participant_number", name=op.f("pk_clearing_settlement_participants")
        ),
    )
    op.create_table(
        "clearing_settlement_payments",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payer", sa.SmallInteger(), nullable=False),
        sa.Column("payee", sa.SmallInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_clearing_settlement_payments_amount_positive")),
        sa.CheckConstraint(
            "payer <> 0 OR hold_id IS NULL", name=op.f("ck_clearing_settlement_payments_pool_is_not_held")
        ),
        sa.CheckConstraint("payer <> payee", name=op.f("ck_clearing_settlement_payments_two_sides")),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["clearing_settlements.id"], name=op.f("fk_clearing_settlement_payments_settlement_id")
        ),
        sa.PrimaryKeyConstraint("settlement_id", "position", name=op.f("pk_clearing_settlement_payments")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_clearing_settlement_payments_hold_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_clearing_settlement_payments_transfer_id")),
    )
    op.create_table(
        "clearing_settlement_windows",
        sa.Column("settlement_id", sa.Uuid(), nullable=False),
        sa.Column("window_number", sa.Integer(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["settlement_id"], ["clearing_settlements.id"], name=op.f("fk_clearing_settlement_windows_settlement_id")
        ),
        sa.ForeignKeyConstraint(
            ["window_number"], ["clearing_windows.number"], name=op.f("fk_clearing_settlement_windows_window_number")
        ),
        sa.PrimaryKeyConstraint("settlement_id", "window_number", name=op.f("pk_clearing_settlement_windows")),
    )
    op.create_index(
        "uq_clearing_settlement_windows_live",
        "clearing_settlement_windows",
        ["window_number"],
        unique=True,
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "ix_channel_instructions_succeeded",
        "channel_instructions",
        ["submitted_at"],
        postgresql_where=sa.text("state = 'succeeded'"),
    )
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))
