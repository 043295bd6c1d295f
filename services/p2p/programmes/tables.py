"""Programmes, every version of each. A version is never changed: the service's own role may not."""

from sqlalchemy import CheckConstraint, Column, Date, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from services.p2p.metadata import metadata

programmes = Table(
    "programmes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("valid_from", Date, nullable=False),
    Column("terms", JSONB, nullable=False),
    CheckConstraint("version >= 1", name="version_positive"),
    CheckConstraint("terms ->> 'code' = code AND (terms -> 'version')::integer = version", name="terms_of_the_version"),
)
