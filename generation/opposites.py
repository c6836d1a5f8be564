"""Words that say the opposite of one another, for two texts of which most words agree."""

from __future__ import annotations

import re

_ENGLISH = """
increas* rose rise* rising grew grow* gain* climb* | decreas* declin* fell fall* drop* shrank shrink* reduc* lost lose*
more | less fewer
most | least fewest
higher | lower
high | low
highest largest biggest greatest maximum | lowest smallest least minimum
larger bigger greater | smaller lesser
before prior earlier | after following later subsequent*
until | since
above over exceed* | below under
within inside | outside beyond
first | last final
north* | south*
east* | west*
best better | worst worse
allow* permit* | forbid* forbad* forbidden prohibit* banned
required mandatory compulsory must | optional voluntary
always | never
often frequently usually | rarely seldom hardly
all every | no none
open* | clos*
begin* began start* | end ended ends finish* stop*
win won wins beat beats defeat* | lose lost loses
accept* approv* | reject* refus* den*
support* favour* favor* | oppos* against
success* | fail* unsuccess*
increase | decrease
add* includ* | remov* exclud*
internal | external
public | private
possible | impossible
legal lawful | illegal unlawful
true | false
strong* | weak*
early earliest oldest | late latest newest
long longer longest | short shorter shortest
old older | new young younger
fast faster | slow slower
import* | export*
buy bought | sell sold
enabl* | disabl*
positive | negative
minor* | major*
left | right
upper | lower
same identical | different
with | without
safe | dangerous unsafe
easy easier | difficult harder
up | down
cold* cool* | hot* warm*
majority | minority
male* | female*
"""
_CHINESE = """
增加 上升 提高 增长 上涨 升高 扩大 增至 升至 提升 | 减少 下降 降低 缩减 下跌 下滑 缩小 减至 降至 跌至
允许 准许 可以 能够 可 | 禁止 不得 严禁 不可以 不能
高于 多于 大于 超过 高出 超出 | 低于 少于 小于 不足 未满 低
以上 之上 | 以下 之下
之前 以前 前 早于 | 之后 以后 后 晚于
最大 最高 最多 最长 最早 最好 最强 最先 | 最小 最低 最少 最短 最晚 最差 最弱 最后
较高 更高 较大 更大 较多 更多 | 较低 更低 较小 更小 较少 更少
第一 首次 首先 | 最后 末次
开始 启动 开放 | 结束 停止 关闭
支持 赞成 同意 | 反对 拒绝
成功 | 失败
收购 并购 买下 | 出售 卖出 卖掉 转让
胜 赢得 战胜 击败 | 负 输给 不敌 败给
必须 应当 | 不必 无需 可以不
总是 始终 经常 常常 | 从不 从未 很少 偶尔
全部 所有 都 | 部分 少数
内 以内 之内 内部 | 外 以外 之外 外部
东 东部 东面 东北 东南 | 西 西部 西面 西北 西南
南 南部 南面 | 北 北部 北面
有利 优点 优势 | 不利 缺点 劣势
合法 | 非法 违法
进口 | 出口
买入 购买 | 卖出 出售
强 强大 | 弱 弱小
多数 | 少数
快 | 慢
真 真实 | 假 虚假
左 | 右
有 | 无 没有 没
男 男性 男子 | 女 女性 女子
"""


def _pattern(side: str) -> re.Pattern[str]:
    parts = [re.escape(word).replace(r"\*", r"\w*") for word in side.split()]
    return re.compile(rf"\b(?:{'|'.join(parts)})\b" if side.strip()[0].isascii() else f"(?:{'|'.join(parts)})")


def _table(lines: str) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    sides = [line.split("|") for line in lines.strip().splitlines()]
    return tuple((_pattern(left), _pattern(right)) for left, right in sides)


_PAIRS = _table(_ENGLISH) + tuple(
    (
        re.compile(f"(?:^| )(?:{'|'.join(left.split())})(?:$| )"),
        re.compile(f"(?:^| )(?:{'|'.join(right.split())})(?:$| )"),
    )
    for left, right in (line.split("|") for line in _CHINESE.strip().splitlines())
)


def opposite(ours: str, theirs: str) -> str | None:
    """The word of ``theirs`` whose opposite stands in ``ours``, None where there is none.

    Args:
        ours: folded words, a blank between any two, that stand in the sentence where the source has others.
        theirs: those others, likewise.
    """
    for one, other in _PAIRS:
        for left, right in ((one, other), (other, one)):
            found = right.search(theirs)
            if found and left.search(ours) and not right.search(ours) and not left.search(theirs):
                return found.group().strip()
    return None
