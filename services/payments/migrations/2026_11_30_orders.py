"""Payment passwords and confirmations; orders' own notify addresses; card refunds that wait for a channel's reserve."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_30_orders"
down_revision = "2026_11_30_console"
branch_labels = None
depends_on = None

REVOKE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE {privileges} ON {table} FROM %I', role);
    END IF; END $$"""
# What confirmed a payment stays; since when payments are confirmed is said once.
REVOKED = {
    "payment_confirmations": "DELETE, TRUNCATE",
    "payment_confirmations_since": "INSERT, UPDATE, DELETE, TRUNCATE",
}
SINCE = "INSERT INTO payment_confirmations_since (singleton, since) VALUES (true, now())"


def upgrade() -> None:
    _confirmations()
    op.add_column("orders", sa.Column("notify_url", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_orders_notify_url_length"), "orders", "length(notify_url) <= 2048")
    _waiting_returns()
    for table, privileges in REVOKED.items():
        op.execute(REVOKE.format(privileges=privileges, table=table))
    op.execute(SINCE)


def _waiting_returns() -> None:
    """What goes back to a card may wait for the reserve of the channel that brings it."""
    table = "card_returns"
    for column in ("payout_id", "hold_id"):
        op.alter_column(table, column, nullable=True)
    for column in ("due_at", "expires_at"):
        op.add_column(table, sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    for name in ("state", "ended_when_final"):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    for name, condition in (
        ("state", "state IN ('waiting', 'returning', 'returned', 'credited')"),
        ("ended_when_final", "(state IN ('waiting', 'returning')) = (ended_at IS NULL)"),
        ("waiting_is_due", "num_nonnulls(due_at, expires_at) = CASE state WHEN 'waiting' THEN 2 ELSE 0 END"),
        (
            "sent_with_a_hold",
            "num_nonnulls(payout_id, hold_id) = "
            "CASE state WHEN 'waiting' THEN 0 WHEN 'credited' THEN num_nonnulls(payout_id) * 2 ELSE 2 END",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.create_index(op.f("ix_card_returns_due_at"), table, ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))


def _confirmations() -> None:
    op.create_table(
        "payment_passwords",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_payment_passwords_tries")),
        sa.CheckConstraint(
            "(tries = 5) = (locked_until IS NOT NULL)", name=op.f("ck_payment_passwords_locked_by_the_last")
        ),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_payment_passwords")),
    )
    table = "payment_confirmations"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_for", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('live', 'used', 'expired')", name=op.f("ck_payment_confirmations_state")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_confirmations_amount_positive")),
        sa.CheckConstraint("expires_at > made_at", name=op.f("ck_payment_confirmations_ends_after_it_begins")),
        sa.CheckConstraint(
            "(state = 'live') = (ended_at IS NULL)", name=op.f("ck_payment_confirmations_ended_when_final")
        ),
        sa.CheckConstraint(
            "(state = 'used') = (used_for IS NOT NULL)", name=op.f("ck_payment_confirmations_used_for_a_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_confirmations")),
    )
    live = sa.text("state = 'live'")
    op.create_index(
        op.f("ix_payment_confirmations_customer_id_expires_at"),
        table,
        ["customer_id", "expires_at"],
        postgresql_where=live,
    )
    op.create_index(op.f("ix_payment_confirmations_expires_at"), table, ["expires_at"], postgresql_where=live)
    op.create_index(
        "uq_payment_confirmations_used_for",
        table,
        ["used_for"],
        unique=True,
        postgresql_where=sa.text("used_for IS NOT NULL"),
    )
    op.create_table(
        "payment_confirmations_since",
        sa.Column("singleton", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("singleton", name=op.f("ck_payment_confirmations_since_one_row")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_payment_confirmations_since")),
    )
