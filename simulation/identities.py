"""Made-up people: names, telephone and identity numbers that look right and are drawn by chance."""

from random import Random

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余"
_TITLES = ("先生", "女士", "同志")
_PREFIXES = ("133", "136", "138", "139", "150", "152", "158", "177", "180", "186", "188", "189", "191", "199")
_REGION = "110000"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_OLDEST, _YOUNGEST = 1945, 2005


def full_name(rng: Random) -> str:
    """Return how somebody gives his name to the hotline: a surname with a form of address."""
    return rng.choice(_SURNAMES) + rng.choice(_TITLES)


def mobile_number(rng: Random) -> str:
    """Return eleven digits that begin as the mobile numbers of China do."""
    return rng.choice(_PREFIXES) + f"{rng.randrange(10**8):08d}"


def identity_number(rng: Random) -> str:
    """Return eighteen characters whose last one checks the others.

    Source: GB 11643-1999 (ISO 7064, MOD 11-2).
    """
    born = f"{rng.randint(_OLDEST, _YOUNGEST)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
    body = f"{_REGION}{born}{rng.randrange(1000):03d}"
    return body + check_character(body)


def check_character(body: str) -> str:
    """Return the last character of the identity number that begins with the seventeen digits of `body`."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]
