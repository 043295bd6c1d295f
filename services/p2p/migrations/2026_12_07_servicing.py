"""Where limits come from is said as it is known: no rule is named that nobody has read. What they are stays as it was."""

from alembic import op

revision = "2026_12_07_servicing"
down_revision = "2026_12_07_retained"
branch_labels = None
depends_on = None

# Only what was shipped is corrected: an operator's own words stay.
TRIES = """UPDATE questionnaires SET document = document || jsonb_build_object('limits_source',
    'custom of the platforms, entered on 2026-12-07 from general knowledge and no rule: data of this version, for the operator to check')
    WHERE document ->> 'limits_source' = 'the house''s own, after the suitability rules of 2025 for products of financial institutions'"""
CONTACTS = """UPDATE collection_rules SET source =
    'quiet hours: GB/T 45251-2025 (贷后催收风控指引), from general knowledge on 2026-12-07, its text not compared; how often and how many '
    || 'days: custom of the platforms, no rule; for the operator to check and state anew' WHERE version = 1 AND source =
    'quiet hours: GB/T 45251-2025 (贷后催收风控指引), in force 2025-02-28; how often and how many days: the house''s own'"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TRIES)
    op.execute(CONTACTS)
