"""The log of transfers by month, and the narrow table that keeps every transfer's id from being used again.

No transfer is copied: the log so far becomes the partition of what is earlier. While keys are filled in, the log is locked: replicas of
the version before answer `busy`. They write on afterwards: on a database in use the earlier partition keeps its own key, by which they
look ids up, and a trigger that gives their transfers keys. Both may go with the next change of the log.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_log_by_month"
down_revision = "2026_11_26_units"
branch_labels = None
depends_on = None

# In how many days the last replica of the version before will have gone: until then what it writes is of the earlier partition.
ROLLING_DAYS = 7
MONTHS_AHEAD = 2

OWN_ROLE = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('{statement}', role);
    END IF; END $$"""
# Rows are read and added through the log as a whole, and nothing else is done with them.
REVOKED = {
    "ledger_transfer_keys": "UPDATE, DELETE, TRUNCATE",
    "ledger_transfers": "UPDATE, DELETE, TRUNCATE",
    "ledger_transfers_earlier": "ALL",
    "ledger_transfers_default": "ALL",
}
INDEXES = {
    "book_id_debit_account_id_posted_at": "(book_id, debit_account_id, posted_at)",
    "book_id_credit_account_id_posted_at": "(book_id, credit_account_id, posted_at)",
    "book_id_pending_id": "(book_id, pending_id) WHERE pending_id IS NOT NULL",
    "reference_posted_at_id": "(reference, posted_at, id) WHERE reference <> ''",
    "value_on": None,
}
BY_VALUE_DATE = "USING brin (value_on) WITH (autosummarize = on, pages_per_range = 32)"

# Only the owner may change tables; the service's role may have a month made, and nothing else. It is built apart, indexes too, and
# attached: new transfers do not wait. Who reads the log waits until the default partition has been looked through for rows of the month.
MAKE_MONTH = """CREATE FUNCTION public.make_ledger_month(month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET lock_timeout = '200ms' AS $$
DECLARE
    name text := 'ledger_transfers_' || to_char(month, 'YYYY_MM');
    since timestamptz := month;
    until timestamptz := month + interval '1 month';
    role text := regexp_replace(current_user, '_owner$', '');
BEGIN
    IF month IS NULL OR extract(day FROM month) <> 1 OR month NOT BETWEEN '2000-01-01' AND '2199-12-01' THEN
        RAISE EXCEPTION 'not the first day of a month from 2000 to 2199' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    LOCK TABLE public.ledger_transfers IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN 'there';
    END IF;
    IF (SELECT count(*) FROM pg_inherits WHERE inhparent = 'public.ledger_transfers'::regclass) >= 1000 THEN
        RAISE EXCEPTION 'the log has a thousand partitions' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    IF EXISTS (SELECT FROM public.ledger_transfers_default WHERE posted_at >= since AND posted_at < until) THEN
        RETURN 'left';
    END IF;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.ledger_transfers'
        ' INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name);
    EXECUTE format('CREATE UNIQUE INDEX %I ON public.%I (batch_id, number)', 'uq_' || name || '_batch_id_number', name);
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE ALL ON public.%I FROM %I', name, role);
    END IF;
    EXECUTE format('ALTER TABLE public.ledger_transfers ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', name, since, until);
    RETURN 'made';
EXCEPTION
    WHEN check_violation THEN RETURN 'left';
    WHEN lock_not_available OR query_canceled THEN RETURN 'busy';
END $$"""

# For what the version before writes. A key that is there already is of the same transfer, written just before; another transfer's stops
# it, as an id that was used before does.
GIVE_KEY = """CREATE FUNCTION public.give_ledger_key() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM public.ledger_transfer_keys AS key WHERE key.book_id = NEW.book_id AND key.id = NEW.id
            AND key.posted_at = NEW.posted_at AND key.batch_id = NEW.batch_id AND key.number = NEW.number) THEN
        INSERT INTO public.ledger_transfer_keys (book_id, id, posted_at, batch_id, number)
        VALUES (NEW.book_id, NEW.id, NEW.posted_at, NEW.batch_id, NEW.number);
    END IF;
    RETURN NULL;
END $$"""


def upgrade() -> None:
    op.execute("LOCK TABLE ledger_transfers IN ACCESS EXCLUSIVE MODE")
    last: datetime | None = op.get_bind().scalar(sa.text("SELECT max(posted_at) FROM ledger_transfers"))
    now = datetime.now(UTC)
    since = _month(now) if last is None else _month(max(now, last) + timedelta(days=ROLLING_DAYS), 1)
    _make_keys()
    accounts = bool(op.get_bind().scalar(sa.text("SELECT EXISTS (SELECT FROM ledger_accounts)")))
    _make_log(since, in_use=accounts or last is not None)
    op.execute(MAKE_MONTH)
    op.execute("REVOKE ALL ON FUNCTION public.make_ledger_month(date) FROM PUBLIC")
    op.execute(OWN_ROLE.format(statement="GRANT EXECUTE ON FUNCTION public.make_ledger_month(date) TO %I"))
    for table, privileges in REVOKED.items():
        op.execute(OWN_ROLE.format(statement=f"REVOKE {privileges} ON {table} FROM %I"))
    for months in range(MONTHS_AHEAD + 1):
        if _month(now, months) >= since:
            op.execute(f"SELECT public.make_ledger_month('{_month(now, months).date()}')")


def _make_keys() -> None:
    """The key's index is built over all rows at once: row by row it would take several times as long."""
    op.create_table(
        "ledger_transfer_keys",
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("book_id", sa.SmallInteger(), nullable=False),
    )
    op.execute("INSERT INTO ledger_transfer_keys SELECT posted_at, id, batch_id, number, book_id FROM ledger_transfers")
    op.create_primary_key(op.f("pk_ledger_transfer_keys"), "ledger_transfer_keys", ["book_id", "id"])


def _make_log(since: datetime, *, in_use: bool) -> None:
    """The table as it is becomes the partition of all before `since`."""
    op.execute("ALTER TABLE ledger_transfers RENAME TO ledger_transfers_earlier")
    for columns in INDEXES:
        op.execute(f"ALTER INDEX ix_ledger_transfers_{columns} RENAME TO ix_ledger_transfers_earlier_{columns}")
    op.execute("ALTER INDEX uq_ledger_transfers_batch_id_number RENAME TO uq_ledger_transfers_earlier_batch_id_number")
    op.execute(
        "CREATE TABLE ledger_transfers (LIKE ledger_transfers_earlier INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
        " PARTITION BY RANGE (posted_at)"
    )
    for columns, definition in INDEXES.items():
        op.execute(f"CREATE INDEX ix_ledger_transfers_{columns} ON ledger_transfers {definition or BY_VALUE_DATE}")
    op.execute(
        "ALTER TABLE ledger_transfers ATTACH PARTITION ledger_transfers_earlier"
        f" FOR VALUES FROM (MINVALUE) TO ('{since.isoformat()}')"
    )
    op.execute("CREATE TABLE ledger_transfers_default PARTITION OF ledger_transfers DEFAULT")
    op.execute(
        "CREATE UNIQUE INDEX uq_ledger_transfers_default_batch_id_number ON ledger_transfers_default (batch_id, number)"
    )
    if in_use:
        op.execute(
            "ALTER TABLE ledger_transfers_earlier RENAME CONSTRAINT pk_ledger_transfers TO pk_ledger_transfers_earlier"
        )
        op.execute(GIVE_KEY)
        op.execute(
            "CREATE TRIGGER give_key AFTER INSERT ON ledger_transfers_earlier"
            " FOR EACH ROW EXECUTE FUNCTION public.give_ledger_key()"
        )
    else:
        op.execute("ALTER TABLE ledger_transfers_earlier DROP CONSTRAINT pk_ledger_transfers")


def _month(instant: datetime, after: int = 0) -> datetime:
    """When the month of an instant begins in UTC, or one so many months after it."""
    months = instant.astimezone(UTC).year * 12 + instant.astimezone(UTC).month - 1 + after
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)
