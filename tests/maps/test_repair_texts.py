"""No English sentence in the approver's repair report: each one in the code has its Vietnamese in repair_texts.csv."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import product
from pathlib import Path

import phusong
import pytest

from phusong.coverage import cells
from phusong.coverage.propagation import all_models, get_model
from phusong.gis.schemas import layer_names
from phusong.maps.repairs import fitting, sentences

PACKAGE = Path(phusong.__file__).parent
ROOMS = ("gis", "coverage", "scenarios")
SAMPLE = "7"
"""Stands for whatever the code fills in: it fits as a number, a column and a name."""
FIELDS = ("what", "how_much", "before", "after", "remedy")

# What cannot be read off the call, with where its words are looked for instead.
OPEN = {
    "set aside: 7": "any rule of any fault; the kind is translated, the rule stays as `phusong check` says it",
    "mended: 7": "GEOS says why a ring is not valid: GEOS_REASONS",
    "model used outside its recommended range: 7": "the models' ranges: test_every_range_of_a_model",
    "assumed: 7": "coverage.cells._ASSUMPTIONS: test_every_assumption_of_a_cell",
    "7": "what a Tally or mending.py holds: `tallies` and `mendings` below",
}
# Pairs that the code never makes: two words set at once are read as if each were free.
NEVER = {"lon 7, north 7", "east 7, lat 7"}
NAMES = {"UTF-8", "MHz", "km", "km²", "m²"}
"""Words that are the same in both languages, or the file's own."""
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


class Module:
    """A parsed module: its functions, and in which of them each node stands."""

    def __init__(self, path: Path) -> None:
        self.name = path.relative_to(PACKAGE).as_posix()
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.functions: dict[str, list[ast.FunctionDef]] = {}
        self.home: dict[int, ast.FunctionDef] = {}
        for node in ast.walk(self.tree):  # outer functions first, so that the innermost stands
            if isinstance(node, ast.FunctionDef):
                self.functions.setdefault(node.name, []).append(node)
                self.home |= dict.fromkeys(map(id, ast.walk(node)), node)

    def calls(self, name: str) -> Iterator[ast.Call]:
        """Give the calls of a function or method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and _called(node) == name:
                yield node


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


@cache
def modules() -> tuple[Module, ...]:
    return tuple(Module(path) for room in ROOMS for path in sorted((PACKAGE / room).rglob("*.py")))


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

    def _texts(self, node: ast.AST, module: Module) -> Iterable[str]:
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
            for used in (part.id for part in ast.walk(value) if isinstance(part, ast.Name)):
                for node in (*ast.walk(scope), *module.tree.body):
                    held = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
                    if any(isinstance(each, ast.Name) and each.id == used for each in held):
                        sources.append(node)
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
            for call in other.calls(function.name):
                keyword = next((each.value for each in call.keywords if each.arg == name), None)
                if keyword is not None:
                    result += self.texts(keyword, other)
                elif place is not None and place < len(call.args):
                    result += self.texts(call.args[place], other)
        return result


def written() -> Iterator[tuple[str, str, str]]:
    """Give where each repair of the code is written, the field and the text."""
    reader = Reader()
    for module in modules():
        for call in (*module.calls("repair"), *module.calls("Repair")):
            inside = module.home.get(id(call))
            if inside is not None and inside.name == "repair":
                continue  # Notes.repair itself
            names = ("what",) if _called(call) == "repair" else ("layer", "row", *FIELDS)
            fields = dict(zip(names, call.args, strict=False)) | {each.arg or "": each.value for each in call.keywords}
            for field in FIELDS:
                for text in reader.texts(fields.get(field), module):
                    yield f"{module.name}:{call.lineno}", field, text
        yield from tallies(module, reader)
    yield from mendings(reader)


def tallies(module: Module, reader: Reader) -> Iterator[tuple[str, str, str]]:
    """Give what is added to a Tally; opencellid.py puts "dropped: " before its rules."""
    for call in module.calls("add"):
        holder = call.func.value if isinstance(call.func, ast.Attribute) else None
        name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
        if name not in tally_names():
            continue
        for text in reader.texts(call.args[0], module):
            yield f"{module.name}:{call.lineno}", "what", f"dropped: {text}" if name == "bad" else text
        if len(call.args) > 2:
            for text in reader.texts(call.args[2], module):
                yield f"{module.name}:{call.lineno}", "before", text


@cache
def tally_names() -> frozenset[str]:
    """Return the variables and attributes that hold a Tally."""
    found = set()
    for node in (node for module in modules() for node in ast.walk(module.tree)):
        if isinstance(node, ast.AnnAssign) and getattr(node.annotation, "id", "") == "Tally":
            found.add(getattr(node.target, "id", ""))
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _called(node.value) == "Tally":
            found.add(getattr(node.targets[0], "id", ""))
    return frozenset(found)


def mendings(reader: Reader) -> Iterator[tuple[str, str, str]]:
    """Give what mending.py writes down for a column, or for the column names, before it counts them."""
    module = next(module for module in modules() if module.name == "gis/legacy_text/mending.py")
    for call in module.calls("append"):
        if isinstance(call.args[0], ast.Tuple):
            for text in reader.texts(call.args[0].elts[0], module):
                yield f"{module.name}:{call.lineno}", "what", text.format(SAMPLE)


def is_told(text: str, field: str) -> bool:
    """Tell whether a text is a sentence of the table for some layer, or has no words."""
    field = "value" if field in {"before", "after"} else field
    parts = re.split("; |, ", text) if field == "how_much" else [text]
    return all(_fits(part, field) or not re.sub("|".join(NAMES), "", part).strip("0123456789 -+.,()'/m%°") for part in parts)


def _fits(text: str, field: str) -> bool:
    found = (fitting(text, field=field, layer=layer) for layer in layer_names())
    return any(fit is not None and not fit[0].is_kind_only for fit in found)


def test_every_text_of_the_code_has_its_vietnamese() -> None:
    found = list(written())
    assert len({text for _, field, text in found if field == "what"}) > 100
    missing = [one for one in found if one[2] not in OPEN and one[2] not in NEVER and not is_told(one[2], one[1])]
    assert not missing, "write these into maps/repair_texts.csv:\n" + "\n".join(map(" | ".join, missing))
    assert set(OPEN) | NEVER <= {text for _, _, text in found}, "an exception that no code needs any more"
