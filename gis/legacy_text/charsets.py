"""Charsets: the bytes of TCVN3, VNI, cp1258 and VISCII, and how they look when a program takes them for Western text.

Sources
-------
TCVN3 (the ABC fonts): TCVN 5712:1993, VN3 - bytes A0-FF; the glibc table of the same standard agrees. Toned
vowels are small but for a few; capitals are set in fonts whose small letters look like capitals (.VnTimeH).
VNI: VNI-Windows - a base letter and a mark, two bytes. VISCII: RFC 1456. cp1258: Microsoft, as Python has it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from phusong.gis.legacy_text.syllables import TONES, is_syllable

__all__ = [
    "CP1252",
    "CP1258",
    "LOST",
    "TCVN3",
    "VISCII",
    "VNI",
    "all_vni",
    "as_octets",
    "charmap",
    "from_tcvn3",
    "raise_capitals",
    "tcvn3",
    "vni",
]

TCVN3 = (
    "\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ"
    "\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ"
    "éẹềểễếệìỉỄẾỒĩíịò"
    "Ổỏõóọồổỗốộờởỡớợù"
    "ỖủũúụừửữứựỳỷỹýỵỐ"
)
"""Characters of the bytes A0-FF."""
_VISCII_LOW = {0x02: "Ẳ", 0x05: "Ẵ", 0x06: "Ẫ", 0x14: "Ỷ", 0x19: "Ỹ", 0x1E: "Ỵ"}
VISCII = "".join(_VISCII_LOW.get(byte, chr(byte)) for byte in range(128)) + (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
"""Characters of all 256 bytes."""

# The five bytes that cp1252 leaves undefined stand for the control characters of the same number, as browsers do it.
CP1252 = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
"""Characters of all 256 bytes."""
LOST = "\ufffd"
"""What programs show for a byte they have no character for."""

# Text shown as latin-1 holds control characters where cp1252 has punctuation.
_BYTE_OF = {ord(character): byte for byte, character in enumerate(CP1252)} | {byte: byte for byte in range(0x80, 0xA0)}
_NOT_SHOWN = re.compile(f"[^{re.escape(CP1252)}\x80-\x9f]")


def charmap(data: bytes, characters: str) -> str:
    """Return bytes as text of a one-byte charset; no byte is dropped."""
    return codecs.charmap_decode(data, "strict", characters)[0]


# B0-B4 are tone marks that stand after their vowel; after anything else they are what they look like (°C, m²).
_TONE_OF = {chr(0xA0 + at): letter for at, letter in enumerate(TCVN3) if letter in TONES}
_AFTER_VOWEL = re.compile(f"([aăâeêioôơuưyAĂÂEÊIOÔƠUƯY])([{''.join(_TONE_OF)}])")
_TCVN3_BYTES = CP1252[:0xA0] + "".join(chr(0xA0 + at) if letter in TONES else letter for at, letter in enumerate(TCVN3))


def from_tcvn3(data: bytes) -> str:
    """Return TCVN3 bytes as the standard has them; 80-9F are the punctuation of cp1252.

    A tone mark of its own (B0-B4) is joined to the vowel before it; elsewhere that byte is the sign it is in
    cp1252, as in 30°C and m².
    """
    text = charmap(data, _TCVN3_BYTES)
    return _AFTER_VOWEL.sub(lambda found: unicodedata.normalize("NFC", found[1] + _TONE_OF[found[2]]), text)


_WORD = re.compile(r"[^\W\d_]+")
_TWO_CAPITALS = re.compile(r"[A-Z][^\W\d_]*[A-Z]")


def tcvn3(shown: str) -> str:
    """Return text whose TCVN3 bytes were taken for Western letters.

    A word whose plain letters are all capitals is made capital throughout (B×NH PH¦íC), because TCVN3 has hardly any
    toned capitals. A word all in small bytes stays small, in whatever font it was printed.

    Examples
    --------
    >>> tcvn3("X· Th¸c M¬, 30°C, B×NH PH¦íC")
    'Xã Thác Mơ, 30°C, BÌNH PHƯỚC'
    """
    return raise_capitals(from_tcvn3(shown.translate(_BYTE_OF).encode("latin-1")))


def raise_capitals(text: str) -> str:
    """Return text with the small letters within words of capitals made capitals: BìNH is BÌNH.

    Examples
    --------
    >>> raise_capitals("BìNH PHướC"), raise_capitals("Lê A")
    ('BÌNH PHƯỚC', 'Lê A')
    """
    if not _TWO_CAPITALS.search(text):
        return text
    found = [word for word in _WORD.findall(text) if _small_in_capitals(word)]
    return _capitals(text) if found and all(is_syllable(word.lower()) for word in found) else text


def _small_in_capitals(word: str) -> bool:
    """Tell whether a word mixes two or more plain capitals with small letters that have marks: BìNH."""
    plain = [letter for letter in word if letter.isascii()]
    return len(plain) > 1 and all(letter.isupper() for letter in plain) and not word.isupper()


def _capitals(text: str) -> str:
    """Return the text with such words in capitals; all words where no plain letter is small (B×NH Lª: LÊ)."""
    everywhere = not re.search("[a-z]", text)
    return _WORD.sub(lambda found: found[0].upper() if everywhere or _small_in_capitals(found[0]) else found[0], text)


def _vni_letters() -> dict[str, str]:
    """Return what VNI writes for each Vietnamese letter beyond a-z, small and capital."""
    marks = {"": "ùøõûï", "\u0302": "áàãåä", "\u0306": "éèüúë"}
    shown = {"ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "í": "í", "ì": "ì", "ñ": "đ"}
    shown |= {"aâ": "â", "eâ": "ê", "oâ": "ô", "aê": "ă"}
    for vowel, written, quality in (
        [(v, v, "") for v in "aeouy"]
        + [("ơ", "ô", ""), ("ư", "ö", "")]
        + [(v, v, "\u0302") for v in "aeo"]
        + [("a", "a", "\u0306")]
    ):
        order = ("\u0301", "\u0300", "\u0303", "\u0309", "\u0323")
        for mark, tone in zip(marks[quality], order, strict=True):
            shown[written + mark] = unicodedata.normalize("NFC", vowel + quality + tone)
    capitals = {written.upper(): letter.upper() for written, letter in shown.items()}
    # A capital's mark is a capital; some keyboards leave it small.
    loose = {written[0].upper() + written[1:]: letter.upper() for written, letter in shown.items()}
    return {**loose, **capitals, **shown}


VNI = _vni_letters()
"""Letters as VNI writes them, seen as Western text -> the letter."""
_BASES = "".join({written[0] for written in VNI if len(written) > 1})
_MARKS = "".join({written[1] for written in VNI if len(written) > 1})
_VNI = re.compile(f"[{_BASES}][{_MARKS}]|[{''.join(written for written in VNI if len(written) == 1)}]")
CP1258 = "".join(bytes([byte]).decode("cp1258", "ignore") or CP1252[byte] for byte in range(256))


def vni(shown: str) -> str:
    """Return text whose VNI bytes were taken for Western letters.

    Examples
    --------
    >>> vni("BÌNH PHÖÔÙC, Buø Ñaêng")
    'BÌNH PHƯỚC, Bù Đăng'
    """
    return _VNI.sub(_vni_letter, shown)


def _vni_letter(found: re.Match[str]) -> str:
    """Return the letter of a base and a mark, or each by itself where they are no pair."""
    return VNI.get(found[0]) or "".join(VNI.get(letter, letter) for letter in found[0])


def all_vni(shown: str) -> bool:
    """Tell whether every letter beyond a-z has its place in VNI: a mark follows the vowel it belongs to."""
    rest = _VNI.sub(lambda found: "" if found[0] in VNI else found[0], shown)
    return not any(letter.isalpha() and not letter.isascii() for letter in rest)


def as_octets(shown: str) -> str | None:
    """Return the bytes as characters 00-FF (lost ones stay U+FFFD), or None where no Western text shows them."""
    if _NOT_SHOWN.search(shown.replace(LOST, "")):
        return None
    return shown.translate(_BYTE_OF)
