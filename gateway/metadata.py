from chassis.database import new_metadata

metadata = new_metadata()
