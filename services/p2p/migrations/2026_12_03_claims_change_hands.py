"""A claim is made up of more than what was lent and repaid: of what was bought and sold, and of what somebody paid for a loss."""

import sqlalchemy as sa
from alembic import op

revision = "2026_12_03_claims_change_hands"
down_revision = "2026_11_24_lending"
branch_labels = None
depends_on = None

FOLLOWS, AMOUNTS = "ck_claims_follows_from_movements", "ck_claims_amounts_not_negative"


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    for name in ("bought_minor", "sold_minor", "compensated_minor"):
        op.add_column("claims", sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_constraint(op.f(FOLLOWS), "claims", type_="check")
    op.drop_constraint(op.f(AMOUNTS), "claims", type_="check")
    op.create_check_constraint(
        op.f(FOLLOWS),
        "claims",
        "outstanding_minor = funded_minor + bought_minor - sold_minor - principal_received_minor - compensated_minor",
    )
    op.create_check_constraint(
        op.f(AMOUNTS),
        "claims",
        "funded_minor >= 0 AND bought_minor >= 0 AND sold_minor >= 0 AND compensated_minor >= 0 AND funded_minor + bought_minor > 0"
        " AND interest_received_minor >= 0 AND version >= 1",
    )
