"""The four feeds by which the gateway hears what happened."""

from chassis.feeds import Feed
from gateway.operations.actions import record
from gateway.operations.model import SOURCES

FEEDS = [Feed(name=source, source=source, types=None, handler=record) for source in SOURCES if source != "gateway"]
