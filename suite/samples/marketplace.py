"""An invented Chinese marketplace of 12 sellers over 14 months, in the column shape of Olist's files, prices in yuan."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

FIRST_DAY = datetime(2025, 9, 1)  # noqa: DTZ001  marketplaces write local times
MONTHS = 14
ORDERS = 1500
LATEST = datetime(2026, 10, 31, 23, 59, 59)  # noqa: DTZ001
Table = tuple[str, Sequence[str], Sequence[Sequence[object]]]


@dataclass(frozen=True)
class Seller:
    """share: of the marketplace's orders; growth: of its orders over the 14 months; trouble: share of its orders that end badly."""

    postcode: str
    city: str
    province: str
    share: float
    growth: float
    price: float
    trouble: float


SELLERS = (
    Seller("310000", "杭州", "浙江", 0.20, 0.60, 168.0, 0.01),
    Seller("510000", "广州", "广东", 0.16, 0.25, 89.0, 0.02),
    Seller("518000", "深圳", "广东", 0.13, 0.40, 320.0, 0.02),
    Seller("215000", "苏州", "江苏", 0.11, 0.10, 126.0, 0.03),
    Seller("322000", "义乌", "浙江", 0.10, -0.05, 39.0, 0.04),
    Seller("610000", "成都", "四川", 0.08, 0.15, 75.0, 0.03),
    Seller("362000", "泉州", "福建", 0.07, 0.05, 99.0, 0.05),
    Seller("450000", "郑州", "河南", 0.05, -0.40, 58.0, 0.08),
    Seller("266000", "青岛", "山东", 0.04, 0.00, 210.0, 0.04),
    Seller("430000", "武汉", "湖北", 0.03, -0.60, 66.0, 0.12),
    Seller("710000", "西安", "陕西", 0.02, 0.30, 45.0, 0.05),
    Seller("230000", "合肥", "安徽", 0.01, 0.00, 150.0, 0.00),
)
CATEGORIES = ("服饰", "家居", "数码配件", "食品", "美妆", "母婴", "文具", "运动")
PRAISE = ("质量很好，推荐", "发货快，包装完好", "和描述一致", "物流给力", "会再来的")
BLAME = ("包装破损", "等了很久才到", "和图片不一样", "一直没有收到")


def tables(random: Random) -> list[Table]:
    orders = [_order(random, number) for number in range(1, ORDERS + 1)]
    return [
        ("marketplace/sellers.csv", SELLER_COLUMNS, [_seller(index) for index in range(len(SELLERS))]),
        ("marketplace/customers.csv", CUSTOMER_COLUMNS, [order.customer() for order in orders]),
        ("marketplace/products.csv", PRODUCT_COLUMNS, [_product(index) for index in range(PRODUCTS * len(SELLERS))]),
        ("marketplace/orders.csv", ORDER_COLUMNS, [order.row() for order in orders]),
        ("marketplace/order_items.csv", ITEM_COLUMNS, [row for order in orders for row in order.items()]),
        ("marketplace/order_payments.csv", PAYMENT_COLUMNS, [order.payment() for order in orders]),
        ("marketplace/order_reviews.csv", REVIEW_COLUMNS, [order.review() for order in orders if order.score]),
    ]


SELLER_COLUMNS = ("seller_id", "seller_zip_code_prefix", "seller_city", "seller_state")
CUSTOMER_COLUMNS = (
    "customer_id", "customer_unique_id", "customer_zip_code_prefix", "customer_city", "customer_state"
)  # fmt: skip
PRODUCT_COLUMNS = (
    "product_id", "product_category_name", "product_name_lenght", "product_description_lenght", "product_photos_qty",
    "product_weight_g", "product_length_cm", "product_height_cm", "product_width_cm",
)  # fmt: skip
ORDER_COLUMNS = (
    "order_id", "customer_id", "order_status", "order_purchase_timestamp", "order_approved_at",
    "order_delivered_carrier_date", "order_delivered_customer_date", "order_estimated_delivery_date",
)  # fmt: skip
ITEM_COLUMNS = (
    "order_id", "order_item_id", "product_id", "seller_id", "shipping_limit_date", "price", "freight_value"
)  # fmt: skip
PAYMENT_COLUMNS = ("order_id", "payment_sequential", "payment_type", "payment_installments", "payment_value")
REVIEW_COLUMNS = (
    "review_id", "order_id", "review_score", "review_comment_title", "review_comment_message", "review_creation_date",
    "review_answer_timestamp",
)  # fmt: skip
PRODUCTS = 5
"""Products a seller."""
FREIGHT_CENTS = 800


@dataclass(frozen=True)
class Order:
    """Instants are None where the order did not come that far. score: 0 for no review."""

    number: int
    seller: int
    product: int
    pieces: int
    cents: int
    status: str
    bought: datetime
    approved: datetime | None
    shipped: datetime | None
    delivered: datetime | None
    score: int
    comment: str

    @property
    def id(self) -> str:
        return identifier("order", self.number)

    def customer(self) -> Sequence[object]:
        place = SELLERS[self.number % len(SELLERS)]
        return self._customer_id, identifier("person", self.number % 900), place.postcode, place.city, place.province

    @property
    def _customer_id(self) -> str:
        return identifier("customer", self.number)

    def row(self) -> Sequence[object]:
        expected = self.bought + timedelta(days=10)
        instants = (self.bought, self.approved, self.shipped, self.delivered)
        return self.id, self._customer_id, self.status, *map(_text, instants), _text(expected)

    def items(self) -> list[Sequence[object]]:
        limit = _text(self.bought + timedelta(days=3))
        facts = (identifier("product", self.product), identifier("seller", self.seller), limit)
        return [
            (self.id, piece, *facts, _yuan(self.cents), _yuan(FREIGHT_CENTS)) for piece in range(1, self.pieces + 1)
        ]

    def payment(self) -> Sequence[object]:
        kind = ("wallet", "debit_card", "credit_card")[self.number % 3]
        instalments = 3 if kind == "credit_card" and self.cents > 20_000 else 1
        return self.id, 1, kind, instalments, _yuan(self.pieces * (self.cents + FREIGHT_CENTS))

    def review(self) -> Sequence[object]:
        written = (self.delivered or self.bought + timedelta(days=20)).replace(hour=0, minute=0, second=0)
        answered = written + timedelta(days=1, hours=self.number % 24)
        return identifier("review", self.number), self.id, self.score, "", self.comment, _text(written), _text(answered)


def _order(random: Random, number: int) -> Order:
    seller = random.choices(range(len(SELLERS)), [one.share for one in SELLERS])[0]
    month = random.choices(range(MONTHS), [1 + SELLERS[seller].growth * place / MONTHS for place in range(MONTHS)])[0]
    bought = _instant(random, month)
    status = _status(random, SELLERS[seller].trouble, bought)
    approved = bought + timedelta(minutes=random.randint(1, 40)) if status != "canceled" else None
    shipped = bought + timedelta(hours=random.randint(4, 60)) if status in ("shipped", "delivered") else None
    delivered = bought + timedelta(hours=random.randint(70, 230)) if status == "delivered" else None
    good = random.random() < 0.88 - SELLERS[seller].trouble
    reviewed = status in ("delivered", "unavailable") and random.random() < 0.8
    return Order(
        number=number,
        seller=seller,
        product=seller * PRODUCTS + random.randrange(PRODUCTS),
        pieces=random.choices((1, 2, 3), (80, 15, 5))[0],
        cents=round(SELLERS[seller].price * random.uniform(0.6, 1.6)) * 100 - 10,
        status=status,
        bought=bought,
        approved=approved,
        shipped=shipped,
        delivered=delivered,
        score=(random.choice((4, 5, 5)) if good else random.choice((1, 2, 3))) if reviewed else 0,
        comment=random.choice(PRAISE if good else BLAME) if random.random() < 0.4 else "",
    )


def _instant(random: Random, month: int) -> datetime:
    year, place = divmod(FIRST_DAY.month - 1 + month, 12)
    begin = FIRST_DAY.replace(year=FIRST_DAY.year + year, month=place + 1)
    return begin + timedelta(days=random.randrange(28), hours=random.randrange(8, 24), seconds=random.randrange(3600))


def _status(random: Random, trouble: float, bought: datetime) -> str:
    """The newest orders are still on their way."""
    if random.random() < trouble:
        return random.choice(("canceled", "unavailable"))
    if bought > LATEST - timedelta(days=10):
        return random.choice(("processing", "shipped"))
    return "delivered"


def _seller(index: int) -> Sequence[object]:
    seller = SELLERS[index]
    return identifier("seller", index), seller.postcode, seller.city, seller.province


def _product(index: int) -> Sequence[object]:
    category = CATEGORIES[index % len(CATEGORIES)]
    page = (20 + index % 30, 200 + 7 * index, 1 + index % 6)
    return (identifier("product", index), category, *page, 150 + 25 * index, 20, 10, 15)


def identifier(noun: str, number: int) -> str:
    """As marketplaces make them: 32 hexadecimal digits that say nothing."""
    return hashlib.blake2b(f"sample {noun} {number}".encode(), digest_size=16).hexdigest()


def _text(instant: datetime | None) -> str:
    return "" if instant is None else instant.strftime("%Y-%m-%d %H:%M:%S")


def _yuan(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
