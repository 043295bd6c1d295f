"""`/docs`: the merged contract to read and try, from vendored files and without inline script."""

from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse

from gateway.console.protection import HEADERS
from gateway.contract import served_openapi

# Swagger UI sets styles on elements as it builds them, so that styles alone are let in inline here.
_POLICY = HEADERS["Content-Security-Policy"].replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Sifang API</title>
  <link rel="icon" href="/console/static/mark.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/console/static/vendor/swagger-ui/swagger-ui.css">
  <script src="/console/static/vendor/swagger-ui/swagger-ui-bundle.js" defer></script>
  <script src="/console/static/documentation.js" defer></script>
</head>
<body><div id="documentation"></div></body>
</html>
"""
_REPLACED = frozenset({"/docs", "/docs/oauth2-redirect", "/redoc"})
router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def read_documentation() -> HTMLResponse:
    return HTMLResponse(_PAGE, headers=HEADERS | {"Content-Security-Policy": _POLICY})


def install(app: FastAPI) -> None:
    """Serve the merged contract at /openapi.json, and our page in place of the one that loads from elsewhere."""
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", None) not in _REPLACED]
    app.include_router(router)
    app.openapi = served_openapi  # type: ignore[method-assign]
