"""Days of interest, each at most once a drawing."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Numeric, Table, Uuid

from services.ecommerce_credit.metadata import metadata

interest_days = Table(
    "interest_days",
    metadata,
    Column("drawing_id", Uuid, ForeignKey("drawings.id"), primary_key=True),
    Column("accrued_on", Date, primary_key=True),
    Column("principal_minor", BigInteger, nullable=False),
    Column("daily_rate", Numeric, nullable=False),
    Column("interest", Numeric, nullable=False),
    CheckConstraint("principal_minor > 0 AND interest = principal_minor * daily_rate", name="principal_times_rate"),
)
