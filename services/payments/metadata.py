"""The one MetaData of the payments database."""

from chassis.database import new_metadata

metadata = new_metadata()
