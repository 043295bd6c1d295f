"""Events of a neighbour that an operator passed over, so that none is ever lost without a trace."""

from alembic import op

revision = "2026_11_24_skipped_feed_events"
down_revision = "2026_11_24_frame"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE chassis.feed_events_skipped (
            feed text NOT NULL, position bigint NOT NULL, failure text, skipped_by text NOT NULL,
            skipped_at timestamptz NOT NULL,
            CONSTRAINT pk_feed_events_skipped PRIMARY KEY (feed, position))"""
    )
