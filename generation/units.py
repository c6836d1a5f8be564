"""Units of measurement in both languages, each with one name."""

from __future__ import annotations

import re

_UNITS: dict[str, str] = {
    "day": "天 日 days day",
    "week": "周 星期 个星期 礼拜 weeks week",
    "month": "个月 months month",
    "year": "年 岁 周岁 years year",
    "hour": "小时 个小时 钟头 hours hour hrs h",
    "minute": "分钟 minutes minute mins min",
    "second": "秒 秒钟 seconds sec",
    "%": "% 个百分点 百分点 percent percentage",
    "cny": "元 块钱 人民币 元人民币 yuan rmb cny ¥",
    "usd": "美元 美金 dollars dollar usd $",
    "eur": "欧元 euros euro eur €",
    "gbp": "英镑 gbp £",
    "jpy": "日元 yen jpy",
    "hkd": "港元 港币 hkd",
    "m2": "平方米 m2",
    "km2": "平方公里 平方千米 km2",
    "km": "公里 千米 kilometers kilometres kilometer kilometre km",
    "m": "米 meters metres meter metre m",
    "cm": "厘米 公分 centimeters centimetres cm",
    "mm": "毫米 millimeters millimetres mm",
    "mile": "英里 miles mile",
    "foot": "英尺 feet foot ft",
    "kg": "公斤 千克 kilograms kilogram kg",
    "g": "克 grams gram g",
    "t": "吨 tonnes tons tonne ton",
    "l": "升 liters litres l",
    "ml": "毫升 milliliters millilitres ml",
    "c": "摄氏度 °c",
    "kb": "kb",
    "mb": "mb",
    "gb": "gb",
    "tb": "tb",
    "person": "人 名 位 people persons person",
    "times": "次 times",
    "fold": "倍 fold x",
    "": "个 种 项 条 件 本 只 座 家 届 章 页 层 级 支 部 台 辆 门 所 场 块 张 点 楼 号 集 期 卷"
    " 国 省 市 县 区 队 组 票 分",
}
"""Canonical name → spellings after folding. The last are measure words: the sign of a number, nothing more."""

_CANONICAL = {spelling: name for name, spellings in _UNITS.items() for spelling in spellings.split()}


def _pattern() -> str:
    patterns = []
    for spelling in sorted(_CANONICAL, key=len, reverse=True):
        latin = spelling[-1].isascii() and spelling[-1].isalnum()
        patterns.append(re.escape(spelling) + ("(?![a-z0-9])" if latin else "(?!代)" if spelling == "年" else ""))
    return "|".join(patterns)


UNIT = _pattern()
"""Alternation of all spellings, longest first; a Latin unit ends where its word ends."""

NOT_NUMBERS = re.compile(
    "万一|千万(?![元人吨亩平])|十分(?!钟|之)|百般|千方|百计|万物|万能|万里|千古|百姓|百科|百年|千年|万年|百分|十字|八一"
    "|十足|百货|万分|万岁|亿万|千百|百万富翁|三国|九州|三角|三峡|五星"
)
"""Words written with numeral characters that state no number."""


def canonical_unit(spelling: str) -> str:
    """The name of a unit, "" for measure words and for what is not in the table."""
    return _CANONICAL.get(spelling, "")
