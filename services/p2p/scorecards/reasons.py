"""What the codes of a grade and of a decision say to the person they are about."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    zh: str
    en: str


REASONS: Mapping[str, Words] = {
    "debts_high_for_income": Words("负债相对收入过高", "Payments on debts are high for the income"),
    "credit_nearly_used_up": Words("可用授信余额较少", "Little of the credit granted by others is unused"),
    "paid_late_recently": Words("近两年有逾期还款", "Late payments in the last two years"),
    "amount_high_for_income": Words("申请金额相对收入过高", "The amount is high for the income"),
    "short_credit_history": Words("信用历史较短", "A short history of credit"),
    "many_credit_inquiries": Words("近期征信查询次数较多", "Many recent inquiries for credit"),
    "short_employment": Words("现职工作时间较短", "A short time in the present employment"),
    "bankruptcy_on_record": Words("有破产或不良公共记录", "A bankruptcy or another bad public record"),
    "rents_home": Words("租房居住", "A rented home"),
    "long_term": Words("借款期限较长", "A long term"),
    "low_income": Words("收入水平较低", "A low income"),
    "high_debts": Words("负债总额相对收入过高", "All debts are high for the income"),
    "no_income": Words("没有申报收入", "No income was declared"),
    "accounts_past_due": Words("当前有逾期账户", "An account is past due now"),
    "age_outside_bounds": Words("年龄不符合要求", "Younger or older than borrowers may be"),
    "lowest_grade": Words("信用评级未达标", "The credit grade is too low"),
    "no_limit_left": Words("可用额度不足", "Nothing is left of what may be borrowed"),
    "identity_not_confirmed": Words("身份核验未通过", "The name and the identity number were not confirmed"),
    "identity_not_answered": Words("身份核验无结果", "The identity could not be checked in time"),
    "owes_more_elsewhere": Words("征信显示负债高于申报", "More is owed elsewhere than was declared"),
    "past_due_elsewhere": Words("征信显示当前逾期", "A loan elsewhere is past due"),
    "not_reviewed_in_time": Words("审核超时", "Nobody decided in time"),
    "not_used_in_time": Words("审批结果已过期", "The approval was not used in time"),
}


def words_of(code: str) -> Words:
    """A code that has no words stands for itself."""
    return REASONS.get(code, Words(code, code))
