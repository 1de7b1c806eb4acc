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
    HUNG = "hung", "挂账", "on the hung ledger"
    FEEDBACK_GIVEN = "feedback_given", "已反馈", "feedback given"
    SURVEYING = "surveying", "回访中", "callback survey"
    CLOSED = "closed", "已办结", "closed"
    OBJECTED = "objected", "派单异议审核中", "objection under review"


class Ending(Word):
    """How a closed ticket ended."""

    ANSWERED = "answered", "即时答复", "answered at once"
    PRAISE_RECORDED = "praise_recorded", "表扬已记录", "praise recorded"
    RESOLVED = "resolved", "已解决", "resolved"
    UNREACHABLE = "unreachable", "无法回访", "requester could not be reached"
    UNANSWERED = "unanswered", "未反馈", "no feedback was ever given"
    CLOSED_UNRESOLVED = "closed_unresolved", "未解决办结", "closed unresolved"
    TRANSFERRED_EMERGENCY = "transferred_emergency", "已转紧急专线", "transferred to an emergency service"
    REFERRED_STATUTORY = "referred_statutory", "告知法定渠道", "referred to the statutory route"
    DUPLICATE_INFORMED = "duplicate_informed", "重复诉求已告知", "duplicate: told how the matter stands"
    EXPLAINED_CONFIDENTIAL = "explained_confidential", "涉密涉隐私已解释", "explained: secret or private"
    REFERRED_OUT_OF_SCOPE = "referred_out_of_scope", "超出职责已引导", "outside public duties: referred"
    DISSUADED = "dissuaded", "违法悖俗已劝导", "dissuaded: against law or public order"
    NUISANCE = "nuisance", "恶意扰乱", "malicious disturbance of the line"
    EXTERNAL_COORDINATION = "external_coordination", "转在京单位协调", "handed to the central bodies' liaison"
    CROSS_REGION_TRANSFER = "cross_region_transfer", "转京津冀联动", "handed to Tianjin's or Hebei's line"
    WITHDRAWN = "withdrawn", "诉求人撤回", "withdrawn by the requester"


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
    REVIEWER = "reviewer", "审核员", "reviewer"


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
    ACK_BY = "ack_by", "专线回执时限", "emergency service acknowledges by"
    RISK_BY = "risk_by", "风险答复时限", "risk alert answered by"
    EXTENSION_BY = "extension_by", "延期审批时限", "extension decided by"
    ORDER_BY = "order_by", "督办时限", "supervision order answered by"
    ORDER_REVIEW_BY = "order_review_by", "督办审结时限", "supervision order reviewed by"
    HANGING_BY = "hanging_by", "挂账审批时限", "hanging decided by"
    HUNG_REVIEW_BY = "hung_review_by", "挂账复核时限", "hung matter reviewed by"
    HUNG_UPDATE_BY = "hung_update_by", "挂账告知时限", "requester told of the hung matter by"
    MILESTONE_BY = "milestone_by", "节点时限", "milestone reached by"
    REVIEW_BY = "review_by", "异议审核时限", "objection reviewed by"
    CONSULT_BY = "consult_by", "会商时限", "consultation by"
    PARALLEL_BY = "parallel_by", "双派并办时限", "parallel part by"
    SUBASSIGNMENT_BY = "subassignment_by", "二级派单时限", "sub-assignment by"
    REPORT_IN_BY = "report_in_by", "报到时限", "report in by"
    EMERGENCY_BY = "emergency_by", "应急报到时限", "report in for an emergency by"
    JOINT_BY = "joint_by", "联合处置时限", "joint result by"
    ESCALATION_BY = "escalation_by", "提级意见时限", "opinion on an escalation by"
    DELIBERATION_BY = "deliberation_by", "议事协商时限", "residents deliberate by"


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
    ACK = "ack", "专线回执", "acknowledgement by an emergency service"
    RISK = "risk", "风险处置", "answer to a risk alert"
    EXTENSION = "extension", "延期审批", "decide an extension"
    ORDER = "order", "督办", "supervision order"
    ORDER_REVIEW = "order_review", "督办审结", "closing review of an order"
    HANGING = "hanging", "挂账审批", "decide a hanging"
    HUNG_REVIEW = "hung_review", "挂账复核", "review of a hung matter"
    HUNG_UPDATE = "hung_update", "挂账告知", "word to the requester of a hung matter"
    MILESTONE = "milestone", "挂账节点", "milestone of a hung matter"
    PARALLEL = "parallel", "双派并办", "parallel part"
    SUBASSIGNMENT = "subassignment", "二级派单", "sub-assignment"
    WHISTLE = "whistle", "吹哨报到", "whistle"
    ESCALATION = "escalation", "提级", "escalation"
    DELIBERATION = "deliberation", "议事协商", "deliberation"

    @property
    def clock(self) -> ClockName:
        """Return the clock such a task runs under; who is whistled for has to come first of all."""
        return ClockName.REPORT_IN_BY if self == "whistle" else ClockName(f"{self.value}_by")


class TaskStanding(Word):
    """How a task stands."""

    OPEN = "open", "在办", "open"
    DONE = "done", "已答复", "done"
    WAIVED = "waived", "已免办", "waived"


class Disposal(Word):
    """How a request ends that no unit has to handle (办结不派单); each is the ending of the same value.

    Source: Ordinance art. 11, 21, 22, 37.
    """

    REFERRED_STATUTORY = "referred_statutory", "法定渠道", "statutory route"
    DUPLICATE_INFORMED = "duplicate_informed", "重复诉求", "duplicate"
    EXPLAINED_CONFIDENTIAL = "explained_confidential", "涉密涉隐私", "secret or private"
    REFERRED_OUT_OF_SCOPE = "referred_out_of_scope", "超出职责范围", "outside public duties"
    DISSUADED = "dissuaded", "违法悖俗", "against law or public order"
    NUISANCE = "nuisance", "恶意扰乱", "malicious disturbance"
    EXTERNAL_COORDINATION = "external_coordination", "在京单位协调联动", "central bodies' liaison"
    CROSS_REGION_TRANSFER = "cross_region_transfer", "京津冀联动", "Tianjin and Hebei linkage"

    @property
    def ending(self) -> Ending:
        """Return the ending of a ticket that was disposed of so."""
        return Ending(self.value)


class StatutoryRoute(Word):
    """The ways the law provides for a matter (法定渠道); a closed list. Source: Ordinance art. 11 (2)."""

    LITIGATION = "litigation", "诉讼", "litigation"
    ARBITRATION = "arbitration", "仲裁", "arbitration"
    DISCIPLINE = "discipline", "纪检监察", "discipline inspection"
    RECONSIDERATION = "reconsideration", "行政复议", "administrative reconsideration"
    DISCLOSURE = "disclosure", "政府信息公开", "disclosure of government information"
    PETITION = "petition", "信访", "petition"


class Region(Word):
    """The neighbours whose hotlines are linked with the city's (京津冀). Source: Ordinance art. 21."""

    TIANJIN = "tianjin", "天津市", "Tianjin"
    HEBEI = "hebei", "河北省", "Hebei"


class EmergencyService(Word):
    """The lines a matter is handed to at once (紧急专线). Source: Ordinance art. 11 (1)."""

    POLICE = "110", "110报警服务台", "police (110)"
    FIRE = "119", "119消防救援", "fire and rescue (119)"
    AMBULANCE = "120", "120医疗急救", "ambulance (120)"
    TRAFFIC = "122", "122交通事故报警", "traffic police (122)"


class RiskLevel(Word):
    """How grave a risk is (风险等级), in the four colours of public warnings."""

    RED = "red", "红色(特别重大)", "red (extremely grave)"
    ORANGE = "orange", "橙色(重大)", "orange (grave)"
    YELLOW = "yellow", "黄色(较大)", "yellow (considerable)"
    BLUE = "blue", "蓝色(一般)", "blue (ordinary)"


class RedoTo(Word):
    """Who does it again when the requester is not content (重办层级)."""

    SAME_UNIT = "same_unit", "原单位", "the same unit"
    ONE_LEVEL_UP = "one_level_up", "上一级", "one level up"


class ExtensionStanding(Word):
    """How an application for more time stands (延期申请)."""

    ASKED = "asked", "待审批", "not decided yet"
    GRANTED = "granted", "已批准", "granted"
    REFUSED = "refused", "未批准", "refused"


class Verdict(Word):
    """What a review of an objection came to (异议审核结论)."""

    UPHELD = "upheld", "异议成立", "upheld"
    REJECTED = "rejected", "异议不成立", "rejected"
    LAPSED = "lapsed", "逾期未审", "not reviewed in time"


class SignLapse(Word):
    """What follows when nobody signs in time (逾期未签收)."""

    ESCALATE = "escalate", "提级", "escalate"
    AUTO_SIGN = "auto_sign", "自动签收", "signed by the system"


class WhistleKind(Word):
    """What a town whistles for (吹哨事项). Source: the three cases of 街乡吹哨、部门报到."""

    HARD_MATTER = "hard_matter", "重难点问题", "hard matter"
    JOINT_ENFORCEMENT = "joint_enforcement", "综合执法", "joint enforcement"
    EMERGENCY = "emergency", "应急处置", "emergency"


class EscalateTo(Word):
    """Whose opinion and measures are asked for (提级对象). Source: Ordinance art. 20."""

    DISTRICT = "district", "区级", "district"
    CITY = "city", "市级", "city"
    INDUSTRY = "industry", "行业主管部门", "industry department"


class AdoptionMode(Word):
    """How another edition of the rules takes hold of a ticket that runs (新规适用方式)."""

    PINNED = "pinned", "沿用旧规", "pinned"
    NEXT_STEP = "next_step", "下一环节起适用", "from the next step"
    NOW = "now", "立即适用", "now"
