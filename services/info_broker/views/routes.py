"""A look at a product."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from chassis import commands
from chassis.identity import Caller, requires
from services.info_broker.products.schemas import ProductId
from services.info_broker.views import actions
from services.info_broker.views.schemas import ViewAnswer, view_answer

router = APIRouter(prefix="/v1/products", tags=["products"])


@router.post("/{product_id}/views", status_code=201, response_model=ViewAnswer)
async def record_view(
    request: Request, product_id: ProductId, caller: Annotated[Caller, requires("info_broker:write")]
) -> Response:
    """Tell that the caller looked at a product; popularity counts a viewer once a day."""
    return await commands.run(request, actions.view, view_answer, product_id=product_id)
