"""What a carrier knows of a shipment: its number says when it was handed over and how it will go."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chassis.clock import start_of_day

NUMBER = re.compile(r"(SF|YT|EMS)([0-9]{8})([0-9]{4})([0-9]{2})")
"""Carrier, day handed over, serial number, how it goes."""
USUAL_DAYS = 3
MOST_DAYS = 60
LOST, RETURNED, REFUSED = 91, 92, 93
LOST_AFTER, RETURNED_AFTER = timedelta(days=20), timedelta(days=10)
DELIVERY_HOUR = timedelta(hours=15)


class ShipmentState(StrEnum):
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNING = "returning"
    RETURNED = "returned"


@dataclass(frozen=True)
class Shipment:
    """ended_at: when it was delivered, given up as lost, or back with its sender."""

    number: str
    carrier: str
    handed_over_on: date
    state: ShipmentState
    ended_at: datetime | None


def shipment(number: str, now: datetime, zone: ZoneInfo) -> Shipment | None:
    """None for a number that no carrier gives out, and before it is handed over."""
    found = NUMBER.fullmatch(number)
    if found is None:
        return None
    try:
        handed_over_on = date.fromisoformat(found[2])
        handed_over = start_of_day(handed_over_on, zone)
    except (ValueError, OverflowError):
        return None
    if now < handed_over:
        return None
    state, ended_at = _course(int(found[4]), handed_over, now)
    return Shipment(number, found[1], handed_over_on, state, ended_at)


def _course(way: int, handed_over: datetime, now: datetime) -> tuple[ShipmentState, datetime | None]:
    if way == LOST:
        return _at(handed_over + LOST_AFTER, now, ShipmentState.LOST, ShipmentState.IN_TRANSIT)
    if way in (RETURNED, REFUSED):
        refused = handed_over + (timedelta(days=USUAL_DAYS) if way == REFUSED else RETURNED_AFTER / 2)
        meanwhile = ShipmentState.RETURNING if now >= refused else ShipmentState.IN_TRANSIT
        return _at(handed_over + RETURNED_AFTER, now, ShipmentState.RETURNED, meanwhile)
    days = way if 1 <= way <= MOST_DAYS else USUAL_DAYS
    return _at(
        handed_over + timedelta(days=days) + DELIVERY_HOUR, now, ShipmentState.DELIVERED, ShipmentState.IN_TRANSIT
    )


def _at(
    end: datetime, now: datetime, ended: ShipmentState, before: ShipmentState
) -> tuple[ShipmentState, datetime | None]:
    return (ended, end) if now >= end else (before, None)
