"""Invented institutions and what they offer, in Chinese and English. None of them exists."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone

SOURCE = "invented for the sample"
PAGE_ENDS = date(2026, 10, 30)
CHINA = timezone(timedelta(hours=8))
AS_OF = "2026-11-01"
Table = tuple[str, Sequence[str], Sequence[Sequence[object]]]

INSTITUTION_COLUMNS = (
    "code", "kind", "name", "short_name", "name_en", "regulator", "licences.0.kind", "licences.0.number",
    "licences.0.issued_by", "licences.0.valid_from_on", "service_channels.0.channel", "service_channels.0.hours",
    "product_name_prefixes", "source", "as_of_on",
)  # fmt: skip
INSTITUTIONS = (
    ("qinghe_fund", "fund_house", "青禾基金管理有限公司", "青禾基金", "Greenfield Fund House", "CSRC", "public_fund_management", "青禾"),
    ("yunfan_fund", "fund_house", "云帆基金管理有限公司", "云帆基金", "Cloudsail Funds", "CSRC", "public_fund_management", "云帆"),
    ("shanhe_bank", "bank", "山和银行股份有限公司", "山和银行", "Shanhe Bank", "NFRA", "banking", "山和"),
    ("zhixing_bank", "direct_bank", "知行直销银行", "知行银行", "Zhixing Direct Bank", "NFRA", "banking", "知行"),
    ("haitang_credit", "consumer_finance", "海棠消费金融有限公司", "海棠消金", "Begonia Consumer Finance", "NFRA", "consumer_finance", ""),
    ("linxi_loan", "micro_loan", "临溪小额贷款有限公司", "临溪小贷", "Linxi Micro Loan", "local", "micro_loan", ""),
    ("xinglan_broker", "online_broker", "星澜证券股份有限公司", "星澜证券", "Starwave Securities", "CSRC", "securities_brokerage", ""),
    ("anyu_insurance", "direct_insurer", "安屿财产保险股份有限公司", "安屿保险", "Anyu Insurance", "NFRA", "insurance", ""),
)  # fmt: skip

FUND_COLUMNS = ("code", "initials", "name", "source_class", "pinyin")
FUND_LIST = (
    ("990101", "QHCZHH", "青禾成长混合", "混合型", "QINGHECHENGZHANGHUNHE"),
    ("990102", "QHWJZQA", "青禾稳健债券A", "债券型", "QINGHEWENJIANZHAIQUANA"),
    ("990103", "QHWJZQC", "青禾稳健债券C", "债券型", "QINGHEWENJIANZHAIQUANC"),
    ("990104", "QHTTLHB", "青禾天天利货币", "货币型", "QINGHETIANTIANLIHUOBI"),
    ("990105", "QHXFZZZS", "青禾消费主题指数", "股票指数", "QINGHEXIAOFEIZHUTIZHISHU"),
    ("990106", "QHXFZTLJ", "青禾消费主题联接", "联接基金", "QINGHEXIAOFEIZHUTILIANJIE"),
    ("990201", "YFHLGP", "云帆红利股票", "股票型", "YUNFANHONGLIGUPIAO"),
    ("990202", "YFQQJX", "云帆全球精选", "QDII", "YUNFANQUANQIUJINGXUAN"),
    ("990203", "YFKJCXHH", "云帆科技创新混合", "混合型", "YUNFANKEJICHUANGXINHUNHE"),
    ("990204", "YFXJLHB", "云帆现金流货币", "货币型", "YUNFANXIANJINLIUHUOBI"),
    ("990205", "YFYLHHFOF", "云帆养老混合", "混合-FOF", "YUNFANYANGLAOHUNHE"),
    ("990206", "YFCYYDZQ", "云帆长盈一年定开债券", "定开债券", "YUNFANCHANGYINGYINIANDINGKAIZHAIQUAN"),
)

_Product = tuple[str, str, str, str, Mapping[str, object]]
_CNY: dict[str, object] = {"currency": "CNY"}


def tables() -> list[Table]:
    products = [*_funds(), *_loans(), *_cards(), *_deposits(), *_others()]
    columns = ["code", "name", "name_en", "institution_code"]
    terms = sorted({name for *_, found in products for name in found})
    rows = [[*facts, *(found.get(name, "") for name in terms)] for *facts, found in products]
    return [
        ("institutions.csv", INSTITUTION_COLUMNS, [_institution(place) for place in range(len(INSTITUTIONS))]),
        ("products.csv", [*columns, *(f"terms.{name}" for name in terms)], rows),
    ]


def fund_list() -> str:
    """As Eastmoney writes its list: a byte-order mark and one line of JavaScript."""
    rows = json.dumps(FUND_LIST, ensure_ascii=False, separators=(",", ":"))
    return f"\ufeffvar r = {rows};"


def fund_page(code: str, name: str, days: int = 120) -> str:
    """As Eastmoney writes a fund's page: a net value for each weekday up to the end of October 2026, a payout once a quarter."""
    values: list[str] = []
    value = 10_000
    day = PAGE_ENDS - timedelta(days=days * 7 // 5)
    while day <= PAGE_ENDS:
        if day.weekday() < 5:
            place = len(values)
            value += (place * 7 + int(code)) % 11 - 4
            paid = "分红：每份派现金0.0100元" if place % 60 == 59 else ""
            value -= 100 if paid else 0
            begins = int(datetime(day.year, day.month, day.day, tzinfo=CHINA).timestamp() * 1000)
            values.append(f'{{"x":{begins},"y":{value / 10_000:.4f},"equityReturn":0,"unitMoney":"{paid}"}}')
        day += timedelta(days=1)
    head = f'var fS_name = "{name}";\nvar fS_code = "{code}";\n'
    return f"{head}var Data_netWorthTrend = [{','.join(values)}];\n"


def _institution(place: int) -> Sequence[object]:
    code, kind, name, short, english, regulator, licence, prefixes = INSTITUTIONS[place]
    number = f"SAMPLE-{place + 1:04d}"
    proof = (licence, number, regulator, "2015-01-01", "internet", "00:00-24:00")
    return code, kind, name, short, english, regulator, *proof, prefixes, SOURCE, AS_OF


def _funds() -> list[_Product]:
    def fund(code: str, name: str, english: str, house: str, kind: str, spelt: str, risk: str, fee: str) -> _Product:
        costs = {"minimum_minor": 1000, "purchase_fee_rate": fee, "management_fee_rate": "0.006"}
        terms = {"kind": "fund", "fund_class": kind, "source_class": spelt, "risk_level": risk, **costs}
        return code, name, english, house, _CNY | terms

    a, b = "qinghe_fund", "yunfan_fund"
    return [
        fund("S-F01", "青禾活钱宝货币", "Greenfield Ready Cash", a, "money_market", "货币型", "R1", "0"),
        fund("S-F02", "青禾晨曦短债", "Greenfield Dawn Short Bond", a, "bond", "债券型", "R2", "0"),
        fund("S-F03", "青禾双利债券", "Greenfield Twin Yield Bond", a, "bond", "债券型", "R2", "0.008"),
        fund("S-F04", "青禾均衡混合", "Greenfield Balanced", a, "mixed", "混合型", "R3", "0.012"),
        fund("S-F05", "青禾新芽成长", "Greenfield Seedling Growth", a, "equity", "股票型", "R4", "0.015"),
        fund("S-F06", "青禾大盘指数", "Greenfield Large Cap Index", a, "equity_index", "股票指数", "R4", "0.005"),
        fund("S-F07", "青禾安享养老", "Greenfield Easy Retirement", a, "mixed_fund_of_funds", "混合-FOF", "R3", "0.01"),
        fund("S-F08", "云帆零钱货币", "Cloudsail Small Change", b, "money_market", "货币型", "R1", "0"),
        fund("S-F09", "云帆季季红债券", "Cloudsail Quarterly Bond", b, "closed_term_bond", "定开债券", "R2", "0.006"),
        fund("S-F10", "云帆信用优选", "Cloudsail Credit Select", b, "bond", "债券型", "R2", "0.008"),
        fund("S-F11", "云帆灵活配置", "Cloudsail Flexible", b, "mixed", "混合型", "R3", "0.012"),
        fund("S-F12", "云帆远航科技", "Cloudsail Voyage Technology", b, "equity", "股票型", "R5", "0.015"),
        fund("S-F13", "云帆环球指数", "Cloudsail World Index", b, "qdii_index", "QDII-指数", "R4", "0.012"),
        fund("S-F14", "云帆中小盘指数", "Cloudsail Small Cap Index", b, "equity_index", "股票指数", "R4", "0.005"),
    ]


def _loans() -> list[_Product]:
    def loan(code: str, name: str, english: str, lender: str, purpose: str, rates: str, most: int) -> _Product:
        low, high = rates.split()
        terms = {
            "kind": "loan", "purpose": purpose, "amount_from_minor": 100_000, "amount_to_minor": most,
            "tenor_from_months": 3, "tenor_to_months": 36, "rate_annual_from": low, "rate_annual_to": high,
            "method": "equal_instalment",
        }  # fmt: skip
        return code, name, english, lender, _CNY | terms

    return [
        loan("S-L01", "山和薪享贷", "Shanhe Salary Loan", "shanhe_bank", "consumer", "0.045 0.085", 30_000_000),
        loan("S-L02", "山和商户贷", "Shanhe Merchant Loan", "shanhe_bank", "business", "0.05 0.09", 100_000_000),
        loan("S-L03", "知行随心贷", "Zhixing Easy Loan", "zhixing_bank", "consumer", "0.055 0.12", 20_000_000),
        loan("S-L04", "知行学业贷", "Zhixing Study Loan", "zhixing_bank", "education", "0.04 0.06", 8_000_000),
        loan("S-L05", "海棠消费贷", "Begonia Purchase Loan", "haitang_credit", "consumer", "0.09 0.18", 10_000_000),
        loan("S-L06", "海棠购车贷", "Begonia Car Loan", "haitang_credit", "car", "0.06 0.12", 20_000_000),
        loan("S-L07", "临溪助农贷", "Linxi Farm Loan", "linxi_loan", "business", "0.08 0.15", 10_000_000),
        loan("S-L08", "临溪小店贷", "Linxi Shop Loan", "linxi_loan", "business", "0.09 0.16", 5_000_000),
    ]


def _cards() -> list[_Product]:
    def card(code: str, name: str, english: str, bank: str, tier: str, fee: int) -> _Product:
        costs = {"annual_fee_minor": fee, "interest_rate_daily": "0.0005", "grace_days": 50}
        return code, name, english, bank, _CNY | {"kind": "credit_card", "network": "unionpay", "tier": tier} | costs

    return [
        card("S-C01", "山和青春卡", "Shanhe Youth Card", "shanhe_bank", "standard", 0),
        card("S-C02", "山和金卡", "Shanhe Gold Card", "shanhe_bank", "gold", 20_000),
        card("S-C03", "山和商旅白金卡", "Shanhe Travel Platinum", "shanhe_bank", "platinum", 120_000),
        card("S-C04", "知行无界卡", "Zhixing Boundless Card", "zhixing_bank", "standard", 0),
    ]


def _deposits() -> list[_Product]:
    def deposit(code: str, name: str, english: str, bank: str, days: int, rate: str) -> _Product:
        terms = {"kind": "deposit", "tenor_days": days, "rate_annual": rate, "minimum_minor": 5_000, "insured": "true"}
        return code, name, english, bank, _CNY | terms

    return [
        deposit("S-D01", "山和活期存款", "Shanhe Demand Deposit", "shanhe_bank", 0, "0.002"),
        deposit("S-D02", "山和一年定存", "Shanhe One-Year Deposit", "shanhe_bank", 365, "0.0155"),
        deposit("S-D03", "山和三年定存", "Shanhe Three-Year Deposit", "shanhe_bank", 1095, "0.021"),
        deposit("S-D04", "知行周周存", "Zhixing Weekly Deposit", "zhixing_bank", 7, "0.0085"),
        deposit("S-D05", "知行半年存", "Zhixing Half-Year Deposit", "zhixing_bank", 182, "0.0145"),
    ]


def _others() -> list[_Product]:
    def account(code: str, name: str, english: str, rate: str) -> _Product:
        terms = {
            "kind": "brokerage_account", "commission_rate": rate, "commission_minimum_minor": 500, "opens_online": "true"
        }  # fmt: skip
        return code, name, english, "xinglan_broker", _CNY | terms

    def cover(code: str, name: str, english: str, line: str, premium: int, insured: int) -> _Product:
        terms = {
            "kind": "insurance", "line": line, "premium_minor": premium, "premium_period": "year",
            "sum_insured_minor": insured,
        }  # fmt: skip
        return code, name, english, "anyu_insurance", _CNY | terms

    def wealth(code: str, name: str, english: str, bank: str, risk: str, days: int, rate: str) -> _Product:
        terms = {"kind": "wealth", "risk_level": risk, "tenor_days": days, "minimum_minor": 100}
        return code, name, english, bank, _CNY | terms | {"benchmark_rate_annual": rate}

    return [
        account("S-B01", "星澜低佣账户", "Starwave Low Commission", "0.00015"),
        account("S-B02", "星澜智投账户", "Starwave Guided Account", "0.0003"),
        cover("S-I01", "安屿百万医疗", "Anyu Million Medical", "health", 36_000, 200_000_000),
        cover("S-I02", "安屿驾乘无忧", "Anyu Carefree Motor", "motor", 98_000, 100_000_000),
        cover("S-I03", "安屿出行意外", "Anyu Travel Accident", "accident", 12_000, 50_000_000),
        wealth("S-W01", "山和稳盈九十天", "Shanhe Steady 90 Days", "shanhe_bank", "R2", 90, "0.026"),
        wealth("S-W02", "山和进取一年", "Shanhe Forward One Year", "shanhe_bank", "R3", 365, "0.035"),
        wealth("S-W03", "知行日日新", "Zhixing Every Day", "zhixing_bank", "R1", 1, "0.018"),
        wealth("S-W04", "知行双周盈", "Zhixing Fortnight", "zhixing_bank", "R2", 14, "0.022"),
    ]
