"""Alerts and dashboards ask for what an installation really tells; every alert has its runbook."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import promql_parser
import pytest
import yaml
from temporalio.client import Client

from domain.vocabulary import Level, Stage, Status
from tests.conftest import TEMPLATE, database_url, execute
from tests.deploy.scraping import Scrape, scraped

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
RUNBOOKS = ROOT / "docs" / "operations" / "runbooks"
RULES: dict[str, Any] = yaml.safe_load((MONITORING / "alerts.yaml").read_text(encoding="utf-8"))
ALERTS: list[dict[str, Any]] = [rule for group in RULES["groups"] for rule in group["rules"]]
BOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in (MONITORING / "grafana").glob("*.json")
}
OF_PROMETHEUS: Scrape = {"up": {"job", "instance"}}
EVERYWHERE = {"job", "instance"}
MOST_SERIES_OF_A_METRIC = 400
"""Labels stay within it whatever happens in a city: routes times statuses, districts, commands."""


def expressions() -> dict[str, str]:
    """Return every expression that is asked, by where it stands."""
    asked = {f"alert {alert['alert']}": alert["expr"] for alert in ALERTS}
    for uid, board in BOARDS.items():
        for panel in board["panels"]:
            asked |= {f"{uid} {panel['id']}{target['refId']}": target["expr"] for target in panel["targets"]}
    return asked


EXPRESSIONS = expressions()


def selectors(expression: Any) -> Iterator[Any]:  # noqa: ANN401 - the parser's tree
    """Return every selector of series in a parsed expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
    elif isinstance(expression, promql_parser.MatrixSelector):
        yield expression.vector_selector
    for name in ("expr", "lhs", "rhs", "param"):
        inner = getattr(expression, name, None)
        if inner is not None:
            yield from selectors(inner)
    for inner in getattr(expression, "args", None) or ():
        yield from selectors(inner)


@dataclass(frozen=True)
class Exposed:
    """What a running API and worker expose: names with labels, and the text."""

    series: Scrape
    api: str
    worker: str


@pytest.fixture(scope="module")
async def exposed(postgres_url: str, client: Client, tmp_path_factory: pytest.TempPathFactory) -> Exposed:
    """The scrapes of an API and a worker to which everything that is counted has happened."""
    name = f"exposed_{uuid4().hex[:12]}"
    await execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY FILE_COPY')
    url = database_url(postgres_url, name)
    api, worker, api_text, worker_text = await scraped(url, client, tmp_path_factory.mktemp("exposed"))
    await execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')
    return Exposed({**OF_PROMETHEUS, **api, **worker}, api_text, worker_text)


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_expression_is_promql(where: str) -> None:
    """A rule that does not parse keeps Prometheus from starting."""
    parsed = promql_parser.parse(EXPRESSIONS[where])
    assert list(selectors(parsed)), "an expression without a series says nothing"


async def test_every_series_that_is_asked_for_is_exposed(exposed: Exposed) -> None:
    """A name that nobody serves is an alert that never rings; a label that nobody sets lies."""
    missing: set[str] = set()
    for where, expression in EXPRESSIONS.items():
        for selector in selectors(promql_parser.parse(expression)):
            labels = exposed.series.get(selector.name)
            if labels is None:
                missing.add(f"{where}: {selector.name}")
                continue
            asked = {matcher.name for matcher in selector.matchers.matchers}
            missing |= {f"{where}: {selector.name}{{{label}}}" for label in asked - labels - EVERYWHERE}
    assert missing == set()


async def test_every_value_that_is_asked_for_exists(exposed: Exposed) -> None:
    """A status that no ticket ever has, a route that is no more: such a filter finds nothing, silently."""
    words = {str(word) for kind in (Stage, Status, Level) for word in kind} | {"true", "false"}
    known = words | {"jiesu-api", "jiesu-worker", "in_doubt"}
    known |= set(re.findall(r'="([^"]*)"', exposed.api + exposed.worker))
    for where, expression in EXPRESSIONS.items():
        for selector in selectors(promql_parser.parse(expression)):
            for matcher in selector.matchers.matchers:
                if matcher.op == promql_parser.MatchOp.Equal:
                    assert matcher.value in known, (where, matcher.value)


@pytest.mark.parametrize("where", EXPRESSIONS)
async def test_sums_are_kept_apart_by_labels_that_are_there(exposed: Exposed, where: str) -> None:
    """`by (...)` with a label that no series has makes one line of all."""
    known = EVERYWHERE.union(*exposed.series.values())
    for kept in re.findall(r"\bby \(([^)]*)\)", EXPRESSIONS[where]):
        assert {label.strip() for label in kept.split(",")} <= known


@pytest.mark.parametrize("uid", BOARDS)
async def test_a_legend_names_labels_that_are_there(exposed: Exposed, uid: str) -> None:
    """Else Grafana shows the braces."""
    known = EVERYWHERE.union(*exposed.series.values())
    for panel in BOARDS[uid]["panels"]:
        for target in panel["targets"]:
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= known


async def test_labels_hold_neither_numbers_of_tickets_nor_anything_that_grows(exposed: Exposed) -> None:
    """Whatever is filed and whoever asks: a series for each would fill any store."""
    for text in (exposed.api, exposed.worker):
        assert not re.search(r"\d{8}-\d{6}-\d", text)
        assert "workflow_id" not in text
        names = [line.split("{")[0] for line in text.splitlines() if not line.startswith("#")]
        assert max(names.count(name) for name in set(names)) <= MOST_SERIES_OF_A_METRIC


async def test_what_went_wrong_was_labelled_by_cause(exposed: Exposed) -> None:
    """A bug, a release that does not fit, a timer, a request without a workflow, an engine that is away."""
    for series in (
        'temporal_workflow_task_execution_failed_total{failure_reason="NonDeterminismError"',
        'temporal_workflow_task_execution_failed_total{failure_reason="WorkflowError"',
        'jiesu_reconciled_tickets_total{what="started"} 1',
        'jiesu_projection_accounts_total{outcome="held"}',
        "jiesu_timer_lateness_seconds_count{",
    ):
        assert series in exposed.worker
    for series in (
        'jiesu_requests_filed_total{workflow="left_to_reconciliation"} 1.0',
        'jiesu_engine_call_seconds_count{call="start",outcome="ok"} ',
        'jiesu_engine_call_seconds_count{call="update",outcome="ok"} ',
        'jiesu_admission_refused_total{lane="lists",reason="full"} 1.0',
        "jiesu_data_disk_free_bytes ",
    ):
        assert series in exposed.api
    assert re.search(r'jiesu_engine_call_seconds_count{call="start",outcome="(away|timeout)"} 1', exposed.api)


def test_every_alert_says_what_it_is_in_two_languages_and_where_its_runbook_is() -> None:
    """Whoever an alert wakes reads what it means before anything else."""
    for alert in ALERTS:
        assert alert["labels"]["severity"] in {"critical", "warning"}, alert
        for words in (alert["annotations"]["summary"], alert["annotations"]["description"]):
            chinese, slash, english = words.partition(" / ")
            assert slash, words
            assert re.search(r"[\u4e00-\u9fff]", chinese), words
            assert not re.search(r"[\u4e00-\u9fff]", english), words
        assert (ROOT / alert["annotations"]["runbook"]).is_file(), alert["alert"]
        assert re.fullmatch(r"\d+[smhd]", alert["for"])
    assert len({alert["alert"] for alert in ALERTS}) == len(ALERTS)


def test_every_runbook_belongs_to_an_alert_and_names_it() -> None:
    """A page that no alert leads to is never read in time."""
    led_to = {Path(alert["annotations"]["runbook"]).name: alert["alert"] for alert in ALERTS}
    assert {path.name for path in RUNBOOKS.glob("*.md")} == set(led_to)
    for name, alert in led_to.items():
        page = (RUNBOOKS / name).read_text(encoding="utf-8")
        assert f"`{alert}`" in page
        for chapter in ("对市民意味着什么", "先看", "怎么做"):
            assert f"## {chapter}" in page


@pytest.mark.parametrize("uid", BOARDS)
def test_a_dashboard_can_be_imported(uid: str) -> None:
    """What Grafana needs is there; no two panels share an id or a place."""
    board = BOARDS[uid]
    assert board["uid"] == uid
    assert {"title", "schemaVersion", "panels", "time", "templating"} <= board.keys()
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        assert {"type", "title", "datasource", "gridPos", "targets", "fieldConfig"} <= panel.keys()
        assert re.search(r"[\u4e00-\u9fff].* [A-Za-z]", panel["title"]), panel["title"]
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        references = [target["refId"] for target in panel["targets"]]
        assert len(set(references)) == len(references) > 0
    assert [variable["name"] for variable in board["templating"]["list"]] == ["datasource"]


def test_the_example_scrapes_the_jobs_that_the_alerts_name() -> None:
    """An alert on a job that nobody scrapes rings for ever."""
    example = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    jobs = {job["job_name"] for job in example["scrape_configs"]}
    assert jobs == {"jiesu-api", "jiesu-worker"}
    assert example["rule_files"] == ["alerts.yaml"]
