"""Mappings that are shipped: how the tables of well-known institutions are laid out."""

from services.payments.reconciliation.model import Columns, Mapping

SHIPPED = {
    mapping.name: mapping
    for mapping in (
        Mapping(
            name="plain",
            encoding="utf-8",
            delimiter=",",
            day_format="%Y-%m-%d",
            columns=Columns(
                value_on="value_on",
                amount="amount",
                servicer_reference="servicer_reference",
                reference="reference",
                description="narrative",
                currency="currency",
            ),
        ),
        Mapping(
            name="alipay",
            encoding="gb18030",
            delimiter=",",
            day_format="%Y-%m-%d",
            remark="#",
            opening="#期初余额：",
            closing="#期末余额：",
            account="账号：[",
            columns=Columns(
                value_on="发生时间",
                incoming="收入金额（+元）",
                outgoing="支出金额（-元）",
                servicer_reference="账务流水号",
                reference="商户订单号",
                description="备注",
            ),
        ),
        Mapping(
            name="wechat",
            encoding="utf-8",
            delimiter=",",
            day_format="%Y-%m-%d",
            columns=Columns(
                value_on="记账时间",
                amount="收支金额(元)",
                direction="收支类型",
                incoming_word="收入",
                outgoing_word="支出",
                servicer_reference="资金流水单号",
                reference="业务凭证号",
                description="备注",
            ),
        ),
    )
}
ENCODINGS = ("utf-8", "gb18030")
