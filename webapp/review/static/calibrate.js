// The grid over the photo: its corners, its sides and the dividers between them are dragged; the overlay is drawn through the same homography that the server will use.
// What was dragged is set and stays; the server puts the rest where it then belongs. Without its answer everything stays as it was dragged.
const SVG = "http://www.w3.org/2000/svg";
const LEAST_GAP = 0.01;
const REACH = 0.06; // how far outside the photo a corner may lie, as a share of its side
const LOUPE_ZOOM = 3;
const TAP_PX = 4; // a finger that holds still moves less on the screen
const DOUBLE_TAP_MS = 400;
const PAUSE_MS = 600; // after which arrow keys are one drag
const STEPS = 100; // that can be undone
const PATIENCE_MS = 5000;
const STILL_LOOKING = "Still looking: the grid is not clear at once, so names are read and other numbers of rows and columns tried. This may take half a minute.";
const root = document.getElementById("calibrate");
const photo = document.getElementById("photo");
const overlay = document.getElementById("overlay");
const loupe = document.getElementById("loupe");
const state = document.getElementById("calibrate-state");
const saveButton = document.getElementById("save");
const undoButton = document.getElementById("undo");
const follow = document.getElementById("follow");
const turn = document.getElementById("turn");
const labels = { columns: JSON.parse(root.dataset.columns), rows: JSON.parse(root.dataset.rows) };
let start = null; // the grid as it was when a handle was taken
let grid = null; // { corners: [[x, y] * 4], columns: [share], rows: [share], width, height }
let pins = nothingSet();
let past = []; // grids and pins to go back to
let lesson = 0; // answers to older ones come too late
let tapped = null; // { part, at } of the last tap
let held = null; // { element, finger }: the handle that is dragged
let asked = null; // { of, covered }: the grid that was not kept since somebody seems to stand before the board, and where
let nudged = null; // { part, before, timer } while arrow keys move it

// Of each corner whether its place along x, y was set; the numbers of dividers that were.
function nothingSet() {
  return { corners: [0, 1, 2, 3].map(() => [false, false]), columns: [], rows: [] };
}

// Photo pixels of a point (u, v) of the unit square (Heckbert 1989, section 2.2.3): square to quadrilateral in closed form.
function photoFromUnit(corners) {
  const [[x0, y0], [x1, y1], [x2, y2], [x3, y3]] = corners;
  const sx = x0 - x1 + x2 - x3;
  const sy = y0 - y1 + y2 - y3;
  const dx1 = x1 - x2, dx2 = x3 - x2, dy1 = y1 - y2, dy2 = y3 - y2;
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (sx * dy2 - dx2 * sy) / det;
  const h = (dx1 * sy - sx * dy1) / det;
  return [x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1];
}

function inverse([a, b, c, d, e, f, g, h, i]) {
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f, d * h - e * g, b * g - a * h, a * e - b * d];
}

function apply(m, [x, y]) {
  const w = m[6] * x + m[7] * y + m[8];
  return [(m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w];
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function make(name, attributes, parent = overlay) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.append(element);
  return element;
}

const within = (point) => [clamp(point[0], -REACH * grid.width, (1 + REACH) * grid.width), clamp(point[1], -REACH * grid.height, (1 + REACH) * grid.height)];
const even = (shares) => shares.every((share, i) => Math.abs(share * (shares.length + 1) - i - 1) < 1e-6);

// The middle of the middle cell: a side is taken there, where no divider ends.
const central = (shares) => {
  const edges = [0, ...shares, 1];
  const cell = shares.length >> 1;
  return (edges[cell] + edges[cell + 1]) / 2;
};

// Dividers stay where they are in the photo while the outline is dragged; those that divide it evenly go on doing so.
function outline(corners) {
  const before = photoFromUnit(start.corners);
  const back = inverse(photoFromUnit(corners));
  const kept = (shares, axis) => {
    if (even(shares) && !pins[axis ? "rows" : "columns"].length) return shares;
    const places = shares.map((share) => apply(back, apply(before, axis ? [0.5, share] : [share, 0.5]))[axis]);
    return places.map((place, i) => clamp(place, LEAST_GAP * (i + 1), 1 - LEAST_GAP * (places.length - i)));
  };
  Object.assign(grid, { corners, columns: kept(start.columns, 0), rows: kept(start.rows, 1) });
}

// What can be dragged: where it is, and what moving it to a photo point does.
function parts() {
  const corner = (i) => ({
    kind: "corner", label: `Corner ${["top left", "top right", "bottom right", "bottom left"][i]}`,
    at: () => grid.corners[i],
    to: (point) => outline(start.corners.map((old, k) => (k === i ? within(point) : old))),
    pinned: () => pins.corners[i].every(Boolean),
    pin: (on) => pins.corners[i].fill(on),
  });
  const side = (i) => {
    const ends = [i, (i + 1) % 4];
    const axis = i % 2 ? 0 : 1; // the sides at the top and bottom move down, those at the right and left across
    return {
      kind: "side", label: `Side ${["top", "right", "bottom", "left"][i]}`,
      at: () => {
        const [u, v] = [central(grid.columns), central(grid.rows)];
        return apply(photoFromUnit(grid.corners), [[u, 0], [1, v], [u, 1], [0, v]][i]);
      },
      to: (point) => {
        const map = photoFromUnit(start.corners);
        const unit = apply(inverse(map), point)[axis];
        const moved = start.corners.map((old, k) => {
          const square = [[0, 0], [1, 0], [1, 1], [0, 1]][k];
          square[axis] = unit;
          return ends.includes(k) ? within(apply(map, square)) : old;
        });
        outline(moved);
      },
      pinned: () => ends.every((k) => pins.corners[k][axis]),
      pin: (on) => ends.forEach((k) => { pins.corners[k][axis] = on; }),
    };
  };
  const divider = (axis, i) => ({
    kind: "line", label: `Line between ${labels[axis][i]} and ${labels[axis][i + 1]}`,
    at: () => apply(photoFromUnit(grid.corners), axis === "columns" ? [grid.columns[i], i % 2 ? 0.97 : 0.03] : [i % 2 ? 0.97 : 0.03, grid.rows[i]]),
    to: (point) => {
      const unit = apply(inverse(photoFromUnit(grid.corners)), point)[axis === "columns" ? 0 : 1];
      const list = grid[axis];
      list[i] = clamp(unit, (list[i - 1] ?? 0) + LEAST_GAP, (list[i + 1] ?? 1) - LEAST_GAP);
    },
    pinned: () => pins[axis].includes(i),
    pin: (on) => { pins[axis] = [...pins[axis].filter((k) => k !== i), ...(on ? [i] : [])]; },
  });
  return [...grid.columns.map((_, i) => divider("columns", i)), ...grid.rows.map((_, i) => divider("rows", i)), ...[0, 1, 2, 3].map(side), ...[0, 1, 2, 3].map(corner)];
}

let handles = [];
function build() {
  overlay.replaceChildren();
  overlay.setAttribute("viewBox", `0 0 ${grid.width} ${grid.height}`);
  make("g", { id: "lines" });
  handles = parts().map((part) => {
    const element = make("circle", { class: `handle ${part.kind}`, tabindex: 0, role: "button", "aria-label": part.label });
    element.addEventListener("pointerdown", (event) => grab(event, element, part));
    element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false }); // or the page scrolls and the drag ends
    element.addEventListener("keydown", (event) => key(event, part));
    element.addEventListener("blur", settle);
    return { element, part };
  });
  draw();
}

function draw() {
  const scale = grid.width / photo.clientWidth; // photo pixels in one pixel of the screen
  const touch = matchMedia("(pointer: coarse)").matches;
  const map = photoFromUnit(grid.corners);
  const room = narrowest(map) / scale;
  const lines = document.getElementById("lines");
  lines.replaceChildren();
  const frame = make("svg", { class: "framed", width: grid.width, height: grid.height }, lines); // what is covered reaches beyond the photo
  for (const outline of questioned()?.covered ?? []) make("polygon", { class: "covered", points: outline.map((point) => point.join()).join(" ") }, frame);
  saveButton.textContent = questioned() ? "Save it all the same" : "Save the grid";
  make("polygon", { class: "edge", points: grid.corners.map((point) => point.join()).join(" ") }, lines);
  const line = (from, to) => {
    const [a, b] = [apply(map, from), apply(map, to)];
    make("line", { class: "divider", x1: a[0], y1: a[1], x2: b[0], y2: b[1] }, lines);
  };
  for (const share of grid.columns) line([share, 0], [share, 1]);
  for (const share of grid.rows) line([0, share], [1, share]);
  name(map, scale * clamp(room / 4, 5, 13), lines);
  for (const { element, part } of handles) {
    const [x, y] = part.at();
    element.setAttribute("cx", x);
    element.setAttribute("cy", y);
    element.classList.toggle("pinned", part.pinned());
    element.setAttribute("aria-pressed", String(part.pinned()));
    // As large as a finger where there is room, never so large that it covers its neighbour.
    element.setAttribute("r", scale * (part.kind === "corner" ? clamp(room / 2, 11, touch ? 20 : 11) : clamp(room / 3.2, 5, touch ? 16 : 8)));
  }
}

// Photo pixels of the narrowest column or row: how much room there is for handles and names.
function narrowest(map) {
  const gaps = (shares, at) => [0, ...shares, 1].slice(1).map((share, i) => {
    const [a, b] = [apply(map, at([0, ...shares][i])), apply(map, at(share))];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  });
  return Math.min(...gaps(grid.columns, (share) => [share, 0.5]), ...gaps(grid.rows, (share) => [0.5, share]));
}

// The preview: each column and row says what it will be read as.
function name(map, size, parent) {
  const middles = (shares) => [0, ...shares, 1].slice(1).map((share, i) => (share + [0, ...shares][i]) / 2);
  const put = (text, unit) => {
    const [x, y] = apply(map, unit);
    make("text", { x, y, "font-size": size }, parent).textContent = text.length > 14 ? `${text.slice(0, 13)}…` : text;
  };
  middles(grid.columns).forEach((share, i) => put(labels.columns[i], [share, 0.02]));
  middles(grid.rows).forEach((share, i) => put(labels.rows[i], [0.02, share]));
}

function pointOf(event) {
  const box = photo.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * grid.width, ((event.clientY - box.top) / box.height) * grid.height];
}

function grab(event, element, part) {
  event.preventDefault();
  if (event.button > 0 || held?.element.hasPointerCapture(held.finger)) return; // a second finger, or a palm: each would undo what the other moves
  held = { element, finger: event.pointerId };
  settle();
  element.focus();
  element.setPointerCapture(event.pointerId);
  const touched = pointOf(event);
  const offset = part.at().map((value, i) => value - touched[i]); // the finger holds the handle where it touched it
  let far = false;
  lesson += 1;
  start = structuredClone(grid);
  const move = (moved) => {
    if (!far && Math.hypot(moved.clientX - event.clientX, moved.clientY - event.clientY) < TAP_PX) return;
    if (!far) remember();
    far = true;
    const point = pointOf(moved);
    part.to([point[0] + offset[0], point[1] + offset[1]]);
    draw();
    look(part.at());
  };
  const drop = () => {
    element.removeEventListener("pointermove", move);
    loupe.hidden = true;
    if (far) set(part, start);
    else tap(part);
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", drop, { once: true });
  element.addEventListener("pointercancel", drop, { once: true });
  look(part.at());
}

// Two taps set a handle where it is, or free it.
function tap(part) {
  const twice = tapped?.part === part && performance.now() - tapped.at < DOUBLE_TAP_MS;
  tapped = twice ? null : { part, at: performance.now() };
  if (twice) toggle(part);
}

function toggle(part) {
  remember();
  part.pin(!part.pinned());
  state.textContent = part.pinned() ? `${part.label}: set, and stays there.` : `${part.label}: free to follow what you drag.`;
  draw();
}

function key(event, part) {
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    settle();
    toggle(part);
    return;
  }
  const step = event.shiftKey ? 10 : 1;
  const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
  if (!by) return;
  event.preventDefault();
  if (nudged?.part !== part) {
    settle();
    remember();
    nudged = { part, before: structuredClone(grid) };
  }
  lesson += 1;
  clearTimeout(nudged.timer);
  nudged.timer = setTimeout(settle, PAUSE_MS);
  const [x, y] = part.at();
  start = structuredClone(grid);
  part.to([x + by[0], y + by[1]]);
  draw();
  check();
}

// Arrow keys that came to rest are one drag.
function settle() {
  if (!nudged) return;
  const { part, before, timer } = nudged;
  clearTimeout(timer);
  nudged = null;
  set(part, before);
}

// A handle was put where it belongs: it stays, and the rest follows.
function set(part, before) {
  part.pin(true);
  draw();
  check();
  if (follow.checked && convex(grid.corners)) learn(before);
}

async function learn(before) {
  const number = ++lesson;
  const sent = ({ corners, columns, rows, lens }) => ({ corners, columns, rows, lens });
  let found = null;
  try {
    const answer = await post(root.dataset.lesson, { before: sent(before), now: sent(grid), pins }, AbortSignal.timeout(PATIENCE_MS));
    found = await answer.json();
    if (number === lesson && !answer.ok) state.textContent = told(found);
    if (number !== lesson || !answer.ok) return;
  } catch {
    return; // what was dragged stands
  }
  const places = handles.map(({ part }) => part.at());
  const kept = structuredClone({ grid, pins });
  Object.assign(grid, { corners: found.corners, columns: found.columns, rows: found.rows });
  const seen = grid.width / photo.clientWidth;
  const moved = handles.filter(({ part }, i) => !part.pinned() && Math.hypot(...part.at().map((value, k) => value - places[i][k])) > seen);
  draw();
  check();
  if (!moved.length) return;
  remember(kept);
  flash(moved);
  state.textContent = moved.length === 1 ? "One more handle followed." : `${moved.length} more handles followed.`;
}

function flash(moved) {
  for (const { element } of moved) {
    element.classList.add("followed");
    element.addEventListener("animationend", () => element.classList.remove("followed"), { once: true });
  }
}

function remember(step = structuredClone({ grid, pins })) {
  past = [...past, step].slice(-STEPS);
  undoButton.disabled = false;
}

function forget() {
  past = [];
  pins = nothingSet();
  undoButton.disabled = true;
}

function undo() {
  if (!past.length) return;
  clearTimeout(nudged?.timer);
  nudged = null;
  lesson += 1;
  ({ grid, pins } = past.pop());
  undoButton.disabled = !past.length;
  state.textContent = "Taken back.";
  draw();
  check();
}

// A finger hides what it points at: the loupe shows it, on the far side of the photo.
function look([x, y]) {
  const context = loupe.getContext("2d");
  const side = loupe.width;
  const scale = grid.width / photo.clientWidth;
  const seen = (side / LOUPE_ZOOM) * scale;
  loupe.hidden = false;
  const frame = loupe.parentElement.getBoundingClientRect();
  const onLeft = photo.getBoundingClientRect().left + x / scale < frame.left + frame.width / 2;
  loupe.style.left = onLeft ? "auto" : ".6rem";
  loupe.style.right = onLeft ? ".6rem" : "auto";
  context.fillStyle = "#000";
  context.fillRect(0, 0, side, side);
  context.drawImage(photo, x - seen / 2, y - seen / 2, seen, seen, 0, 0, side, side);
  context.strokeStyle = "#ff2fa0";
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(side / 2, 0);
  context.lineTo(side / 2, side);
  context.moveTo(0, side / 2);
  context.lineTo(side, side / 2);
  context.stroke();
}

function convex(corners) {
  return corners.every((a, i) => {
    const b = corners[(i + 1) % 4];
    const c = corners[(i + 2) % 4];
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0]) > 0;
  });
}

function check() {
  const fine = convex(grid.corners);
  saveButton.disabled = !fine;
  if (!fine) state.textContent = "The corners cross: put them in the order top left, top right, bottom right, bottom left.";
  else if (state.textContent.startsWith("The corners cross")) state.textContent = "";
}

function divideEvenly() {
  settle();
  remember();
  lesson += 1;
  Object.assign(pins, { columns: [], rows: [] });
  follow.checked = false; // or the next drag would undo it
  grid.columns = grid.columns.map((_, i) => (i + 1) / (grid.columns.length + 1));
  grid.rows = grid.rows.map((_, i) => (i + 1) / (grid.rows.length + 1));
  draw();
}

const told = ({ error, evidence, remedy }) => [error, evidence, remedy].filter(Boolean).join(" ");

const post = (address, body, signal) => fetch(address, {
  method: "POST", body: JSON.stringify(body), signal,
  headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": root.dataset.token },
});

// What the server says: its answer as it was meant, or why there is none. A login that has ended leads to its page, which is no answer.
async function heard(request) {
  try {
    const answer = await request;
    const found = await answer.json();
    return { ok: answer.ok, found };
  } catch (error) {
    const why = error instanceof TypeError ? "No connection to the server." : "The server gave no clear answer: log in again in another window, if you were logged out.";
    return { ok: false, found: { error: why, remedy: "Nothing that you set is lost: try again." } };
  }
}

async function propose() {
  state.textContent = "Looking for the grid…";
  const waiting = setTimeout(() => { state.textContent = STILL_LOOKING; }, PATIENCE_MS);
  saveButton.disabled = true;
  root.classList.add("looking");
  const { ok, found } = await heard(fetch(root.dataset.proposal, { headers: { Accept: "application/json" } }));
  clearTimeout(waiting);
  root.classList.remove("looking");
  if (!ok) {
    if (grid) check();
    state.textContent = told(found);
    return;
  }
  clearTimeout(nudged?.timer);
  nudged = null;
  lesson += 1;
  grid = found;
  forget();
  Object.assign(follow, { checked: true, disabled: false });
  turn.checked = false;
  state.textContent = found.note;
  build();
  check();
}

const saved = () => ({ corners: grid.corners, columns: grid.columns, rows: grid.rows, lens: grid.lens });

// The question that was asked of the grid as it is; moved since, it is asked anew.
const questioned = () => (asked?.of === JSON.stringify(saved()) ? asked : null);

async function save() {
  saveButton.disabled = true;
  const sent = saved();
  const anyway = questioned() !== null;
  state.textContent = "Saving…";
  const { ok, found } = await heard(post(root.dataset.save, { ...sent, anyway, photo: root.dataset.shown }));
  if (ok) {
    past = [];
    location.assign(root.dataset.done);
    return;
  }
  saveButton.disabled = false;
  state.textContent = found.asked ? `Not saved yet. ${found.asked}` : told(found);
  asked = found.asked ? { of: JSON.stringify(sent), covered: found.covered } : null;
  draw();
}

document.documentElement.classList.add("js");
saveButton.addEventListener("click", save);
document.getElementById("propose").addEventListener("click", propose);
document.getElementById("even").addEventListener("click", divideEvenly);
document.getElementById("closer").addEventListener("click", (event) => {
  const close = event.currentTarget.getAttribute("aria-pressed") !== "true";
  event.currentTarget.setAttribute("aria-pressed", String(close));
  root.classList.toggle("close", close);
  draw();
});
undoButton.addEventListener("click", undo);
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key !== "z") return;
  event.preventDefault();
  undo();
});
turn.addEventListener("change", () => {
  // The photo hangs on its side: the grid's top left is then another corner of the picture, and what was proposed another grid.
  settle();
  lesson += 1;
  forget();
  Object.assign(follow, { checked: false, disabled: true });
  grid.corners = [...grid.corners.slice(1), grid.corners[0]];
  draw();
});
// What was dragged is nowhere else yet: a link that is touched, or another photo, would lose it without a word.
addEventListener("beforeunload", (event) => past.length && event.preventDefault());
addEventListener("resize", () => grid && draw());
photo.addEventListener("load", propose, { once: true });
photo.addEventListener("error", () => { state.textContent = "The photo cannot be shown."; }, { once: true });
photo.src = root.dataset.photo;
