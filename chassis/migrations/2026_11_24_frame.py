"""What every service stands on: events and their positions, keys of writes, the clock, cursors of feeds, jobs."""

from alembic import op

from chassis.jobs import job_schema_statements

revision = "2026_11_24_frame"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE chassis.clock (
        singleton boolean CONSTRAINT pk_clock PRIMARY KEY CONSTRAINT ck_clock_one_row CHECK (singleton),
        business_at timestamptz NOT NULL, real_at timestamptz NOT NULL, frozen boolean NOT NULL)""",
    """CREATE TABLE chassis.idempotency_keys (
        caller text NOT NULL, operation text NOT NULL, key text NOT NULL, body_hash bytea NOT NULL,
        claimed_at timestamptz NOT NULL, status smallint, answer jsonb, record_id uuid,
        CONSTRAINT pk_idempotency_keys PRIMARY KEY (caller, operation, key),
        CONSTRAINT ck_idempotency_keys_key_length CHECK (length(key) <= 128))""",
    "CREATE INDEX ix_idempotency_keys_claimed_at ON chassis.idempotency_keys USING brin (claimed_at)",
    """CREATE TABLE chassis.events (
        id uuid CONSTRAINT pk_events PRIMARY KEY, type text NOT NULL, subject text NOT NULL,
        occurred_at timestamptz NOT NULL, data jsonb NOT NULL, trace text)""",
    """CREATE TABLE chassis.events_new (
        number bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_events_new PRIMARY KEY, event_id uuid NOT NULL)""",
    """CREATE TABLE chassis.event_positions (
        position bigint CONSTRAINT pk_event_positions PRIMARY KEY,
        event_id uuid NOT NULL CONSTRAINT uq_event_positions_event_id UNIQUE)""",
    """CREATE TABLE chassis.feed_cursors (
        name text CONSTRAINT pk_feed_cursors PRIMARY KEY, position bigint NOT NULL DEFAULT 0, event_at timestamptz,
        succeeded_at timestamptz, failed_at timestamptz, failure text)""",
)
APPEND_ONLY = """DO $$ DECLARE role text := regexp_replace(current_user, '_owner$', ''); BEGIN
    IF role <> current_user AND EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON chassis.events, chassis.event_positions FROM %I', role);
    END IF; END $$"""


def upgrade() -> None:
    for statement in (*STATEMENTS, *job_schema_statements()):
        op.execute(statement)
    op.execute(APPEND_ONLY)
