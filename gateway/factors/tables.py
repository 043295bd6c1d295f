from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, LargeBinary, Table, Uuid

from gateway.metadata import metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("identity_id", Uuid, ForeignKey("identities.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("begun_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("last_step", BigInteger),
)
