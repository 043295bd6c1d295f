"""P2P lending: its parts joined. It holds no money: payments does, on this service's word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from chassis import web
from chassis.runtime import Runtime
from chassis.sealing import read_keys
from chassis.settings import Settings
from services.p2p.applications import events as application_events
from services.p2p.applications import jobs as application_jobs
from services.p2p.applications import routes as application_routes
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import events as bid_events
from services.p2p.bids import jobs as bid_jobs
from services.p2p.bids import routes as bid_routes
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.claims import routes as claim_routes
from services.p2p.contracts import events as contract_events
from services.p2p.contracts import routes as contract_routes
from services.p2p.imports import events as import_events
from services.p2p.imports import routes as import_routes
from services.p2p.lenders import routes as lender_routes
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import ending, progress_routes
from services.p2p.listings import events as listing_events
from services.p2p.listings import jobs as listing_jobs
from services.p2p.listings import routes as listing_routes
from services.p2p.listings.progress_routes import Watchers
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import events as loan_events
from services.p2p.loans import jobs as loan_jobs
from services.p2p.loans import routes as loan_routes
from services.p2p.offers import routes as offer_routes
from services.p2p.payments_access import payments_client
from services.p2p.programmes import events as programme_events
from services.p2p.programmes import routes as programme_routes
from services.p2p.repayments import actions as repayment_actions
from services.p2p.repayments import events as repayment_events
from services.p2p.repayments import jobs as repayment_jobs
from services.p2p.repayments import routes as repayment_routes
from services.p2p.resale import buying, slice_routes
from services.p2p.resale import events as resale_events
from services.p2p.resale import jobs as resale_jobs
from services.p2p.resale import routes as resale_routes
from services.p2p.verification import routes as verification_routes

CLOSING_SECONDS = 2
EXPIRING_SECONDS = 60


def create_app(settings: Settings | None = None) -> FastAPI:
    return web.create_app(
        web.Parts(
            name="p2p",
            module="services.p2p",
            title="Sifang P2P lending",
            routers=[
                programme_routes.router,
                offer_routes.router,
                application_routes.router,
                listing_routes.router,
                progress_routes.router,
                bid_routes.router,
                loan_routes.router,
                contract_routes.router,
                repayment_routes.router,
                claim_routes.router,
                lender_routes.router,
                resale_routes.router,
                slice_routes.router,
                import_routes.router,
                verification_routes.router,
            ],
            jobs={
                listing_actions.OPEN_JOB: listing_jobs.open_listing,
                ending.RELEASE_JOB: listing_jobs.release_listing,
                bid_actions.PLACE_JOB: bid_jobs.place_bid,
                bid_actions.RELEASE_JOB: bid_jobs.release_bid,
                loan_actions.DISBURSE_JOB: loan_jobs.disburse,
                repayment_actions.SHARE_JOB: repayment_jobs.share_repayment,
                buying.SETTLE_JOB: resale_jobs.settle_purchase,
            },
            periodic={
                "p2p.close_listings": (CLOSING_SECONDS, listing_jobs.close_due),
                "p2p.expire_applications": (EXPIRING_SECONDS, application_jobs.expire_due),
                "p2p.end_sales": (EXPIRING_SECONDS, resale_jobs.end_sales),
            },
            start=[payments_client, _vault, _watchers],
            event_types={
                **programme_events.EVENT_TYPES,
                **application_events.EVENT_TYPES,
                **listing_events.EVENT_TYPES,
                **bid_events.EVENT_TYPES,
                **loan_events.EVENT_TYPES,
                **contract_events.EVENT_TYPES,
                **repayment_events.EVENT_TYPES,
                **resale_events.EVENT_TYPES,
                **import_events.EVENT_TYPES,
            },
        ),
        settings,
    )


@asynccontextmanager
async def _vault(runtime: Runtime) -> AsyncIterator[None]:
    """Identity keys are read before serving: a process that could not open what it seals does not start."""
    runtime.provide(IdentityVault(read_keys(runtime.settings, "identity")))
    yield


@asynccontextmanager
async def _watchers(runtime: Runtime) -> AsyncIterator[None]:
    runtime.provide(Watchers())
    yield
