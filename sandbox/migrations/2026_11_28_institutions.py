"""Each institution has books of its own: a schema for each, and what stood in the common tables moved there."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_institutions"
down_revision = "2026_11_28_identity"
branch_labels = None
depends_on = None

SCHEMAS = {"ICBC": "icbc", "CCB": "ccb", "CMB": "cmb", "UNIONLINK": "unionlink", "NETSLINK": "netslink"}
USAGE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('GRANT USAGE ON SCHEMA {schema} TO %I', role);
    END IF; END $$"""
MOVED = {
    "accounts": "id, kind, number, holder_name, currency, balance_minor",
    "entries": "debit_account_id, credit_account_id, amount, code, reference, narrative, booked_at, value_on",
    "cards": "number, account_id, holder_name, mobile",
    "agreements": "reference, card_number, state, refusal_code, sms_code, code_sent_at, tries",
    "instructions": (
        "kind, reference, id, card_number, amount, currency, behaviour, state, decline_code, fee_minor, created_at,"
        " visible_at, settles_at, booked_at, value_on, notify_url, notifications_left"
    ),
}


def upgrade() -> None:
    for institution, schema in SCHEMAS.items():
        op.execute(f"CREATE SCHEMA {schema}")
        op.execute(USAGE.format(schema=schema))
        _books(schema)
        for table, columns in MOVED.items():
            ordered = " ORDER BY position" if table == "entries" else ""
            op.execute(
                f"INSERT INTO {schema}.{table} ({columns})"  # noqa: S608
                f" SELECT {columns} FROM bank_{table} WHERE bank = '{institution}'{ordered}"
            )
    for table in ("instructions", "agreements", "cards", "entries", "accounts"):
        op.drop_table(f"bank_{table}")


def _books(schema: str) -> None:
    for make in (_accounts, _entries, _cards, _agreements, _instructions, _payment_orders, _statement_faults):
        make(schema)


def _accounts(schema: str) -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "balance_minor >= 0 OR kind IN ('operating', 'vault', 'interbank')", name=op.f("ck_accounts_covered")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("number", name=op.f("uq_accounts_number")),
        schema=schema,
    )


def _entries(schema: str) -> None:
    op.create_table(
        "entries",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("debit_account_id", sa.Uuid(), nullable=False),
        sa.Column("credit_account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value_on", sa.Date(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_entries_amount_positive")),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name=op.f("ck_entries_two_accounts")),
        sa.ForeignKeyConstraint(
            ["credit_account_id"], [f"{schema}.accounts.id"], name=op.f("fk_entries_credit_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["debit_account_id"], [f"{schema}.accounts.id"], name=op.f("fk_entries_debit_account_id")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_entries")),
        schema=schema,
    )
    op.create_index(
        op.f("ix_entries_credit_account_id_position"),
        "entries",
        ["credit_account_id", "position"],
        unique=False,
        schema=schema,
    )
    op.create_index(
        op.f("ix_entries_debit_account_id_position"),
        "entries",
        ["debit_account_id", "position"],
        unique=False,
        schema=schema,
    )


def _cards(schema: str) -> None:
    op.create_table(
        "cards",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("holder_name", sa.Text(), nullable=False),
        sa.Column("mobile", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], [f"{schema}.accounts.id"], name=op.f("fk_cards_account_id")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cards")),
        schema=schema,
    )


def _agreements(schema: str) -> None:
    op.create_table(
        "agreements",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("card_number", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("refusal_code", sa.Text(), nullable=True),
        sa.Column("sms_code", sa.Text(), nullable=False),
        sa.Column("code_sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('code_sent', 'active', 'refused')", name=op.f("ck_agreements_state")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_agreements")),
        schema=schema,
    )


def _instructions(schema: str) -> None:
    op.create_table(
        "instructions",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("card_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("behaviour", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decline_code", sa.Text(), nullable=True),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visible_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settles_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("value_on", sa.Date(), nullable=True),
        sa.Column("notify_url", sa.Text(), nullable=True),
        sa.Column("notifications_left", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'declined') = (decline_code IS NOT NULL)", name=op.f("ck_instructions_declined_with_code")
        ),
        sa.CheckConstraint(
            "(state = 'succeeded') = (booked_at IS NOT NULL)", name=op.f("ck_instructions_booked_when_succeeded")
        ),
        sa.CheckConstraint("kind IN ('charge', 'payout')", name=op.f("ck_instructions_kind")),
        sa.CheckConstraint("state IN ('processing', 'succeeded', 'declined')", name=op.f("ck_instructions_state")),
        sa.PrimaryKeyConstraint("kind", "reference", name=op.f("pk_instructions")),
        sa.UniqueConstraint("id", name=op.f("uq_instructions_id")),
        schema=schema,
    )
    op.create_index(
        op.f("ix_instructions_settles_at"),
        "instructions",
        ["settles_at"],
        unique=False,
        schema=schema,
        postgresql_where=sa.text("state = 'processing'"),
    )


def _payment_orders(schema: str) -> None:
    op.create_table(
        "payment_orders",
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("end_to_end_id", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("message_name", sa.Text(), nullable=False),
        sa.Column("payment_information_id", sa.Text(), nullable=False),
        sa.Column("creditor_account", sa.Text(), nullable=False),
        sa.Column("creditor_name", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("execute_on", sa.Date(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'rejected') = (reason IS NOT NULL)", name=op.f("ck_payment_orders_rejected_with_reason")
        ),
        sa.CheckConstraint(
            "(state = 'settled') = (booked_at IS NOT NULL)", name=op.f("ck_payment_orders_booked_when_settled")
        ),
        sa.CheckConstraint("amount > 0 OR state = 'rejected'", name=op.f("ck_payment_orders_amount_positive")),
        sa.CheckConstraint("state IN ('accepted', 'settled', 'rejected')", name=op.f("ck_payment_orders_state")),
        sa.PrimaryKeyConstraint("message_id", "end_to_end_id", name=op.f("pk_payment_orders")),
        sa.UniqueConstraint("message_id", "place", name=op.f("uq_payment_orders_message_id_place")),
        schema=schema,
    )
    op.create_index(
        op.f("ix_payment_orders_execute_on"),
        "payment_orders",
        ["execute_on"],
        unique=False,
        schema=schema,
        postgresql_where=sa.text("state = 'accepted'"),
    )


def _statement_faults(schema: str) -> None:
    op.create_table(
        "statement_faults",
        sa.Column("entry_position", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'wrong_amount') = (amount_by <> 0)", name=op.f("ck_statement_faults_amount_when_wrong")
        ),
        sa.CheckConstraint(
            "kind IN ('missing', 'duplicated', 'wrong_amount', 'other_date')", name=op.f("ck_statement_faults_kind")
        ),
        sa.ForeignKeyConstraint(
            ["entry_position"], [f"{schema}.entries.position"], name=op.f("fk_statement_faults_entry_position")
        ),
        sa.PrimaryKeyConstraint("entry_position", name=op.f("pk_statement_faults")),
        schema=schema,
    )
