"""Events of deliveries."""

from uuid import UUID

from chassis.wire import Answer
from services.p2p.wire_ids import PledgeId, ProjectId

SHIPPED = "p2p.delivery.shipped.v1"
RECEIVED = "p2p.delivery.received.v1"


class DeliveryTold(Answer):
    """A reward was shipped, or its backer says that it is there."""

    pledge_id: PledgeId
    project_id: ProjectId


EVENT_TYPES: dict[str, type[Answer]] = {SHIPPED: DeliveryTold, RECEIVED: DeliveryTold}


def told(pledge_id: UUID, project_id: UUID) -> dict[str, object]:
    return DeliveryTold(pledge_id=pledge_id, project_id=project_id).model_dump(mode="json")
