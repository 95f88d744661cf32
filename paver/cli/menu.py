"""The verbs: where each is, and what the help says of it. A new verb is a file in `verbs/` and a line here."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

import click
from click.shell_completion import CompletionItem

from paver.cli.helptext import help_text


@dataclass(frozen=True, slots=True)
class Verb:
    """One line of the menu."""

    group: str
    name: str
    does: str


VERBS = (
    Verb("Begin", "init", "write a spec to start from"),
    Verb("Begin", "validate", "check it; every error with file, line and column"),
    Verb("Begin", "preflight", "find out what would fail later, all at once"),
    Verb("Begin", "permissions", "what paver itself must be allowed for this spec"),
    Verb("Pave", "plan", "show what would change"),
    Verb("Pave", "pave", "change it; run it again whenever in doubt"),
    Verb("Pave", "verify", "show what somebody else changed"),
    Verb("Pave", "destroy", "delete what the environment owns, and prove it"),
    Verb("Use", "status", "what there is, what expires, who holds the lock"),
    Verb("Use", "outputs", "the environment document, or one value of it"),
    Verb("Use", "render", "the document as BOSH, Concourse and others read it"),
    Verb("Use", "print-env", "variables for a shell, of bosh, credhub and ssh"),
    Verb("Keep", "secrets", "list, show and rotate what paver keeps secret"),
    Verb("Keep", "leftovers", "what a lost environment left behind"),
    Verb("Keep", "unlock", "free a lease that a dead run left behind"),
    Verb("Keep", "certificates", "list and rotate"),
    Verb("Keep", "doctor", "what is wrong with this installation"),
    Verb("Keep", "completion", "let the shell complete verbs and flags"),
    Verb("Keep", "version", "what runs"),
    Verb("Extend", "drivers", "what is installed"),
    Verb("Extend", "new-driver", "write a driver package to start from"),
    Verb("Extend", "conform", "judge a driver by the contract's tests"),
    Verb("Extend", "wire", "a bad line to try a client on"),
    Verb("Extend", "sandbox", "a local IaaS to try things on"),
    Verb("Extend", "schema", "JSON Schema of spec and document"),
)


class Menu(click.Group):
    """The root: a verb's module is imported when the verb is used, and only that one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All verbs, in the order of the help."""
        del ctx
        return [verb.name for verb in VERBS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now."""
        del ctx
        if not any(verb.name == cmd_name for verb in VERBS):
            return None
        module = importlib.import_module(f"paver.cli.verbs.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest verb named where there is none of that name."""
        from difflib import get_close_matches  # noqa: PLC0415  the help needs none

        name = args[0]
        if name not in self.list_commands(ctx) and not name.startswith("-"):
            near = get_close_matches(name, self.list_commands(ctx), 1)
            hint = f"did you mean {near[0]}?" if near else "`paver --help` lists them"
            raise click.UsageError(f"there is no verb {name}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names and words from the menu, so that completing a verb imports none of them."""
        found = [CompletionItem(verb.name, help=verb.does) for verb in VERBS if verb.name.startswith(incomplete)]
        return [*found, *(super(click.Group, self).shell_complete(ctx, incomplete) if incomplete[:1] == "-" else [])]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The whole help, by group."""
        del ctx
        formatter.write(help_text([(verb.group, verb.name, verb.does) for verb in VERBS]))


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    del param
    if value:
        from paver import __version__  # noqa: PLC0415  read only when it is asked for

        click.echo(f"paver {__version__}")
        ctx.exit()


root = Menu(
    "paver",
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version, help="What runs."
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    no_args_is_help=True,
)
