"""What lenders were charged in a month: the rows under whose locks the cap is kept, however many loans are repaid at once."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Table, Text

from services.p2p.metadata import metadata

lender_fee_months = Table(
    "lender_fee_months",
    metadata,
    Column("holder", Text, primary_key=True),
    Column("programme", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("charged_minor", BigInteger, nullable=False),
    CheckConstraint("charged_minor >= 0", name="charged_not_negative"),
)
