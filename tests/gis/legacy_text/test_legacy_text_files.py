"""A file's bytes as text: the stated encoding to the letter, and a guess that says when it is one."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from phusong.gis.legacy_text import decode
from phusong.gis.legacy_text.charsets import CP1252, TCVN3, VNI

TEXT = "code;name\n25195;Xã Lộc Thạnh\n25196;Phường Thác Mơ\n25197;Thị trấn Phước Vĩnh\n25198;Xã Đắk Ơ\n"
FRENCH = "nom;état\nHôtel de ville;Classé\nFaçades et toitures;à côté de l'église\nchâteau;rez-de-chaussée\n"
SPANISH = "nombre;año\nEspaña;señal\nCórdoba;camión\nÁlava;jamás\nLogroño;corazón\n"


def in_tcvn3(text: str) -> bytes:
    byte_of = {letter: 0xA0 + at for at, letter in reversed(list(enumerate(TCVN3)))}
    return bytes(byte_of.get(c, byte_of.get(c.lower(), ord(c) & 0xFF)) for c in text)


def in_vni(text: str) -> bytes:
    written = {letter: shown for shown, letter in VNI.items()}
    return "".join(written.get(c, c) for c in text).encode("cp1252")


def in_cp1258(text: str) -> bytes:
    done = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tones = "".join(c for c in parts if c in "\u0300\u0301\u0303\u0309\u0323")
        vowel = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones))
        try:
            done += letter.encode("cp1258")
        except UnicodeEncodeError:
            done += (vowel + tones).encode("cp1258")
    return done


@pytest.mark.parametrize(
    ("data", "text", "said"),
    [
        (TEXT.encode(), TEXT, "UTF-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), TEXT, "UTF-8 with BOM"),
        (TEXT.encode("utf-16"), TEXT, "UTF-16 with BOM"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), TEXT, "UTF-16 with BOM"),
        (TEXT.encode("utf-32"), TEXT, "UTF-32 with BOM"),
        (TEXT.encode("utf-16-le"), TEXT, "UTF-16 without BOM"),
        (TEXT.encode("utf-16-be"), TEXT, "UTF-16 without BOM"),
        (in_tcvn3(TEXT), TEXT, "TCVN3 (ABC)"),
        (in_vni(TEXT), TEXT, "VNI"),
        (FRENCH.encode("cp1252"), FRENCH, "cp1252 (Western European)"),
        (SPANISH.encode("latin-1"), SPANISH, "cp1252 (Western European)"),
        (b"site_id,lon\nS1,106.9\n", "site_id,lon\nS1,106.9\n", "UTF-8"),
        (b"", "", "UTF-8"),
    ],
)
def test_auto_finds_the_encoding(data: bytes, text: str, said: str) -> None:
    found = decode(data, encoding="auto")
    assert (found.text, found.said, found.certain) == (text, said, True)


def test_auto_finds_cp1258_which_writes_tones_as_letters_of_their_own() -> None:
    found = decode(in_cp1258(TEXT), encoding="auto")
    assert (found.encoding, found.certain) == ("cp1258", True)
    assert found.text == str(in_cp1258(TEXT), "cp1258")


@pytest.mark.parametrize("name", ["VilleMTP_MTP_MonumentsHist", "OSM_MTP_Atm_2012"])
def test_real_french_files_are_western(shared: Path, name: str) -> None:
    data = (shared / "data/formats" / name / f"{name}.csv").read_bytes()
    found = decode(data, encoding="auto")
    assert (found.encoding, found.certain) == ("cp1252", True)
    assert found.text == str(data, "cp1252")


@pytest.mark.parametrize("word", ["X·", "Phó", "tôt", "é"])
def test_one_word_is_not_enough(word: str) -> None:
    found = decode(f"name\n{word}\n".encode("latin-1"), encoding="auto")
    assert (found.text, found.encoding, found.certain) == (f"name\n{word}\n", "cp1252", False)
    assert "too few words to tell" in found.said


def test_a_wrong_byte_in_utf8_is_named_and_kept() -> None:
    found = decode(TEXT.encode() + b"Caf\xe9\n", encoding="auto")
    assert found.text == TEXT + "Café\n"
    assert found.said == "UTF-8 with wrong bytes: 1, read as cp1252; the first, 0xe9, in line 6"
    assert not found.certain


@pytest.mark.parametrize("data", [TEXT.encode("utf-16-le") + b"!", TEXT.encode("utf-16") + b"!"])
def test_a_byte_too_many_in_utf16_is_kept(data: bytes) -> None:
    found = decode(data, encoding="auto")
    assert (found.text, found.certain) == (TEXT + "!", False)
    assert found.said.endswith(", cut off within its last letter")


def test_a_false_byte_order_mark_stops_nothing() -> None:
    found = decode(codecs.BOM_UTF16_LE + b"ab\x00\xd8", encoding="auto")
    assert (found.text, found.encoding, found.certain) == ("ÿþab\x00Ø", "cp1252", False)


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8-SIG", "cp1258", "latin-1", "utf-16", "utf_8"])
def test_a_stated_encoding_is_what_python_has(encoding: str) -> None:
    data = "Phó, Bê".encode(encoding)
    found = decode(data, encoding=encoding)
    assert (found.text, found.certain) == (str(data, encoding).removeprefix("\ufeff"), True)


def test_a_stated_byte_order_mark_is_taken_off() -> None:
    assert decode(codecs.BOM_UTF8 + b"a", encoding="utf-8").text == "a"


def test_viscii_reads_rfc_1456() -> None:
    # RFC 1456: ệ is AE, Đ is D0, ờ is B6, ắ is A1.
    assert decode(b"Vi\xaet \xd0\xb6i b\xa1c", encoding="viscii").text == "Việt Đời bắc"


@pytest.mark.parametrize(("data", "encoding"), [(b"\xff", "utf-8"), (b"\x81", "tcvn3"), (b"\x81", "VNI")])
def test_a_byte_that_does_not_fit_what_is_stated_is_refused(data: bytes, encoding: str) -> None:
    with pytest.raises(UnicodeDecodeError):
        decode(b"ten\n" + data, encoding=encoding)


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(LookupError):
        decode(b"a", encoding="tcvn4")


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200))
def test_auto_never_fails_and_drops_no_byte(data: bytes) -> None:
    found = decode(data, encoding="auto")
    if found.encoding == "cp1252":
        assert [CP1252.index(c) for c in found.text] == list(data)
    if found.encoding == "utf-8" and found.certain:
        assert found.text.encode() == data.removeprefix(codecs.BOM_UTF8)


@settings(deadline=None, max_examples=100)
@given(st.text("ăâđêôơưạảãáàếềịọũỹ aeiouy\nbcdgh,;", min_size=1, max_size=300))
def test_utf8_and_utf16_are_always_themselves(text: str) -> None:
    assert decode(text.encode(), encoding="auto").text == text
    assert decode(text.encode("utf-16"), encoding="auto").text == text


def test_a_province_in_old_encodings_reads_as_one_in_unicode(world: Any, sites: Any) -> None:
    names = ["Trạm Thác Mơ", "Trạm Lộc Thạnh", "Trạm Phước Vĩnh", "Trạm Đắk Ơ"]
    for row, name in zip(sites[1:], names, strict=True):
        row[1] = name
    world.text("sites.csv", in_tcvn3("\n".join(",".join(map(str, row)) for row in sites)))
    world.communes(name=[in_vni(n).decode("cp1252") for n in ("Lộc Ninh", "Bù Đốp", "Phước Long")])
    layers = world.read()
    assert list(layers.sites["name"]) == names
    assert list(layers.communes["name"]) == ["Lộc Ninh", "Bù Đốp", "Phước Long"]
    (decoded,) = (r for r in layers.repairs if r.layer == "communes" and r.what.startswith("decoded"))
    assert (decoded.how_much, decoded.before, decoded.after) == ("3 values", "Loäc Ninh", "Lộc Ninh")
