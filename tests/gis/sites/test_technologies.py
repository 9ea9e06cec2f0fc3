"""Which technologies a field or a column's name tells of."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phusong.gis.sites.technologies import (
    installed_columns,
    numbered_column,
    technologies_of,
    technology_of_numbers,
)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("2G/3G/4G", ("2G", "3G", "4G")),
        ("LTE, NR", ("4G", "5G")),
        ("4G và 5G NSA", ("4G", "5G")),
        ("WCDMA", ("3G",)),
        ("4G; 4g; LTE", ("4G",)),
        ("", ()),
        (None, ()),
        ("LTE1800", None),
        ("không 4G", None),
        ("6G", None),
        ("có", None),
        ("-", None),
    ],
)
def test_a_field_of_technologies(value: Any, told: tuple[str, ...] | None) -> None:
    assert technologies_of(value, ()) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Có", ("3G", "4G")),
        ("x", ("3G", "4G")),
        ("Có (12/2024)", ("3G", "4G")),
        (True, ("3G", "4G")),
        ("không", ()),
        ("-", ()),
        ("Chưa lắp", ()),
        ("4G", ("4G",)),
        ("có thể", None),
    ],
)
def test_the_answer_to_a_question(value: Any, told: tuple[str, ...] | None) -> None:
    assert technologies_of(value, ("3G", "4G")) == told


def test_columns_that_ask() -> None:
    names = ["Đã lắp 3G/4G", "Lắp đặt 5G", "2G", "Công nghệ 4G", "Đã lắp", "4G ghi chú"]
    assert installed_columns(names) == {"Đã lắp 3G/4G": ("3G", "4G"), "Lắp đặt 5G": ("5G",), "2G": ("2G",)}


def test_columns_of_numbers() -> None:
    assert numbered_column({"cell_id": "PCI", "channel": "EARFCN DL"}) == "EARFCN DL"
    assert numbered_column({"channel": "NR-ARFCN"}) == "NR-ARFCN"
    assert numbered_column({"cell_id": "CI"}) is None
    assert [technology_of_numbers(name) for name in ("ECI", "NCI", "UARFCN", "PCI")] == ["4G", "5G", "3G", ""]


@given(st.lists(st.sampled_from(["2G", "3G", "4G", "5G"]), min_size=1, max_size=6), st.sampled_from([",", "/", " + "]))
def test_each_technology_once_in_the_order_told(names: list[str], mark: str) -> None:
    assert technologies_of(mark.join(names), ()) == tuple(dict.fromkeys(names))
