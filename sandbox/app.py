"""The outside world in one application: banks and payment institutions, registers, identity, phones, carriers. Only in test mode."""

from fastapi import FastAPI

from chassis import web
from chassis.settings import Settings
from chassis.web import Parts
from sandbox.bank import jobs, return_jobs
from sandbox.bank.return_routes import router as return_router
from sandbox.bank.routes import router as bank_router
from sandbox.bureau.routes import router as bureau_router
from sandbox.carriers.routes import router as carriers_router
from sandbox.chain.routes import router as chain_router
from sandbox.custody.routes import router as custody_router
from sandbox.identity.routes import router as identity_router
from sandbox.institutions.routes import router as institutions_router
from sandbox.payment_orders.jobs import execute_due_orders
from sandbox.payment_orders.routes import router as payment_orders_router
from sandbox.sms.routes import router as sms_router
from sandbox.statements.routes import router as statements_router

SETTLE_EVERY_SECONDS = 1.0
NOTIFY_EVERY_SECONDS = 0.5
REPORT_EVERY_SECONDS = 1.0
FEES_EVERY_SECONDS = 10.0

PARTS = Parts(
    name="sandbox",
    module="sandbox",
    title="Sifang sandbox: the outside world",
    routers=[
        bank_router,
        return_router,
        statements_router,
        payment_orders_router,
        institutions_router,
        identity_router,
        bureau_router,
        custody_router,
        sms_router,
        carriers_router,
        chain_router,
    ],
    periodic={
        "sandbox.settle_due": (SETTLE_EVERY_SECONDS, jobs.settle_due),
        "sandbox.notify_due": (NOTIFY_EVERY_SECONDS, jobs.notify_due),
        "sandbox.execute_due_orders": (SETTLE_EVERY_SECONDS, execute_due_orders),
        "sandbox.take_monthly_fees": (FEES_EVERY_SECONDS, jobs.take_monthly_fees),
        "sandbox.report_due": (REPORT_EVERY_SECONDS, return_jobs.report_due),
    },
)


class SandboxInLiveMode(Exception):
    """The sandbox is asked to stand in for the real world."""


def create_app(settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings.read("sandbox")
    if not settings.test_mode:
        raise SandboxInLiveMode("the sandbox runs in test mode only")
    return web.create_app(PARTS, settings)
