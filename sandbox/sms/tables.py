"""The inboxes of mobile phones: what banks sent to them."""

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Table
from sqlalchemy import Text as Words

from sandbox.metadata import metadata

sms_messages = Table(
    "sms_messages",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("mobile", Words, nullable=False),
    Column("sender", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("code", Words),
    Column("sent_at", DateTime(timezone=True), nullable=False),
    Index(None, "mobile", "position"),
)
