"""What citizens say: a small grammar of matter, place, time and wish, in the edition's own words."""

from random import Random

from domain.vocabulary import RequestType
from rules.tables import Category
from simulation.identities import identity_number, mobile_number

_SINCE = (
    "从上周开始",
    "这两天",
    "近一个月来",
    "昨晚起",
    "入冬以后",
    "今天早上",
    "国庆前后",
    "已经有一段时间",
)
_SPOTS = (
    "小区门口",
    "楼下",
    "学校旁边",
    "菜市场附近",
    "村口",
    "地铁站出口",
    "公园东侧",
    "主路辅路交汇处",
    "胡同里",
)
_EFFECTS = (
    "影响了周边居民的正常生活",
    "老人孩子出行很不方便",
    "邻居们都很着急",
    "看着有安全隐患",
    "反映过几次没有下文",
)
_WISHES = (
    "希望尽快派人处理",
    "请相关部门核实并答复",
    "盼给个明确的时间",
    "希望从根上解决",
    "请先到现场看一看",
)

_SENTENCES: dict[RequestType, tuple[str, ...]] = {
    RequestType.COMPLAINT: (
        "{since},{place}{spot}存在“{matter}”的问题({word}),{effect}。{wish}。",
        "我要投诉:{place}{spot}{word},属于{matter},{effect},{wish}。",
    ),
    RequestType.HELP: (
        "求助:{since}家里遇到{word}的情况,地点在{place}{spot}。{wish}。",
        "{place}{spot}{since}{word},我们自己解决不了“{matter}”,{wish}。",
    ),
    RequestType.REPORT: (
        "举报{place}{spot}的{matter}问题,{word},{since}一直如此。{wish}。",
        "实名举报:{since}{place}{spot}{word},应属{matter},{wish}。",
    ),
    RequestType.SUGGESTION: (
        "建议{place}在{spot}改进{matter}方面的工作,例如{word},方便大家。",
        "关于{matter}提个建议:{place}{spot}{word}的情况可以统筹考虑。",
    ),
    RequestType.INQUIRY: (
        "请问{place}关于{matter}({word})应当找哪个部门,需要什么材料?",
        "咨询一下:{matter}的政策是怎样的?我住在{place}{spot},涉及{word}。",
    ),
    RequestType.PRAISE: (
        "表扬{place}的工作人员,上次反映的{matter}很快就办好了,谢谢。",
        "感谢{place}{spot}处理{matter}的师傅,态度好,办得快。",
    ),
}


def description(rng: Random, kind: RequestType, matter: Category, place: str) -> str:
    """Return what somebody says about `matter` at `place` (a name, may be empty).

    Now and then it carries a telephone or identity number, as real ones do: those must be masked.
    """
    words = matter.keywords or (matter.zh,)
    said = rng.choice(_SENTENCES[kind]).format(
        since=rng.choice(_SINCE),
        place=place,
        spot=rng.choice(_SPOTS),
        matter=matter.zh,
        word="、".join(rng.sample(words, min(2, len(words)))),
        effect=rng.choice(_EFFECTS),
        wish=rng.choice(_WISHES),
    )
    tail = rng.random()
    if tail < 0.08:  # noqa: PLR2004 - about one caller in twelve repeats his number
        return f"{said}我的电话{mobile_number(rng)},随时可以联系。"
    if tail < 0.11:  # noqa: PLR2004 - a few read out their identity card
        return f"{said}身份证号{identity_number(rng)}。"
    return said


def address(rng: Random, place: str) -> str:
    """Return a door in `place`."""
    floor, door = rng.randint(1, 24), rng.randint(1, 4)
    return f"{place}幸福里{rng.randint(1, 60)}号楼{rng.randint(1, 6)}单元{floor}0{door}室"
