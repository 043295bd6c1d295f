"""The outside world in one application: banks, the register of licences, the identity service, phones. Only in test mode."""

from fastapi import FastAPI

from chassis import web
from chassis.settings import Settings
from chassis.web import Parts
from sandbox.bank import jobs, return_jobs
from sandbox.bank.return_routes import router as return_router
from sandbox.bank.routes import router as bank_router
from sandbox.identity.routes import router as identity_router
from sandbox.institutions.routes import router as institutions_router
from sandbox.sms.routes import router as sms_router

SETTLE_EVERY_SECONDS = 1.0
NOTIFY_EVERY_SECONDS = 0.5
REPORT_EVERY_SECONDS = 1.0

PARTS = Parts(
    name="sandbox",
    module="sandbox",
    title="Sifang sandbox: the outside world",
    routers=[bank_router, return_router, institutions_router, identity_router, sms_router],
    periodic={
        "sandbox.settle_due": (SETTLE_EVERY_SECONDS, jobs.settle_due),
        "sandbox.notify_due": (NOTIFY_EVERY_SECONDS, jobs.notify_due),
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
