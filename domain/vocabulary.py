"""The field's standard words: one word for one idea, with its Chinese and English label.

On the wire and in the database the lower-case value stands; screens show `label`.
Source: Ordinance art. 2, 11, 12, 14, 15, 20, 23 for the words themselves.
"""

from enum import StrEnum
from typing import Self


class Word(StrEnum):
    """A closed list of words; every member carries its Chinese and English label."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str, en: str) -> Self:
        """Return the member `value` with its two labels."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.zh = zh
        word.en = en
        return word


class RequestType(Word):
    """What the requester wants (诉求类型). Source: Ordinance art. 2."""

    INQUIRY = "inquiry", "咨询", "inquiry"
    HELP = "help", "求助", "help"
    COMPLAINT = "complaint", "投诉", "complaint"
    REPORT = "report", "举报", "report of wrongdoing"
    SUGGESTION = "suggestion", "建议", "suggestion"
    PRAISE = "praise", "表扬", "praise"


class Channel(Word):
    """How a request came in (受理渠道)."""

    PHONE = "phone", "电话", "phone"
    WEB = "web", "网站", "web"
    APP = "app", "客户端", "app"
    WECHAT = "wechat", "微信", "WeChat"
    WEIBO = "weibo", "微博", "Weibo"
    MESSAGE_BOARD = "message_board", "留言板", "message board"
    QR = "qr", "扫码", "QR code"
    OPEN311 = "open311", "Open311", "Open311"
    POLICE = "police", "110", "transfer from 110"
    GRID = "grid", "网格", "grid"
    ENTERPRISE_LINE = "enterprise_line", "企业热线", "enterprise line"
    LEADER = "leader", "领导接听", "leader on air"
    MEDIA = "media", "媒体", "media"
    IMPORT = "import", "导入", "import"


class Tier(Word):
    """How soon a matter must be answered (分级). Source: City Opinion of 2020 on four-tier disposal."""

    TIER_1 = "tier_1", "一级(2小时)", "tier 1"
    TIER_2 = "tier_2", "二级(24小时)", "tier 2"
    TIER_3 = "tier_3", "三级(7天)", "tier 3"
    TIER_4 = "tier_4", "四级(15天)", "tier 4"


class Level(Word):
    """How high a ticket has climbed (层级)."""

    UNIT = "unit", "承办单位", "unit"
    DISTRICT = "district", "区级", "district"
    CITY = "city", "市级", "city"


class DispatchMode(Word):
    """The way a ticket leaves for a unit (派单方式). Source: Ordinance art. 12."""

    DIRECT = "direct", "直派", "direct"
    DISTRICT = "district", "派区", "district"
    DUAL = "dual", "双派", "dual"


class Stage(Word):
    """The step of the process a ticket is in."""

    ACCEPT = "accept", "受理", "accept"
    DISPATCH = "dispatch", "派单", "dispatch"
    HANDLE = "handle", "办理", "handle"
    FEEDBACK = "feedback", "反馈", "feedback"
    EVALUATE = "evaluate", "评价", "evaluate"
    CLOSED = "closed", "办结", "closed"


class Status(Word):
    """Where exactly a ticket stands inside its stage; the transition table joins these."""

    ACCEPTED = "accepted", "已受理", "accepted"
    AWAITING_DISPATCH = "awaiting_dispatch", "待派单", "awaiting dispatch"
    AWAITING_SIGN = "awaiting_sign", "待签收", "awaiting sign"
    HANDLING = "handling", "办理中", "being handled"
    FEEDBACK_GIVEN = "feedback_given", "已反馈", "feedback given"
    SURVEYING = "surveying", "回访中", "callback survey"
    CLOSED = "closed", "已办结", "closed"


class Ending(Word):
    """How a closed ticket ended."""

    ANSWERED = "answered", "即时答复", "answered at once"
    PRAISE_RECORDED = "praise_recorded", "表扬已记录", "praise recorded"
    RESOLVED = "resolved", "已解决", "resolved"
    UNREACHABLE = "unreachable", "无法回访", "requester could not be reached"
    UNANSWERED = "unanswered", "未反馈", "no feedback was ever given"
    CLOSED_UNRESOLVED = "closed_unresolved", "未解决办结", "closed unresolved"


class Outcome(Word):
    """What a unit says it achieved (办理结果); a closed list."""

    RESOLVED = "resolved", "已解决", "resolved"
    PARTLY = "partly", "部分解决", "partly resolved"
    EXPLAINED = "explained", "解释说明", "explained"
    CANNOT_NOW = "cannot_now", "暂时无法解决", "cannot be solved now"
    NOT_FOUND = "not_found", "查无此事", "not found on inspection"


class Satisfaction(Word):
    """The five grades of the callback survey (满意度)."""

    VERY_SATISFIED = "very_satisfied", "非常满意", "very satisfied"
    SATISFIED = "satisfied", "满意", "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied", "基本满意", "basically satisfied"
    DISSATISFIED = "dissatisfied", "不满意", "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied", "非常不满意", "very dissatisfied"


class TryResult(Word):
    """What came of one callback try."""

    ANSWERED = "answered", "已接通", "answered"
    NO_ANSWER = "no_answer", "未接通", "no answer"


class ContactResult(Word):
    """What came of one attempt to contact the requester (联系诉求人)."""

    REACHED = "reached", "已联系", "reached"
    NO_ANSWER = "no_answer", "无人接听", "no answer"
    WRONG_NUMBER = "wrong_number", "号码有误", "wrong number"


class Role(Word):
    """In what capacity somebody acts."""

    AGENT = "agent", "话务员", "agent"
    DISPATCHER = "dispatcher", "派单员", "dispatcher"
    HANDLER = "handler", "承办人", "handler"
    SURVEYOR = "surveyor", "回访员", "callback agent"
    SUPERVISOR = "supervisor", "督办员", "supervisor"
    REQUESTER = "requester", "诉求人", "requester"
    SYSTEM = "system", "系统", "system"


class ClockName(Word):
    """The obligations that run against time."""

    DISPATCH_BY = "dispatch_by", "当天转办", "dispatch by"
    SIGN_BY = "sign_by", "签收时限", "sign by"
    CONTACT_BY = "contact_by", "联系时限", "contact by"
    DOOR_BY = "door_by", "上门时限", "at the door by"
    FEEDBACK_BY = "feedback_by", "办理时限", "feedback by"
    ANSWER_BY = "answer_by", "提级答复时限", "escalation answered by"
    SURVEY_BY = "survey_by", "回访时限", "callback by"
    ASSIST_BY = "assist_by", "协办时限", "assist by"


MAIN_LINE = frozenset(
    {
        ClockName.DISPATCH_BY,
        ClockName.SIGN_BY,
        ClockName.CONTACT_BY,
        ClockName.DOOR_BY,
        ClockName.FEEDBACK_BY,
        ClockName.ANSWER_BY,
        ClockName.SURVEY_BY,
    }
)
"""The clocks every ticket may have; all others belong to a branch."""


class UnitKind(Word):
    """The kinds of units in the city's tree."""

    CITY = "city", "市", "city"
    DESK = "desk", "调度台", "desk"
    DISTRICT = "district", "区", "district"
    TOWN = "town", "街道乡镇", "street or town"
    DEPARTMENT = "department", "市级部门", "department"
    ENTERPRISE = "enterprise", "公共服务企业", "public-service enterprise"


class TaskKind(Word):
    """What units besides the responsible one may be asked for; `clock` names the clock it runs under."""

    ASSIST = "assist", "协办", "assist"

    @property
    def clock(self) -> ClockName:
        """Return the clock such a task runs under."""
        return ClockName(f"{self.value}_by")


class TaskStanding(Word):
    """How a task stands."""

    OPEN = "open", "在办", "open"
    DONE = "done", "已答复", "done"
    WAIVED = "waived", "已免办", "waived"


class AdoptionMode(Word):
    """How another edition of the rules takes hold of a ticket that runs (新规适用方式)."""

    PINNED = "pinned", "沿用旧规", "pinned"
    NEXT_STEP = "next_step", "下一环节起适用", "from the next step"
    NOW = "now", "立即适用", "now"
