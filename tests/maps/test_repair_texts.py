"""No English sentence in the approver's repair report: each one in the code has its Vietnamese in repair_texts.csv."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
import shapely

import phusong
from phusong.coverage import cells
from phusong.coverage.propagation import all_models, get_model
from phusong.gis.legacy_text import decoding
from phusong.gis.legacy_text.readings import READINGS
from phusong.gis.schemas import layer_names
from phusong.maps.repairs import fitting, repair_told

PACKAGE = Path(phusong.__file__).parent
ROOMS = ("gis", "coverage", "scenarios")
SAMPLE = "7"
"""Stands for whatever the code fills in: it fits as a number, a column and a name."""
FIELDS = ("what", "how_much", "before", "after", "remedy")

# What cannot be read off the call, with where its words are looked for instead.
OPEN = {
    "set aside: 7": "any rule of any fault; the kind is translated, the rule stays as `phusong check` says it",
    "suspected: 7": "what reading a scenario's sea or maps found; the rule stays as `phusong check` would say it",
    "mended: 7": "GEOS says why a ring is not valid: GEOS_REASONS",
    "model used outside its recommended range: 7": "the models' ranges: test_every_range_of_a_model",
    "assumed: 7": "coverage.cells._ASSUMPTIONS: test_every_assumption_of_a_cell",
    "7": "what a Tally or mending.py holds: `tallies` and `mendings` below",
}
NEVER = {
    # Two words set at once are read as if each were free.
    "lon 7, north 7",
    "east 7, lat 7",
    # A fault only: buildings do for a population raster.
    "assumed: no population raster: each commune's people are spread over the floor area of its buildings",
}
"""What is read from the code and never in a report."""
_UNITS = re.compile(r"UTF-8|MHz|dB|km²?|m²?")
"""Units, and the name that both languages have."""
GEOS_REASONS = (
    "Duplicate Rings",
    "Hole lies outside shell",
    "Holes are nested",
    "Interior is disconnected",
    "Invalid Coordinate",
    "Nested shells",
    "Ring Self-intersection",
    "Ring is not closed",
    "Self-intersection",
    "Too few points in geometry component",
)
"""All that GEOS 3.14 has (`TopologyValidationError`); shapely adds the place in square brackets."""


class Written(NamedTuple):
    """A text of the code: where it is written, for which field, and the text with the sample filled in."""

    place: str
    field: str
    text: str


class Module:
    """A parsed module: its functions, what calls them, and in which of them each node stands."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.tree = ast.parse(source)
        self.nodes = tuple(ast.walk(self.tree))
        self.functions: dict[str, list[ast.FunctionDef]] = {}
        self.calls: dict[str, list[ast.Call]] = {}
        self.home: dict[int, ast.FunctionDef] = {}
        for node in self.nodes:  # outer functions first, so that the innermost stands
            if isinstance(node, ast.FunctionDef):
                self.functions.setdefault(node.name, []).append(node)
                self.home |= dict.fromkeys(map(id, ast.walk(node)), node)
            elif isinstance(node, ast.Call):
                self.calls.setdefault(_called(node), []).append(node)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@cache
def modules() -> tuple[Module, ...]:
    paths = [path for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py"))]
    return tuple(Module(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


class Reader:
    """Reads which texts an expression can be; what it cannot know is the sample."""

    def __init__(self) -> None:
        self.within: set[int] = set()

    def texts(self, node: ast.AST | None, module: Module) -> list[str]:
        """Return all texts of an expression."""
        if node is None or id(node) in self.within:
            return []
        self.within.add(id(node))
        try:
            return list(dict.fromkeys(self._texts(node, module)))
        finally:
            self.within.discard(id(node))

    def _texts(self, node: ast.AST, module: Module) -> Iterable[str]:  # noqa: PLR0911 - one a kind of expression
        if isinstance(node, ast.Constant):
            return [node.value] if isinstance(node.value, str) else [] if node.value is None else [SAMPLE]
        if isinstance(node, ast.JoinedStr):
            return self._joined([self._part(part, module) for part in node.values])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined([self.texts(side, module) for side in (node.left, node.right)])
        if isinstance(node, ast.IfExp):
            return [*self.texts(node.body, module), *self.texts(node.orelse, module)]
        if isinstance(node, (ast.BoolOp, ast.List, ast.Tuple)):
            inner = node.values if isinstance(node, ast.BoolOp) else node.elts
            return [text for part in inner for text in self.texts(part, module)]
        if isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            return self.texts(node.elt, module)
        if isinstance(node, ast.Starred):
            return self.texts(node.value, module)
        if isinstance(node, ast.Call):
            return self._call(node, module)
        return self._name(node, module) if isinstance(node, ast.Name) else [SAMPLE]

    def _part(self, part: ast.expr, module: Module) -> list[str]:
        if not isinstance(part, ast.FormattedValue):
            return self.texts(part, module)
        if part.format_spec is not None:
            return [SAMPLE]
        held = self.texts(part.value, module) or [SAMPLE]
        return [repr(text) for text in held] if part.conversion == ord("r") else held

    @staticmethod
    def _joined(parts: list[list[str]]) -> list[str]:
        return ["".join(each) for each in product(*(part or [SAMPLE] for part in parts))]

    def _call(self, node: ast.Call, module: Module) -> Iterable[str]:
        name = _called(node)
        if name == "join" and isinstance(node.func, ast.Attribute):
            return self.texts(node.args[0], module)
        if name == "format" and isinstance(node.func, ast.Attribute):
            return [text.format(*[SAMPLE] * 9) for text in self.texts(node.func.value, module)]
        where = [module] if name in module.functions else modules()
        found = [(home, function) for home in where for function in home.functions.get(name, ())]
        returned = [
            text
            for home, function in found
            for part in ast.walk(function)
            if isinstance(part, ast.Return) and home.home[id(part)] is function
            for text in self.texts(part.value, home)
            if text
        ]
        return returned or [SAMPLE]

    def _name(self, node: ast.Name, module: Module) -> Iterable[str]:
        function = module.home.get(id(node))
        for scope in (function, module.tree):
            if scope is not None and (assigned := list(self._assigned(node.id, scope, module))):
                return assigned
            if scope is function and function is not None and (given := self._given(node.id, function, module)):
                return given
        # A constant of another module.
        for other in modules() if node.id.isupper() else ():
            if other is not module and (assigned := list(self._assigned(node.id, other.tree, other))):
                return assigned
        return [SAMPLE]

    def _assigned(self, name: str, scope: ast.AST, module: Module) -> Iterator[str]:
        for node in ast.walk(scope):
            if isinstance(scope, ast.Module) and id(node) in module.home:
                continue
            targets: list[ast.expr] = []
            value: ast.expr | None = None
            if isinstance(node, ast.Assign):
                targets, value = node.targets, node.value
            elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)):
                targets, value = [node.target], node.value
            elif isinstance(node, (ast.For, ast.comprehension)):
                targets, value = [node.target], node.iter
            for target in targets:
                if isinstance(target, ast.Name) and target.id == name and not isinstance(node, ast.For):
                    yield from self.texts(value, module)
                elif isinstance(target, ast.Tuple) and value is not None:
                    yield from self._unpacked(name, target, value, module)

    def _unpacked(self, name: str, target: ast.Tuple, value: ast.expr, module: Module) -> Iterator[str]:
        """Give what stands at a name's place in all tuples of that length, there or where the names are defined."""
        for group in (part for part in ast.walk(target) if isinstance(part, ast.Tuple)):
            places = [at for at, part in enumerate(group.elts) if isinstance(part, ast.Name) and part.id == name]
            if not places:
                continue
            scope = module.home.get(id(value), module.tree)
            sources: list[ast.AST] = [value]
            used = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
            if isinstance(value, ast.GeneratorExp):
                sources, used = [value.elt], set()
            for node in (*ast.walk(scope), *module.tree.body) if used else ():
                if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
                    held = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
                    if any(isinstance(each, ast.Name) and each.id in used for each in held):
                        sources.append(node.value)
            for part in (part for source in sources for part in ast.walk(source)):
                if isinstance(part, ast.Tuple) and isinstance(part.ctx, ast.Load) and len(part.elts) == len(group.elts):
                    yield from self.texts(part.elts[places[0]], module)

    def _given(self, name: str, function: ast.FunctionDef, module: Module) -> list[str]:
        """Return what a parameter can be: by its type, its default, and what its callers hand in."""
        args = function.args
        positional = [arg for arg in (*args.posonlyargs, *args.args) if arg.arg not in {"self", "cls"}]
        found = next((arg for arg in (*positional, *args.kwonlyargs) if arg.arg == name), None)
        if found is None:
            return []
        if isinstance(found.annotation, ast.Subscript) and getattr(found.annotation.value, "id", "") == "Literal":
            return self.texts(found.annotation.slice, module)
        default = dict(zip([arg.arg for arg in args.kwonlyargs], args.kw_defaults, strict=True)).get(name)
        result = self.texts(default, module)
        place = positional.index(found) if found in positional else None
        for other in [module] if function.name.startswith("_") else modules():
            for call in other.calls.get(function.name, ()):
                keyword = next((each.value for each in call.keywords if each.arg == name), None)
                if keyword is not None:
                    result += self.texts(keyword, other)
                elif place is not None and place < len(call.args):
                    result += self.texts(call.args[place], other)
        return result


def repairs_of(module: Module, reader: Reader) -> Iterator[Written]:
    """Give what a module's calls of `Notes.repair` and `Repair` say."""
    for call in (*module.calls.get("repair", ()), *module.calls.get("Repair", ())):
        inside = module.home.get(id(call))
        if inside is not None and inside.name == "repair":
            continue  # Notes.repair itself
        names = ("what",) if _called(call) == "repair" else ("layer", "row", *FIELDS)
        fields = dict(zip(names, call.args, strict=False)) | {each.arg or "": each.value for each in call.keywords}
        for field in FIELDS:
            for text in reader.texts(fields.get(field), module):
                yield Written(f"{module.name}:{call.lineno}", field, text)


def tallies_of(module: Module, reader: Reader) -> Iterator[Written]:
    """Give what a module adds to a `Tally`; opencellid.py puts "dropped: " before its rules."""
    for call in module.calls.get("add", ()):
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
        if name not in tally_names():
            continue
        for field, argument in zip(("what", "", "before"), call.args, strict=False):
            before = "dropped: " if name == "bad" and field == "what" else ""
            for text in reader.texts(argument, module) if field else ():
                yield Written(f"{module.name}:{call.lineno}", field, before + text)


@cache
def tally_names() -> frozenset[str]:
    """Return the variables and attributes that hold a Tally."""
    found = set()
    for node in (node for module in modules() for node in module.nodes):
        if isinstance(node, ast.AnnAssign) and getattr(node.annotation, "id", "") == "Tally":
            found.add(getattr(node.target, "id", ""))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _called(node.value) == "Tally":
            found.add(getattr(node.targets[0], "id", ""))
    return frozenset(found)


def mendings(reader: Reader) -> Iterator[Written]:
    """Give what mending.py writes down for a column, or for the column names, before it counts them."""
    module = next(module for module in modules() if module.name == "gis/legacy_text/mending.py")
    for call in module.calls["append"]:
        if isinstance(call.args[0], ast.Tuple):
            for text in reader.texts(call.args[0].elts[0], module):
                yield Written(f"{module.name}:{call.lineno}", "what", text.format(SAMPLE))


@cache
def written() -> tuple[Written, ...]:
    """Return all that the code may write into the repair report."""
    reader = Reader()
    each = [one for module in modules() for read in (repairs_of, tallies_of) for one in read(module, reader)]
    return (*each, *mendings(reader))


def untold(found: Iterable[Written]) -> list[Written]:
    """Return the texts that are no sentence of the table."""
    return [one for one in found if one.text not in OPEN and one.text not in NEVER and not is_told(one)]


def is_told(one: Written) -> bool:
    """Tell whether a text, or each amount of a list, is a sentence of the table for some layer, or has no words."""
    field = "value" if one.field in {"before", "after"} else one.field
    parts = re.split("; |, ", one.text) if field == "how_much" else [one.text]
    return all(_fits(part, field) or not re.search(r"[^\W\d_]", _UNITS.sub("", part)) for part in parts)


def _fits(text: str, field: str) -> bool:
    found = (fitting(text, field=field, layer=layer) for layer in layer_names())
    return any(fit is not None and not fit[0].is_kind_only for fit in found)


def told(field: str, text: str, *, layer: str = "cells") -> str:
    return repair_told(dict.fromkeys(FIELDS, "") | {"layer": layer, field: text})[field]


def test_every_text_of_the_code_has_its_vietnamese() -> None:
    found = written()
    assert len({one.text for one in found if one.field == "what"}) > 100
    missing = untold(found)
    assert not missing, "write these into maps/repair_texts.csv:\n" + "\n".join(map(" | ".join, missing))
    assert {*OPEN, *NEVER} <= {one.text for one in found}, "an exception that no code needs any more"


def test_a_new_sentence_is_noticed() -> None:
    source = """
def report(notes, rows):
    what = "dropped: too blue" if rows else "dropped: outside the province"
    notes.repair(what, how_much=f"{len(rows)} blues, 1 record", before="a shade", remedy="paint it")
    notes.repair(why(rows), how_much="2 records", before=f"{rows:.1f} km²")

def why(rows):
    return "brand new" if rows else "not used: outside the province"
"""
    missing = untold(repairs_of(Module("new.py", source), Reader()))
    assert [(one.field, one.text) for one in missing] == [
        ("what", "dropped: too blue"),
        ("how_much", "7 blues, 1 record"),
        ("before", "a shade"),
        ("remedy", "paint it"),
        ("what", "brand new"),
    ]


@pytest.mark.parametrize("reason", GEOS_REASONS)
def test_every_reason_of_geos(reason: str) -> None:
    assert is_told(Written("", "what", f"mended: {reason}"))
    shown = told("what", f"mended: {reason}[105.5 11.25]")
    assert shown.startswith("Đã sửa hình học: ")
    assert shown.endswith(" [105,5 11,25]")
    assert not re.search("[Rr]ing|shell|[Hh]ole|Self|geometry|Interior|Invalid", shown)


def test_a_reason_that_shapely_gives() -> None:
    bow_tie = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    assert told("what", f"mended: {shapely.is_valid_reason(bow_tie)}") == (
        "Đã sửa hình học: đường biên tự cắt [0,5 0,5]"
    )


def test_every_range_of_a_model() -> None:
    quantities = {
        limits.quantity
        for name in all_models()
        for f_mhz in (900.0, 2600.0)
        for limits in get_model(name).ranges(f_mhz)
    }
    assert len(quantities) >= 4
    for quantity in quantities:
        text = f"m: {quantity} 1 m is outside the range 2..3 m that S recommends; the loss there is an extrapolation"
        shown = told("what", f"model used outside its recommended range: {text}")
        assert shown.startswith("Mô hình dùng ngoài khoảng khuyến nghị: m: ")
        assert quantity not in shown


@pytest.mark.parametrize("what", list(cells._ASSUMPTIONS))
def test_every_assumption_of_a_cell(what: str) -> None:
    after, column = cells._ASSUMPTIONS[what]
    assert is_told(Written("", "what", f"assumed: {what}"))
    assert is_told(Written("", "remedy", f"fill in {column}"))
    assert told("after", after) != after or any(character.isdigit() for character in after)


@pytest.mark.parametrize("said", [reading.said for reading in READINGS])
def test_every_encoding_of_a_column(said: str) -> None:
    shown = told("what", f"decoded: the column names held {said} read as Western text")
    assert shown.startswith("Chuyển bảng mã: tên các cột có chữ ")
    assert not re.search("read|twice|wrong", shown)


@pytest.mark.parametrize("said", decoding._SAID.values())
def test_every_encoding_of_a_file(said: str) -> None:
    assert not re.search("West|read", told("before", said))
