"""What `jiesu doctor` prints, and its exit code."""

import asyncio
import json
import time

import typer

from doctor.checkup import examine
from doctor.finding import Checked, Finding, Report
from doctor.installation import Installation
from phrases import Phrase, Said

_PAUSE_SECONDS = 1.0


def run(at: Installation, *, as_json: bool, wait: float = 0) -> int:
    """Examine the installation `at`, print what was found, and return 0 when it is sound, else 1.

    With `wait` it is examined again for so many seconds, until it is sound: a start takes a moment.
    """
    deadline = time.monotonic() + wait
    report = asyncio.run(examine(at))
    while not report.is_sound and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
        report = asyncio.run(examine(at))
    typer.echo(as_document(report) if as_json else as_text(report))
    return 0 if report.is_sound else 1


def unusable_setting(trouble: Exception, *, as_json: bool) -> int:
    """Print that a setting cannot be used, as a finding, and return 1."""
    zh, _, en = str(trouble).partition(" / ")
    finding = Finding("settings.bad", Said(zh, en), Phrase("Correct it and run this again."))
    report = Report((Checked("settings", (finding,), 0.0),))
    typer.echo(as_document(report) if as_json else as_text(report))
    return 1


def as_document(report: Report) -> str:
    """Return the report as JSON for programs."""
    return json.dumps(
        {
            "sound": report.is_sound,
            "findings": [_as_fields(finding) for finding in report.findings],
            "checks": [
                {
                    "name": check.name,
                    "findings": len(check.findings),
                    "skipped": check.skipped,
                    "seconds": round(check.seconds, 3),
                }
                for check in report.checks
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def as_text(report: Report) -> str:
    """Return the report for people: a line for each check, then what is wrong and what to do."""
    lines = [_line(check) for check in report.checks]
    for finding in report.findings:
        lines += [
            "",
            f"✗ {finding.what.zh}  [{finding.code}]",
            f"  怎么办:{finding.do.zh}",
            f"  {finding.what.en}",
            f"  What to do: {finding.do.en}",
        ]
    count = len(report.findings)
    ending = "一切正常。 All is well." if not count else f"发现 {count} 处问题。 {count} findings."
    return "\n".join([*lines, "", ending])


def _line(check: Checked) -> str:
    if check.skipped is not None:
        return f"– {check.name}: {check.skipped}"
    return f"{'✗' if check.findings else '✓'} {check.name} ({check.seconds:.1f} s)"


def _as_fields(finding: Finding) -> dict[str, str]:
    what, do = finding.what, finding.do
    return {"code": finding.code, "zh": what.zh, "en": what.en, "do_zh": do.zh, "do_en": do.en}
