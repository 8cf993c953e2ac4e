"""What the checks share: which files the project has, and Swift text without its comments."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def project_files():
    """Every file of the project that git does not ignore, committed or not, by relative path."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, check=True,
    ).stdout.decode().split("\0")
    return sorted({name for name in listed if name and (ROOT / name).is_file()})


def read(name):
    """The text of a file, given by relative path."""
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def swift_code(text):
    """Swift source with comments and the contents of string literals blanked out.

    Lines keep their numbers and columns. Code inside an interpolation stays.
    """
    blanked = list(text)

    def blank(start, end):
        for at in range(start, min(end, len(text))):
            if text[at] != "\n":
                blanked[at] = " "

    def comment(at):
        """The end of the comment that begins here; block comments nest."""
        if text[at + 1] == "/":
            end = text.find("\n", at)
            return len(text) if end < 0 else end
        depth, at = 1, at + 2
        while at < len(text) and depth:
            if text.startswith("/*", at):
                depth, at = depth + 1, at + 2
            elif text.startswith("*/", at):
                depth, at = depth - 1, at + 2
            else:
                at += 1
        return at

    def literal(at):
        """Blanks the string literal that begins here, and returns its end."""
        pounds = 0
        while text[at] == "#":
            pounds, at = pounds + 1, at + 1
        quote = '"""' if text.startswith('"""', at) else '"'
        close, escape = quote + "#" * pounds, "\\" + "#" * pounds
        at += len(quote)
        while at < len(text) and not text.startswith(close, at):
            if text[at] == "\n" and quote == '"':
                return at
            if text.startswith(escape + "(", at):
                blank(at, at + len(escape))
                at = code(at + len(escape) + 1, closing=")") + 1
            else:
                step = len(escape) + 1 if text.startswith(escape, at) else 1
                blank(at, at + step)
                at += step
        return at + len(close)

    def code(at, closing=None):
        """Walks over code up to the end, or to the parenthesis that closes an interpolation."""
        depth = 0
        while at < len(text):
            if text.startswith(("//", "/*"), at):
                end = comment(at)
                blank(at, end)
                at = end
            elif text[at] == '"' or text[at] == "#" and text[at:].lstrip("#").startswith('"'):
                at = literal(at)
            elif closing and text[at] == ")" and depth == 0:
                return at
            else:
                depth += (text[at] == "(") - (text[at] == ")")
                at += 1
        return at

    code(0)
    return "".join(blanked)
