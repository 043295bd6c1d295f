"""The one MetaData of the p2p database."""

from chassis.database import new_metadata

metadata = new_metadata()
