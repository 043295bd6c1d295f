"""Coins on their chains, and tokens backed by money."""

from gateway.console.payments.description import Action, Field, Listing, Record

COIN = "coin"
UNIT = "unit"
DEPOSIT_STATES = ("confirming", "held", "credited", "dropped", "reversed")

RAILS = Listing(
    "coin_rails",
    "/v1/coin-rails",
    ("unit", "network", "height", "outputs", "difference", "proved_at", "scanned_at"),
    paged=False,
    opens={"unit": COIN},
)

LISTS = (
    RAILS,
    Listing(
        "coin_deposits",
        "/v1/coin-deposits",
        ("seen_at", "id", "customer_id", "amount", "unit", "confirmations", "txid", "state", "due_at"),
        states=DEPOSIT_STATES,
    ),
    Listing(
        "coin_withdrawals",
        "/v1/coin-withdrawals",
        ("requested_at", "id", "customer_id", "amount", "fee", "unit", "address", "txid", "state"),
    ),
    Listing("units", "/v1/units", ("made_at", "code", "kind", "backed_by", "backing_account_id"), opens={"code": UNIT}),
    Listing(
        "token_deals",
        "/v1/token-deals",
        ("made_at", "id", "kind", "customer_id", "counterparty_id", "amount", "unit", "order_id", "transfer_id"),
    ),
)

RECORDS = {
    "cdp": Record(
        "coin_deposit",
        "/v1/coin-deposits/{id}",
        actions=(Action("coin_release", "/v1/coin-deposits/{id}/release", (), ("held",)),),
    ),
    "cwd": Record("coin_withdrawal", "/v1/coin-withdrawals/{id}"),
    "tkd": Record("token_deal", "/v1/token-deals/{id}"),
}

NAMED = {
    COIN: Record(
        "coin",
        "/v1/coins/{id}",
        lists=(
            Listing(
                "coin_regulations",
                "/v1/coins/{unit}/regulations",
                ("stated_at", "from_on", "regulated", "share_ppm", "reason", "stated_by"),
            ),
            Listing(
                "coin_terms",
                "/v1/coins/{unit}/terms",
                ("valid_from", "daily_withdrawal", "share_ppm", "held_days", "source", "stated_by"),
                read_as={"source": "basis"},
            ),
            Listing(
                "coin_days",
                "/v1/coins/{unit}/days",
                ("day", "height", "outputs", "held", "price", "value", "money", "share_ppm", "regulated"),
            ),
            RAILS,
        ),
        actions=(Action("loss_cover", "/v1/coin-rails/{id}/loss-covers", (Field("amount", "money"),)),),
    ),
    UNIT: Record(
        "unit",
        "/v1/units",
        lists=(
            Listing(
                "token_terms",
                "/v1/units/{code}/terms",
                ("valid_from", "redeemable", "transferable", "holding_cap", "daily_cap", "source", "stated_by"),
                read_as={"source": "basis"},
            ),
            Listing(
                "unit_movements",
                "/v1/units/{code}/movements",
                ("made_at", "id", "kind", "amount", "unit", "unit_transfer_id", "money_transfer_id", "made_by"),
            ),
        ),
        found_by="code",
    ),
}
