"""Declarations: one for each application. identity: sealed name and identity number, absent from imported ones."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, Table, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.p2p.metadata import metadata

declarations = Table(
    "declarations",
    metadata,
    Column("application_id", Uuid, ForeignKey("applications.id"), primary_key=True),
    Column("facts", JSONB, nullable=False),
    Column("identity", LargeBinary),
    Column("person", LargeBinary, index=True),
    CheckConstraint("(identity IS NULL) = (person IS NULL)", name="identity_with_fingerprint"),
)
