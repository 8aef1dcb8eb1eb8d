"""Small pictures whose corners tell which way up they are, and files that hold them."""

import io

import numpy as np
from PIL import ExifTags, Image

SIZE = (320, 240)


def scene(mode: str = "RGB") -> Image.Image:
    """A picture whose four corners tell which way up it is: red, green, blue, white, clockwise from the top left."""
    picture = Image.new("RGB", SIZE, "gray")
    for colour, corner in (("red", (0, 0)), ("lime", (240, 0)), ("white", (0, 180)), ("blue", (240, 180))):
        picture.paste(colour, (*corner, corner[0] + 80, corner[1] + 60))
    return picture.convert(mode)


def encoded(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The bytes of a file that holds ``picture``."""
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def corners(image: np.ndarray) -> list[str]:
    """Names of the colours in the corners of a BGR image, clockwise from the top left."""
    names = {(0, 0, 255): "red", (0, 255, 0): "lime", (255, 0, 0): "blue", (255, 255, 255): "white"}
    height, width = image.shape[:2]
    spots = ((20, 20), (20, width - 20), (height - 20, width - 20), (height - 20, 20))
    return [min(names.items(), key=lambda item: np.abs(np.array(item[0]) - image[spot]).sum())[1] for spot in spots]


def with_exif(**tags: object) -> bytes:
    """A JPEG with the given EXIF tags."""
    exif = Image.Exif()
    for name, value in tags.items():
        exif[ExifTags.Base[name].value] = value
    return encoded(scene(), "JPEG", exif=exif)
