"""A small bitmap font of our own: 5 x 7 pixels a character, for labels in pictures."""

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ADVANCE", "LINE", "text_mask", "wrap"]

WIDTH: Final = 5
HEIGHT: Final = 7
ADVANCE: Final = WIDTH + 1
LINE: Final = HEIGHT + 3

# Each character and its seven rows from the top, five bits each, the left pixel in the highest
_GLYPHS: Final = """
A 0E11111F111111 B 1E11111E11111E C 0E11101010110E D 1E11111111111E E 1F10101E10101F F 1F10101E101010
G 0E11101711110F H 1111111F111111 I 0E04040404040E J 0702020202120C K 11121418141211 L 1010101010101F
M 111B1515111111 N 11191513111111 O 0E11111111110E P 1E11111E101010 Q 0E11111115120D R 1E11111E141211
S 0F10100E01011E T 1F040404040404 U 1111111111110E V 11111111110A04 W 11111115151B11 X 11110A040A1111
Y 11110A04040404 Z 1F01020408101F a 00000E010F110F b 10101E1111111E c 00000E1110110E d 01010F1111110F
e 00000E111F100E f 0609081C080808 g 000F11110F010E h 10101E11111111 i 04000C0404040E j 0200060202120C
k 10101214181412 l 0C04040404040E m 00001A15151515 n 00001E11111111 o 00000E1111110E p 001E11111E1010
q 000F11110F0101 r 00001619101010 s 00000F100E011E t 08081C08080906 u 0000111111130D v 00001111110A04
w 0000111115150A x 0000110A040A11 y 0011110F01110E z 00001F0204081F 0 0E11131519110E 1 040C040404040E
2 0E11010204081F 3 1F02040201110E 4 02060A121F0202 5 1F101E0101110E 6 0608101E11110E 7 1F010204080808
8 0E11110E11110E 9 0E11110F01020C . 00000000000C0C , 000000000C0408 : 000C0C000C0C00 ; 000C0C000C0408
- 0000001F000000 _ 0000000000001F / 00010204081000 \\ 00100804020100 ( 02040808080402 ) 08040202020408
[ 0E08080808080E ] 0E02020202020E + 0004041F040400 = 00001F001F0000 # 0A0A1F0A1F0A0A % 18190204081303
* 0004150E150400 ! 04040404040004 ? 0E110102040004 ' 04040000000000 " 0A0A0000000000 < 02040810080402
> 08040201020408 & 0C12140815120D @ 0E11171517100E | 04040404040404 ~ 00000815020000 ^ 040A1100000000
"""


@lru_cache(maxsize=1)
def _font() -> "dict[str, NDArray[np.bool_]]":
    """The pixels of each character."""
    words = _GLYPHS.split()
    bits = 1 << np.arange(WIDTH - 1, -1, -1)
    made = {
        name: (np.frombuffer(bytes.fromhex(rows), np.uint8)[:, np.newaxis] & bits) != 0
        for name, rows in zip(words[::2], words[1::2], strict=True)
    }
    made[" "] = np.zeros((HEIGHT, WIDTH), np.bool_)
    return made


def text_mask(text: str) -> "NDArray[np.bool_]":
    """The pixels of one line; a character that the font lacks is a question mark."""
    font = _font()
    mask = np.zeros((HEIGHT, max(1, len(text) * ADVANCE)), np.bool_)
    for at, letter in enumerate(text):
        mask[:, at * ADVANCE : at * ADVANCE + WIDTH] = font.get(letter, font["?"])
    return mask


def wrap(text: str, letters: int, lines: int) -> list[str]:
    """At most ``lines`` lines of at most ``letters`` letters, broken between words where that is possible."""
    made: list[str] = []
    line = ""
    for word in text.split():
        while len(word) > letters:  # a word that is wider than the line is cut
            room = letters - len(line) - bool(line)
            if room < 4:
                made.append(line)
                line, room = "", letters
            line += (" " if line else "") + word[:room]
            word = word[room:]
            made.append(line)
            line = ""
        if len(line) + bool(line) + len(word) > letters:
            made.append(line)
            line = word
        else:
            line += (" " if line else "") + word
    made = [*made, line] if line else made
    if len(made) > lines:
        made = made[:lines]
        made[-1] = made[-1][: letters - 2] + ".."
    return made
