"""The one MetaData of the ecommerce_credit database."""

from chassis.database import new_metadata

metadata = new_metadata()
