"""YAML to a tree of values with their places. What is unclear or hostile is refused with its line, never guessed."""

from __future__ import annotations

import re
from typing import NoReturn, Protocol

import yaml

from paver.settings.message import KeyPath, Message, Place, Source, Unreadable
from paver.settings.scalars import Ambiguous, Scalar, meaning
from paver.settings.tree import Node

LARGEST = 1 << 20
DEEPEST = 32
MOST_EVENTS = 60_000
MOST_NODES = 20_000
"""With every alias written out."""
WIDEST = 512
"""Entries of one mapping or list."""

BEGIN = "`paver init` writes a spec to start from"
CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Mark(Protocol):
    """What both of PyYAML's parsers tell of a place, from 0."""

    line: int
    column: int


SYNTAX = {  # the parser's words, and what helps
    "cannot start any token": "indent with spaces, not tabs; quote a text that begins with @, ` or %",
    "mapping values are not allowed": "quote a text that holds `: `, or look at the indentation",
    "could not find expected ':'": "a key is followed by `: `",
    "did not find expected key": "look at the indentation, or quote the text",
    "did not find expected ',' or": "a bracket is not closed",
    "unexpected end of stream": "a quote is not closed",
    "did not find expected '-' indicator": "look at the indentation",
    "block sequence entries are not allowed": "begin the list on a line of its own",
}


def read(source: Source, raw: bytes) -> tuple[Node, list[Message]]:
    """A file's or a variable's YAML, and what is wrong with single values in it.

    Raises:
        Unreadable: It is no YAML that this reads, or too much of it.
    """
    reading = _Reading(source)
    text = reading.decode(raw)
    try:
        reading.look_through(text)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        reading.fail(error.problem_mark, *_syntax(str(error.problem)))
    except yaml.YAMLError:
        reading.fail(None, "this is no YAML", BEGIN)
    if root is None:
        reading.fail(None, "there is nothing in it", BEGIN if source.has_lines else "")
    return reading.node(root, ()), reading.messages


class _Reading:
    def __init__(self, source: Source) -> None:
        self._source = source
        self.messages: list[Message] = []
        self._left = MOST_NODES
        self._open: set[int] = set()

    def decode(self, raw: bytes) -> str:
        if len(raw) > LARGEST:
            self.fail(None, "a spec of more than 1 MiB is none", BEGIN)
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            self._fail_at(raw[: error.start].decode(), "this is not UTF-8 text", "save it as UTF-8")
        if text.startswith("\ufeff"):
            self.fail(None, "a byte order mark stands here", "save it as UTF-8 without one")
        if found := CONTROL.search(text):
            self._fail_at(text[: found.start()], "a control character stands here", "a spec is text")
        return text

    def look_through(self, text: str) -> None:
        """Depth, number and kind of what is to come, before anything is built of it."""
        loader = yaml.CSafeLoader(text)
        depth = count = documents = 0
        try:
            while event := loader.get_event() if loader.check_event() else None:
                count += 1
                if isinstance(event, yaml.CollectionStartEvent):
                    depth += 1
                elif isinstance(event, yaml.CollectionEndEvent):
                    depth -= 1
                elif isinstance(event, yaml.DocumentStartEvent):
                    documents += 1
                if documents > 1:
                    self.fail(
                        event.start_mark, "a second document begins here", "one spec a file: give each its own -c"
                    )
                if depth > DEEPEST:
                    self.fail(event.start_mark, f"this is nested more than {DEEPEST} deep", BEGIN)
                if count > MOST_EVENTS:
                    self.fail(event.start_mark, "there is more here than any spec holds", BEGIN)
                if getattr(event, "tag", None) is not None:
                    self._say(event.start_mark, (), "tags are not read here", "leave out what begins with !")
        finally:
            loader.dispose()

    def node(self, node: yaml.Node, path: KeyPath, key: yaml.Node | None = None) -> Node:
        mark = (key or node).start_mark
        self._left -= 1
        if self._left < 0:
            self.fail(mark, "there is more here than any spec holds", "aliases count as what they stand for")
        if isinstance(node, yaml.ScalarNode):
            return Node(self._place(mark), self._scalar(node, path, mark))
        if id(node) in self._open:
            self.fail(mark, "an alias stands inside what it stands for", "write it out")
        if len(node.value) > WIDEST:
            self._say(mark, path, f"more than {WIDEST} entries", "no spec holds that many")
            return Node(self._place(mark), None)
        if len(path) > DEEPEST:
            self.fail(mark, f"this is nested more than {DEEPEST} deep", "aliases count as what they stand for")
        self._open.add(id(node))
        value = self._mapping(node, path) if isinstance(node, yaml.MappingNode) else self._sequence(node, path)
        self._open.discard(id(node))
        return Node(self._place(mark), value)

    def fail(self, mark: Mark | None, what: str, hint: str = "") -> NoReturn:
        raise Unreadable(Message(self._place(mark), (), what, hint))

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, child in node.value:
            name = self._key(key, path)
            if name is None:
                continue
            if name in found:
                first = found[name].place
                self._say(key.start_mark, (*path, name), "the key stands here twice", f"first on line {first.line}")
            found[name] = self.node(child, (*path, name), key)
        return found

    def _sequence(self, node: yaml.Node, path: KeyPath) -> list[Node]:
        return [self.node(child, (*path, index)) for index, child in enumerate(node.value)]

    def _key(self, key: yaml.Node, path: KeyPath) -> str | None:
        if not isinstance(key, yaml.ScalarNode):
            self._say(key.start_mark, path, "a key is a word", "write it without brackets")
            return None
        if key.style or isinstance(self._scalar(key, path, key.start_mark), str):
            return str(key.value)
        if not self.messages or self.messages[-1].place != self._place(key.start_mark):
            self._say(key.start_mark, path, "a key is text", "quote it")
        return None

    def _scalar(self, node: yaml.ScalarNode, path: KeyPath, mark: Mark) -> Scalar:
        if node.style:
            return str(node.value)
        try:
            return meaning(node.value)
        except Ambiguous as error:
            self._say(mark, path, "this word means different things to different readers of YAML", str(error))
            return None

    def _say(self, mark: Mark | None, path: KeyPath, what: str, hint: str) -> None:
        self.messages.append(Message(self._place(mark), path, what, hint))

    def _place(self, mark: Mark | None) -> Place:
        return self._source.at(mark.line + 1, mark.column + 1) if mark else self._source.at()

    def _fail_at(self, before: str, what: str, hint: str) -> NoReturn:
        line = before.count("\n") + 1
        raise Unreadable(Message(self._source.at(line, len(before) - before.rfind("\n")), (), what, hint))


def _syntax(problem: str) -> tuple[str, str]:
    if "nesting depth" in problem:  # the parser looks ahead, and meets a limit of its own first
        return f"this is nested more than {DEEPEST} deep", BEGIN
    hint = next((hint for words, hint in SYNTAX.items() if words in problem), "look at this line and the one above")
    # The parser's words quote an alias's name, and a password can begin with *.
    return problem.partition(" '*")[0] if "alias" not in problem else "an alias stands for nothing", hint
