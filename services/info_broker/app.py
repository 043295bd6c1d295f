"""Financial-information brokerage: its parts joined. It serves institutions and holds no money."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from chassis import web
from chassis.runtime import Runtime
from chassis.sealing import read_keys
from chassis.settings import Settings
from services.info_broker.consents import routes as consent_routes
from services.info_broker.contacts import jobs as contact_jobs
from services.info_broker.contacts.vault import ContactVault
from services.info_broker.imports import events as import_events
from services.info_broker.imports import routes as import_routes
from services.info_broker.institutions import routes as institution_routes
from services.info_broker.leads import events as lead_events
from services.info_broker.leads import jobs as lead_jobs
from services.info_broker.leads import routes as lead_routes
from services.info_broker.net_values import routes as net_value_routes
from services.info_broker.placements import routes as placement_routes
from services.info_broker.products import routes as product_routes
from services.info_broker.search import routes as search_routes
from services.info_broker.verification import routes as verification_routes
from services.info_broker.views import events as view_events
from services.info_broker.views import jobs as view_jobs
from services.info_broker.views import routes as view_routes

ROUTING_SECONDS = 5
CLOSING_SECONDS = 30
ERASING_SECONDS = 300
POPULARITY_SECONDS = 60


def create_app(settings: Settings | None = None) -> FastAPI:
    return web.create_app(
        web.Parts(
            name="info_broker",
            module="services.info_broker",
            title="Sifang information brokerage",
            routers=[
                institution_routes.router,
                search_routes.router,
                product_routes.router,
                net_value_routes.router,
                view_routes.router,
                placement_routes.router,
                import_routes.router,
                consent_routes.router,
                lead_routes.router,
                verification_routes.router,
            ],
            periodic={
                "info_broker.route_leads": (ROUTING_SECONDS, lead_jobs.route_waiting),
                "info_broker.close_leads": (CLOSING_SECONDS, lead_jobs.close_due),
                "info_broker.erase_contacts": (ERASING_SECONDS, contact_jobs.erase_due),
                "info_broker.refresh_popularity": (POPULARITY_SECONDS, view_jobs.refresh_popularity),
            },
            start=[_vault],
            event_types={
                **dict.fromkeys(lead_events.TYPE_OF_STATE.values(), lead_events.LeadTold),
                view_events.PRODUCT_VIEWED: view_events.ProductViewed,
                import_events.PRODUCTS_IMPORTED: import_events.Imported,
                import_events.NET_VALUES_IMPORTED: import_events.Imported,
                import_events.INSTITUTIONS_IMPORTED: import_events.Imported,
            },
        ),
        settings,
    )


@asynccontextmanager
async def _vault(runtime: Runtime) -> AsyncIterator[None]:
    """Contact keys are read before serving: a process that could not open what it seals does not start."""
    runtime.provide(ContactVault(read_keys(runtime.settings, "contact")))
    yield
