"""The one MetaData of this service: every `tables.py` registers on it."""

from chassis.database import new_metadata

metadata = new_metadata()
