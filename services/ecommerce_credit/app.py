"""E-commerce credit: its parts joined. It holds no money: payments does, on this service's word."""

from fastapi import FastAPI

from chassis import web
from chassis.settings import Settings
from services.ecommerce_credit.capital import actions as capital_actions
from services.ecommerce_credit.capital import events as capital_events
from services.ecommerce_credit.capital import jobs as capital_jobs
from services.ecommerce_credit.capital import routes as capital_routes
from services.ecommerce_credit.drawings import actions as drawing_actions
from services.ecommerce_credit.drawings import events as drawing_events
from services.ecommerce_credit.drawings import jobs as drawing_jobs
from services.ecommerce_credit.drawings import routes as drawing_routes
from services.ecommerce_credit.imports import events as import_events
from services.ecommerce_credit.imports import routes as import_routes
from services.ecommerce_credit.interest import jobs as interest_jobs
from services.ecommerce_credit.limits import events as limit_events
from services.ecommerce_credit.limits import jobs as limit_jobs
from services.ecommerce_credit.limits import routes as limit_routes
from services.ecommerce_credit.lines import events as line_events
from services.ecommerce_credit.lines import jobs as line_jobs
from services.ecommerce_credit.lines import routes as line_routes
from services.ecommerce_credit.marketplaces import routes as marketplace_routes
from services.ecommerce_credit.payments_access import payments_client
from services.ecommerce_credit.repayments import actions as repayment_actions
from services.ecommerce_credit.repayments import events as repayment_events
from services.ecommerce_credit.repayments import jobs as repayment_jobs
from services.ecommerce_credit.repayments import routes as repayment_routes
from services.ecommerce_credit.shops import events as shop_events
from services.ecommerce_credit.shops import jobs as shop_jobs
from services.ecommerce_credit.shops import routes as shop_routes
from services.ecommerce_credit.verification import routes as verification_routes

CLOSING_SECONDS = 2
EXPIRING_SECONDS = 60


def create_app(settings: Settings | None = None) -> FastAPI:
    return web.create_app(
        web.Parts(
            name="ecommerce_credit",
            module="services.ecommerce_credit",
            title="Sifang e-commerce credit",
            routers=[
                import_routes.router,
                marketplace_routes.router,
                shop_routes.router,
                limit_routes.router,
                line_routes.router,
                drawing_routes.router,
                repayment_routes.router,
                capital_routes.router,
                verification_routes.router,
            ],
            jobs={
                drawing_actions.DISBURSE_JOB: drawing_jobs.disburse,
                repayment_actions.RECEIVE_JOB: repayment_jobs.receive_repayment,
                capital_actions.MOVE_JOB: capital_jobs.move_capital,
            },
            periodic={
                "ecommerce_credit.close_days": (CLOSING_SECONDS, interest_jobs.close_days),
                "ecommerce_credit.expire_shop_claims": (EXPIRING_SECONDS, shop_jobs.expire_due),
                "ecommerce_credit.lapse_limits": (EXPIRING_SECONDS, limit_jobs.lapse_due),
                "ecommerce_credit.expire_lines": (EXPIRING_SECONDS, line_jobs.expire_due),
            },
            start=[payments_client],
            event_types={
                **import_events.EVENT_TYPES,
                **shop_events.EVENT_TYPES,
                **limit_events.EVENT_TYPES,
                **line_events.EVENT_TYPES,
                **drawing_events.EVENT_TYPES,
                **repayment_events.EVENT_TYPES,
                **capital_events.EVENT_TYPES,
            },
        ),
        settings,
    )
