"""What Chinese law says about the five classes and their provisions. Figures of law as dated data; see each `source`.

Class rules: `bank_assets`, every financial asset of a commercial bank from 2023-07-01 (those already on the books follow by the
end of 2025); `credit_cards`. Provision rule: `loans`, the guide of 2002; a bank may move substandard and doubtful by a fifth
either way, and keeps at least the general 1 % of all loans. Banks under 企业会计准则第 22 号 provide by expected loss
(`finance.expected_loss`) and hold these as a measure beside it.
"""

from datetime import date
from decimal import Decimal

from finance.loan_classes import ClassRule, ProvisionRule

CLASS_RULES: tuple[ClassRule, ...] = (
    ClassRule(
        "bank_assets",
        date(2023, 7, 1),
        None,
        (0, 90, 270, 360),
        "商业银行金融资产风险分类办法, 银保监会 人民银行令 2023 年第 1 号",
        impaired_shares=(Decimal("0.5"), Decimal("0.9")),
        technical_days=7,
    ),
    ClassRule(
        "credit_cards",
        date(2011, 1, 13),
        None,
        (0, 90, 120, 180),
        "商业银行信用卡业务监督管理办法, 银监会令 2011 年第 2 号, 第九十二条",
    ),
)

PROVISION_RULES: tuple[ProvisionRule, ...] = (
    ProvisionRule(
        "loans",
        date(2002, 1, 1),
        None,
        (Decimal(0), Decimal("0.02"), Decimal("0.25"), Decimal("0.5"), Decimal(1)),
        Decimal("0.01"),
        "银行贷款损失准备计提指引, 人民银行 银发〔2002〕98 号",
    ),
)
