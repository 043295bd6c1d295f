"""What staff see: signing in, the figures and their charts, the other language, a narrow screen."""

from playwright.async_api import Browser, Page, expect

from tests.gateway.counting import topped_up
from tests.gateway.people import OPERATOR, PASSWORD
from tests.serving import Served

CUSTOMER = "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"
# Dark enough to be ink and not grid: how much of a canvas is drawn upon.
INKED = """() => {
  const canvas = document.querySelector("#chart-volume canvas");
  const seen = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let inked = 0;
  for (let i = 0; i < seen.length; i += 4) {
    if (seen[i + 3] > 200 && seen[i] + seen[i + 1] + seen[i + 2] < 450) inked += 1;
  }
  return inked;
}"""


async def opened(chrome: Browser, gateway: Served, faults: list[str], *, width: int = 1280) -> Page:
    """The console's door, with everything noted that the browser complains of."""
    context = await chrome.new_context(viewport={"width": width, "height": 900}, locale="en-GB")
    page = await context.new_page()
    page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    # A request that is cut short because the page is left is no fault.
    page.on(
        "requestfailed", lambda request: None if request.failure == "net::ERR_ABORTED" else faults.append(request.url)
    )
    await page.goto(f"{gateway.url}/console")
    return page


async def sign_in(page: Page) -> None:
    await page.get_by_label("E-mail or mobile number").fill(OPERATOR)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Operations")).to_be_visible()


async def test_the_operations_page(chrome: Browser, gateway: Served) -> None:
    now = (await gateway.runtime.database.now()).replace(tzinfo=None).isoformat()
    await topped_up(gateway.runtime, CUSTOMER, 1_234_56, at=now)
    faults: list[str] = []
    page = await opened(chrome, gateway, faults)
    await sign_in(page)
    await expect(page.locator("[data-figure=topped_up] .card-value")).to_have_text("CN¥1,234.56")
    await expect(page.locator("[data-source=payments]")).to_contain_text("degraded")
    await expect(page.locator("#chart-volume canvas")).to_be_visible()
    assert await page.evaluate(INKED) > 200

    # It renews itself: news is on the page without anybody loading it again.
    await topped_up(gateway.runtime, CUSTOMER, 1, at=now)
    await expect(page.locator("[data-figure=topped_up] .card-value")).to_have_text("CN¥1,234.57", timeout=12_000)

    await page.get_by_role("link", name="中文").click()
    await expect(page.get_by_role("heading", name="运营数据")).to_be_visible()
    await expect(page.locator("[data-figure=topped_up] .card-value")).to_have_text("¥1,234.57")
    await page.locator("[data-figure=topped_up]").click()
    await expect(page.get_by_role("heading", name="充值金额", exact=True)).to_be_visible()
    await expect(page.locator("#chart-figure canvas")).to_be_visible()
    await expect(page.locator("tbody tr")).to_have_count(2)

    await page.get_by_role("button", name="退出").click()
    await expect(page.get_by_role("button", name="登录")).to_be_visible()
    assert faults == []


async def test_a_narrow_screen_scrolls_one_way_only(chrome: Browser, gateway: Served) -> None:
    faults: list[str] = []
    page = await opened(chrome, gateway, faults, width=360)
    await sign_in(page)
    for path in ("/console", "/console/figures/registrations"):
        await page.goto(f"{gateway.url}{path}")
        assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    assert faults == []


async def test_the_api_reference_draws_itself(chrome: Browser, gateway: Served) -> None:
    faults: list[str] = []
    page = await opened(chrome, gateway, faults)
    await page.goto(f"{gateway.url}/docs")
    await expect(page.locator(".opblock-tag").first).to_be_visible(timeout=15_000)
    assert faults == []
