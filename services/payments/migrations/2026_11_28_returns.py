"""Money that comes back, what is owed for it, card disputes; mandates and their debits; batch payouts."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_returns"
down_revision = "2026_11_28_qr"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was reported, owed or debited stays on record.
REVOKED = {
    "bank_report_cursors": "DELETE, TRUNCATE",
    "bank_reports": "DELETE, TRUNCATE",
    "company_accounts": "DELETE, TRUNCATE",
    "ledger_kept_amounts": "DELETE, TRUNCATE",
    "receivables": "DELETE, TRUNCATE",
    "batch_payouts": "DELETE, TRUNCATE",
    "card_disputes": "DELETE, TRUNCATE",
    "mandates": "DELETE, TRUNCATE",
    "batch_payout_lines": "DELETE, TRUNCATE",
    "mandate_debits": "DELETE, TRUNCATE",
    "batch_line_reissues": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "bank_report_cursors",
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bank", name=op.f("pk_bank_report_cursors")),
    )
    op.create_table(
        "bank_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("instruction_kind", sa.Text(), nullable=False),
        sa.Column("instruction_reference", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("original", sa.Text(), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("owed", sa.BigInteger(), nullable=False),
        sa.Column("held_up", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'booked') <= (original IS NOT NULL)", name=op.f("ck_bank_reports_booked_with_original")
        ),
        sa.CheckConstraint(
            "(state = 'reported') = (try_at IS NOT NULL)", name=op.f("ck_bank_reports_reported_is_tried")
        ),
        sa.CheckConstraint(
            "(state IN ('booked', 'cleared')) = (ended_at IS NOT NULL)", name=op.f("ck_bank_reports_ended_when_final")
        ),
        sa.CheckConstraint(
            "(state IN ('reported', 'unmatched')) = (due_at IS NOT NULL)", name=op.f("ck_bank_reports_open_is_due")
        ),
        sa.CheckConstraint(
            "kind IN ('payout_returned', 'charge_reversed', 'dispute_opened', 'dispute_won', 'dispute_lost')",
            name=op.f("ck_bank_reports_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('reported', 'booked', 'unmatched', 'cleared')", name=op.f("ck_bank_reports_state")
        ),
        sa.CheckConstraint(
            "taken + owed = 0 OR (kind, state) = ('charge_reversed', 'booked')",
            name=op.f("ck_bank_reports_taken_when_booked"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_reports_amount_positive")),
        sa.CheckConstraint(
            "taken >= 0 AND owed >= 0 AND taken + owed IN (0, amount)",
            name=op.f("ck_bank_reports_taken_and_owed_are_all"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_reports")),
        sa.UniqueConstraint("bank", "bank_reference", "kind", name=op.f("uq_bank_reports_bank_bank_reference_kind")),
    )
    op.create_index(
        op.f("ix_bank_reports_due_at"),
        "bank_reports",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_bank_reports_instruction_reference"), "bank_reports", ["instruction_reference"], unique=False
    )
    op.create_index(op.f("ix_bank_reports_original"), "bank_reports", ["original"], unique=False)
    op.create_index(op.f("ix_bank_reports_owner_id"), "bank_reports", ["owner", "id"], unique=False)
    op.create_index(
        op.f("ix_bank_reports_try_at"),
        "bank_reports",
        ["try_at"],
        unique=False,
        postgresql_where=sa.text("try_at IS NOT NULL"),
    )
    op.create_table(
        "company_accounts",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "currency", name=op.f("pk_company_accounts")),
        sa.UniqueConstraint("account_id", name=op.f("uq_company_accounts_account_id")),
    )
    op.create_table(
        "ledger_kept_amounts",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_ledger_kept_amounts_amount_not_negative")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ledger_kept_amounts")),
    )
    op.create_table(
        "receivables",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("repaid", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("incurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'written_off') = (written_off > 0)", name=op.f("ck_receivables_written_off_by_state")
        ),
        sa.CheckConstraint(
            "(state IN ('settled', 'written_off')) = (ended_at IS NOT NULL)",
            name=op.f("ck_receivables_ended_when_final"),
        ),
        sa.CheckConstraint(
            "cause IN ('charge_reversed', 'dispute_lost', 'dispute_fee')", name=op.f("ck_receivables_cause")
        ),
        sa.CheckConstraint("state IN ('open', 'overdue', 'settled', 'written_off')", name=op.f("ck_receivables_state")),
        sa.CheckConstraint(
            "(repaid + written_off = amount) = (ended_at IS NOT NULL)",
            name=op.f("ck_receivables_ended_when_nothing_is_owed"),
        ),
        sa.CheckConstraint(
            "amount > 0 AND repaid >= 0 AND written_off >= 0", name=op.f("ck_receivables_amounts_not_negative")
        ),
        sa.CheckConstraint("repaid + written_off <= amount", name=op.f("ck_receivables_never_more_than_owed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receivables")),
        sa.UniqueConstraint("source", "cause", name=op.f("uq_receivables_source_cause")),
    )
    op.create_index(
        op.f("ix_receivables_account_id"),
        "receivables",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_receivables_due_at"),
        "receivables",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_receivables_owner_id"), "receivables", ["owner", "id"], unique=False)
    op.create_table(
        "batch_payouts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("batch_account_id", sa.Uuid(), nullable=True),
        sa.Column("leftover", sa.BigInteger(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('awaiting_approval', 'paying')) = (due_at IS NOT NULL)",
            name=op.f("ck_batch_payouts_open_is_due"),
        ),
        sa.CheckConstraint(
            "(state IN ('finished', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_batch_payouts_ended_when_final"),
        ),
        sa.CheckConstraint(
            "(state IN ('paying', 'finished')) = (batch_account_id IS NOT NULL)",
            name=op.f("ck_batch_payouts_paying_has_account"),
        ),
        sa.CheckConstraint(
            "state IN ('awaiting_approval', 'paying', 'finished', 'cancelled')", name=op.f("ck_batch_payouts_state")
        ),
        sa.CheckConstraint(
            "(approved_at IS NULL) = (batch_account_id IS NULL)", name=op.f("ck_batch_payouts_approved_has_account")
        ),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("ck_batch_payouts_approved_by_somebody")
        ),
        sa.CheckConstraint(
            "lines BETWEEN 1 AND 10000 AND total > 0 AND leftover >= 0", name=op.f("ck_batch_payouts_sizes")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_batch_payouts_merchant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_payouts")),
        sa.UniqueConstraint("batch_account_id", name=op.f("uq_batch_payouts_batch_account_id")),
        sa.UniqueConstraint("merchant_id", "number", name=op.f("uq_batch_payouts_merchant_id_number")),
    )
    op.create_index(
        op.f("ix_batch_payouts_due_at"),
        "batch_payouts",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_batch_payouts_owner_id"), "batch_payouts", ["owner", "id"], unique=False)
    op.create_table(
        "card_disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=False),
        sa.Column("original", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=True),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("evidence_hash", sa.Text(), nullable=True),
        sa.Column("evidence_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_refusal", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('noticed', 'answered', 'unanswered')) = (due_at IS NOT NULL)",
            name=op.f("ck_card_disputes_open_is_due"),
        ),
        sa.CheckConstraint(
            "(state IN ('won', 'lost')) = (ended_at IS NOT NULL)", name=op.f("ck_card_disputes_ended_when_decided")
        ),
        sa.CheckConstraint(
            "state <> 'answered' OR evidence IS NOT NULL", name=op.f("ck_card_disputes_answered_with_evidence")
        ),
        sa.CheckConstraint(
            "state IN ('noticed', 'answered', 'unanswered', 'released', 'won', 'lost')",
            name=op.f("ck_card_disputes_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('noticed', 'unanswered') OR evidence IS NULL",
            name=op.f("ck_card_disputes_evidence_when_answered"),
        ),
        sa.CheckConstraint(
            "(evidence IS NULL) = (evidence_hash IS NULL)", name=op.f("ck_card_disputes_evidence_with_hash")
        ),
        sa.CheckConstraint("(held > 0) = (hold_id IS NOT NULL)", name=op.f("ck_card_disputes_held_by_a_hold")),
        sa.CheckConstraint(
            "amount > 0 AND held BETWEEN 0 AND amount AND fee_minor >= 0", name=op.f("ck_card_disputes_amounts")
        ),
        sa.CheckConstraint(
            "evidence_sent_at IS NULL OR evidence IS NOT NULL", name=op.f("ck_card_disputes_sent_is_given")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["bank_reports.id"], name=op.f("fk_card_disputes_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_disputes")),
        sa.UniqueConstraint("bank", "bank_reference", name=op.f("uq_card_disputes_bank_bank_reference")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_card_disputes_hold_id")),
        sa.UniqueConstraint("report_id", name=op.f("uq_card_disputes_report_id")),
    )
    op.create_index(
        op.f("ix_card_disputes_due_at"),
        "card_disputes",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_card_disputes_id"),
        "card_disputes",
        ["id"],
        unique=False,
        postgresql_where=sa.text("evidence IS NOT NULL AND evidence_sent_at IS NULL"),
    )
    op.create_index(op.f("ix_card_disputes_owner_id"), "card_disputes", ["owner", "id"], unique=False)
    op.create_table(
        "mandates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("max_per_debit", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("max_per_period", sa.BigInteger(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("retry_days", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("wallet_account_id", sa.Uuid(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(source = 'wallet') = (wallet_account_id IS NOT NULL)", name=op.f("ck_mandates_wallet_when_source")
        ),
        sa.CheckConstraint(
            "(state IN ('requested', 'active', 'suspended')) = (due_at IS NOT NULL)",
            name=op.f("ck_mandates_open_is_due"),
        ),
        sa.CheckConstraint("period IN ('day', 'week', 'month', 'year')", name=op.f("ck_mandates_period")),
        sa.CheckConstraint(
            "state IN ('requested', 'active', 'suspended', 'revoked', 'expired', 'refused')",
            name=op.f("ck_mandates_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('active', 'suspended', 'expired') OR signed_at IS NOT NULL",
            name=op.f("ck_mandates_active_is_signed"),
        ),
        sa.CheckConstraint("(card_id IS NULL) = (signed_at IS NULL)", name=op.f("ck_mandates_signed_with_card")),
        sa.CheckConstraint("(ended_at IS NULL) = (due_at IS NOT NULL)", name=op.f("ck_mandates_ended_when_final")),
        sa.CheckConstraint("(source IS NULL) = (signed_at IS NULL)", name=op.f("ck_mandates_signed_with_source")),
        sa.CheckConstraint("max_per_debit > 0 AND max_per_debit <= max_per_period", name=op.f("ck_mandates_caps")),
        sa.CheckConstraint("notice_days BETWEEN 0 AND 30", name=op.f("ck_mandates_notice")),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_mandates_tries")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_mandates_card_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandates")),
    )
    op.create_index(op.f("ix_mandates_customer_id_id"), "mandates", ["customer_id", "id"], unique=False)
    op.create_index(
        op.f("ix_mandates_due_at"), "mandates", ["due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(op.f("ix_mandates_payee_id"), "mandates", ["payee", "id"], unique=False)
    op.create_table(
        "batch_payout_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("card_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("payout_id", sa.Uuid(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=True),
        sa.Column("bank", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'returned') = (due_at IS NOT NULL)", name=op.f("ck_batch_payout_lines_returned_is_due")
        ),
        sa.CheckConstraint(
            "(state IN ('paid', 'refused', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_batch_payout_lines_ended_when_final"),
        ),
        sa.CheckConstraint(
            "(state IN ('refused', 'returned')) = (refusal_code IS NOT NULL)",
            name=op.f("ck_batch_payout_lines_refused_with_code"),
        ),
        sa.CheckConstraint(
            "state <> 'sent' OR instruction_id IS NOT NULL", name=op.f("ck_batch_payout_lines_sent_with_instruction")
        ),
        sa.CheckConstraint(
            "state IN ('listed', 'waiting', 'sent', 'paid', 'refused', 'returned', 'cancelled')",
            name=op.f("ck_batch_payout_lines_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('listed', 'waiting') OR transfer_id IS NULL",
            name=op.f("ck_batch_payout_lines_transfer_once_paid"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('sent', 'paid') OR transfer_id IS NOT NULL",
            name=op.f("ck_batch_payout_lines_paid_with_transfer"),
        ),
        sa.CheckConstraint("(account_id IS NULL) <> (card_id IS NULL)", name=op.f("ck_batch_payout_lines_one_payee")),
        sa.CheckConstraint(
            "(instruction_id IS NULL) = (bank IS NULL)", name=op.f("ck_batch_payout_lines_instruction_at_bank")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_batch_payout_lines_amount_positive")),
        sa.ForeignKeyConstraint(["batch_id"], ["batch_payouts.id"], name=op.f("fk_batch_payout_lines_batch_id")),
        sa.ForeignKeyConstraint(["card_id"], ["cards.id"], name=op.f("fk_batch_payout_lines_card_id")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["channel_instructions.id"], name=op.f("fk_batch_payout_lines_instruction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_payout_lines")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_batch_payout_lines_batch_id_number")),
        sa.UniqueConstraint("batch_id", "position", name=op.f("uq_batch_payout_lines_batch_id_position")),
        sa.UniqueConstraint("payout_id", name=op.f("uq_batch_payout_lines_payout_id")),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_batch_payout_lines_instruction_id")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_batch_payout_lines_transfer_id")),
    )
    op.create_index(
        op.f("ix_batch_payout_lines_batch_id_position"),
        "batch_payout_lines",
        ["batch_id", "position"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        op.f("ix_batch_payout_lines_due_at"),
        "batch_payout_lines",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "batch_line_reissues",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("reissued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["line_id"], ["batch_payout_lines.id"], name=op.f("fk_batch_line_reissues_line_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch_line_reissues")),
    )
    op.create_index(op.f("ix_batch_line_reissues_line_id"), "batch_line_reissues", ["line_id"], unique=False)
    op.create_table(
        "mandate_debits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("instruction_id", sa.Uuid(), nullable=True),
        sa.Column("transfer_id", sa.Uuid(), nullable=True),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'succeeded') = (transfer_id IS NOT NULL)", name=op.f("ck_mandate_debits_succeeded_with_transfer")
        ),
        sa.CheckConstraint(
            "(state IN ('announced', 'retrying')) = (due_at IS NOT NULL)", name=op.f("ck_mandate_debits_waiting_is_due")
        ),
        sa.CheckConstraint(
            "(state IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL)",
            name=op.f("ck_mandate_debits_ended_when_final"),
        ),
        sa.CheckConstraint(
            "state <> 'sent' OR instruction_id IS NOT NULL", name=op.f("ck_mandate_debits_sent_with_instruction")
        ),
        sa.CheckConstraint(
            "state IN ('announced', 'retrying', 'sent', 'succeeded', 'failed', 'cancelled')",
            name=op.f("ck_mandate_debits_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('failed', 'retrying') OR failure_code IS NOT NULL",
            name=op.f("ck_mandate_debits_failed_with_code"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_mandate_debits_amount_positive")),
        sa.CheckConstraint("counted_on >= planned_on", name=op.f("ck_mandate_debits_counted_from_its_plan_on")),
        sa.ForeignKeyConstraint(
            ["instruction_id"], ["channel_instructions.id"], name=op.f("fk_mandate_debits_instruction_id")
        ),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_debits_mandate_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_debits")),
        sa.UniqueConstraint("instruction_id", name=op.f("uq_mandate_debits_instruction_id")),
        sa.UniqueConstraint("mandate_id", "number", name=op.f("uq_mandate_debits_mandate_id_number")),
        sa.UniqueConstraint("transfer_id", name=op.f("uq_mandate_debits_transfer_id")),
    )
    op.create_index(
        op.f("ix_mandate_debits_due_at"),
        "mandate_debits",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_mandate_debits_mandate_id_counted_on"), "mandate_debits", ["mandate_id", "counted_on"], unique=False
    )
    op.drop_constraint(op.f("ck_withdrawals_state"), "withdrawals", type_="check")
    op.create_check_constraint(
        op.f("ck_withdrawals_state"), "withdrawals", "state IN ('pending', 'succeeded', 'failed', 'returned')"
    )
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(table=table, privileges=privileges))
