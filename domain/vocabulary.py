"""The field's standard words: one word for one idea, with its Chinese and English label.

On the wire and in the database the lower-case value stands; screens show `label`.
Source: Ordinance art. 2, 11, 12, 14, 15, 20, 23 for the words themselves.
"""

from enum import StrEnum
from typing import Self

from phrases import Phrase


class Word(StrEnum):
    """A closed list of words; every member carries its Chinese and English label."""

    label: Phrase

    def __new__(cls, value: str, label: str) -> Self:
        """Return the member `value` with its English `label`, in the context of its list."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.label = Phrase.within(cls.__name__, label)
        return word

    @property
    def zh(self) -> str:
        """Return the Chinese label."""
        return self.label.zh

    @property
    def en(self) -> str:
        """Return the English label."""
        return self.label.en


class RequestType(Word):
    """What the requester wants (诉求类型). Source: Ordinance art. 2."""

    INQUIRY = "inquiry", "inquiry"
    HELP = "help", "help"
    COMPLAINT = "complaint", "complaint"
    REPORT = "report", "report of wrongdoing"
    SUGGESTION = "suggestion", "suggestion"
    PRAISE = "praise", "praise"


class Channel(Word):
    """How a request came in (受理渠道)."""

    PHONE = "phone", "phone"
    WEB = "web", "web"
    APP = "app", "app"
    WECHAT = "wechat", "WeChat"
    WEIBO = "weibo", "Weibo"
    MESSAGE_BOARD = "message_board", "message board"
    QR = "qr", "QR code"
    OPEN311 = "open311", "Open311"
    POLICE = "police", "transfer from 110"
    GRID = "grid", "grid"
    ENTERPRISE_LINE = "enterprise_line", "enterprise line"
    LEADER = "leader", "leader on air"
    MEDIA = "media", "media"
    IMPORT = "import", "import"


class Tier(Word):
    """How soon a matter must be answered (分级). Source: City Opinion of 2020 on four-tier disposal."""

    TIER_1 = "tier_1", "tier 1"
    TIER_2 = "tier_2", "tier 2"
    TIER_3 = "tier_3", "tier 3"
    TIER_4 = "tier_4", "tier 4"


class Level(Word):
    """How high a ticket has climbed (层级)."""

    UNIT = "unit", "unit"
    DISTRICT = "district", "district"
    CITY = "city", "city"


class DispatchMode(Word):
    """The way a ticket leaves for a unit (派单方式). Source: Ordinance art. 12."""

    DIRECT = "direct", "direct"
    DISTRICT = "district", "district"
    DUAL = "dual", "dual"


class Stage(Word):
    """The step of the process a ticket is in."""

    ACCEPT = "accept", "accept"
    DISPATCH = "dispatch", "dispatch"
    HANDLE = "handle", "handle"
    FEEDBACK = "feedback", "feedback"
    EVALUATE = "evaluate", "evaluate"
    CLOSED = "closed", "closed"


class Status(Word):
    """Where exactly a ticket stands inside its stage; the transition table joins these."""

    ACCEPTED = "accepted", "accepted"
    AWAITING_DISPATCH = "awaiting_dispatch", "awaiting dispatch"
    AWAITING_SIGN = "awaiting_sign", "awaiting sign"
    HANDLING = "handling", "being handled"
    HUNG = "hung", "on hold (ledger)"
    FEEDBACK_GIVEN = "feedback_given", "feedback given"
    SURVEYING = "surveying", "callback survey"
    CLOSED = "closed", "closed"
    OBJECTED = "objected", "objection under review"


class Ending(Word):
    """How a closed ticket ended."""

    ANSWERED = "answered", "answered at once"
    PRAISE_RECORDED = "praise_recorded", "praise recorded"
    RESOLVED = "resolved", "resolved"
    UNREACHABLE = "unreachable", "requester could not be reached"
    UNANSWERED = "unanswered", "no feedback was ever given"
    CLOSED_UNRESOLVED = "closed_unresolved", "closed unresolved"
    TRANSFERRED_EMERGENCY = "transferred_emergency", "transferred to an emergency service"
    REFERRED_STATUTORY = "referred_statutory", "referred to the statutory route"
    DUPLICATE_INFORMED = "duplicate_informed", "duplicate: told how the matter stands"
    EXPLAINED_CONFIDENTIAL = "explained_confidential", "explained: secret or private"
    REFERRED_OUT_OF_SCOPE = "referred_out_of_scope", "outside public duties: referred"
    DISSUADED = "dissuaded", "dissuaded: against law or public order"
    NUISANCE = "nuisance", "malicious disturbance of the line"
    EXTERNAL_COORDINATION = "external_coordination", "handed to the central bodies' liaison"
    CROSS_REGION_TRANSFER = "cross_region_transfer", "handed to Tianjin's or Hebei's line"
    WITHDRAWN = "withdrawn", "withdrawn by the requester"


class Outcome(Word):
    """What a unit says it achieved (办理结果); a closed list."""

    RESOLVED = "resolved", "resolved"
    PARTLY = "partly", "partly resolved"
    EXPLAINED = "explained", "explained"
    CANNOT_NOW = "cannot_now", "cannot be solved now"
    NOT_FOUND = "not_found", "not found on inspection"


class Satisfaction(Word):
    """The five grades of the callback survey (满意度)."""

    VERY_SATISFIED = "very_satisfied", "very satisfied"
    SATISFIED = "satisfied", "satisfied"
    BASICALLY_SATISFIED = "basically_satisfied", "basically satisfied"
    DISSATISFIED = "dissatisfied", "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied", "very dissatisfied"


class TryResult(Word):
    """What came of one callback try."""

    ANSWERED = "answered", "answered"
    NO_ANSWER = "no_answer", "no answer"


class ContactResult(Word):
    """What came of one attempt to contact the requester (联系诉求人)."""

    REACHED = "reached", "reached"
    NO_ANSWER = "no_answer", "no answer"
    WRONG_NUMBER = "wrong_number", "wrong number"


class Role(Word):
    """The capacity in which a person or system acts."""

    AGENT = "agent", "agent"
    DISPATCHER = "dispatcher", "dispatcher"
    HANDLER = "handler", "handler"
    SURVEYOR = "surveyor", "callback agent"
    SUPERVISOR = "supervisor", "supervisor"
    REQUESTER = "requester", "requester"
    SYSTEM = "system", "system"
    REVIEWER = "reviewer", "reviewer"


class ClockName(Word):
    """The obligations that run against time."""

    DISPATCH_BY = "dispatch_by", "time to dispatch"
    SIGN_BY = "sign_by", "time to sign"
    CONTACT_BY = "contact_by", "time for first contact"
    DOOR_BY = "door_by", "time to be at the door"
    FEEDBACK_BY = "feedback_by", "time to handle and report"
    ANSWER_BY = "answer_by", "time to answer an escalation"
    SURVEY_BY = "survey_by", "time to call back"
    ASSIST_BY = "assist_by", "time to assist"
    ACK_BY = "ack_by", "time for the emergency service to acknowledge"
    RISK_BY = "risk_by", "time to answer a risk alert"
    EXTENSION_BY = "extension_by", "time to decide an extension"
    ORDER_BY = "order_by", "time to answer a supervision order"
    ORDER_REVIEW_BY = "order_review_by", "time to review a supervision order"
    HANGING_BY = "hanging_by", "time to decide a hold"
    HUNG_REVIEW_BY = "hung_review_by", "time to review a hold"
    HUNG_UPDATE_BY = "hung_update_by", "time to update the requester on a hold"
    MILESTONE_BY = "milestone_by", "time to reach a milestone"
    REVIEW_BY = "review_by", "time to review an objection"
    CONSULT_BY = "consult_by", "time to consult on duties"
    PARALLEL_BY = "parallel_by", "time for the parallel part"
    SUBASSIGNMENT_BY = "subassignment_by", "time for the sub-assignment"
    REPORT_IN_BY = "report_in_by", "time to report in"
    EMERGENCY_BY = "emergency_by", "time to report in for an emergency"
    JOINT_BY = "joint_by", "time for the joint result"
    ESCALATION_BY = "escalation_by", "time to give an opinion on an escalation"
    DELIBERATION_BY = "deliberation_by", "time for residents to deliberate"


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

    CITY = "city", "city"
    DESK = "desk", "desk"
    DISTRICT = "district", "district"
    TOWN = "town", "street or town"
    DEPARTMENT = "department", "department"
    ENTERPRISE = "enterprise", "public-service enterprise"


class TaskKind(Word):
    """What units besides the responsible one may be asked for; `clock` names the clock it runs under."""

    ASSIST = "assist", "assist"
    ACK = "ack", "acknowledgement by an emergency service"
    RISK = "risk", "answer to a risk alert"
    EXTENSION = "extension", "decide an extension"
    ORDER = "order", "supervision order"
    ORDER_REVIEW = "order_review", "closing review of an order"
    HANGING = "hanging", "decide on a hold"
    HUNG_REVIEW = "hung_review", "review of a hold"
    HUNG_UPDATE = "hung_update", "update to the requester on a hold"
    MILESTONE = "milestone", "milestone of a hold"
    PARALLEL = "parallel", "parallel part"
    SUBASSIGNMENT = "subassignment", "sub-assignment"
    WHISTLE = "whistle", "whistle"
    ESCALATION = "escalation", "escalation"
    DELIBERATION = "deliberation", "deliberation"

    @property
    def clock(self) -> ClockName:
        """Return the clock such a task runs under; who is whistled for has to come first of all."""
        return ClockName.REPORT_IN_BY if self == "whistle" else ClockName(f"{self.value}_by")


class TaskStanding(Word):
    """How a task stands."""

    OPEN = "open", "open"
    DONE = "done", "done"
    WAIVED = "waived", "waived"


class Disposal(Word):
    """How a request ends that no unit has to handle (办结不派单); each is the ending of the same value.

    Source: Ordinance art. 11, 21, 22, 37.
    """

    REFERRED_STATUTORY = "referred_statutory", "statutory route"
    DUPLICATE_INFORMED = "duplicate_informed", "duplicate"
    EXPLAINED_CONFIDENTIAL = "explained_confidential", "secret or private"
    REFERRED_OUT_OF_SCOPE = "referred_out_of_scope", "outside public duties"
    DISSUADED = "dissuaded", "against law or public order"
    NUISANCE = "nuisance", "malicious disturbance"
    EXTERNAL_COORDINATION = "external_coordination", "central bodies' liaison"
    CROSS_REGION_TRANSFER = "cross_region_transfer", "Tianjin and Hebei linkage"

    @property
    def ending(self) -> Ending:
        """Return the ending of a ticket that was disposed of so."""
        return Ending(self.value)


class StatutoryRoute(Word):
    """The ways the law provides for a matter (法定渠道); a closed list. Source: Ordinance art. 11 (2)."""

    LITIGATION = "litigation", "litigation"
    ARBITRATION = "arbitration", "arbitration"
    DISCIPLINE = "discipline", "discipline inspection"
    RECONSIDERATION = "reconsideration", "administrative reconsideration"
    DISCLOSURE = "disclosure", "disclosure of government information"
    PETITION = "petition", "petition"


class Region(Word):
    """The neighbours whose hotlines are linked with the city's (京津冀). Source: Ordinance art. 21."""

    TIANJIN = "tianjin", "Tianjin"
    HEBEI = "hebei", "Hebei"


class EmergencyService(Word):
    """The lines a matter is handed to at once (紧急专线). Source: Ordinance art. 11 (1)."""

    POLICE = "110", "police (110)"
    FIRE = "119", "fire and rescue (119)"
    AMBULANCE = "120", "ambulance (120)"
    TRAFFIC = "122", "traffic police (122)"


class RiskLevel(Word):
    """How grave a risk is (风险等级), in the four colours of public warnings."""

    RED = "red", "red (extremely grave)"
    ORANGE = "orange", "orange (grave)"
    YELLOW = "yellow", "yellow (considerable)"
    BLUE = "blue", "blue (ordinary)"


class RedoTo(Word):
    """Who does it again when the requester is not content (重办层级)."""

    SAME_UNIT = "same_unit", "the same unit"
    ONE_LEVEL_UP = "one_level_up", "one level up"


class ExtensionStanding(Word):
    """How an application for more time stands (延期申请)."""

    ASKED = "asked", "not decided yet"
    GRANTED = "granted", "granted"
    REFUSED = "refused", "refused"


class Verdict(Word):
    """What a review of an objection came to (异议审核结论)."""

    UPHELD = "upheld", "upheld"
    REJECTED = "rejected", "rejected"
    LAPSED = "lapsed", "not reviewed in time"


class SignLapse(Word):
    """What follows when nobody signs in time (逾期未签收)."""

    ESCALATE = "escalate", "escalate"
    AUTO_SIGN = "auto_sign", "signed by the system"


class WhistleKind(Word):
    """What a town whistles for (吹哨事项). Source: the three cases of 街乡吹哨、部门报到."""

    HARD_MATTER = "hard_matter", "hard matter"
    JOINT_ENFORCEMENT = "joint_enforcement", "joint enforcement"
    EMERGENCY = "emergency", "emergency"


class EscalateTo(Word):
    """Whose opinion and measures are asked for (提级对象). Source: Ordinance art. 20."""

    DISTRICT = "district", "district"
    CITY = "city", "city"
    INDUSTRY = "industry", "industry department"


class AdoptionMode(Word):
    """How another edition of the rules takes hold of a ticket that runs (新规适用方式)."""

    PINNED = "pinned", "pinned"
    NEXT_STEP = "next_step", "from the next step"
    NOW = "now", "now"
