"""The app's pictures, of our own drawing: somebody raises a hand in a conversation, and so has called dibs.

Slack wants one of 512 pixels or more (https://docs.slack.dev/reference/app-manifest). Teams wants a square of 192
pixels in full colour, whose mark stays within the 120 in its middle, and one of 32 that is white on nothing:
https://learn.microsoft.com/microsoftteams/platform/concepts/design/design-teams-app-icon-store-appbar

A shape is a distance: what is below zero is inside, and the pixels on its edge are drawn in part. Lengths are parts of
the mark's own square, whose left upper corner is 0, 0.
"""

import math
import struct
import zlib
from collections.abc import Callable
from functools import cache

COLOUR_SIZE = 192
OUTLINE_SIZE = 32
APP_SIZE = 512
# The green of the desk.
ACCENT = "#0c5c4c"

Shape = Callable[[float, float], float]
Colour = tuple[int, int, int]

_GREEN: Colour = (0x0C, 0x5C, 0x4C)
_WHITE: Colour = (255, 255, 255)
_LINE = 0.075


def app_icon() -> bytes:
    """Return the large picture, for the page of the app."""
    return _coloured(APP_SIZE, 352)


def colour_icon() -> bytes:
    """Return the picture in full colour."""
    return _coloured(COLOUR_SIZE, 120)


@cache
def _coloured(size: int, mark: int) -> bytes:
    """Draw a white bubble on our green, and in it the hand; once a process, since each pixel is worked out."""
    layers = ((_bubble, _WHITE), (_hand(0.48, 0.40, 0.62), _GREEN))
    return _picture(size, mark, _GREEN, 255, layers)


def outline_icon() -> bytes:
    """Return the white picture: the line of the bubble, and in it the hand."""
    layers = ((_ring, _WHITE), (_hand(0.482, 0.40, 0.595), _WHITE))
    return _picture(OUTLINE_SIZE, 28, _WHITE, 0, layers)


def _bubble(x: float, y: float) -> float:
    """What is said: a round box with a tail at its lower left."""
    return min(_box(x, y, (0.5, 0.41), (1.0, 0.82), 0.24), _triangle(x, y))


def _ring(x: float, y: float) -> float:
    """The line around it."""
    edge = _bubble(x, y)
    return max(edge, -edge - _LINE)


def _triangle(x: float, y: float) -> float:
    """The tail: from the box down to a point, as what lies on the inner side of three lines."""
    slope = math.hypot(0.30, 0.28)
    return max(0.17 - x, 0.70 - y, (0.28 * (x - 0.17) + 0.30 * (y - 1.0)) / slope)


def _hand(middle: float, centre: float, height: float) -> Shape:
    """Return a raised hand: a palm, four fingers and a thumb."""
    fingers = ((-0.27, -0.26), (-0.09, -0.42), (0.09, -0.40), (0.27, -0.24))

    def shape(x: float, y: float) -> float:
        across, down = (x - middle) / height, (y - centre) / height
        palm = _box(across, down, (0.0, 0.25), (0.664, 0.46), 0.22)
        thumb = _stroke(across, down, (0.24, 0.30), (0.47, 0.06), 0.07)
        tips = min(_stroke(across, down, (at, 0.25), (at, tip), 0.062) for at, tip in fingers)
        return min(palm, thumb, tips) * height

    return shape


def _box(x: float, y: float, centre: tuple[float, float], size: tuple[float, float], corner: float) -> float:
    across = abs(x - centre[0]) - size[0] / 2 + corner
    down = abs(y - centre[1]) - size[1] / 2 + corner
    return math.hypot(max(across, 0.0), max(down, 0.0)) + min(max(across, down), 0.0) - corner


def _stroke(x: float, y: float, begin: tuple[float, float], end: tuple[float, float], half: float) -> float:
    """A line with round ends, ``half`` being half of its width."""
    dx, dy = end[0] - begin[0], end[1] - begin[1]
    along = ((x - begin[0]) * dx + (y - begin[1]) * dy) / (dx * dx + dy * dy)
    along = min(max(along, 0.0), 1.0)
    return math.hypot(x - begin[0] - along * dx, y - begin[1] - along * dy) - half


def _picture(size: int, mark: int, ground: Colour, opacity: int, layers: tuple[tuple[Shape, Colour], ...]) -> bytes:
    """Draw layers over a ground of one colour; the mark's square is ``mark`` pixels wide and stands in the middle."""
    rim = (size - mark) / 2
    rows = bytearray()
    for row in range(size):
        rows.append(0)  # a row's filter: none
        for column in range(size):
            x, y = (column + 0.5 - rim) / mark, (row + 0.5 - rim) / mark
            colour, alpha = ground, float(opacity)
            for shape, over in layers:
                part = min(max(0.5 - shape(x, y) * mark, 0.0), 1.0)
                colour = _mixed(colour, over, part)
                alpha += (255 - alpha) * part
            rows += bytes((*colour, round(alpha)))
    return _png(size, bytes(rows))


def _mixed(under: Colour, over: Colour, part: float) -> Colour:
    red, green, blue = (round(one + (other - one) * part) for one, other in zip(under, over, strict=True))
    return red, green, blue


def _png(size: int, rows: bytes) -> bytes:
    """Return a PNG of eight bits a channel with opacity: https://www.w3.org/TR/png-3/#5Chunk-layout"""
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
