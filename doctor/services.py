"""What the HTTP API says of itself, seen from here."""

import httpx

from doctor.finding import Finding, Skipped
from doctor.installation import Installation

_SECONDS = 2.5
_READY = 200


async def api(at: Installation, edition: str | None, *, engine_answers: bool) -> list[Finding]:
    """Return what is wrong with the API: silent, not ready, without the engine, with another edition."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as line:
            answer = await line.get(f"{at.api}/readyz")
    except httpx.HTTPError as trouble:
        if isinstance(trouble, httpx.ConnectError) and not at.api_expected:
            raise Skipped(f"本机没有接口({at.api}) no API on this machine") from None
        return [_silent(at.api, type(trouble).__name__)]
    if answer.status_code != _READY:
        return [_not_ready(at.api, answer)]
    told = answer.json()
    found: list[Finding] = []
    if told.get("engine") is False and engine_answers:
        found.append(
            Finding(
                "api.without_engine",
                "接口连不上 Temporal(本命令能连上):登记照常,操作返回 503。",
                "The API does not reach Temporal, this command does: commands are answered 503.",
                "核对接口进程的 JIESU_TEMPORAL_ADDRESS 与网络。",
                "Check JIESU_TEMPORAL_ADDRESS of the API's process, and its network.",
            )
        )
    if edition is not None and told.get("edition") != edition:
        found.append(
            Finding(
                "rules.other_edition",
                f"接口按规则 {told.get('edition')} 运行,本机文件是 {edition}。",
                f"The API runs by the edition {told.get('edition')}; the files here make {edition}.",
                "重启接口与工作进程,或在各主机上放置相同的规则文件。",
                "Restart API and workers, or bring the same files to every host.",
            )
        )
    return found


def _silent(address: str, kind: str) -> Finding:
    return Finding(
        "api.silent",
        f"接口 {address} 没有应答({kind})。",
        f"The API at {address} does not answer ({kind}).",
        "启动 jiesu api(systemctl start jiesu-api),查看其日志;核对 JIESU_PORT。",
        "Start jiesu api (systemctl start jiesu-api), read its log; check JIESU_PORT.",
    )


def _not_ready(address: str, answer: httpx.Response) -> Finding:
    try:
        detail = str(answer.json().get("detail", ""))
    except ValueError:
        detail = ""
    return Finding(
        "api.not_ready",
        f"接口 {address} 未就绪({answer.status_code}):{detail}",
        f"The API at {address} is not ready ({answer.status_code}): {detail}",
        "先解决数据库与主密钥的问题;接口随后自行恢复。",
        "Mend database and master key first; the API recovers by itself.",
    )
