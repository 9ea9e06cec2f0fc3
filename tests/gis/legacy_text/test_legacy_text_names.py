"""Names: one key for the ways of writing one name; a join that never makes one commune of two."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.legacy_text import Matches, fold, match_names, name_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hoà Lợi", "Hòa Lợi"),
        ("HOÀ LỢI", "Hòa  lợi"),
        ("Thuỷ Nguyên", "Thủy Nguyên"),
        (unicodedata.normalize("NFD", "Đắk Ơ"), "Đắk Ơ"),
        ("Bù-Gia-Mập", "Bù Gia Mập"),
        ("TT. Lộc Ninh", "TT Lộc Ninh"),
    ],
)
def test_one_name_has_one_key(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lộc Thạnh", "Lộc Thành"), ("Mỹ", "Mĩ"), ("Đông", "Dông"), ("Ba", "Bà"), ("Phường 1", "Phường 2")],
)
def test_two_names_have_two_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_a_fold_is_for_search() -> None:
    assert fold("Phường  Hoà-Lợi (cũ)") == fold("phuong HÒA LỢI, cu") == "phuong hoa loi cu"
    assert fold("ĐẮK Ơ") == "dak o"


def test_keys_tell_apart_what_folds_merge(shared: Path) -> None:
    table = pd.read_csv(shared / "data/census/gso_communes_2025-03-01_bp_bd.csv", dtype=object)
    for _, district in table.groupby("d"):
        assert district["cn"].map(name_key).is_unique
    merged = [d for _, d in table.groupby("d") if not d["cn"].map(lambda n: fold(n.removeprefix("Xã "))).is_unique]
    assert [sorted(d.loc[d["cn"].str.contains("Lộc Th[ạà]nh"), "cn"]) for d in merged] == [
        ["Xã Lộc Thành", "Xã Lộc Thạnh"]
    ]


def test_names_join_with_and_without_their_kind() -> None:
    known = ["Xã Lộc Ninh", "Phường An Lộc", "Thị trấn Phước Vĩnh", "Đặc khu Côn Đảo", "Phường 1"]
    assert match_names(["X. Lộc Ninh", "P.An Lộc", "tt. phước vĩnh", "Côn Đảo", "P. 1"], known) == Matches(
        joined={0: 0, 1: 1, 2: 2, 3: 3, 4: 4}
    )


def test_the_kind_tells_two_units_of_one_name_apart() -> None:
    known = ["Xã Tân Phú", "Phường Tân Phú"]
    assert match_names(["Phường Tân Phú", "Xã Tân Phú"], known).joined == {0: 1, 1: 0}
    assert match_names(["Tân Phú"], known) == Matches(ambiguous={0: (0, 1)})
    assert match_names(["Thị trấn Tân Phú"], ["Xã Tân Phú"]) == Matches(ambiguous={0: (0,)})


def test_a_name_that_stands_twice_joins_nothing() -> None:
    assert match_names(["Hoà Lợi", "Hòa Lợi"], ["Hòa Lợi"]) == Matches(ambiguous={0: (0,), 1: (0,)})
    assert match_names(["Hòa Lợi"], ["Hoà Lợi", "Hòa Lợi"]) == Matches(ambiguous={0: (0, 1)})


def test_accents_are_left_out_only_where_that_is_beyond_doubt() -> None:
    known = ["Xã Lộc Thạnh", "Xã Lộc Thành", "Xã Lộc Ninh"]
    found = match_names(["Loc Thanh", "Loc Ninh", "Lộc Nính", "Bu Nho"], known)
    assert found == Matches(ambiguous={0: (0, 1), 1: (2,), 2: (2,)}, missing=(3,))
    assert match_names(["Xa Loc Ninh"], known) == Matches(joined={0: 2}, unaccented=(0,))
    # The other accents are a name of their own, not a slip to be mended.
    assert match_names(["Lộc Nính"], known) == Matches(ambiguous={0: (2,)})
    # An unaccented list must not take in two accented names.
    assert match_names(["Lộc Thạnh", "Lộc Thành"], ["Loc Thanh"]) == Matches(ambiguous={0: (0,), 1: (0,)})


def test_empty_names_are_missing() -> None:
    assert match_names(["", "  ", "Xã"], ["", "Xã Xã"]) == Matches(joined={2: 1}, missing=(0, 1))
    assert match_names([], ["a"]) == match_names([], []) == Matches()


def test_all_communes_join_themselves_and_their_unaccented_twins_but_two(shared: Path) -> None:
    table = pd.read_csv(shared / "data/census/gso_communes_2025-03-01_bp_bd.csv", dtype=object)
    doubt: list[str] = []
    for _, district in table.groupby("d"):
        known = list(district["cn"])
        assert match_names(known, known).joined == {at: at for at in range(len(known))}
        plain = match_names([fold(name) for name in known], known)
        assert all(known[at] == known[to] for at, to in plain.joined.items())
        assert plain.missing == ()
        doubt += [known[at] for at in plain.ambiguous]
    assert sorted(doubt) == ["Xã Lộc Thành", "Xã Lộc Thạnh"]


NAME = st.sampled_from(
    ["Lộc Thạnh", "Lộc Thành", "Loc Thanh", "Xã Lộc Thành", "P. Lộc Thạnh", "An", "Ân", "Xã An", "", "1"]
)


@settings(deadline=None, max_examples=300)
@given(st.lists(NAME, max_size=8), st.lists(NAME, max_size=8))
def test_a_join_is_one_to_one_and_every_name_is_accounted_for(names: list[str], known: list[str]) -> None:
    found = match_names(names, known)
    assert len(set(found.joined.values())) == len(found.joined)
    assert sorted([*found.joined, *found.ambiguous, *found.missing]) == list(range(len(names)))
    assert set(found.unaccented) <= set(found.joined)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=30))
def test_keys_and_folds_are_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert name_key(unicodedata.normalize("NFD", text)) == name_key(text)
