"""Groups of commands whose modules are imported when one of their commands is asked for."""

import importlib
from collections.abc import Mapping
from typing import Any

from typer.core import TyperGroup
from typer.main import get_group


def lazy(modules: Mapping[str, str]) -> type[TyperGroup]:
    """Return the class of a group that has, beside its own commands, each name of `modules`.

    The module behind a name offers a typer `app`: the command is the one of that name in it, or all of it.
    """

    class Lazy(TyperGroup):
        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - typer's copy of click, not public
            return list(dict.fromkeys((*super().list_commands(ctx), *modules)))

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - see above
            if cmd_name in modules and cmd_name not in self.commands:
                part = get_group(importlib.import_module(modules[cmd_name]).app)
                command = part.commands.get(cmd_name, part)
                command.name = cmd_name
                self.commands[cmd_name] = command
            return super().get_command(ctx, cmd_name)

    return Lazy
