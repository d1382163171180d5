"""The ``owlake`` command.

owlake                          a prompt
owlake -c "SELECT 1"            one statement, or several with semicolons
owlake run script.sql ...       the statements of files (``-`` is standard input)
owlake translate --from spark   another engine's SQL into Athena's
owlake migrate up               the migrations of a folder
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from owlake_shell.migrations.commands import add_commands as add_migrate

if TYPE_CHECKING:
    from owlake.dbapi import Connection


class _Usage(Exception):  # noqa: N818  (it ends the command, as argparse's own does)
    """The command cannot be run as it was given."""


FORMS = ("table", "vertical", "markdown", "csv", "json", "jsonl")
USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    The answer is the exit status: 0, 1 for a failed statement, 2 for wrong usage, 130 for Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BrokenPipeError:
        # Whoever read our output has gone; that is no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except _Usage as problem:
        sys.stderr.write(f"owlake: {problem}\n")
        return USAGE
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument(
        "--home", default=argparse.SUPPRESS, help="the home directory (default: $OWLAKE_HOME, else ./.owlake)"
    )
    place.add_argument(
        "--database", default=argparse.SUPPRESS, help="the database that names are looked up in (default: default)"
    )
    place.add_argument(
        "--property",
        action="append",
        metavar="NAME=VALUE",
        default=argparse.SUPPRESS,
        help="a session property, such as athena_strict=true",
    )
    place.add_argument(
        "--bucket",
        action="append",
        metavar="NAME=FOLDER",
        default=argparse.SUPPRESS,
        help="let s3://NAME be a folder outside the home, from now on",
    )
    common = argparse.ArgumentParser(add_help=False, parents=[place])
    common.add_argument(
        "--format", choices=FORMS, default=argparse.SUPPRESS, help="how results are written (default: table)"
    )
    common.add_argument(
        "--param",
        action="append",
        metavar="VALUE",
        default=argparse.SUPPRESS,
        help="the value of the next ? in the statement",
    )
    common.add_argument(
        "--result-location",
        metavar="FOLDER",
        default=argparse.SUPPRESS,
        help="the folder, s3://bucket/prefix/, that every statement's result is written to",
    )
    parser = argparse.ArgumentParser(
        prog="owlake", description="Amazon Athena's SQL over a local lake.", parents=[common]
    )
    parser.add_argument("-c", "--command", metavar="SQL", help="run this and leave")
    parser.add_argument("--version", action="version", version=_version())
    parser.set_defaults(run=_command_or_prompt)
    commands = parser.add_subparsers(metavar="COMMAND")
    run = commands.add_parser("run", help="run the statements of files", parents=[common])
    run.add_argument("files", nargs="+", metavar="FILE", help="a script, or - for standard input")
    run.add_argument("--echo", action="store_true", help="write each statement before its result")
    run.add_argument("--summary", action="store_true", help="write rows, bytes scanned and cost after each statement")
    run.set_defaults(run=_run_files)
    translate = commands.add_parser("translate", help="translate another engine's SQL into Athena's")
    translate.add_argument(
        "--from", dest="source", required=True, metavar="DIALECT", help="snowflake, spark, postgres, ..."
    )
    translate.add_argument("files", nargs="*", metavar="FILE", help="what to translate (default: standard input)")
    translate.set_defaults(run=_translate)
    add_migrate(commands, place)
    return parser


def _version() -> str:
    from owlake import __version__  # noqa: PLC0415

    return f"owlake {__version__}"


def _connect(options: argparse.Namespace) -> Connection:
    from owlake.dbapi import connect  # noqa: PLC0415  (help and translate need no engine)

    properties = dict(_pair(text, "--property NAME=VALUE") for text in getattr(options, "property", []))
    buckets = dict(_pair(text, "--bucket NAME=FOLDER") for text in getattr(options, "bucket", []))
    connection = connect(
        getattr(options, "home", None),
        database=getattr(options, "database", "default"),
        session_properties=properties,
        result_location=getattr(options, "result_location", None),
    )
    for name, folder in buckets.items():
        connection.home.link_bucket(name, Path(folder))
    return connection


def _command_or_prompt(options: argparse.Namespace) -> int:
    if options.command is not None:
        return _run_scripts(options, [("", options.command)])
    if not sys.stdin.isatty():
        return _run_scripts(options, [("-", _text_of("-"))])
    from owlake.errors import OwlakeError  # noqa: PLC0415
    from owlake_shell.repl import run_prompt  # noqa: PLC0415  (the prompt loads its toolkit)
    from owlake_shell.settings import read_settings  # noqa: PLC0415

    try:
        settings = read_settings()
        form = getattr(options, "format", settings.format)
        with _connect(options) as connection:
            return run_prompt(connection, replace(settings, format=form))
    except OwlakeError as problem:
        return _failed(problem)


def _run_files(options: argparse.Namespace) -> int:
    return _run_scripts(options, [(name, _text_of(name)) for name in options.files])


def _run_scripts(options: argparse.Namespace, scripts: Sequence[tuple[str, str]]) -> int:
    from owlake.errors import OwlakeError  # noqa: PLC0415
    from owlake.statements.parameters import execution_parameter  # noqa: PLC0415
    from owlake_shell.shell import Shell  # noqa: PLC0415

    try:
        with _connect(options) as connection:
            shell = Shell(
                connection,
                getattr(options, "format", "table"),
                [execution_parameter(text) for text in getattr(options, "param", [])],
                echo=getattr(options, "echo", False),
                summary=getattr(options, "summary", False),
            )
            with closing(shell):
                return shell.run_all(scripts)
    except OwlakeError as problem:
        return _failed(problem)


def _translate(options: argparse.Namespace) -> int:
    from owlake.dialect.translation import translate  # noqa: PLC0415  (sqlglot loads here)
    from owlake.errors import OwlakeError  # noqa: PLC0415

    texts = [_text_of(name) for name in options.files or ["-"]]
    try:
        for text in texts:
            sys.stdout.write(f"{translate(text, options.source)}\n")
    except OwlakeError as problem:
        return _failed(problem)
    return 0


def _text_of(name: str) -> str:
    from owlake.errors import OwlakeError  # noqa: PLC0415
    from owlake_shell.scripts import script_text  # noqa: PLC0415

    try:
        return script_text(name)
    except OwlakeError as problem:
        raise _Usage(problem.message) from problem


def _pair(text: str, form: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not (name and sign and value):
        raise _Usage(f"expected {form}, not '{text}'")
    return name, value


def _failed(problem: Exception) -> int:
    sys.stderr.write(f"{getattr(problem, 'report', problem)}\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
