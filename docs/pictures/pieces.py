"""Draw how close photos are placed on a board, and what one card looks like from afar and from near: pieces.jpg.

    python docs/pictures/pieces.py [FOLDER_OF_TTF_FONTS]

The board is made up, drawn by ``tests/close_scenes.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
from close_scenes import OPEN_SANS, CloseScene, Shot, Wish, close_scene, six_shots

from calibration.rig import Floats, Image
from digitizer.compose import Picture, chart_of, compose
from digitizer.frames import outline_mm, photo_from_board
from digitizer.locate import locate
from digitizer.model import Photo, Pose
from digitizer.rectify import rectify
from digitizer.segment import segment

OUT = Path(__file__).parent / "pieces.jpg"
SEED, WIDTH_PX, CARD_PX, MARGIN_PX, QUALITY = 2, 1180, 560, 60, 88
COLOURS = ((60, 60, 220), (60, 160, 40), (200, 110, 30), (170, 40, 170), (20, 140, 230), (150, 150, 20))
"""BGR, one a photo."""


def main() -> None:
    """Write the picture."""
    fonts = tuple(sorted(Path(sys.argv[1]).glob("*.ttf"))) if len(sys.argv) > 1 else (OPEN_SANS,)
    scene = close_scene(SEED, Wish(fonts=fonts))
    whole = scene.photo(Shot())
    pose = locate(whole, scene.board)
    sheet = rectify(whole, pose)
    picture = compose(None, sheet, pose.layout, segment(sheet, pose.layout), whole.taken_at)
    close = [scene.photo(shot, f"close-{k}", 10.0 + k) for k, shot in enumerate(six_shots(np.random.default_rng(SEED)))]
    placed = [(photo, locate(photo, scene.board, chart=lambda: chart_of(picture, None))) for photo in close]
    both = np.vstack([_placed(picture, placed), _card(scene, (whole, pose), placed)])
    OUT.write_bytes(cv2.imencode(".jpg", both, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())


def _placed(picture: Picture, placed: Sequence[tuple[Photo, Pose]]) -> Image:
    """The board with the outline of each photo."""
    scale = (WIDTH_PX - 2 * MARGIN_PX) / picture.image.shape[1]
    board = cv2.resize(picture.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((board.shape[0] + 2 * MARGIN_PX, WIDTH_PX, 3), 255, np.uint8)
    canvas[MARGIN_PX:-MARGIN_PX, MARGIN_PX : MARGIN_PX + board.shape[1]] = board
    px_per_mm = board.shape[1] / picture.layout.width_mm
    for colour, (photo, pose) in zip(COLOURS, placed, strict=True):
        outline = outline_mm(pose, photo.image.shape[1::-1])
        if outline is not None:
            points = np.rint(outline * px_per_mm + MARGIN_PX).astype(np.int32)
            cv2.polylines(canvas, [points], True, colour, 4, cv2.LINE_AA)
    return canvas


def _card(scene: CloseScene, whole: tuple[Photo, Pose], placed: Sequence[tuple[Photo, Pose]]) -> Image:
    """One card as the photo of the whole board has it, and as the close photo that shows it in most px."""
    card = max(scene.cards, key=lambda card: len(card.title))
    scale = np.array([whole[1].layout.width_mm / scene.layout.width_mm, whole[1].layout.height_mm / scene.layout.height_mm])
    corners = card.corners_mm * scale
    shown = [one for one in placed if _inside(_corners_px(one, corners), one[0])]
    near = max(shown, key=lambda one: cv2.contourArea(_corners_px(one, corners).astype(np.float32)))
    pictures = [_cut(photo.image, _corners_px((photo, pose), corners)) for photo, pose in (whole, near)]
    gap = np.full((pictures[0].shape[0], WIDTH_PX - 2 * CARD_PX, 3), 255, np.uint8)
    return np.hstack([pictures[0], gap, pictures[1]])


def _corners_px(one: tuple[Photo, Pose], corners_mm: Floats) -> Floats:
    return photo_from_board(one[1], corners_mm)


def _inside(corners_px: Floats, photo: Photo) -> bool:
    return bool(((corners_px > 0) & (corners_px < photo.image.shape[1::-1])).all())


def _cut(image: Image, corners_px: Floats) -> Image:
    height = round(CARD_PX * 76 / 127)
    target = np.array([[0, 0], [CARD_PX, 0], [CARD_PX, height], [0, height]], np.float32)
    way = cv2.getPerspectiveTransform(corners_px.astype(np.float32), target)
    return np.asarray(cv2.warpPerspective(image, way, (CARD_PX, height), flags=cv2.INTER_NEAREST), dtype=np.uint8)


if __name__ == "__main__":
    main()
