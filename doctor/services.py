"""What the HTTP API says of itself, seen from here."""

import httpx

from doctor.finding import Finding, Skipped
from doctor.installation import Installation
from phrases import Phrase

_SECONDS = 2.5
_READY = 200


async def api(at: Installation, edition: str | None, *, engine_answers: bool) -> list[Finding]:
    """Return what is wrong with the API: silent, not ready, without the engine, with another edition."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as line:
            answer = await line.get(f"{at.api}/readyz")
    except httpx.HTTPError as trouble:
        if isinstance(trouble, httpx.ConnectError) and not at.api_expected:
            raise Skipped(Phrase("no API on this machine", api=at.api)) from None
        return [_silent(at.api, type(trouble).__name__)]
    if answer.status_code != _READY:
        return [_not_ready(at.api, answer)]
    body = answer.json()
    found: list[Finding] = []
    if body.get("engine") is False and engine_answers:
        found.append(
            Finding(
                "api.without_engine",
                Phrase("The API does not reach Temporal, this command does: commands are answered 503."),
                Phrase("Check JIESU_TEMPORAL_ADDRESS of the API's process, and its network."),
            )
        )
    if edition is not None and body.get("edition") != edition:
        found.append(
            Finding(
                "rules.other_edition",
                Phrase(
                    "The API runs by the edition {value}; the files here make {edition}.",
                    value=body.get("edition"),
                    edition=edition,
                ),
                Phrase("Restart API and workers, or bring the same files to every host."),
            )
        )
    return found


def _silent(address: str, kind: str) -> Finding:
    return Finding(
        "api.silent",
        Phrase("The API at {address} does not answer ({kind}).", address=address, kind=kind),
        Phrase("Start jiesu api (systemctl start jiesu-api), read its log; check JIESU_PORT."),
    )


def _not_ready(address: str, answer: httpx.Response) -> Finding:
    try:
        detail = str(answer.json().get("detail", ""))
    except ValueError:
        detail = ""
    return Finding(
        "api.not_ready",
        Phrase(
            "The API at {address} is not ready ({status_code}): {detail}",
            address=address,
            status_code=answer.status_code,
            detail=detail,
        ),
        Phrase("Mend database and master key first; the API recovers by itself."),
    )
