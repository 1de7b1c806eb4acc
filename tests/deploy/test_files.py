"""The files for containers, Kubernetes and services hold together, since nothing here can start them all.

No container engine and no Kubernetes runs in the tests: structure is held against schemas of the parts we
use, and names against what the programs know.
"""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from deploy.cluster.binaries import VERSION
from deploy.cluster.engine import DATABASES, DYNAMIC_SETTINGS, SERVICES, Store, variables
from embedded.temporal import DYNAMIC
from settings import VARIABLES, Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = DEPLOY / "compose"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
STRING_MAP = {"type": "object", "additionalProperties": {"type": "string"}}
STRINGS = {"type": "array", "items": {"type": "string"}}
SERVICE = {
    "type": "object",
    "properties": {
        "image": {"type": "string", "pattern": r"^[a-z/-]+:[0-9][0-9.]*$"},
        "build": {
            "type": "object",
            "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
            "required": ["context", "dockerfile"],
            "additionalProperties": False,
        },
        "restart": {"enum": ["unless-stopped", "on-failure"]},
        "stop_grace_period": {"type": "string", "pattern": r"^\d+s$"},
        "depends_on": {
            "oneOf": [
                STRINGS,
                {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": {
                            "condition": {
                                "enum": [
                                    "service_started",
                                    "service_healthy",
                                    "service_completed_successfully",
                                ]
                            }
                        },
                        "required": ["condition"],
                        "additionalProperties": False,
                    },
                },
            ]
        },
        "volumes": STRINGS,
        "tmpfs": STRINGS,
        "cap_drop": STRINGS,
        "security_opt": STRINGS,
        "read_only": {"type": "boolean"},
        "shm_size": {"type": "string"},
        "command": STRINGS,
        "entrypoint": STRINGS,
        "environment": STRING_MAP,
        "ports": {"type": "array", "items": {"type": "string", "pattern": r"^127\.0\.0\.1:"}},
        "deploy": {
            "type": "object",
            "properties": {"replicas": {"type": "integer", "minimum": 1}},
            "additionalProperties": False,
        },
        "healthcheck": {
            "type": "object",
            "properties": {
                "test": STRINGS,
                "interval": {"type": "string"},
                "timeout": {"type": "string"},
                "retries": {"type": "integer"},
            },
            "required": ["test"],
            "additionalProperties": False,
        },
    },
    "required": ["image"],
    "additionalProperties": False,
}
COMPOSE_SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "services": {"type": "object", "additionalProperties": SERVICE},
        "volumes": {"type": "object", "additionalProperties": {"type": "null"}},
    },
    "patternProperties": {"^x-": {}},
    "required": ["services"],
    "additionalProperties": False,
}
STORE_SCHEMA = {
    "type": "object",
    "properties": {
        "sql": {
            "type": "object",
            "properties": {
                "pluginName": {"const": "postgres12_pgx"},
                "driverName": {"const": "postgres12_pgx"},
                "databaseName": {"enum": list(DATABASES)},
                "connectAddr": {"type": "string", "pattern": r"^[a-z.]+:\d+$"},
                "connectProtocol": {"const": "tcp"},
                "user": {"type": "string"},
                "existingSecret": {"type": "string"},
                "maxConns": {"type": "integer"},
                "maxIdleConns": {"type": "integer"},
                "maxConnLifetime": {"type": "string"},
                "tls": {"type": "object"},
            },
            "required": ["pluginName", "databaseName", "connectAddr", "user", "existingSecret", "tls"],
            "additionalProperties": False,
        }
    },
    "required": ["sql"],
    "additionalProperties": False,
}
OBJECT_SCHEMA = {
    "type": "object",
    "properties": {
        "apiVersion": {"enum": ["v1", "apps/v1", "batch/v1"]},
        "kind": {"enum": ["ConfigMap", "Deployment", "Job", "PersistentVolumeClaim", "Service"]},
        "metadata": {"type": "object", "required": ["name"]},
        "spec": {"type": "object"},
        "data": STRING_MAP,
    },
    "required": ["apiVersion", "kind", "metadata"],
    "additionalProperties": False,
}


def compose() -> dict[str, Any]:
    """Return the compose file with its anchors resolved."""
    return yaml.safe_load((COMPOSE / "compose.yaml").read_text(encoding="utf-8"))


def server_variables() -> set[str]:
    """Return the variables that the cluster of our tests really configures Temporal with, and their like."""
    ports = dict.fromkeys([*SERVICES, *(f"{name}-membership" for name in SERVICES), "http"], 1)
    ours = set(variables(Store(1, "u", "p"), ports, 4))
    return ours | {"TEMPORAL_SERVICES", "CLUSTER_RPC_ADDRESS", "CLUSTER_HTTP_ADDRESS"}


def test_the_compose_file_has_the_shape_of_one() -> None:
    """Only keys we know, pinned images, and ports on this machine alone."""
    Draft202012Validator(COMPOSE_SCHEMA).validate(compose())


def test_the_schema_of_the_compose_file_can_refuse() -> None:
    """A port for all the world, a misspelt key."""
    for wrong in ({"ports": ["8000:8000"]}, {"enviroment": {}}):
        broken = {"services": {"api": {"image": "jiesu:1", **wrong}}}
        assert list(Draft202012Validator(COMPOSE_SCHEMA).iter_errors(broken))


def test_services_depend_on_services_and_files_are_there() -> None:
    """What compose would tell at the start."""
    composed = compose()
    services, volumes = composed["services"], composed["volumes"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            known = source in volumes or (COMPOSE / source).exists()
            assert known or source == "./master.key", source
    assert (DEPLOY.parent / services["jiesu-api"]["build"]["dockerfile"]).exists()


def test_every_variable_of_the_containers_is_one_their_program_reads() -> None:
    """A misspelt setting does nothing and tells nobody."""
    for name, service in compose()["services"].items():
        given = set(service.get("environment", ()))
        if name.startswith("jiesu-"):
            Settings.from_environment(service["environment"])
            assert given <= set(VARIABLES.values()), name
        elif service["image"].startswith("temporalio/server"):
            assert given <= server_variables(), name
            assert service["environment"]["TEMPORAL_SERVICES"] in SERVICES


def test_every_secret_of_the_compose_file_is_asked_for() -> None:
    """No password stands in the file, and the example names each of them."""
    text = (COMPOSE / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+):\?\}", text))
    assert asked == set(re.findall(r"\$\{(\w+)", text))
    example = (COMPOSE / ".env.example").read_text(encoding="utf-8")
    assert asked == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))


def test_neither_key_nor_passwords_go_into_an_image_or_a_commit() -> None:
    """They lie beside the compose file, inside what is sent to the build; one user alone may read the key."""
    ignored = (DEPLOY.parent / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {"**/.env", "**/*.key", ".git", ".jiesu"} <= set(ignored)
    kept_out = (DEPLOY.parent / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {".env", "/deploy/compose/master.key"} <= set(kept_out)


def test_an_environment_file_says_the_same_to_systemd_and_to_a_shell() -> None:
    """`set -a; . FILE` is how whoever runs `jiesu doctor` by hand gets the settings of the services."""
    file = DEPLOY / "systemd" / "jiesu.env.example"
    pairs = re.findall(r"^(\w+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    done = subprocess.run(
        ["sh", "-c", f"set -a; . {file}; env"],
        capture_output=True, text=True, timeout=10, check=True, env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert {f"{name}={value.strip(chr(39))}" for name, value in pairs} <= set(done.stdout.splitlines())


def test_one_release_of_temporal_stands_everywhere() -> None:
    """The binaries that are built, the containers and the chart."""
    release = VERSION.removeprefix("v")
    images = {service["image"] for service in compose()["services"].values()}
    assert {f"temporalio/server:{release}", f"temporalio/admin-tools:{release}"} <= images
    chart = yaml.safe_load((DEPLOY / "helm" / "values-temporal.yaml").read_text(encoding="utf-8"))
    assert chart["server"]["image"]["tag"] == chart["admintools"]["image"]["tag"] == release


def test_keys_take_turns_on_a_cluster_as_on_one_machine() -> None:
    """Without it a flood of one channel holds up the others; exact turns are an installation's own choice."""
    settings = yaml.safe_load(DYNAMIC_SETTINGS.read_text(encoding="utf-8"))
    embedded = {name: value for name, _, value in (setting.partition("=") for setting in DYNAMIC)}
    fairness = yaml.safe_load(embedded["matching.enableFairness"])
    assert settings["matching.enableFairness"] == [{"value": fairness}]


def test_the_values_for_temporals_chart_have_its_shape() -> None:
    """Both stores, secrets by reference, the dynamic settings the cluster runs with."""
    chart = yaml.safe_load((DEPLOY / "helm" / "values-temporal.yaml").read_text(encoding="utf-8"))
    persistence = chart["server"]["config"]["persistence"]
    stores = persistence["datastores"]
    assert {persistence["defaultStore"], persistence["visibilityStore"]} == set(stores)
    for store in stores.values():
        Draft202012Validator(STORE_SCHEMA).validate(store)
    assert chart["server"]["dynamicConfig"] == yaml.safe_load(DYNAMIC_SETTINGS.read_text(encoding="utf-8"))


def test_jiesus_objects_for_kubernetes_hold_together() -> None:
    """Shape, labels, settings, and no container that may become root."""
    text = (DEPLOY / "helm" / "jiesu.yaml").read_text(encoding="utf-8")
    listed = yaml.safe_load(text)
    assert listed["kind"] == "List"
    objects = listed["items"]
    for thing in objects:
        Draft202012Validator(OBJECT_SCHEMA).validate(thing)
    by_name = {(thing["kind"], thing["metadata"]["name"]): thing for thing in objects}
    settings = by_name["ConfigMap", "jiesu"]["data"]
    assert set(settings) <= set(VARIABLES.values())
    Settings.from_environment(settings)
    for (kind, _), thing in by_name.items():
        if kind not in {"Deployment", "Job"}:
            continue
        template = thing["spec"]["template"]
        if kind == "Deployment":
            assert thing["spec"]["selector"]["matchLabels"] == template["metadata"]["labels"]
        assert template["spec"]["securityContext"]["runAsNonRoot"] is True
        names = {volume["name"] for volume in template["spec"]["volumes"]}
        for container in (*template["spec"].get("initContainers", ()), *template["spec"]["containers"]):
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert {mount["name"] for mount in container["volumeMounts"]} <= names


def test_containers_give_the_master_key_to_the_api_alone() -> None:
    """Nobody else seals or reads words; as with the units of systemd below."""
    services = compose()["services"]
    assert {name for name, service in services.items() if "master.key" in str(service)} == {"jiesu-api"}
    things = yaml.safe_load((DEPLOY / "helm" / "jiesu.yaml").read_text(encoding="utf-8"))["items"]
    holding = [thing["metadata"]["name"] for thing in things if "secretName" in str(thing)]
    assert holding == ["jiesu-api"]


def unit(path: Path) -> configparser.RawConfigParser:
    """Return a unit file as systemd reads it: keys keep their case; of repeated ones the last is kept."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]
    parser.read_string(path.read_text(encoding="utf-8"))
    return parser


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_as_nobody_special_and_may_do_little(path: Path) -> None:
    """A user of its own, no new privileges, a file system that cannot be written, no capability."""
    service = unit(path)["Service"]
    assert service["User"] in {"jiesu", "temporal"}
    assert service["NoNewPrivileges"] == service["ProtectHome"] == service["PrivateDevices"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    if path.name == "jiesu-api@.service":
        assert service["LoadCredential"].startswith("master.key:")
    else:
        assert "master.key" not in path.read_text(encoding="utf-8"), "the key is for who seals words, alone"


def test_a_migration_is_not_cut_off() -> None:
    """An index that is built beside its writers waits for them; restarted each time it is never done."""
    assert unit(DEPLOY / "systemd" / "jiesu-migrate.service")["Service"]["TimeoutStartSec"] == "infinity"


def test_environment_files_of_services_name_settings_that_exist() -> None:
    """The examples are copied as they are."""
    folder = DEPLOY / "systemd"
    ours = names_in(folder / "jiesu.env.example")
    in_units = set(
        re.findall(r"^Environment=(JIESU_\w+)=", "".join(p.read_text() for p in UNITS), re.MULTILINE)
    )
    assert ours | in_units <= set(VARIABLES.values())
    tls = {"SQL_TLS_ENABLED", "SQL_CA", "SQL_HOST_VERIFICATION", "SQL_HOST_NAME"}
    assert names_in(folder / "temporal.env.example") <= server_variables() | tls


def names_in(path: Path) -> set[str]:
    """Return the variables that an environment file sets."""
    return set(re.findall(r"^(\w+)=", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """Its own check, with the two programs in reach; without it the tests above must do."""
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not on this machine")
    for path in (*UNITS, DEPLOY / "systemd" / "jiesu.target"):
        text = path.read_text(encoding="utf-8")
        for program in ("/opt/jiesu/bin/jiesu", "/usr/local/bin/temporal-server"):
            text = text.replace(program, "/bin/true")
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    done = subprocess.run(
        [analyze, "verify", *files], capture_output=True, text=True, timeout=60, check=False
    )
    said = [
        line
        for line in done.stderr.splitlines()
        if str(tmp_path) in line or "jiesu" in line or "temporal" in line
    ]
    assert said == []


def test_no_password_is_shown_on_a_command_line() -> None:
    """Neither by a script nor by a page that tells what to type: everybody can list processes."""
    files = [*DEPLOY.rglob("*.sh"), *DEPLOY.parent.glob("*.md"), *(DEPLOY.parent / "docs").rglob("*.md")]
    shown = re.compile(r"^.*\b(?:psql|pg_dump|pg_restore)\b.*(?:DATABASE_URL|PASSWORD|://).*$", re.MULTILINE)
    assert {str(path): shown.findall(path.read_text(encoding="utf-8")) for path in files} == {
        str(path): [] for path in files
    }


def test_the_shell_scripts_are_shell() -> None:
    """Read by a shell without being run."""
    for script in (COMPOSE / "databases.sh", COMPOSE / "schema.sh"):
        subprocess.run(["sh", "-n", str(script)], check=True, timeout=10)
