"""A rig as one text file: a TOML head that people can read, and arrays as base64 below it. No pickle, nothing executable.

Every array carries its shape and a CRC-32, so that a damaged file is named as such instead of placing cards wrongly.
"""

from __future__ import annotations

import base64
import binascii
import os
import textwrap
import tomllib
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from calibration.rig import Floats, Layout, Lens, Reference, Rig, readonly

FORMAT = "boardcast rig 1"

MAX_FILE_BYTES = 64 * 2**20
"""A reference of the largest size written takes 3 MB."""

MAX_ARRAY_VALUES = 32_000_000
"""Largest array accepted, in values: what a file of a few bytes may make this program allocate."""

Table: TypeAlias = Mapping[str, Any]


def save_rig(rig: Rig, path: Path) -> None:
    """Write a rig; the file is whole or absent, never half. Raises ``OSError`` where the place cannot be written."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(rig_to_text(rig), encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105 - the atomic form
    finally:
        part.unlink(missing_ok=True)


def load_rig(path: Path) -> Rig:
    """Read a rig. Raises ``ValueError`` for a file that is damaged or something else, ``OSError`` for one that cannot be read."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ValueError(f"{path.name} is {size / 2**20:.0f} MB; a calibration is at most {MAX_FILE_BYTES // 2**20} MB.")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is no calibration: not UTF-8 text (byte {error.start}).") from error
    return rig_from_text(text, path.name)


def rig_to_text(rig: Rig) -> str:
    """The text of a rig file."""
    parts = [
        "# Calibration of one board, written by Boardcast. The head may be read and its notes edited; leave the data below as it is.",
        f"format = {_quote(FORMAT)}",
        f"board = {_quote(rig.board_id)}",
        f"notes = [{', '.join(_quote(note) for note in rig.notes)}]",
        *_layout_lines(rig.layout),
        *(_lens_lines(rig.lens) if rig.lens else ()),
        *(_reference_lines(rig.reference) if rig.reference else ()),
    ]
    return "\n".join(parts) + "\n"


def rig_from_text(text: str, name: str = "rig.toml") -> Rig:
    """Parse the text of a rig file; ``name`` is what errors call it. Raises ``ValueError``."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{name} is no calibration, or damaged: {error}.") from error
    if data.get("format") != FORMAT:
        raise ValueError(
            f'{name} is no calibration: its format is {data.get("format")!r}, "{FORMAT}" is read. Make one: boardcast calibrate.'
        )
    try:
        return _rig(data)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        missing = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{name} is damaged: {missing}. Calibrate the board again.") from error


def _rig(data: Table) -> Rig:
    layout = _layout(data["layout"])
    notes = data.get("notes", [])
    if not isinstance(data["board"], str) or not all(isinstance(note, str) for note in notes):
        raise ValueError("the board's id and the notes must be texts")
    reference = _reference(data["reference"], layout) if "reference" in data else None
    lens = _lens(data["lens"]) if "lens" in data else None
    return Rig(data["board"], layout, reference, lens, tuple(notes))


def _layout_lines(layout: Layout) -> list[str]:
    return [
        "",
        "[layout]  # edges from the grid's outer top-left corner; nominal millimetres unless the scale is known",
        f"columns = {layout.columns}",
        f"rows = {layout.rows}",
        f"column_edges_mm = {_numbers(layout.column_edges_mm)}",
        f"row_edges_mm = {_numbers(layout.row_edges_mm)}",
        f"scale_is_known = {str(layout.scale_is_known).lower()}",
    ]


def _layout(table: Table) -> Layout:
    columns, rows = int(table["columns"]), int(table["rows"])
    across, down = (_vector(table[key]) for key in ("column_edges_mm", "row_edges_mm"))
    for edges, count, what in ((across, columns, "column"), (down, rows, "row")):
        if count < 1 or len(edges) != count + 1 or edges[0] != 0 or not (np.diff(edges) > 0).all():
            raise ValueError(f"{count} {what}s do not go with the edges {edges.tolist()}")
    return Layout(columns, rows, tuple(across.tolist()), tuple(down.tolist()), bool(table["scale_is_known"]))


def _lens_lines(lens: Lens) -> list[str]:
    return [
        "",
        "[lens]",
        f"matrix = {_matrix_text(lens.matrix)}",
        f"distortion = {_numbers(lens.distortion.ravel())}",
        f"size_px = [{lens.size_px[0]}, {lens.size_px[1]}]",
        f"rms_px = {float(lens.rms_px)!r}",
    ]


def _lens(table: Table) -> Lens:
    distortion = _vector(table["distortion"])
    if len(distortion) != 5:
        raise ValueError(f"a lens has 5 distortion coefficients, not {len(distortion)}")
    return Lens(_matrix(table["matrix"]), readonly(distortion), _size(table["size_px"]), float(table["rms_px"]))


def _reference_lines(reference: Reference) -> list[str]:
    png = cv2.imencode(".png", np.ascontiguousarray(reference.image))[1].tobytes()
    points = np.ascontiguousarray(reference.points_px, dtype="<f8")
    return [
        "",
        "[reference]",
        f"photo_size_px = [{reference.photo_size_px[0]}, {reference.photo_size_px[1]}]",
        f"board_from_photo = {_matrix_text(reference.board_from_photo)}",
        f"board_from_image = {_matrix_text(reference.board_from_image)}",
        f"covered_mm = [{', '.join(_matrix_text(outline) for outline in reference.covered_mm)}]",
        *_array_lines("image", reference.image, png),
        *_array_lines("points_px", points, zlib.compress(points.tobytes(), 9)),
        *_array_lines("descriptors", reference.descriptors, zlib.compress(reference.descriptors.tobytes(), 9)),
    ]


def _reference(table: Table, layout: Layout) -> Reference:
    image = _image(table["image"])
    points = _array(table["points_px"], "<f8", 2).astype(np.float64)
    descriptors = _array(table["descriptors"], "u1", 2)
    if len(points) != len(descriptors) or points.shape[1] != 2:
        raise ValueError(f"{points.shape} keypoints do not go with {descriptors.shape} descriptors")
    return Reference(
        readonly(image),
        _matrix(table["board_from_image"]),
        readonly(points),
        readonly(descriptors),
        _size(table["photo_size_px"]),
        _matrix(table["board_from_photo"]),
        layout,
        tuple(_outline(points) for points in table.get("covered_mm", [])),
    )


def _array_lines(name: str, array: NDArray[Any], packed: bytes) -> list[str]:
    body = "\n".join(textwrap.wrap(base64.b64encode(packed).decode("ascii"), 120))
    return [
        "",
        f"[reference.{name}]",
        f"shape = {list(array.shape)}",
        f"crc32 = {zlib.crc32(np.ascontiguousarray(array).tobytes())}",
        f"data = '''\n{body}'''",
    ]


def _packed(table: Table, axes: int) -> tuple[bytes, tuple[int, ...]]:
    shape = tuple(int(n) for n in table["shape"])
    if len(shape) != axes or min(shape) < 0 or int(np.prod(shape, dtype=object)) > MAX_ARRAY_VALUES:
        raise ValueError(f"an array of shape {shape} cannot belong to a calibration")
    try:
        return base64.b64decode("".join(table["data"].split()), validate=True), shape
    except (binascii.Error, AttributeError) as error:
        raise ValueError(f"an array is no base64 ({error})") from error


def _array(table: Table, dtype: str, axes: int) -> NDArray[Any]:
    packed, shape = _packed(table, axes)
    wanted = int(np.prod(shape)) * np.dtype(dtype).itemsize
    try:
        raw = zlib.decompressobj().decompress(packed, wanted + 1)
    except zlib.error as error:
        raise ValueError(f"an array cannot be unpacked ({error})") from error
    if len(raw) != wanted:
        raise ValueError(f"an array holds {len(raw)} bytes instead of {wanted}")
    return _sound(np.frombuffer(raw, dtype=dtype).reshape(shape), table)


def _image(table: Table) -> NDArray[Any]:
    packed, shape = _packed(table, 2)
    height, width = (int.from_bytes(packed[i : i + 4], "big") for i in (20, 16))  # of the PNG's first chunk, before any of it is decoded
    if (height, width) != shape:
        raise ValueError(f"the picture is {width}x{height} px, its head says {shape[1]}x{shape[0]}")
    image = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None or image.shape != shape:
        raise ValueError("the picture cannot be decoded")
    return _sound(image, table)


def _sound(array: NDArray[Any], table: Table) -> NDArray[Any]:
    found = zlib.crc32(np.ascontiguousarray(array).tobytes())
    if found != table["crc32"]:
        raise ValueError(f"the checksum of an array is {found:08x} instead of {int(table['crc32']):08x}")
    return array


def _vector(values: Sequence[float]) -> Floats:
    vector = np.array(values, dtype=np.float64)
    if vector.ndim != 1 or not np.isfinite(vector).all():
        raise ValueError(f"{values!r} is no list of numbers")
    return vector


def _matrix(values: Sequence[Sequence[float]]) -> Floats:
    matrix = np.array(values, dtype=np.float64)
    if matrix.shape != (3, 3) or not np.isfinite(matrix).all() or np.linalg.det(matrix) == 0:
        raise ValueError(f"{values!r} is no 3x3 matrix that can be inverted")
    return readonly(matrix)


def _outline(values: Sequence[Sequence[float]]) -> Floats:
    points = np.array(values, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"{values!r} is no outline")
    return readonly(points)


def _size(values: Sequence[int]) -> tuple[int, int]:
    width, height = (int(v) for v in values)
    if width < 1 or height < 1:
        raise ValueError(f"{width}x{height} px is no size of a photo")
    return width, height


def _numbers(values: Sequence[float] | Floats) -> str:
    return "[" + ", ".join(repr(float(v)) for v in values) + "]"


def _matrix_text(matrix: Floats) -> str:
    return "[" + ", ".join(_numbers(row) for row in matrix) + "]"


def _quote(text: str) -> str:
    escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or ord(c) == 127 else "\\" + c if c in '"\\' else c for c in text)
    return f'"{escaped}"'
