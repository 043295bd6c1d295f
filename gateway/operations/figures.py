"""The figures an operator sees, each with its definition in both languages. `docs/figures.md` is written from this table.

counters: what is added up, as the readings of `sources/` name it. A ratio divides the first counter by the sum of the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.operations.model import Dimension, Group, Unit


class Kind(StrEnum):
    """quantity, amount: sums over the period; stock: sum of everything up to its last day; mean: amount ÷ quantity;

    ratio: first counter ÷ the others; distinct: different subjects in the period.
    """

    QUANTITY = "quantity"
    AMOUNT = "amount"
    STOCK = "stock"
    MEAN = "mean"
    RATIO = "ratio"
    DISTINCT = "distinct"


@dataclass(frozen=True)
class Figure:
    """window_days: for a distinct count over the last days of the period instead of all of it."""

    code: str
    group: Group
    kind: Kind
    unit: Unit
    counters: tuple[str, ...]
    sources: tuple[str, ...]
    title: Mapping[str, str]
    definition: Mapping[str, str]
    dimensions: tuple[Dimension, ...] = ()
    window_days: int | None = None


def _figure(
    code: str,
    group: Group,
    kind: Kind,
    counters: str,
    sources: str,
    titles: tuple[str, str],
    definitions: tuple[str, str],
    dimensions: tuple[Dimension, ...] = (),
    window_days: int | None = None,
) -> Figure:
    return Figure(
        code=code,
        group=group,
        kind=kind,
        unit=_UNITS[kind],
        counters=tuple(counters.split()),
        sources=tuple(sources.split()),
        title={"en": titles[0], "zh": titles[1]},
        definition={"en": definitions[0], "zh": definitions[1]},
        dimensions=dimensions,
        window_days=window_days,
    )


_UNITS = {
    Kind.QUANTITY: Unit.COUNT,
    Kind.AMOUNT: Unit.MINOR,
    Kind.STOCK: Unit.MINOR,
    Kind.MEAN: Unit.SECONDS,
    Kind.RATIO: Unit.RATIO,
    Kind.DISTINCT: Unit.COUNT,
}
_ALL = "gateway payments p2p ecommerce_credit info_broker"
_USERS, _PRODUCTS, _CHANNELS, _RISK = Group.USERS, Group.PRODUCTS, Group.CHANNELS, Group.RISK
_PRODUCT, _CHANNEL, _GRADE, _CURRENCY = Dimension.PRODUCT, Dimension.CHANNEL, Dimension.GRADE, Dimension.CURRENCY

USERS = (
    _figure(
        "registrations", _USERS, Kind.QUANTITY, "registrations", "gateway", ("Registrations", "注册人数"),
        ("Customers who signed up in the period, each once, by the channel they came by.",
         "期内完成注册的客户数，每位客户计一次，可按来源渠道拆分。"),
        (_CHANNEL,),
    ),
    _figure(
        "verified_customers", _USERS, Kind.QUANTITY, "verified_customers", "payments", ("Verified customers", "绑卡客户"),
        ("Customers whose first bank card was confirmed by its bank in the period.",
         "期内首次由银行确认绑卡的客户数。"),
    ),
    _figure(
        "first_money_customers", _USERS, Kind.QUANTITY, "first_money_customers", "payments",
        ("Customers with first money", "首次入金客户"),
        ("Customers whose first top-up ever succeeded in the period.", "期内首次充值成功的客户数。"),
    ),
    _figure(
        "first_money_rate", _USERS, Kind.RATIO, "first_money_customers registrations", "gateway payments",
        ("Registered to funded", "注册到入金转化率"),
        ("Customers with first money ÷ registrations, both of the period (not a cohort).",
         "期内首次入金客户数 ÷ 期内注册人数（非同期群口径）。"),
    ),
    _figure(
        "paying_customers", _USERS, Kind.QUANTITY, "paying_customers", "payments", ("First-time buyers", "首次支付客户"),
        ("Customers who paid their first order in the period.", "期内首次完成订单支付的客户数。"),
    ),
    _figure(
        "daily_active", _USERS, Kind.DISTINCT, "active_customer_days", _ALL, ("Active today (DAU)", "日活跃客户"),
        ("Different customers named by any event of the five sources on the last day of the period.",
         "期末当日在五个数据源任一事件中出现的不同客户数。"),
        window_days=1,
    ),
    _figure(
        "weekly_active", _USERS, Kind.DISTINCT, "active_customer_days", _ALL, ("Active in 7 days (WAU)", "周活跃客户"),
        ("Different customers named by any event of the five sources in the 7 days up to the end of the period.",
         "截至期末的最近 7 天内，在五个数据源任一事件中出现的不同客户数。"),
        window_days=7,
    ),
    _figure(
        "monthly_active", _USERS, Kind.DISTINCT, "active_customer_days", _ALL, ("Active in 30 days (MAU)", "月活跃客户"),
        ("Different customers named by any event of the five sources in the 30 days up to the end of the period.",
         "截至期末的最近 30 天内，在五个数据源任一事件中出现的不同客户数。"),
        window_days=30,
    ),
    _figure(
        "graded_borrowers", _USERS, Kind.QUANTITY, "graded_borrowers", "p2p", ("Credit grades given", "信用评级数"),
        ("Credit grades given to loan applications in the period; split by grade it is the grade distribution.",
         "期内对借款申请作出的信用评级数；按等级拆分即为信用等级分布。"),
        (_GRADE, _CHANNEL),
    ),
    _figure(
        "lenders", _USERS, Kind.DISTINCT, "lenders", "p2p", ("Lenders", "投资人数"),
        ("Different customers who placed a bid on a listing in the period.", "期内至少投标一次的不同客户数。"),
    ),
)  # fmt: skip

PRODUCTS = (
    _figure(
        "volume_paid", _PRODUCTS, Kind.AMOUNT, "orders_paid", "payments", ("Volume paid", "支付金额"),
        ("Amount of merchants' orders paid in the period, refunds not taken off.", "期内已支付商户订单金额，未扣除退款。"),
        (_PRODUCT, _CURRENCY),
    ),
    _figure(
        "orders_paid", _PRODUCTS, Kind.QUANTITY, "orders_paid", "payments", ("Orders paid", "支付订单数"),
        ("Merchants' orders paid in the period, by method.", "期内已支付的商户订单数，可按支付方式拆分。"),
        (_PRODUCT,),
    ),
    _figure(
        "topped_up", _PRODUCTS, Kind.AMOUNT, "top_ups", "payments", ("Topped up", "充值金额"),
        ("Money that came into wallets from bank cards in the period.", "期内由银行卡充入钱包的金额。"),
        (_CHANNEL, _CURRENCY),
    ),
    _figure(
        "withdrawn", _PRODUCTS, Kind.AMOUNT, "withdrawals", "payments", ("Withdrawn", "提现金额"),
        ("Money that banks paid out from wallets in the period.", "期内由钱包经银行付出的金额。"),
        (_CHANNEL, _CURRENCY),
    ),
    _figure(
        "amount_applied", _PRODUCTS, Kind.AMOUNT, "graded_borrowers", "p2p", ("Amount applied for", "申请借款金额"),
        ("Amount of the loan applications graded in the period; an imported application counts on the day of its import.",
         "期内完成评级的借款申请金额合计；导入的申请按导入日计。"),
        (_GRADE, _CHANNEL, _CURRENCY),
    ),
    _figure(
        "listings", _PRODUCTS, Kind.QUANTITY, "listings", "p2p", ("Listings opened", "发标数"),
        ("Listings opened for bids in the period, by programme and grade.", "期内发布的标的数，可按项目与等级拆分。"),
        (_PRODUCT, _GRADE),
    ),
    _figure(
        "amount_listed", _PRODUCTS, Kind.AMOUNT, "listings", "p2p", ("Amount listed", "发标金额"),
        ("Amount of the listings opened for bids in the period, by programme and grade.", "期内发布的标的金额合计，可按项目与等级拆分。"),
        (_PRODUCT, _GRADE, _CURRENCY),
    ),
    _figure(
        "loans_disbursed", _PRODUCTS, Kind.QUANTITY, "loans_disbursed", "p2p ecommerce_credit",
        ("Loans disbursed", "放款笔数"),
        ("P2P loans paid out and credit draws paid out in the period.", "期内放款的网贷借款与信用支用笔数。"),
        (_PRODUCT, _GRADE),
    ),
    _figure(
        "principal_disbursed", _PRODUCTS, Kind.AMOUNT, "loans_disbursed", "p2p ecommerce_credit",
        ("Principal disbursed", "放款本金"),
        ("Principal of the P2P loans and credit draws paid out in the period.", "期内放款的网贷借款与信用支用的本金合计。"),
        (_PRODUCT, _GRADE, _CURRENCY),
    ),
    _figure(
        "outstanding_principal", _PRODUCTS, Kind.STOCK, "outstanding_principal", "p2p ecommerce_credit",
        ("Outstanding principal", "贷款余额"),
        ("Principal disbursed − principal repaid, of everything up to the last day of the period.",
         "截至期末累计放款本金减累计收回本金。"),
        (_PRODUCT, _CURRENCY),
    ),
    _figure(
        "repayments", _PRODUCTS, Kind.QUANTITY, "repayments", "p2p ecommerce_credit", ("Repayments", "还款笔数"),
        ("Repayments received and shared out in the period.", "期内收到并已分配的还款笔数。"),
        (_PRODUCT,),
    ),
    _figure(
        "repaid", _PRODUCTS, Kind.AMOUNT, "repayments", "p2p ecommerce_credit", ("Repaid", "还款金额"),
        ("Amount of the repayments received and shared out in the period, principal and interest.", "期内收到并已分配的还款的本息合计。"),
        (_PRODUCT, _CURRENCY),
    ),
    _figure(
        "bids", _PRODUCTS, Kind.QUANTITY, "bids", "p2p", ("Bids", "投标笔数"),
        ("Bids placed on listings in the period, each backed by a hold.", "期内的投标笔数，每笔均有资金冻结。"),
    ),
    _figure(
        "amount_bid", _PRODUCTS, Kind.AMOUNT, "bids", "p2p", ("Amount bid", "投标金额"),
        ("Amount of the bids placed on listings in the period, each backed by a hold.", "期内的投标金额合计，每笔均有资金冻结。"),
        (_CURRENCY,),
    ),
    _figure(
        "fill_seconds", _PRODUCTS, Kind.MEAN, "fills", "p2p", ("Mean fill time", "平均满标时间"),
        ("Business time from opening to full, averaged over the listings that filled in the period.",
         "期内满标的标的从发布到满标的平均业务时间。"),
        (_PRODUCT, _GRADE),
    ),
    _figure(
        "product_views", _PRODUCTS, Kind.QUANTITY, "product_views", "info_broker", ("Product views", "产品浏览次数"),
        ("Times a product of the catalogue was opened by a signed-in customer in the period.",
         "期内登录客户打开目录产品的次数。"),
        (_PRODUCT,),
    ),
    _figure(
        "lines_opened", _PRODUCTS, Kind.QUANTITY, "lines_opened", "ecommerce_credit",
        ("Credit lines opened", "信用额度开通数"),
        ("Credit lines that shop owners opened by accepting a limit in the period.", "期内店主接受授信后开通的信用额度数。"),
    ),
    _figure(
        "credit_granted", _PRODUCTS, Kind.AMOUNT, "lines_opened", "ecommerce_credit", ("Credit granted", "授信金额"),
        ("Limits of those lines.", "上述信用额度的授信金额合计。"),
        (_CURRENCY,),
    ),
    _figure(
        "imported_orders", _PRODUCTS, Kind.QUANTITY, "imported_orders", "ecommerce_credit",
        ("Imported orders", "导入订单数"),
        ("Marketplace orders taken in by imports in the period, counted on the day of the import.",
         "期内导入的电商平台订单数，按导入日计。"),
    ),
)  # fmt: skip

CHANNELS = (
    _figure(
        "leads", _CHANNELS, Kind.QUANTITY, "leads", "info_broker", ("Leads", "导流线索"),
        ("Leads handed over with the visitor's recorded consent in the period.", "期内经用户授权同意后提交的线索数。"),
    ),
    _figure(
        "lead_acceptance", _CHANNELS, Kind.RATIO, "leads_accepted leads", "info_broker",
        ("Leads accepted", "线索接受率"),
        ("Leads accepted by institutions ÷ leads handed over, both of the period.",
         "期内机构接受的线索数 ÷ 期内提交的线索数。"),
    ),
    _figure(
        "top_up_success", _CHANNELS, Kind.RATIO, "top_ups top_ups top_ups_failed", "payments",
        ("Top-up success rate", "充值成功率"),
        ("Top-ups that succeeded ÷ top-ups that ended, by bank channel.", "成功充值笔数 ÷ 已终结充值笔数，可按银行渠道拆分。"),
        (_CHANNEL,),
    ),
)  # fmt: skip

RISK = (
    _figure(
        "review_pass_rate", _RISK, Kind.RATIO, "applications_approved applications_approved applications_declined", "p2p",
        ("Review pass rate", "审核通过率"),
        ("Loan applications approved ÷ applications decided in the period.", "期内审核通过的借款申请数 ÷ 已作出决定的申请数。"),
    ),
    _figure(
        "listings_unfilled", _RISK, Kind.QUANTITY, "listings_unfilled", "p2p", ("Listings not filled", "流标数"),
        ("Listings that ended without filling in the period; every hold was released.",
         "期内未满标而结束的标的数，所有冻结资金均已解冻。"),
        (_PRODUCT, _GRADE),
    ),
    _figure(
        "late_repayments", _RISK, Kind.RATIO, "repayments_late repayments_late repayments_on_time", "p2p",
        ("Late repayments", "逾期还款占比"),
        ("P2P repayments received after their due day ÷ P2P repayments received and shared out, both of the period.",
         "期内晚于到期日收到的网贷还款笔数 ÷ 期内收到并已分配的网贷还款笔数。"),
        (_PRODUCT,),
    ),
)  # fmt: skip

FIGURES: Mapping[str, Figure] = {figure.code: figure for figure in (*USERS, *PRODUCTS, *CHANNELS, *RISK)}
