"""The command line: `s2sad show`, `check`, `rules` and `explain`.

    0  done
    1  `check` or `show --check` found a difference
    2  the command line is wrong: no such file, function, option, argument
    3  the function cannot be differentiated: the diagnostics say where and why
    4  a fault of s2sad itself

Errors go to standard error, what was asked for to standard output.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from s2sad import commands
from s2sad.errors import CompileError, InternalError, escaped
from s2sad.target import UsageError

DONE, DIFFERENT, MISUSED, REFUSED, FAULTY = range(5)

FAULT_HELP = "this is a fault of s2sad: please report it with the function that led to it"
TARGET_HELP = "file.py:function, package.module:function, or either with Class.method"

EPILOG = """exit codes:
  0  done
  1  a check found a difference
  2  wrong usage: no such file, function, option or argument
  3  the function cannot be differentiated; the message says where and why
  4  a fault of s2sad itself
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = parser().parse_args(argv)
    try:
        well = options.run(options)
        sys.stdout.flush()
        return DONE if well else DIFFERENT
    except UsageError as error:
        return _complain(f"s2sad: error: {error}", MISUSED)
    except InternalError as error:
        return _complain(f"s2sad: internal error: {error}\n{FAULT_HELP}", FAULTY)
    except CompileError as error:
        return _complain(str(error), REFUSED)
    except BrokenPipeError:
        # whoever read our output has left: the interpreter must not complain at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception:
        traceback.print_exc()
        return _complain(f"s2sad: {FAULT_HELP}", FAULTY)


def _complain(message: str, code: int) -> int:
    print(escaped(message) if sys.stderr.isatty() else message, file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="s2sad",
        description="Compiles the derivative of a NumPy function into NumPy source.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    adder = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_show(adder)
    _add_check(adder)
    _add_rules(adder)
    _add_explain(adder)
    return top


Adder: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add_show(adder: Adder) -> None:
    show = _command(adder, "show", "print the adjoint of a function", commands.show)
    _add_target(show)
    show.add_argument("--check", action="store_true", help="compare the gradient with two oracles")
    show.add_argument(
        "--stage",
        choices=("source", "ir", "adjoint-ir"),
        default="source",
        help="what to print: the page (default), the primal's IR, or the adjoint's",
    )
    show.add_argument("--after", metavar="PASS", help="print the IR as it is after this pass")
    show.add_argument(
        "--forward-only", action="store_true", help="print the forward sweep without the reverse"
    )
    show.add_argument(
        "--side-by-side", action="store_true", help="print the primal statements beside the page"
    )
    show.add_argument("-o", dest="output", type=Path, metavar="FILE", help="write to a file")


def _add_check(adder: Adder) -> None:
    text = "compare a gradient with two oracles; exit 1 where they differ"
    _add_target(_command(adder, "check", text, commands.check))


def _add_rules(adder: Adder) -> None:
    rules = _command(adder, "rules", "list the functions that have a derivative", commands.rules)
    rules.add_argument("name", nargs="?", help="show one in full: np.tanh")


def _add_explain(adder: Adder) -> None:
    explain = _command(adder, "explain", "explain the code of an error", commands.explain)
    explain.add_argument("code", help="as the error message shows it: S101")


def _command(adder: Adder, name: str, text: str, run: commands.Command) -> argparse.ArgumentParser:
    added = adder.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    added.set_defaults(run=run)
    return added


def _add_target(command: argparse.ArgumentParser) -> None:
    command.add_argument("target", metavar="TARGET", help=TARGET_HELP)
    command.add_argument(
        "--wrt",
        metavar="NAMES",
        help="parameters to differentiate by, names or positions with commas between; "
        "default: the module's <function>_wrt, else WRT, else every argument of floats",
    )
    source = command.add_mutually_exclusive_group()
    source.add_argument(
        "--args",
        metavar="'EXPR, ...'",
        help="arguments that give the types, evaluated in the target's module",
    )
    source.add_argument(
        "--args-from",
        metavar="NAME",
        help="a tuple of arguments in the target's module, or a function that returns one; "
        "default: <function>_args, else ARGS, else annotations that say kind and rank",
    )
