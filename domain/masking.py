"""Takes what is personal out of a text and leaves the matter readable: the masked copy of a request.

Rather one number too many than one too few: any eleven digits in a row go, whatever they were meant as.
Dates and the numbers of tickets and incidents stay. Masking a masked text changes nothing.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cached_property

PLACEHOLDERS = {
    "name": "〔姓名〕",
    "address": "〔地址〕",
    "phone": "〔电话〕",
    "number": "〔号码〕",
    "mail": "〔邮箱〕",
    "account": "〔账号〕",
    "plate": "〔车牌〕",
    "door": "〔门牌〕",
}
"""What stands in the place of each kind of personal text."""


class _Shadow(dict[int, str]):
    """Sign for sign what a text means to say: any digit as a plain one, any space as a plain one.

    A place in the shadow is the same place in the text.
    """

    def __missing__(self, code: int) -> str:
        """Work out and remember the shadow of a sign that is not listed."""
        sign = chr(code)
        digit = unicodedata.digit(sign, None)
        self[code] = " " if sign.isspace() else sign if digit is None else str(digit)
        return self[code]


_SHADOW = _Shadow({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})
_SHADOW.update({ord(sign): str(index) for index, sign in enumerate("〇一二三四五六七八九")})
_SHADOW.update({ord("零"): "0", ord("幺"): "1", ord("两"): "2"})

_GAP = r"[\s\-‐‑‒–—―_.·()/\u00ad\u200b-\u200f\u2060\ufeff]{0,3}"
_PLATE_HEADS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领"
_NUM = r"[\d十百]{1,4}"
_HOUSE = rf"(?:{_NUM}号院\s?)?{_NUM}(?:号楼|号院|栋|幢|座|楼|#)\s?"
_NO_QUANTITY = rf"(?![年月日户人多元名米个]|:\d|{_GAP}\d)"
_LABELS = ("", ":", "号", "号:", "号码", "号码:", "号是")
_TRAVEL_PAPERS = "|".join(f"(?<={paper}{label})" for paper in ("护照", "通行证") for label in _LABELS)
_NAMED = "|".join(f"(?<={who}:)" for who in ("姓名", "联系人", "诉求人", "来电人", "投诉人", "举报人"))
_PATTERNS = (
    ("kept", "|".join(re.escape(sign) for sign in PLACEHOLDERS.values())),
    ("kept", r"(?<!\d)(?:19|20)\d\d(?:[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01]))(?!\d)"),
    ("kept", r"(?<!\d)20\d{6}-\d{6}-\d(?!\d)"),
    ("kept", r"(?<![A-Z\d])I20\d{6}-\d{6}(?!\d)"),
    ("mail", r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    ("number", r"\d{12,}[Xx]?"),
    ("number", rf"\d(?:{_GAP}\d){{13,}}(?:{_GAP}[Xx](?![A-Za-z]))?"),
    ("phone", rf"(?:(?:\+|00)?86{_GAP})?1{_GAP}[3-9](?:{_GAP}\d){{9}}"),
    ("number", r"\d{11}"),
    (
        "phone",
        rf"\(?0(?:10|2\d|[3-9]\d{{2}}){_GAP}[2-9](?:{_GAP}\d){{6,7}}(?:{_GAP}(?:转|ext\.?){_GAP}\d{{1,6}})?",
    ),
    ("phone", r"(?<!\d)[2-9]\d{3}[- ]?\d{4}(?!\d|年|元|万|亿|米|度|平)"),
    ("phone", r"(?:(?<=电话)|(?<=电话[::为是]))\d{7,}"),
    (
        "account",
        r"(?:微信号?|wechat|weixin|vx|qq号?)[号::为是\s]{0,3}(?=[a-z0-9_-]{5})(?:[a-z][a-z0-9_-]{5,19}|\d{5,12})",
    ),
    ("number", rf"(?:{_TRAVEL_PAPERS})[A-Z]{{1,2}}\d{{7,9}}(?!\d)"),
    ("name", rf"(?:{_NAMED})\s?[一-鿿][一-鿿\d]{{1,3}}(?![一-鿿\d])"),
    ("plate", rf"[{_PLATE_HEADS}][A-HJ-NP-Z]{_GAP}[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳](?![A-Z0-9])"),
    ("door", rf"(?:{_HOUSE})?{_NUM}单元\s?(?:{_NUM}层\s?)?\d{{2,4}}户"),
    ("door", rf"(?:{_HOUSE})?{_NUM}(?:单元|门)\s?(?:{_NUM}层\s?)?\d{{2,4}}(?:室|号)?{_NO_QUANTITY}"),
    ("door", rf"{_HOUSE}(?:{_NUM}层\s?)?\d{{2,4}}(?:室|号)?{_NO_QUANTITY}"),
    ("door", r"\d{1,3}[-—]\d{1,2}[-—]\d{3,4}(?!\d)"),
    ("door", r"(?<!\d)\d{3,4}室"),
)
_GAPS = re.compile(_GAP.removesuffix("{0,3}") + "+", re.ASCII)
_LABEL = re.compile(r"(?:微信号?|wechat|weixin|vx|qq号?)[号::为是\s]{0,3}", re.IGNORECASE | re.ASCII)
_SHORTEST_PHONE = 5


def mask(text: str, name: str | None = None, phone: str | None = None, address: str | None = None) -> str:
    """Return `text` with personal data replaced by `PLACEHOLDERS`; the rest stays sign for sign.

    `name`, `phone` and `address` are the requester's own and go wherever they occur. Total: never fails,
    whatever Unicode comes. `mask(mask(x, …), …) == mask(x, …)`: it goes on until nothing is left to do, which
    ends, because what is replaced never holds a bracket of a placeholder.
    """
    own = _Own(name, phone, address)
    while True:
        before = text
        if own.may_be_in(text):
            text = _once(own.pattern, text)
        text = _once(_ANYBODYS, text)
        if text == before:
            return text


def is_personal(text: str) -> bool:
    """Return whether masking would take anything out of `text`."""
    return mask(text) != text


def plain_phone(phone: str) -> str:
    """Return the digits of a phone number without China's country code, however it was written."""
    shadow = phone.translate(_SHADOW)
    digits = "".join(sign for sign in shadow if sign in "0123456789") or shadow.strip()
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and len(digits) >= len(prefix) + 10:
            return digits.removeprefix(prefix)
    return digits


def _once(pattern: re.Pattern[str], text: str) -> str:
    pieces: list[str] = []
    done = 0
    shadow = text.translate(_SHADOW)
    for found in pattern.finditer(shadow):
        kind = (found.lastgroup or "").partition("_")[0]
        if kind == "kept":
            continue
        start = found.start()
        if kind == "account":
            label = _LABEL.match(shadow, start)
            start = label.end() if label else start
        pieces += (text[done:start], PLACEHOLDERS[kind])
        done = found.end()
    return "".join((*pieces, text[done:]))


def _alternatives(kinds: Iterable[tuple[str, str]]) -> re.Pattern[str]:
    """Return one pattern for all `kinds`; of two that begin at the same place the first wins."""
    named = (f"(?P<{kind}_{index}>{rule})" for index, (kind, rule) in enumerate(kinds))
    return re.compile("|".join(named), re.IGNORECASE | re.ASCII)


_ANYBODYS = _alternatives(_PATTERNS)


class _Own:
    """The requester's own name, phone and address; too short to identify anyone, they count as not given."""

    def __init__(self, name: str | None, phone: str | None, address: str | None) -> None:
        digits = plain_phone(phone or "")
        self._words = {
            kind: signs
            for kind, signs, least in (("address", _signs(address), 4), ("name", _signs(name), 2))
            if len(signs) >= least
        }
        self._digits = digits if digits.isdecimal() and len(digits) >= _SHORTEST_PHONE else ""

    def may_be_in(self, text: str) -> bool:
        """Return whether the pattern could match: to make it costs more than all other masking."""
        shadow = text.translate(_SHADOW).casefold()
        solid = shadow.replace(" ", "")
        if any(words.casefold() in solid for words in self._words.values()):
            return True
        return bool(self._digits) and self._digits in _GAPS.sub("", shadow)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the pattern that finds all of it, with gaps between its signs."""
        spread = [(kind, r"\s*".join(map(re.escape, words))) for kind, words in self._words.items()]
        phone = [("phone", _GAP.join(self._digits))] if self._digits else []
        return _alternatives((_PATTERNS[0], *spread, *phone))


def _signs(words: str | None) -> str:
    """Return the meaningful signs of `words`: no spaces, no brackets of placeholders."""
    shadow = (words or "").translate(_SHADOW)
    return "".join(sign for sign in shadow if not sign.isspace() and sign not in "〔〕")
