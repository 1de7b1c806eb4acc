"""The masked copy: nothing personal survives, the matter does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.masking import PLACEHOLDERS, is_personal, mask, plain_phone

ANY = st.text(
    st.characters() | st.sampled_from("0123456789Xx+-— ()电话号楼单元室〔〕路灯①½٣ａＡ１\u200b\u202e")
)
MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
GAP = st.sampled_from(["", " ", "-", "－", ".", "\u200b", "  ", " - ", "\u3000", "\u00a0"])


def _identity_card(region: str, born: int, order: int) -> str:
    body = f"{region}{born}{order:03d}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


IDENTITY = st.builds(
    _identity_card,
    st.from_regex(r"[1-8][0-9]{5}", fullmatch=True),
    st.integers(19300101, 20260101),
    st.integers(0, 999),
)


def _luhn(body: str) -> str:
    digits = [int(digit) for digit in reversed(body)]
    total = sum(sum(divmod(digit * 2, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits))
    return body + str(-total % 10)


CARD = st.from_regex(r"(?:62|4|5[1-5])[0-9]{14}", fullmatch=True).map(_luhn)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789Xx")


@given(ANY, MOBILE, ANY)
def test_no_mobile_number_survives(before: str, phone: str, after: str) -> None:
    """Wherever it stands, whatever is written around it."""
    assert phone not in mask(before + phone + after)


@given(MOBILE, GAP, GAP, st.sampled_from(["", "+86", "86 ", "0086-", "(", "电话:"]))
def test_no_mobile_number_in_groups_survives(phone: str, first: str, second: str, prefix: str) -> None:
    """With spaces, dashes, dots, invisible signs, a country code, or in wide digits."""
    written = f"{prefix}{phone[:3]}{first}{phone[3:7]}{second}{phone[7:]}"
    wide = written.translate({ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"})
    for text in (written, wide):
        masked = mask(f"请回电{text},谢谢")
        assert PLACEHOLDERS["phone"] in masked or PLACEHOLDERS["number"] in masked
        assert not any(sign.isdigit() for sign in masked.replace("86", "", 1))
        assert masked.endswith(",谢谢")


@given(ANY, IDENTITY | CARD, ANY)
def test_no_identity_card_or_bank_card_survives(before: str, number: str, after: str) -> None:
    """Valid numbers, wherever they stand."""
    assert number not in mask(before + number + after)


@given(IDENTITY | CARD, st.sampled_from([" ", "-", "  "]))
def test_no_card_number_in_groups_survives(number: str, gap: str) -> None:
    """Written in fours, or an identity card in its three parts."""
    fours = gap.join(number[place : place + 4] for place in range(0, len(number), 4))
    parts = gap.join((number[:6], number[6:14], number[14:]))
    for written in (fours, parts):
        assert len(_digits(mask(f"号码{written}。"))) <= 4


@given(ANY, st.none() | ANY, st.none() | ANY, st.none() | ANY)
def test_masking_a_masked_text_changes_nothing(
    text: str, name: str | None, phone: str | None, address: str | None
) -> None:
    """The masked copy may go through any number of hands; it never fails, whatever Unicode comes."""
    once = mask(text, name, phone, address)
    assert mask(once, name, phone, address) == once


@given(ANY, st.text("欧阳小虎张李王", min_size=2, max_size=4), ANY)
def test_the_requesters_own_name_phone_and_address_do_not_survive(before: str, name: str, after: str) -> None:
    """They are known, so they go wherever they are written, also with spaces inside."""
    address = "龙禧二街三合庄园8号院"
    masked = mask(f"{before},{' '.join(name)},62345678,{address},{after}", name, "62345678", address)
    assert name not in masked
    assert address not in masked
    assert "62345678" not in masked


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我叫张三,电话13800138000,路灯不亮", "我叫张三,电话〔电话〕,路灯不亮"),
        ("固话010-62345678转8001,或(010)62345678", "固话〔电话〕,或〔电话〕"),
        ("区内电话8812 3456,手机138-0013-8000", "区内电话〔电话〕,手机〔电话〕"),
        ("身份证11010119900307123X丢失", "身份证〔号码〕丢失"),
        ("身份证110101 19900307 123x 丢失", "身份证〔号码〕 丢失"),
        ("银行卡6222 0213 8001 3800 012被扣款", "银行卡〔号码〕被扣款"),
        ("发到zhang.san@qq.com即可", "发到〔邮箱〕即可"),
        ("微信号:abc_12345,QQ 123456789", "微信号:〔账号〕,QQ 〔账号〕"),
        ("京A12345和京AD12345乱停,晋B·1234挂", "〔车牌〕和〔车牌〕乱停,〔车牌〕"),
        ("家住3号楼2单元501室没暖气", "家住〔门牌〕没暖气"),
        ("三号楼二单元五〇一室", "〔门牌〕"),
        ("12号院3号楼2单元501,3-2-501,601室", "〔门牌〕,〔门牌〕,〔门牌〕"),
        ("3号楼2单元501户漏水", "〔门牌〕漏水"),
        ("3号楼138 0013 8000", "3号楼〔电话〕"),
        ("电话:1380013800", "电话:〔电话〕"),
        ("幺三八零零幺三八零零零", "〔电话〕"),
        ("两个号13800138000 13900139000", "两个号〔号码〕"),
    ],
)
def test_what_is_personal_goes_and_the_rest_stays(said: str, kept: str) -> None:
    """The ways in which people write these things in complaints."""
    assert mask(said) == kept
    assert is_personal(said)


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-20至2026-11-22每天22:00后施工,2021.11.20-2021.12.05停水",
        "三室一厅,500户居民,3号楼电梯坏了,3号楼2023年建成,5号楼30多户没电,5号楼20:30停水",
        "工单20261122-000017-4至今未办,已并入I20261122-000001",
        "已拨打12345、110和96310,又打400-810-1234",
        "收费12345678元,面积1200平米,温度18度,公交300路,京藏高速出口",
        "微信公众号打不开,QQ群里没人管",
        "第3号楼第2单元门禁坏",
        "电话打不通",
    ],
)
def test_the_matter_stays_readable(said: str) -> None:
    """Dates, ticket numbers, hotlines, amounts, numbers of people and buildings are what it is about."""
    assert mask(said) == said
    assert not is_personal(said)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("我是欧阳小虎", "我是〔姓名〕"),
        ("欧 阳 小 虎家的灯", "〔姓名〕家的灯"),
        ("龙禧二街8号院门口", "〔地址〕门口"),
        ("打62345678找我", "打〔电话〕找我"),
        ("打6234-5678找我", "打〔电话〕找我"),
        ("路灯不亮", "路灯不亮"),
    ],
)
def test_what_a_requester_has_given_goes_wherever_it_is_said(said: str, kept: str) -> None:
    """Name, address and phone number, with gaps between the signs as well."""
    assert mask(said, name="欧阳小虎", phone="62345678", address="龙禧二街8号院") == kept


def test_words_too_short_to_identify_anyone_are_not_taken_out() -> None:
    """A surname alone, or a district as address, would take the matter with it."""
    assert mask("王府井路灯不亮,昌平区", name="王", phone="110", address="昌平区") == "王府井路灯不亮,昌平区"


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "+86 138-0013-8000",
        "0086 13800138000",
        "１３８００１３８０００",
        "86-13800138000",
    ],
)
def test_one_phone_number_is_one_however_it_is_written(written: str) -> None:
    """So that its keyed hash is one, too."""
    assert plain_phone(written) == "13800138000"


def test_a_number_that_begins_like_the_country_code_keeps_it() -> None:
    """86 at the beginning of a local number is no country code."""
    assert plain_phone("8612 3456") == "86123456"
    assert plain_phone("分机 x") == "分机 x"


@pytest.mark.parametrize(
    "unit",
    ["1 ", "1-", "a", "微信号", "1单元", "京A", "〔电话〕", "1.", "a@", "a.", "（", "2021-1-1"],
)
@pytest.mark.timeout(30)
def test_a_long_text_of_one_thing_does_not_hang(unit: str) -> None:
    """No text of the greatest length that is taken can hold up the intake."""
    text = unit * (10_000 // len(unit))
    assert len(mask(text, "张三", "13800138000", "龙禧二街三合庄园8号院")) <= len(text)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("姓名:欧阳小虎。路灯不亮", "姓名:〔姓名〕。路灯不亮"),
        ("联系人：李雷,请尽快", "联系人：〔姓名〕,请尽快"),
        ("护照E12345678丢了", "护照〔号码〕丢了"),
        ("通行证号：C12345678。", "通行证号：〔号码〕。"),
    ],
)
def test_what_is_announced_as_a_name_or_a_travel_paper_goes(said: str, kept: str) -> None:
    """The label says what follows; the label itself stays."""
    assert mask(said) == kept


@pytest.mark.parametrize("said", ["联系人:物业公司一直无人接听", "工牌BJ1234567", "护照办理排队两小时"])
def test_what_only_looks_like_a_name_or_a_paper_stays(said: str) -> None:
    """A sentence after the label, a code without one, a matter about passports."""
    assert mask(said) == said
