"""Inside a sandbox: runs a plotting program and writes down what its figures hold.

One line of JSON to the result descriptor: `{"error": [stage, type, message]}`, or `{"figures": [...]}`. A figure has
its picture, one of its ground and one of its marks alone on it, and for each of its axes the texts and the marks: what
kind, which data, and how many pixels of the ground it changes. All of it is the program's claim.
"""

import base64
import importlib
import os
import struct
import sys
import types
import zlib
from typing import Any

from rewardkit.verifiers.code.drivers.encoding import describe, dumps

MOST_FIGURES = 8
MOST_AXES = 24
MOST_MARKS = 60
"""In all figures together; further ones are counted only."""
MOST_POINTS = 5000
PIXELS = 320
"""Of the longer side of a picture."""


def run_plots(source: str) -> None:
    """Run the program `source` as the main one, and describe the figures that it made."""
    result, write, leave = int(os.environ["REWARDKIT_RESULT_FD"]), os.write, os._exit
    gallery = Gallery()
    claim = _execute(source)
    if claim is None:
        try:
            claim = {"figures": gallery.described()}
        except BaseException as error:  # noqa: BLE001  # a figure that can't be drawn is the program's result
            claim = {"error": ["draw", *describe(error)]}
    line = dumps(claim) + b"\n"
    while line:
        line = line[write(result, line) :]
    leave(0)


def _execute(source: str) -> dict[str, Any] | None:
    """Run the program; None where it ended well."""
    main = types.ModuleType("__main__")
    main.__dict__["__file__"] = "main.py"
    sys.modules["__main__"] = main
    stage = "compile"
    try:
        code = compile(source, "main.py", "exec")
        stage = "run"
        exec(code, main.__dict__)
    except SystemExit as request:
        if request.code not in (None, 0):
            return {"error": [stage, "SystemExit", str(request.code)[:200]]}
    except BaseException as error:  # noqa: BLE001  # whatever the program raises is its result
        return {"error": [stage, *describe(error)]}
    return None


def library(name: str) -> Any:
    """A module of a library that is there only inside the sandbox."""
    return importlib.import_module(name)


class Gallery:
    """Every figure that is made from now on, whether it is closed or not; one that is cleared is described before."""

    def __init__(self) -> None:
        figures = library("matplotlib.figure").Figure
        self._figures: list[Any] = []
        self._cleared: list[dict[str, Any]] = []
        self._room = MOST_MARKS
        begin, clear = figures.__init__, figures.clear

        def init(figure: Any, *args: Any, **kwargs: Any) -> None:
            begin(figure, *args, **kwargs)
            if len(self._figures) < MOST_FIGURES:
                self._figures.append(figure)

        def clear_after_a_look(figure: Any, *args: Any, **kwargs: Any) -> None:
            if figure in self._figures and len(self._cleared) < MOST_FIGURES and figure.axes:
                self._cleared.append(self._describe(figure))
            clear(figure, *args, **kwargs)

        figures.__init__, figures.clear, figures.clf = init, clear_after_a_look, clear_after_a_look

    def described(self) -> list[dict[str, Any]]:
        """What all figures hold."""
        return [*self._cleared, *(self._describe(figure) for figure in self._figures)][:MOST_FIGURES]

    def _describe(self, figure: Any) -> dict[str, Any]:
        before = figure.dpi
        width, height = figure.get_size_inches()
        figure.set_dpi(max(PIXELS / max(width, height), 1e-3))
        try:
            return self._at_this_size(figure)
        finally:
            figure.set_dpi(before)

    def _at_this_size(self, figure: Any) -> dict[str, Any]:
        canvas = library("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
        canvas.draw()  # all of it, which also settles layout and limits
        found: dict[str, Any] = {"title": figure.get_suptitle(), "png": _png(_pixels(canvas)), "axes": []}
        shown = [one for one in figure.axes if one.get_visible()][:MOST_AXES]
        grounds = [figure.patch, *(one.patch for one in shown if one.axison and one.get_frame_on())]
        bare = _painted(canvas, grounds)
        everything = list(grounds)
        for axes in shown:
            marks = marks_of(axes)
            for mark, artists in marks:
                everything += artists
                if self._room > 0:
                    self._room -= 1
                    pixels = _painted(canvas, [*grounds, *artists])
                    mark["ink"] = int((abs(pixels.astype(int) - bare) > 8).any(axis=2).sum())
            found["axes"].append(_axes(axes, [mark for mark, _ in marks]))
        return {**found, "bare": _png(bare), "marked": _png(_painted(canvas, everything))}


def _painted(canvas: Any, artists: list[Any]) -> Any:
    """The pixels of these artists alone, where the last drawing put them."""
    renderer = canvas.get_renderer()
    renderer.clear()
    for artist in artists:
        artist.draw(renderer)
    return _pixels(canvas)


def _pixels(canvas: Any) -> Any:
    """What a canvas shows, on white: rows by columns by three."""
    pixels = library("numpy").asarray(canvas.buffer_rgba()).astype(float)
    opacity = pixels[..., 3:] / 255
    return (pixels[..., :3] * opacity + 255 * (1 - opacity)).round().astype("uint8")


def _png(pixels: Any) -> str:
    """Pixels as a PNG file, in base64."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(parts)).decode()


def _axes(axes: Any, marks: list[dict[str, Any]]) -> dict[str, Any]:
    legend = axes.get_legend()
    return {
        "title": axes.get_title() or axes.get_title("left") or axes.get_title("right"),
        "xlabel": axes.get_xlabel(),
        "ylabel": axes.get_ylabel(),
        "legend": [text.get_text() for text in legend.get_texts()][:MOST_MARKS] if legend else [],
        "marks": marks,
    }


def marks_of(axes: Any) -> list[tuple[dict[str, Any], list[Any]]]:
    """The marks in axes: each with the artists that draw it."""
    bar_container, wedge_patch = library("matplotlib.container").BarContainer, library("matplotlib.patches").Wedge
    found: list[tuple[dict[str, Any], list[Any]]] = []
    taken: set[int] = set()
    for container in axes.containers:
        if isinstance(container, bar_container):
            bars = list(container.patches)
            is_flat = getattr(container, "orientation", "vertical") == "horizontal"
            found.append((_mark("barh" if is_flat else "bar", container, *_bars(bars, is_flat)), bars))
            taken |= set(map(id, bars))
    wedges = [patch for patch in axes.patches if isinstance(patch, wedge_patch)]
    if wedges:
        shares = [(wedge.theta2 - wedge.theta1) / 360 for wedge in wedges]
        found.append((_mark("pie", wedges[0], range(len(wedges)), shares), wedges))
        taken |= set(map(id, wedges))
    others = [*axes.lines, *axes.collections, *axes.images, *axes.patches]
    return found + [(_single(artist), [artist]) for artist in others if id(artist) not in taken]


def _bars(bars: list[Any], is_flat: bool) -> tuple[list[Any], list[Any]]:
    if is_flat:
        return [bar.get_y() + bar.get_height() / 2 for bar in bars], [bar.get_width() for bar in bars]
    return [bar.get_x() + bar.get_width() / 2 for bar in bars], [bar.get_height() for bar in bars]


def _single(artist: Any) -> dict[str, Any]:
    """The mark that one artist is."""
    collections, contour, image, lines, patches = (
        library(f"matplotlib.{name}") for name in ("collections", "contour", "image", "lines", "patches")
    )
    z = _third(artist)
    if isinstance(artist, lines.Line2D):
        x, y = artist.get_data(orig=False)
        is_joined = artist.get_linestyle() not in ("None", "", " ")
        return _mark("line" if is_joined else "scatter", artist, *(z or (x, y)))
    if isinstance(artist, contour.ContourSet):
        return _mark("contour", artist, range(len(artist.levels)), artist.levels)
    if isinstance(artist, collections.PathCollection):
        offsets = artist.get_offsets()
        return _mark("scatter", artist, *(z or (offsets[:, 0], offsets[:, 1])))
    if isinstance(artist, (image.AxesImage, collections.QuadMesh)):
        values = artist.get_array()
        size = 0 if values is None else values.size
        return _mark("image", artist, range(size), [] if values is None else values.ravel())
    if isinstance(artist, collections.LineCollection):
        kind = "segments"
    elif isinstance(artist, collections.Collection):
        kind = "surface" if z else "area"
    else:
        kind = "patch"
    if z:
        return _mark(kind, artist, *z)
    paths = [artist.get_path()] if isinstance(artist, patches.Patch) else artist.get_paths()
    corners = [corner for path in paths[:MOST_POINTS] for corner in path.vertices.tolist()][:MOST_POINTS]
    if isinstance(artist, patches.Patch):
        corners = artist.get_patch_transform().transform(corners).tolist() if corners else []
    return _mark(kind, artist, [corner[0] for corner in corners], [corner[1] for corner in corners])


def _third(artist: Any) -> tuple[Any, ...] | None:
    """The data of an artist in three dimensions; None for others."""
    if hasattr(artist, "get_data_3d"):
        return tuple(artist.get_data_3d())
    if hasattr(artist, "_offsets3d"):
        return tuple(artist._offsets3d)
    faces = getattr(artist, "_faces", None)
    return tuple(faces.reshape(-1, faces.shape[-1])[:, :3].T) if faces is not None and faces.ndim == 3 else None


def _mark(kind: str, artist: Any, x: Any, y: Any, z: Any = ()) -> dict[str, Any]:
    label = str(artist.get_label() or "")
    found: dict[str, Any] = {"kind": kind, "label": "" if label.startswith("_") else label[:200], "ink": -1}
    for name, values in (("x", x), ("y", y), ("z", z)):
        found[name] = [_number(value) for value in list(values)[:MOST_POINTS]]
    found["points"] = len(x)
    return found


def _number(value: Any) -> float | None:
    """A plain number; None for what is none, or masked."""
    try:
        plain = float(value)
    except (TypeError, ValueError):
        return None
    return plain if plain - plain == 0 else None
