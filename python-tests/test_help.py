"""The help texts and docs/command.md tell the same."""

import pathlib
import re

import pytest

DOCS = (pathlib.Path(__file__).resolve().parent.parent / "docs/command.md").read_text()

SUBCOMMANDS = ("build-index", "tune-index", "search", "score-index", "describe")


def documented(subcommand):
    """The options in the table of a subcommand."""
    section = DOCS.split(f"\n## {subcommand}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return {name for row in rows for name in re.findall(r"`(--?[a-z][a-z-]*)`", row)}


def shown(vicinal, subcommand):
    """The options that the help lists."""
    text = vicinal("help", subcommand).stdout.split("\nOPTIONS:\n")[1]
    heads = [line[:26] + line[26:].split("  ")[0] for line in text.splitlines()
             if line.startswith("  -")]
    return {name for head in heads for name in re.findall(r"(?<![\w<-])--?[a-z][a-z-]*", head)}


@pytest.mark.parametrize("subcommand", SUBCOMMANDS[:4])
def test_every_documented_option_is_in_the_help(vicinal, subcommand):
    assert len(documented(subcommand)) > 5
    assert documented(subcommand) - shown(vicinal, subcommand) == set()


@pytest.mark.parametrize("subcommand", SUBCOMMANDS[:4])
def test_every_option_of_the_help_is_documented(vicinal, subcommand):
    generic = {"--version", "-h", "--help", "--save-on-disk", "--no-save-on-disk"}
    assert shown(vicinal, subcommand) - documented(subcommand) - generic == set()


@pytest.mark.parametrize("subcommand", SUBCOMMANDS)
def test_the_ways_to_ask_for_help(vicinal, subcommand):
    help_text = vicinal("help", subcommand).stdout
    assert vicinal(subcommand, "--help").stdout == help_text
    assert subcommand in vicinal("--help").stdout


def test_underscores_in_the_help_of_autofaiss_users(vicinal):
    assert vicinal("build_index", "--help").stdout == vicinal("help", "build-index").stdout


def test_the_version(vicinal):
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", vicinal("--version").stdout)


@pytest.mark.parametrize("arguments", [("no-such",), ("--no-such",), ("tune-indexes",)])
def test_unknown_words(vicinal, arguments):
    assert arguments[0] in vicinal(*arguments, code=64).stderr
