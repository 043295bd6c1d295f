"""The reserve's daily proofs, what its accounts are for, own fees taken out; liabilities published day by day."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_02_reserve"
down_revision = "2026_12_02_coins"
branch_labels = None
depends_on = None

# What the service's own role may never do, whatever its code says: what was proved and published stays so.
REVOKED = {
    "reserve_proofs": "UPDATE, DELETE, TRUNCATE",
    "reserve_proof_banks": "UPDATE, DELETE, TRUNCATE",
    "reserve_proof_classes": "UPDATE, DELETE, TRUNCATE",
    "reserve_proof_items": "UPDATE, DELETE, TRUNCATE",
    "reserve_account_terms": "UPDATE, DELETE, TRUNCATE",
    "reserve_looks": "DELETE, TRUNCATE",
    "fee_withdrawals": "DELETE, TRUNCATE",
    "liability_roots": "UPDATE, DELETE, TRUNCATE",
    "liability_chunks": "UPDATE, DELETE, TRUNCATE",
    "liability_exclusions": "UPDATE, DELETE, TRUNCATE",
}
REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    op.create_table(
        "reserve_proofs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reserve_minor", sa.BigInteger(), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("own_minor", sa.BigInteger(), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("fees_overdue_minor", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state <> 'proved' OR (difference_minor = 0 AND fees_overdue_minor = 0)",
            name=op.f("ck_reserve_proofs_proved_without_difference"),
        ),
        sa.CheckConstraint("state IN ('proved', 'broken', 'incomplete')", name=op.f("ck_reserve_proofs_state")),
        sa.CheckConstraint(
            "difference_minor = reserve_minor - owed_minor - greatest(own_minor, 0)",
            name=op.f("ck_reserve_proofs_difference_is_what_lacks"),
        ),
        sa.CheckConstraint("fees_overdue_minor >= 0", name=op.f("ck_reserve_proofs_fees_not_negative")),
        sa.CheckConstraint("version > 0", name=op.f("ck_reserve_proofs_version_counted")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserve_proofs")),
        sa.UniqueConstraint("day", "currency", "version", name=op.f("uq_reserve_proofs_day_currency_version")),
    )
    op.create_table(
        "reserve_proof_banks",
        sa.Column("proof_id", sa.Uuid(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_up", sa.Text(), nullable=True),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("statement_minor", sa.BigInteger(), nullable=True),
        sa.Column("timing_minor", sa.BigInteger(), nullable=False),
        sa.Column("paper_minor", sa.BigInteger(), nullable=False),
        sa.Column("breaks_minor", sa.BigInteger(), nullable=False),
        sa.Column("unexplained_minor", sa.BigInteger(), nullable=False),
        sa.Column("ledger_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'incomplete') = (held_up IS NOT NULL)", name=op.f("ck_reserve_proof_banks_held_up_says_why")
        ),
        sa.CheckConstraint(
            "state <> 'proved' OR (breaks_minor = 0 AND unexplained_minor = 0)",
            name=op.f("ck_reserve_proof_banks_proved_without_breaks"),
        ),
        sa.CheckConstraint(
            "state = 'incomplete' OR (statement_id IS NOT NULL AND statement_minor IS NOT NULL AND "
            "statement_minor + timing_minor + paper_minor + breaks_minor + unexplained_minor = ledger_minor)",
            name=op.f("ck_reserve_proof_banks_adds_up"),
        ),
        sa.CheckConstraint("state IN ('proved', 'broken', 'incomplete')", name=op.f("ck_reserve_proof_banks_state")),
        sa.ForeignKeyConstraint(["proof_id"], ["reserve_proofs.id"], name=op.f("fk_reserve_proof_banks_proof_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statements.id"], name=op.f("fk_reserve_proof_banks_statement_id")),
        sa.PrimaryKeyConstraint("proof_id", "bank", name=op.f("pk_reserve_proof_banks")),
    )
    op.create_table(
        "reserve_proof_classes",
        sa.Column("proof_id", sa.Uuid(), nullable=False),
        sa.Column("owed", sa.Text(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "owed IN ('customers', 'merchants', 'institutions', 'escrow', 'refunds_due', "
            "'unmatched', 'participants', 'tokens_backed', 'own_fees', 'own_claims', 'between_books', 'reserve', 'apart')",
            name=op.f("ck_reserve_proof_classes_owed"),
        ),
        sa.CheckConstraint(
            "least(credit_minor, debit_minor, accounts) >= 0", name=op.f("ck_reserve_proof_classes_counted_up")
        ),
        sa.ForeignKeyConstraint(["proof_id"], ["reserve_proofs.id"], name=op.f("fk_reserve_proof_classes_proof_id")),
        sa.PrimaryKeyConstraint("proof_id", "owed", name=op.f("pk_reserve_proof_classes")),
    )
    op.create_table(
        "reserve_proof_items",
        sa.Column("proof_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("break_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(bank IS NULL) = (kind IN ('claim', 'fees_overdue'))", name=op.f("ck_reserve_proof_items_of_a_bank")
        ),
        sa.CheckConstraint(
            "kind <> 'break' OR break_id IS NOT NULL", name=op.f("ck_reserve_proof_items_break_is_named")
        ),
        sa.CheckConstraint(
            "kind IN ('receipt_not_on_statement', 'payout_not_on_statement', 'booked_later', 'paper', "
            "'statement_difference', 'break', 'unexplained', 'claim', 'fees_overdue')",
            name=op.f("ck_reserve_proof_items_kind"),
        ),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_reserve_proof_items_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["break_id"], ["reconciliation_breaks.id"], name=op.f("fk_reserve_proof_items_break_id")
        ),
        sa.ForeignKeyConstraint(["proof_id"], ["reserve_proofs.id"], name=op.f("fk_reserve_proof_items_proof_id")),
        sa.PrimaryKeyConstraint("proof_id", "number", name=op.f("pk_reserve_proof_items")),
    )
    op.create_table(
        "reserve_account_terms",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "use IN ('custody', 'receipt_and_payment', 'collection')", name=op.f("ck_reserve_account_terms_use")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_reserve_account_terms")),
    )
    op.create_index(
        op.f("ix_reserve_account_terms_bank_currency_valid_from_on_position"),
        "reserve_account_terms",
        ["bank", "currency", "valid_from_on", "position"],
        unique=False,
    )
    op.create_table(
        "reserve_looks",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", "currency", name=op.f("pk_reserve_looks")),
    )
    op.create_table(
        "fee_withdrawals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("bank", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("bank_reference", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'paid') = (bank_reference IS NOT NULL)", name=op.f("ck_fee_withdrawals_paid_by_the_bank")
        ),
        sa.CheckConstraint(
            "(state = 'requested') = (due_at IS NOT NULL)", name=op.f("ck_fee_withdrawals_requested_is_due")
        ),
        sa.CheckConstraint(
            "(state = 'requested') = (ended_at IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL)",
            name=op.f("ck_fee_withdrawals_ended_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'paid' OR ended_by <> requested_by", name=op.f("ck_fee_withdrawals_confirmed_by_another")
        ),
        sa.CheckConstraint("destination <> ''", name=op.f("ck_fee_withdrawals_goes_somewhere")),
        sa.CheckConstraint("source IN ('fee_income', 'dispute_fee')", name=op.f("ck_fee_withdrawals_source")),
        sa.CheckConstraint("state IN ('requested', 'paid', 'cancelled')", name=op.f("ck_fee_withdrawals_state")),
        sa.CheckConstraint("amount > 0 AND reminders >= 0", name=op.f("ck_fee_withdrawals_counted_up")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_withdrawals")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_fee_withdrawals_hold_id")),
    )
    op.create_index(
        op.f("ix_fee_withdrawals_due_at"),
        "fee_withdrawals",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "liability_roots",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("depth", sa.SmallInteger(), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("excluded_accounts", sa.BigInteger(), nullable=False),
        sa.Column("excluded_minor", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "least(length(root), length(previous_hash), length(hash)) = 32", name=op.f("ck_liability_roots_hashes")
        ),
        sa.CheckConstraint(
            "least(total_minor, accounts, excluded_accounts, excluded_minor) >= 0",
            name=op.f("ck_liability_roots_not_negative"),
        ),
        sa.CheckConstraint("number > 0 AND depth BETWEEN 4 AND 60", name=op.f("ck_liability_roots_counted")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_liability_roots")),
        sa.UniqueConstraint("day", "currency", name=op.f("uq_liability_roots_day_currency")),
        sa.UniqueConstraint("hash", name=op.f("uq_liability_roots_hash")),
        sa.UniqueConstraint("id", name=op.f("uq_liability_roots_id")),
    )
    op.create_table(
        "liability_chunks",
        sa.Column("root_number", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first_place", sa.LargeBinary(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sum_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "length(hash) = 32 AND length(first_place) = 32 AND length(leaves) % 24 = 0",
            name=op.f("ck_liability_chunks_whole_leaves"),
        ),
        sa.CheckConstraint("sum_minor >= 0", name=op.f("ck_liability_chunks_sum_not_negative")),
        sa.ForeignKeyConstraint(
            ["root_number"],
            ["liability_roots.number"],
            name=op.f("fk_liability_chunks_root_number"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_number", "number", name=op.f("pk_liability_chunks")),
        sa.UniqueConstraint("root_number", "first_place", name=op.f("uq_liability_chunks_root_number_first_place")),
    )
    op.create_table(
        "liability_exclusions",
        sa.Column("root_number", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_liability_exclusions_amount_positive")),
        sa.ForeignKeyConstraint(
            ["root_number"],
            ["liability_roots.number"],
            name=op.f("fk_liability_exclusions_root_number"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("root_number", "account_id", name=op.f("pk_liability_exclusions")),
    )

    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))
