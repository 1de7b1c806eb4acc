"""How often the product's code says `Any`: a type that promises nothing."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
PRODUCT = (
    *("activities", "api", "bench", "chaos", "cli", "clock.py", "deploy", "doctor", "domain", "embedded"),
    *("engine", "operations", "readmodel", "rules", "settings.py", "simulation", "telemetry"),
    *("worker.py", "workflows"),
)
CEILING = 4  # per thousand lines


def sources() -> list[Path]:
    """Return every Python file of the product's packages and modules."""
    files = [ROOT / name for name in PRODUCT if name.endswith(".py")]
    for name in PRODUCT:
        files += sorted((ROOT / name).rglob("*.py"))
    return files


def said(file: Path) -> int:
    """Return how often a file names `Any`, its imports apart."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return sum(
        (isinstance(node, ast.Name) and node.id == "Any")
        or (isinstance(node, ast.Attribute) and node.attr == "Any")
        for node in ast.walk(tree)
    )


def any_per_thousand() -> float:
    """Return how often a thousand lines of the product say `Any`."""
    files = sources()
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    return 1000 * sum(map(said, files)) / lines


def test_any_stays_rare() -> None:
    """A new `Any` is paid for with another one."""
    worst = sorted(((said(file), str(file.relative_to(ROOT))) for file in sources()), reverse=True)[:10]
    assert any_per_thousand() < CEILING, worst


if __name__ == "__main__":
    print(f"{any_per_thousand():.2f} Any per thousand lines")  # noqa: T201
